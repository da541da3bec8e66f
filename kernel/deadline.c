/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/deadline.h"

#include "kernel/arch.h"
#include "kernel/lock.h"
#include "kernel/object.h"
#include "lib/list.h"

/* So many at once, and none after one that woke several tasks: the rest is done by the timer interrupt that follows. */
#define RUN_MAX   8
#define WAKES_MAX 2

void deadline_set(struct deadline *deadline, uint64_t when, void (*reached)(struct deadline *))
{
	deadline_cancel(deadline);
	deadline->cpu = percpu_get();
	deadline->node.key = when;
	deadline->reached = reached;
	tree_insert(&deadline->cpu->deadlines, &deadline->node);
}

void deadline_cancel(struct deadline *deadline)
{
	kernel_assert_exclusive();
	if (tree_contains(&deadline->node))
		tree_remove(&deadline->cpu->deadlines, &deadline->node);
}

void deadline_run(struct percpu *cpu, uint64_t now)
{
	const unsigned least = REAP_BUDGET - WAKES_MAX * REAP_WAKE;

	object_budget = REAP_BUDGET;
	for (unsigned i = 0; i < RUN_MAX && object_budget > least && deadline_next(cpu) <= now; i++) {
		struct deadline *deadline = tree_entry(tree_first(&cpu->deadlines), struct deadline, node);

		tree_remove(&cpu->deadlines, &deadline->node);
		deadline->reached(deadline);
	}
}
