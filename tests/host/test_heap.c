/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/heap.h"

#include <string.h>

#include "tap.h"

#define NODES 500

static struct heap_node nodes[NODES];
static uint32_t random_state = 1;

static uint32_t next_random(void)
{
	random_state = random_state * 1664525u + 1013904223u;
	return random_state >> 8;
}

static uint64_t smallest(void)
{
	uint64_t key = UINT64_MAX;

	for (unsigned i = 0; i < NODES; i++)
		if (nodes[i].queued && nodes[i].key < key)
			key = nodes[i].key;
	return key;
}

int main(void)
{
	struct heap heap = {NULL};
	bool right = true, sorted = true;
	uint64_t last = 0;

	tap_ok(heap.root == NULL, "a new heap is empty");
	for (unsigned step = 0; step < 20000; step++) {
		struct heap_node *node = &nodes[next_random() % NODES];

		if (node->queued) {
			heap_remove(&heap, node);
		} else {
			node->key = next_random() % 1000;
			heap_insert(&heap, node);
		}
		if ((heap.root ? heap.root->key : UINT64_MAX) != smallest())
			right = false;
	}
	tap_ok(right, "the root is the smallest after every insertion and removal");
	while (heap.root) {
		if (heap.root->key < last)
			sorted = false;
		last = heap.root->key;
		heap_remove(&heap, heap.root);
	}
	tap_ok(sorted, "taking the root again and again sorts");
	tap_ok(smallest() == UINT64_MAX, "nothing is left behind");
	heap_remove(&heap, &nodes[0]);
	tap_ok(heap.root == NULL, "removing what is in no heap does nothing");
	return tap_done();
}
