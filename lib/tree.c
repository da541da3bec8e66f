/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heights of a node's two subtrees differ by one at the most, and a node knows which one is the higher. After a change
 * grown() or shrunk() goes from there towards the root, and stops where a height is what it was: everything above is
 * then as it was, too.
 */
#include "lib/tree.h"

enum { LEFT, RIGHT };

/* struct tree_node.balance: both subtrees are as high, or that of one side is higher. */
enum { EVEN = 2 };
#define HIGH(side) (uint8_t)(1 + 2 * (side))

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

/*
 * The subtree of one side is higher than the other by two: its root comes up, or that one's inner child, when it
 * is that which is too high. Returns what is now above the others: it is EVEN when the height is one less than it was.
 */
static __attribute__((noinline)) struct tree_node *rotate(struct tree *tree, struct tree_node *node, unsigned side)
{
	struct tree_node *high = node->child[side], *up = high;
	struct tree_node **link = link_to(tree, node);

	if (high->balance == HIGH(!side)) {
		up = high->child[!side];
		set_child(high, !side, up->child[side]);
		set_child(up, side, high);
		high->balance = up->balance == HIGH(!side) ? HIGH(side) : EVEN;
		node->balance = up->balance == HIGH(side) ? HIGH(!side) : EVEN;
		up->balance = EVEN;
	} else {
		node->balance = up->balance == EVEN ? HIGH(side) : EVEN;
		up->balance = up->balance == EVEN ? HIGH(!side) : EVEN;
	}
	*link = up;
	up->parent = node->parent;
	set_child(node, side, up->child[!side]);
	up->child[!side] = node;
	node->parent = up;
	return up;
}

/* The tree below a node is one higher. */
static inline void grown(struct tree *tree, struct tree_node *node)
{
	struct tree_node *parent;

	for (; (parent = node->parent); node = parent) {
		unsigned side = parent->child[RIGHT] == node;

		if (parent->balance == EVEN) {
			parent->balance = HIGH(side);
			continue;
		}
		if (parent->balance == HIGH(side))
			rotate(tree, parent, side);
		else
			parent->balance = EVEN;
		return;
	}
}

/* The tree on one side of a node is one lower. */
static void shrunk(struct tree *tree, struct tree_node *node, unsigned side)
{
	while (node) {
		if (node->balance == EVEN) {
			node->balance = HIGH(!side);
			return;
		}
		if (node->balance == HIGH(side)) {
			node->balance = EVEN;
		} else {
			node = rotate(tree, node, !side);
			if (node->balance != EVEN)
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
	node->balance = EVEN;
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
		next->balance = node->balance;
	}
	*link = next;
	if (next)
		next->parent = node->parent;
	node->balance = 0;
	shrunk(tree, changed, side);
}
