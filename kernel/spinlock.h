/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ticket spin locks. The kernel runs with interrupts off, so a lock is never
 * taken in an interrupt that arrived while its holder ran.
 *
 * Lock order, outermost first; debug builds panic when it is broken:
 *   1 LOCK_OBJECTS   capabilities, CSpaces, Memories, address spaces and what they are made of
 *   2 LOCK_SCHED     one per CPU: its run queue, the state of the tasks in it
 *   3 LOCK_LOG       the kernel's log and its consoles
 *   4 LOCK_IRQ       registers of the interrupt controllers
 */
#ifndef KERNEL_SPINLOCK_H
#define KERNEL_SPINLOCK_H

#include <stdatomic.h>
#include <stdint.h>

enum lock_level { LOCK_OBJECTS = 1, LOCK_SCHED = 2, LOCK_LOG = 3, LOCK_IRQ = 4 };

struct spinlock {
	_Atomic uint32_t next;    /* ticket to draw */
	_Atomic uint32_t serving; /* ticket that holds the lock */
	uint32_t level;           /* enum lock_level */
	uint32_t owner;           /* CPU index + 1, 0 when free; for checks only */
};

#define SPINLOCK_INIT(lock_level)     \
	{                             \
		.level = (lock_level) \
	}

void spin_lock(struct spinlock *lock);
void spin_unlock(struct spinlock *lock);

/* Panics in a debug build unless this CPU holds the lock. */
void spin_assert_held(const struct spinlock *lock);

#endif
