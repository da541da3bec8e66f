/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pairing heap of deadlines: the earliest is found at once, adding costs a few
 * instructions, removing any costs O(log n) amortised. Intrusive, no memory of its
 * own, no recursion.
 */
#ifndef HELION_LIB_HEAP_H
#define HELION_LIB_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap_node {
	uint64_t key;
	struct heap_node *child;    /* first child; children are linked by next */
	struct heap_node *next;     /* sibling */
	struct heap_node *previous; /* sibling before, or the parent of a first child; NULL for the root */
	bool queued;
};

struct heap {
	struct heap_node *root; /* the smallest key; NULL when empty */
};

/* Adds a node that is in no heap; its key is set before. */
void heap_insert(struct heap *heap, struct heap_node *node);

/* Takes a node out; does nothing if it is in none. */
void heap_remove(struct heap *heap, struct heap_node *node);

#endif
