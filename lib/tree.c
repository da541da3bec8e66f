/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heights of a node's two subtrees differ by two at the most: of that a node knows which is the higher, and by how much
 * (its lean). After a change grown() or shrunk() goes from there towards the root, and stops where a height is what it was:
 * everything above is then as it was, too. To allow two instead of one, as AVL trees do, makes paths longer by a quarter at
 * the worst, and most insertions rotate nothing.
 */
#include "lib/tree.h"

enum { LEFT, RIGHT };

#define LEAN_MAX 2

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

/* By how much the subtree on this side is the higher one. */
static int lean_to(const struct tree_node *node, unsigned side)
{
	return side == RIGHT ? node->lean : -node->lean;
}

static void set_lean(struct tree_node *node, unsigned side, int lean)
{
	node->lean = (int8_t)(side == RIGHT ? lean : -lean);
}

/* The child of one side comes up, and the node becomes its child on the other side. Returns the one that came up. */
static struct tree_node *rotate(struct tree *tree, struct tree_node *node, unsigned side)
{
	struct tree_node *up = node->child[side];
	int lean = lean_to(node, side), up_lean = lean_to(up, side);

	*link_to(tree, node) = up;
	up->parent = node->parent;
	set_child(node, side, up->child[!side]);
	set_child(up, !side, node);
	lean -= 1 + (up_lean > 0 ? up_lean : 0);
	up_lean -= 1 - (lean < 0 ? lean : 0);
	set_lean(node, side, lean);
	set_lean(up, side, up_lean);
	return up;
}

/*
 * The subtree on this side has become too high. Returns the node that is above the others then; with it the height is one less
 * than it was, unless the child on this side leaned to neither side.
 */
static __attribute__((noinline)) struct tree_node *restore(struct tree *tree, struct tree_node *node, unsigned side)
{
	struct tree_node *high = node->child[side];

	/* Of its children the inner one must not be the higher: it would stay as far down as it is. */
	if (lean_to(high, side) < 0) {
		if (lean_to(high, side) == -2 && lean_to(high->child[!side], !side) > 0)
			set_lean(node, side, lean_to(node, side) - 1); /* what follows makes `high` one lower */
		rotate(tree, high, !side);
	}
	return rotate(tree, node, side);
}

/* The tree below a node is one higher: goes on as long as that side of the parent was not the lower one. */
static inline void grown(struct tree *tree, struct tree_node *node)
{
	struct tree_node *parent;

	for (; (parent = node->parent); node = parent) {
		unsigned side = parent->child[RIGHT] == node;
		int lean = side == RIGHT ? ++parent->lean : -(--parent->lean);

		if (lean > LEAN_MAX)
			restore(tree, parent, side);
		if (lean <= 0 || lean > LEAN_MAX)
			return;
	}
}

/* The tree on one side of a node is one lower. */
static void shrunk(struct tree *tree, struct tree_node *node, unsigned side)
{
	while (node) {
		int lean = lean_to(node, !side) + 1;

		set_lean(node, !side, lean);
		if (lean > LEAN_MAX) {
			bool stays = node->child[!side]->lean == 0;

			node = restore(tree, node, !side);
			if (stays)
				return;
		} else if (lean > 0) {
			return;
		}
		side = node->parent && node->parent->child[RIGHT] == node;
		node = node->parent;
	}
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
	node->lean = 0;
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
	grown(tree, node);
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
	struct tree_node *changed = node->parent, **link = link_to(tree, node);
	unsigned side = changed && link == &changed->child[RIGHT];

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
		changed = next;
		side = RIGHT;
		if (next != right) {
			changed = next->parent;
			side = LEFT;
			set_child(changed, LEFT, next->child[RIGHT]);
			set_child(next, RIGHT, right);
		}
		set_child(next, LEFT, left);
		next->lean = node->lean;
	}
	*link = next;
	if (next)
		next->parent = node->parent;
	node->linked = false;
	shrunk(tree, changed, side);
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
