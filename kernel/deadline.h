/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Points in time at which the kernel does something: timers, the end of a pollx.
 * Each CPU has a tree of those that were set on it, and sets its one-shot timer for
 * the earliest. Lock: exclusive.
 */
#ifndef KERNEL_DEADLINE_H
#define KERNEL_DEADLINE_H

#include "kernel/percpu.h"
#include "lib/tree.h"

struct deadline {
	struct tree_node node;                      /* key: ns of the monotonic clock */
	struct percpu *cpu;                         /* in whose tree it is, if it is in one */
	void (*reached)(struct deadline *deadline); /* with the kernel locked exclusively */
};

/* Of new storage: not set. */
static inline void deadline_init(struct deadline *deadline)
{
	deadline->node.linked = false;
}

/* Sets it on the running CPU, also if it was set before. */
void deadline_set(struct deadline *deadline, uint64_t when, void (*reached)(struct deadline *));
void deadline_cancel(struct deadline *deadline);

/* The earliest of a CPU, UINT64_MAX when there is none. With the kernel locked, shared at least. */
static inline uint64_t deadline_next(const struct percpu *cpu)
{
	const struct tree_node *first = tree_first(&cpu->deadlines);

	return first ? first->key : UINT64_MAX;
}

/* Calls what has been reached; a bounded number at once, deadline_next() then stays in the past. */
void deadline_run(struct percpu *cpu, uint64_t now);

#endif
