/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/deadline.h"

#include "kernel/object.h"
#include "lib/list.h"

/* So many at once: the rest is done by the timer interrupt that follows. */
#define RUN_MAX 16

static struct heap heap;

void deadline_set(struct deadline *deadline, uint64_t when, void (*reached)(struct deadline *))
{
	spin_assert_held(&object_lock);
	heap_remove(&heap, &deadline->node);
	deadline->node.key = when;
	deadline->reached = reached;
	heap_insert(&heap, &deadline->node);
}

void deadline_cancel(struct deadline *deadline)
{
	spin_assert_held(&object_lock);
	heap_remove(&heap, &deadline->node);
}

uint64_t deadline_next(void)
{
	return heap.root ? heap.root->key : UINT64_MAX;
}

void deadline_run(uint64_t now)
{
	for (unsigned i = 0; i < RUN_MAX && heap.root && heap.root->key <= now; i++) {
		struct deadline *deadline = list_entry(heap.root, struct deadline, node);

		heap_remove(&heap, &deadline->node);
		deadline->reached(deadline);
	}
}
