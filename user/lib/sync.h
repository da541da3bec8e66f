/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for other threads of the same process: mutex and condition variable.
 *
 * All are plain memory, ready for use when zero, without anything to set up or to give back. While nobody has to
 * wait there is no system call; who has to sleeps on the notification of its thread, so they are for threads only that
 * helion_thread_create() made, and the first.
 *
 * Memory order: what a thread did before an unlock or a signal, the thread sees that is let on by it.
 * Waiters are woken first come, first served; a thread that comes along while one wakes may be faster. Priorities do not count.
 */
#ifndef USER_LIB_SYNC_H
#define USER_LIB_SYNC_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A thread that waits, on its own stack. */
struct waiter {
	struct waiter *next;
	uint64_t wake; /* slot, see self.h */
};

/* The address of the waiter that came last, and bit 0: somebody has it. */
struct mutex {
	atomic_uintptr_t state;
};

#define MUTEX_INIT \
	{          \
		0  \
	}

void mutex_lock_slow(struct mutex *mutex);
void mutex_unlock_slow(struct mutex *mutex);

/* Takes the mutex if nobody has it; whether. */
static inline bool mutex_trylock(struct mutex *mutex)
{
	uintptr_t expected = 0;

	return atomic_compare_exchange_strong_explicit(&mutex->state, &expected, 1, memory_order_acquire,
						       memory_order_relaxed);
}

static inline void mutex_lock(struct mutex *mutex)
{
	if (!mutex_trylock(mutex))
		mutex_lock_slow(mutex);
}

/* By the thread that has it. */
static inline void mutex_unlock(struct mutex *mutex)
{
	uintptr_t expected = 1;

	if (!atomic_compare_exchange_strong_explicit(&mutex->state, &expected, 0, memory_order_release,
						     memory_order_relaxed))
		mutex_unlock_slow(mutex);
}

/* First come, first served; guarded by a mutex that is held for a few instructions. */
struct waiter_queue {
	struct waiter *first, *last;
};

struct cond {
	struct mutex lock;
	struct waiter_queue waiters; /* lock */
	_Atomic uint32_t count;      /* waiters; changed under `lock`, read without it */
};

/* Gives the mutex up, waits for a signal and takes the mutex again. */
void cond_wait(struct cond *cond, struct mutex *mutex);
/* The same until a point in time, in ns of the monotonic clock; false when it has come. */
bool cond_wait_until(struct cond *cond, struct mutex *mutex, uint64_t deadline);
/* Wakes the thread that has waited longest, if any; or all. The caller need not have the mutex, but should. */
void cond_signal(struct cond *cond);
void cond_broadcast(struct cond *cond);

#endif
