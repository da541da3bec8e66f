/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every node has a rank, higher than those of its children, and a node that is not there has rank -1. What is inserted has
 * rank 0; where its parent had that, too, grown() makes room as in an AVL tree: it promotes nodes towards the root until
 * there is one with a gap, or rotates there. Removing a node changes no rank, so that nothing has to be done: a gap remains, which the
 * next one that comes there finds. That the root's rank is at most log_phi(m) all the same, after m insertions, is shown by Sen,
 * Tarjan and Kim (Deletion Without Rebalancing in Binary Search Trees, 2016).
 */
#include "lib/tree.h"

enum { LEFT, RIGHT };

static int rank_of(const struct tree_node *node)
{
	return node ? node->rank : -1;
}

/* Where the pointer to a node stands: in its parent, or in the tree for the root. */
static struct tree_node **link_to(struct tree *tree, const struct tree_node *node)
{
	struct tree_node *parent = node->parent;

	return parent ? &parent->child[parent->child[RIGHT] == node] : &tree->root;
}

static void set_child(struct tree_node *node, unsigned side, struct tree_node *child)
{
	node->child[side] = child;
	if (child)
		child->parent = node;
}

/* The child of one side comes up, and the node becomes its child on the other side. */
static void rotate(struct tree *tree, struct tree_node *node, unsigned side)
{
	struct tree_node *up = node->child[side];

	*link_to(tree, node) = up;
	up->parent = node->parent;
	set_child(node, side, up->child[!side]);
	up->child[!side] = node;
	node->parent = up;
	node->rank--;
}

/* The same for that child's child between them: both become its children. */
static void rotate_twice(struct tree *tree, struct tree_node *node, unsigned side)
{
	struct tree_node *high = node->child[side], *up = high->child[!side];

	*link_to(tree, node) = up;
	up->parent = node->parent;
	set_child(high, !side, up->child[side]);
	set_child(node, side, up->child[!side]);
	up->child[side] = high;
	up->child[!side] = node;
	high->parent = node->parent = up;
	up->rank++;
	high->rank--;
	node->rank--;
}

/*
 * A node has its parent's rank. On one side it has a child whose rank is one less, on the other one of a smaller rank, or none.
 */
static __attribute__((noinline)) void grown(struct tree *tree, struct tree_node *node)
{
	struct tree_node *parent = node->parent;

	do {
		unsigned side = parent->child[RIGHT] == node;

		if (rank_of(parent->child[!side]) < parent->rank - 1) {
			/* Its inner child stays as far down as it is when the node comes up. */
			if (rank_of(node->child[!side]) == node->rank - 1)
				rotate_twice(tree, parent, side);
			else
				rotate(tree, parent, side);
			return;
		}
		parent->rank++;
		node = parent;
		parent = node->parent;
	} while (parent && parent->rank == node->rank);
}

struct tree_node *tree_at_or_after(const struct tree *tree, uint64_t key)
{
	struct tree_node *node = tree->root, *found = NULL;

	while (node) {
		if (node->key >= key)
			found = node;
		node = node->child[node->key < key];
	}
	return found;
}

struct tree_node *tree_at_or_before(const struct tree *tree, uint64_t key)
{
	struct tree_node *node = tree->root, *found = NULL;

	while (node) {
		if (node->key <= key)
			found = node;
		node = node->child[node->key <= key];
	}
	return found;
}

void tree_around(const struct tree *tree, uint64_t key, struct tree_node **ret_before, struct tree_node **ret_after)
{
	struct tree_node *node = tree->root, *before = NULL, *after = NULL;

	while (node) {
		if (node->key < key) {
			before = node;
			node = node->child[RIGHT];
		} else {
			after = node;
			node = node->child[LEFT];
		}
	}
	*ret_before = before;
	*ret_after = after;
}

/* Between two neighbours: one of them has no child on the side where the new one belongs. */
static inline void insert(struct tree *tree, struct tree_node *before, struct tree_node *after, struct tree_node *node)
{
	struct tree_node *parent = after;

	node->child[LEFT] = node->child[RIGHT] = NULL;
	node->rank = 0;
	node->linked = true;
	node->previous = before;
	node->next = after;
	if (after)
		after->previous = node;
	if (before)
		before->next = node;
	else
		tree->first = node;
	if (before && !before->child[RIGHT]) {
		parent = before;
		before->child[RIGHT] = node;
	} else if (after) {
		after->child[LEFT] = node;
	} else {
		tree->root = node;
	}
	node->parent = parent;
	if (!parent || parent->rank > 0)
		return;
	parent->rank = 1;
	if (parent->parent && parent->parent->rank == 1)
		grown(tree, parent);
}

void tree_insert_after(struct tree *tree, struct tree_node *previous, struct tree_node *node)
{
	insert(tree, previous, previous ? previous->next : tree->first, node);
}

void tree_insert(struct tree *tree, struct tree_node *node)
{
	tree_insert_after(tree, tree_at_or_before(tree, node->key), node);
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
	struct tree_node *left = node->child[LEFT], *right = node->child[RIGHT], *next = node->next;
	struct tree_node **link = link_to(tree, node);

	if (next)
		next->previous = node->previous;
	if (node->previous)
		node->previous->next = next;
	else
		tree->first = next;
	if (!left || !right) {
		next = left ? left : right;
	} else {
		/* The next one, which has no smaller child, takes its place. */
		if (next != right) {
			set_child(next->parent, LEFT, next->child[RIGHT]);
			set_child(next, RIGHT, right);
		}
		set_child(next, LEFT, left);
		next->rank = node->rank;
	}
	*link = next;
	if (next)
		next->parent = node->parent;
	node->linked = false;
}

void tree_rekey(struct tree *tree, struct tree_node *node, uint64_t key)
{
	if ((node->previous && node->previous->key > key) || (node->next && node->next->key < key)) {
		tree_remove(tree, node);
		node->key = key;
		tree_insert(tree, node);
	} else {
		node->key = key;
	}
}
