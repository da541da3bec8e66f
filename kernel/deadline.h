/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Points in time at which the kernel does something: timers, the end of a pollx,
 * of a time slice. One heap; the one-shot timer of the boot CPU is set for the
 * earliest. Lock: object_lock.
 */
#ifndef KERNEL_DEADLINE_H
#define KERNEL_DEADLINE_H

#include "lib/heap.h"

struct deadline {
	struct heap_node node;                      /* key: ns of the monotonic clock */
	void (*reached)(struct deadline *deadline); /* with object_lock held */
};

/* Sets it, also if it was set before. */
void deadline_set(struct deadline *deadline, uint64_t when, void (*reached)(struct deadline *));
void deadline_cancel(struct deadline *deadline);

/* The earliest, UINT64_MAX when there is none. Takes no lock: for the choice of the next timer interrupt. */
uint64_t deadline_next(void);

/* Calls what has been reached; a bounded number at once, deadline_next() then stays in the past. */
void deadline_run(uint64_t now);

#endif
