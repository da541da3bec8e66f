/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An intrusive, balanced search tree over 64-bit keys. Several nodes may
 * have the same key: a new one comes after those that are there. The lock that
 * guards a tree is the owner's affair.
 *
 * Finding and inserting take O(log m), where m nodes have come into the tree since it was
 * empty: no path is longer than 1.45 * log2(m + 2), and none is longer than 92, as m has 64 bits.
 * Removing takes constant time, and so does inserting as a rule where it is known after which node. Nothing here recurses
 * or allocates. The first node and a node's neighbours are known without a search.
 *
 * Life cycle of a node: (tree_insert → tree_remove)*. Its key must not change
 * while it is in a tree, except to one that leaves it between its neighbours.
 */
#ifndef HELION_LIB_TREE_H
#define HELION_LIB_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tree_node {
	uint64_t key;
	struct tree_node *child[2]; /* smaller keys, larger keys */
	struct tree_node *parent;   /* NULL for the root */
	struct tree_node *previous, *next;
	uint8_t rank; /* see tree.c */
	bool linked;  /* false: in no tree, if it was zeroed or removed */
};

/* An empty tree is all zeros. */
struct tree {
	struct tree_node *root;
	struct tree_node *first; /* smallest key */
};

/* The object of `type` whose member `member` is *node; the node must not be NULL. */
#define tree_entry(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline bool tree_is_empty(const struct tree *tree)
{
	return !tree->root;
}

static inline bool tree_contains(const struct tree_node *node)
{
	return node->linked;
}

/* Node with the smallest key; NULL when the tree is empty. */
static inline struct tree_node *tree_first(const struct tree *tree)
{
	return tree->first;
}

/* Neighbours in the order of keys; NULL at the end. */
static inline struct tree_node *tree_next(const struct tree_node *node)
{
	return node->next;
}

static inline struct tree_node *tree_previous(const struct tree_node *node)
{
	return node->previous;
}

/* First node whose key is at least this one; last node whose key is at most this one. NULL when there is none. */
struct tree_node *tree_at_or_after(const struct tree *tree, uint64_t key);
struct tree_node *tree_at_or_before(const struct tree *tree, uint64_t key);
/* The last node whose key is below this one, and the first of the others, in one search. NULL when there is none. */
void tree_around(const struct tree *tree, uint64_t key, struct tree_node **ret_before, struct tree_node **ret_after);

/* Puts a node, whose key is set, after those with the same key. */
void tree_insert(struct tree *tree, struct tree_node *node);

/*
 * The same for a caller who has searched already: `previous` is the node that the new one comes directly after, NULL if it
 * becomes the first. Its key must lie between its neighbours' keys.
 */
void tree_insert_after(struct tree *tree, struct tree_node *previous, struct tree_node *node);

void tree_remove(struct tree *tree, struct tree_node *node);

/* Gives a node of the tree another key. One that comes among equal ones has any place among them. */
void tree_rekey(struct tree *tree, struct tree_node *node, uint64_t key);

#endif
