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

/* The tree below a node is one higher. */
static inline void grown(struct tree *tree, struct tree_node *node)
{
	struct tree_node *parent;

	for (; (parent = node->parent); node = parent) {
		unsigned side = parent->child[RIGHT] == node;
		int lean = lean_to(parent, side) + 1;

		set_lean(parent, side, lean);
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

static struct tree_node *outermost(struct tree_node *node, unsigned side)
{
	while (node->child[side])
		node = node->child[side];
	return node;
}

static struct tree_node *neighbour(const struct tree_node *node, unsigned side)
{
	struct tree_node *parent;

	if (node->child[side])
		return outermost(node->child[side], !side);
	for (parent = node->parent; parent && parent->child[side] == node; parent = node->parent)
		node = parent;
	return parent;
}

struct tree_node *tree_next(const struct tree_node *node)
{
	return neighbour(node, RIGHT);
}

struct tree_node *tree_previous(const struct tree_node *node)
{
	return neighbour(node, LEFT);
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

static inline void insert(struct tree *tree, struct tree_node *parent, unsigned side, struct tree_node *node)
{
	node->child[LEFT] = node->child[RIGHT] = NULL;
	node->parent = parent;
	node->lean = 0;
	node->linked = true;
	if (parent)
		parent->child[side] = node;
	else
		tree->root = node;
	grown(tree, node);
}

void tree_insert_after(struct tree *tree, struct tree_node *previous, struct tree_node *node)
{
	struct tree_node *parent = previous ? previous : tree->first;
	unsigned side = previous ? RIGHT : LEFT;

	if (!previous)
		tree->first = node;
	/* The next one has no smaller child then: the new one becomes that. */
	if (previous && previous->child[RIGHT]) {
		parent = outermost(previous->child[RIGHT], LEFT);
		side = LEFT;
	}
	insert(tree, parent, side, node);
}

void tree_insert(struct tree *tree, struct tree_node *node)
{
	struct tree_node *parent = NULL, *next = tree->root;
	uint64_t key = node->key;
	unsigned side = LEFT;

	while (next) {
		parent = next;
		side = next->key <= key;
		next = next->child[side];
	}
	if (!tree->first || key < tree->first->key)
		tree->first = node;
	insert(tree, parent, side, node);
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
	struct tree_node *left = node->child[LEFT], *right = node->child[RIGHT], *next, *changed = node->parent;
	struct tree_node **link = link_to(tree, node);
	unsigned side = changed && link == &changed->child[RIGHT];

	if (tree->first == node)
		tree->first = tree_next(node);
	if (!left || !right) {
		next = left ? left : right;
	} else {
		/* The next one, which has no smaller child, takes its place. */
		next = outermost(right, LEFT);
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
