/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/heap.h"

/* Joins two trees; either may be NULL. The result has neither sibling nor parent. */
static struct heap_node *meld(struct heap_node *a, struct heap_node *b)
{
	if (!a || !b)
		return a ? a : b;
	if (b->key < a->key) {
		struct heap_node *swap = a;

		a = b;
		b = swap;
	}
	b->next = a->child;
	if (b->next)
		b->next->previous = b;
	b->previous = a;
	a->child = b;
	return a;
}

static struct heap_node *detach(struct heap_node *node)
{
	node->next = NULL;
	node->previous = NULL;
	return node;
}

/* Melds a list of siblings into one tree: in pairs from the front, then the pairs from the back. */
static struct heap_node *meld_siblings(struct heap_node *first)
{
	struct heap_node *pairs = NULL, *result = NULL;

	while (first) {
		struct heap_node *a = first, *b = a->next;

		first = b ? b->next : NULL;
		a = meld(detach(a), b ? detach(b) : NULL);
		a->next = pairs;
		pairs = a;
	}
	while (pairs) {
		struct heap_node *pair = pairs;

		pairs = pair->next;
		result = meld(result, detach(pair));
	}
	return result;
}

void heap_insert(struct heap *heap, struct heap_node *node)
{
	detach(node);
	node->child = NULL;
	node->queued = true;
	heap->root = meld(heap->root, node);
}

void heap_remove(struct heap *heap, struct heap_node *node)
{
	struct heap_node *rest;

	if (!node->queued)
		return;
	node->queued = false;
	rest = meld_siblings(node->child);
	node->child = NULL;
	if (node == heap->root) {
		heap->root = rest;
		return;
	}
	if (node->previous->child == node)
		node->previous->child = node->next;
	else
		node->previous->next = node->next;
	if (node->next)
		node->next->previous = node->previous;
	heap->root = meld(heap->root, rest);
}
