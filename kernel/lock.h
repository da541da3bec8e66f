/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's lock. Each CPU has one of its own and holds it whenever it does
 * anything in the kernel.
 *
 *   shared     this CPU holds its own: communication between tasks. CPUs do not disturb each other; what they
 *              share is guarded by the endpoint's or notification's lock and by the run queues'
 *   exclusive  this CPU holds those of all: everything that makes, changes or ends objects, capabilities,
 *              mappings or the state of a task that is not its own. No other CPU is in the kernel then but
 *              to wait; others may be in user mode
 *
 * So the shared side costs one uncontended lock, and the exclusive side needs no
 * thought about who else looks. While one waits, another CPU may have stopped or
 * ended the running task: after either lock percpu.current says whether it is
 * still there.
 */
#ifndef KERNEL_LOCK_H
#define KERNEL_LOCK_H

#include "kernel/percpu.h"

static inline void kernel_lock_shared(struct percpu *cpu)
{
	spin_lock(&cpu->lock);
}

static inline void kernel_unlock_shared(struct percpu *cpu)
{
	spin_unlock(&cpu->lock);
}

/* From nothing to exclusive, and back. Unlocking flushes what has to be flushed before. */
void kernel_lock_exclusive(void);
void kernel_unlock_exclusive(void);

/* From shared to exclusive: others may have come in between. From exclusive to shared: nobody has. */
void kernel_lock_upgrade(struct percpu *cpu);
void kernel_lock_downgrade(struct percpu *cpu);

/* Panic in a debug build unless this CPU holds it so. */
void kernel_assert_exclusive(void);

#endif
