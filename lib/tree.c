/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The heights of a node's two subtrees differ by one at the most. After a change
 * rebalance() walks from there to the root and stops where a height is what it
 * was: everything above is then as it was, too.
 */
#include "lib/tree.h"

enum { LEFT, RIGHT };

static unsigned height_of(const struct tree_node *node)
{
	return node ? node->height : 0;
}

static void update_height(struct tree_node *node)
{
	unsigned left = height_of(node->child[LEFT]), right = height_of(node->child[RIGHT]);

	node->height = (uint8_t)((left > right ? left : right) + 1);
}

/* Where the pointer to a node stands: in its parent, or in the tree for the root. */
static struct tree_node **link_to(struct tree *tree, const struct tree_node *node)
{
	struct tree_node *parent = node->parent;

	return parent ? &parent->child[parent->child[RIGHT] == node] : &tree->root;
}

/* The child of one side comes up, and the node becomes its child on the other side. Returns the one that came up. */
static struct tree_node *rotate(struct tree *tree, struct tree_node *node, unsigned side)
{
	struct tree_node *up = node->child[side], *between = up->child[!side];

	*link_to(tree, node) = up;
	up->parent = node->parent;
	up->child[!side] = node;
	node->parent = up;
	node->child[side] = between;
	if (between)
		between->parent = node;
	update_height(node);
	update_height(up);
	return up;
}

static void rebalance(struct tree *tree, struct tree_node *node)
{
	for (; node; node = node->parent) {
		unsigned left = height_of(node->child[LEFT]), right = height_of(node->child[RIGHT]);
		unsigned side = right > left, before = node->height;

		if (left > right + 1 || right > left + 1) {
			struct tree_node *high = node->child[side];

			/* Of its children the inner one must not be the higher: it would stay as far down as it is. */
			if (height_of(high->child[!side]) > height_of(high->child[side]))
				rotate(tree, high, !side);
			node = rotate(tree, node, side);
		} else {
			node->height = (uint8_t)((side ? right : left) + 1);
		}
		if (node->height == before)
			return;
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
	node->child[LEFT] = node->child[RIGHT] = NULL;
	node->parent = parent;
	node->height = 1;
	if (parent)
		parent->child[side] = node;
	else
		tree->root = node;
	rebalance(tree, parent);
}

void tree_insert(struct tree *tree, struct tree_node *node)
{
	tree_insert_after(tree, tree_at_or_before(tree, node->key), node);
}

/* The next node, which has no smaller child, takes the place of one that has two. Returns where heights may have changed. */
static struct tree_node *replace_by_next(struct tree *tree, struct tree_node *node)
{
	struct tree_node *next = outermost(node->child[RIGHT], LEFT), *changed = next->parent;

	if (changed == node) {
		changed = next;
	} else {
		changed->child[LEFT] = next->child[RIGHT];
		if (next->child[RIGHT])
			next->child[RIGHT]->parent = changed;
		next->child[RIGHT] = node->child[RIGHT];
		next->child[RIGHT]->parent = next;
	}
	*link_to(tree, node) = next;
	next->parent = node->parent;
	next->child[LEFT] = node->child[LEFT];
	next->child[LEFT]->parent = next;
	next->height = node->height;
	return changed;
}

void tree_remove(struct tree *tree, struct tree_node *node)
{
	struct tree_node *changed;

	if (tree->first == node)
		tree->first = tree_next(node);
	if (node->child[LEFT] && node->child[RIGHT]) {
		changed = replace_by_next(tree, node);
	} else {
		struct tree_node *child = node->child[node->child[LEFT] ? LEFT : RIGHT];

		changed = node->parent;
		*link_to(tree, node) = child;
		if (child)
			child->parent = changed;
	}
	node->height = 0;
	rebalance(tree, changed);
}
