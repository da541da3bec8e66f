/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spin locks (test and set: they are held for a few dozen instructions). The kernel
 * runs with interrupts off, so a lock is never taken in an interrupt that arrived while
 * its holder ran.
 *
 * Lock order, outermost first; debug builds panic when it is broken:
 *   1 LOCK_KERNEL  the kernel's, see kernel/lock.h
 *   2 LOCK_OBJECT  one per endpoint and notification: its queues, and who waits in them. One at a time
 *   3 LOCK_SCHED   one per CPU: its run queue. One at a time
 *   4 LOCK_LOG     the kernel's log, within that of its consoles
 *   5 LOCK_IRQ     registers of the interrupt controllers
 *
 * A CPU that spins answers the requests of others meanwhile (cpu_poll_requests()),
 * so whoever holds locks may wait for that answer.
 */
#ifndef KERNEL_SPINLOCK_H
#define KERNEL_SPINLOCK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum lock_level { LOCK_KERNEL = 1, LOCK_OBJECT = 2, LOCK_SCHED = 3, LOCK_LOG = 4, LOCK_IRQ = 5 };

struct spinlock {
	_Atomic uint32_t taken;
#if HELION_DEBUG
	uint32_t level; /* enum lock_level */
	uint32_t owner; /* CPU index + 1, 0 when free */
#endif
};

#if HELION_DEBUG
#define SPINLOCK_INIT(lock_level)     \
	{                             \
		.level = (lock_level) \
	}
void spin_note_lock(struct spinlock *lock);
void spin_note_unlock(struct spinlock *lock);
/* Panics unless this CPU holds the lock. */
void spin_assert_held(const struct spinlock *lock);
/* Panics unless this CPU has the kernel's lock exclusively, see kernel/lock.h. */
void kernel_assert_exclusive(void);
#else
#define SPINLOCK_INIT(lock_level) \
	{                         \
		.taken = 0        \
	}
static inline void spin_note_lock(struct spinlock *lock)
{
	(void)lock;
}
static inline void spin_note_unlock(struct spinlock *lock)
{
	(void)lock;
}
static inline void spin_assert_held(const struct spinlock *lock)
{
	(void)lock;
}
static inline void kernel_assert_exclusive(void) {}
#endif

/* Reads the option "lockdelay" of debug builds. */
void spin_delay_init(void);

/* Waits until it has the lock. Counts for percpu.contended. */
void spin_wait(struct spinlock *lock);

static inline __attribute__((always_inline)) void spin_lock(struct spinlock *lock)
{
	if (__builtin_expect(atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire), 0))
		spin_wait(lock);
	spin_note_lock(lock);
}

static inline __attribute__((always_inline)) bool spin_trylock(struct spinlock *lock)
{
	if (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire))
		return false;
	spin_note_lock(lock);
	return true;
}

static inline __attribute__((always_inline)) void spin_unlock(struct spinlock *lock)
{
	spin_note_unlock(lock);
	atomic_store_explicit(&lock->taken, 0, memory_order_release);
}

#endif
