/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/tree.c against a sorted array: changes made of bytes, two each, and after every one the whole tree is compared.
 * For the unit test and for the fuzzer.
 */
#ifndef TESTS_HOST_TREE_MODEL_H
#define TESTS_HOST_TREE_MODEL_H

#include <stdlib.h>

#include "lib/tree.h"

#define MODEL_NODES 256u

struct tree_model {
	struct tree tree;
	struct tree_node *nodes;         /* MODEL_NODES of them */
	struct tree_node *in_order[256]; /* those in the tree */
	unsigned count;
	uint64_t insertions; /* since it was empty */
};

/* Height of a subtree whose links and ranks are right; -1 when anything is wrong. Recursion is for tests. */
static int tree_model_height(const struct tree_node *node, const struct tree_node *parent)
{
	int left, right;

	if (!node)
		return 0;
	left = tree_model_height(node->child[0], node);
	right = tree_model_height(node->child[1], node);
	if (left < 0 || right < 0 || node->parent != parent || (parent && node->rank >= parent->rank))
		return -1;
	return (left > right ? left : right) + 1;
}

/* Whether no path is longer than one may be after so many insertions: the ranks are, which Fibonacci's numbers bound. */
static bool tree_model_is_low(const struct tree *tree, uint64_t insertions)
{
	uint64_t fewest = 1, more = 1;

	if (!tree->root)
		return true;
	for (unsigned i = 0; i < tree->root->rank; i++) {
		uint64_t next = fewest + more;

		fewest = more;
		more = next;
	}
	return fewest <= insertions && tree_model_height(tree->root, NULL) <= tree->root->rank + 1;
}

/* Whether the tree is balanced and has the nodes of the array, both ways. */
static inline bool tree_model_holds(const struct tree_model *model)
{
	const struct tree_node *node = tree_first(&model->tree), *previous = NULL;
	unsigned i = 0;

	if (tree_model_height(model->tree.root, NULL) < 0 || !tree_model_is_low(&model->tree, model->insertions) ||
	    tree_is_empty(&model->tree) != (model->count == 0))
		return false;
	for (; node; previous = node, node = tree_next(node), i++)
		if (i >= model->count || node != model->in_order[i] || tree_previous(node) != previous ||
		    !tree_contains(node) || (previous && previous->key > node->key))
			return false;
	return i == model->count;
}

/* Number of nodes with keys below this one, or up to and with it. */
static unsigned tree_model_rank(const struct tree_model *model, uint64_t key, bool with_equal)
{
	unsigned i = 0;

	while (i < model->count && (model->in_order[i]->key < key || (with_equal && model->in_order[i]->key == key)))
		i++;
	return i;
}

static bool tree_model_finds(const struct tree_model *model, uint64_t key)
{
	unsigned after = tree_model_rank(model, key, false), before = tree_model_rank(model, key, true);
	struct tree_node *below, *others;

	tree_around(&model->tree, key, &below, &others);
	return tree_at_or_after(&model->tree, key) == (after < model->count ? model->in_order[after] : NULL) &&
	       tree_at_or_before(&model->tree, key) == (before ? model->in_order[before - 1] : NULL) &&
	       others == (after < model->count ? model->in_order[after] : NULL) &&
	       below == (after ? model->in_order[after - 1] : NULL);
}

static bool tree_model_finds_all(const struct tree_model *model, uint64_t key)
{
	return tree_model_finds(model, key) && tree_model_finds(model, key + 1) && tree_model_finds(model, key - 1);
}

static void tree_model_take(struct tree_model *model, const struct tree_node *node)
{
	unsigned at = 0;

	while (model->in_order[at] != node)
		at++;
	model->count--;
	for (unsigned i = at; i < model->count; i++)
		model->in_order[i] = model->in_order[i + 1];
}

static void tree_model_put(struct tree_model *model, struct tree_node *node, unsigned at)
{
	for (unsigned i = model->count; i > at; i--)
		model->in_order[i] = model->in_order[i - 1];
	model->in_order[at] = node;
	model->insertions = model->count++ ? model->insertions + 1 : 1;
}

/* One change: the node goes if it is in the tree, or has this key from now on, and comes in with this key if not. */
static inline bool tree_model_step(struct tree_model *model, uint8_t number, uint8_t key)
{
	struct tree_node *node = &model->nodes[number];
	/* The ends of the number range, too. */
	uint64_t value = key < 4 ? key : key > 250 ? UINT64_MAX - (uint64_t)(255 - key) : (uint64_t)key << 32;
	unsigned at = 0;

	if (tree_contains(node)) {
		tree_model_take(model, node);
		if (key & 1) {
			tree_rekey(&model->tree, node, value);
			/* Where it is among those with the same key is the tree's affair. */
			while (tree_previous(node) && at < model->count && model->in_order[at++] != tree_previous(node))
				;
			tree_model_put(model, node, at);
			return node->key == value && tree_model_holds(model) && tree_model_finds_all(model, value);
		}
		tree_remove(&model->tree, node);
		return !tree_contains(node) && tree_model_holds(model) && tree_model_finds(model, node->key);
	}
	node->key = value;
	at = tree_model_rank(model, node->key, true);
	tree_model_put(model, node, at);
	if (number & 1)
		tree_insert(&model->tree, node);
	else
		tree_insert_after(&model->tree, at ? model->in_order[at - 1] : NULL, node);
	return tree_model_holds(model) && tree_model_finds_all(model, node->key);
}

#endif
