/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/sync.h"

#include <stddef.h>

#include "user/lib/self.h"

#define HELD ((uintptr_t)1)

static struct waiter *top_of(uintptr_t state)
{
	return (struct waiter *)(state & ~HELD);
}

/* -- Mutex ------------------------------------------------------------------------------------------------- */

/*
 * Waiters form a stack that hangs on the state. Any thread pushes itself; only the holder takes waiters off, from the
 * bottom, so those that came first go first, and no address can come back unnoticed.
 */
void mutex_lock_slow(struct mutex *mutex)
{
	struct waiter self = {.wake = helion_self.wake_lock};
	uintptr_t state = atomic_load_explicit(&mutex->state, memory_order_relaxed);

	for (;;) {
		if (!(state & HELD)) {
			if (atomic_compare_exchange_weak_explicit(&mutex->state, &state, state | HELD,
								  memory_order_acquire, memory_order_relaxed))
				return;
			continue;
		}
		self.next = top_of(state);
		if (!atomic_compare_exchange_weak_explicit(&mutex->state, &state, (uintptr_t)&self | HELD,
							   memory_order_release, memory_order_relaxed))
			continue;
		helion_park(HELION_WAKE_LOCK);
		state = atomic_load_explicit(&mutex->state, memory_order_relaxed);
	}
}

/* The acquire goes with the release of those who pushed themselves: the holder reads what they wrote. */
void mutex_unlock_slow(struct mutex *mutex)
{
	uintptr_t state = atomic_load_explicit(&mutex->state, memory_order_acquire);
	struct waiter *last, *before = NULL;
	uint64_t wake;

	/* A waiter that is alone may get company meanwhile; then it is no longer the top. */
	for (;;) {
		last = top_of(state);
		if (last == NULL || last->next != NULL)
			break;
		wake = last->wake;
		if (atomic_compare_exchange_weak_explicit(&mutex->state, &state, 0, memory_order_acq_rel,
							  memory_order_acquire)) {
			helion_unpark(wake);
			return;
		}
	}
	for (; last != NULL && last->next != NULL; last = last->next)
		before = last;
	if (before != NULL)
		before->next = NULL;
	wake = last != NULL ? last->wake : 0;
	atomic_fetch_and_explicit(&mutex->state, ~HELD, memory_order_release);
	if (wake != 0)
		helion_unpark(wake);
}

/* -- Queues ------------------------------------------------------------------------------------------------- */

static void queue_push(struct waiter_queue *queue, struct waiter *waiter)
{
	waiter->next = NULL;
	if (queue->first == NULL)
		queue->first = waiter;
	else
		queue->last->next = waiter;
	queue->last = waiter;
}

static struct waiter *queue_pop(struct waiter_queue *queue)
{
	struct waiter *waiter = queue->first;

	if (waiter != NULL)
		queue->first = waiter->next;
	return waiter;
}

/* Whether it was there. */
static bool queue_remove(struct waiter_queue *queue, const struct waiter *waiter)
{
	struct waiter *before = NULL;

	for (struct waiter *w = queue->first; w != NULL; before = w, w = w->next) {
		if (w != waiter)
			continue;
		if (before == NULL)
			queue->first = w->next;
		else
			before->next = w->next;
		if (queue->last == w)
			queue->last = before;
		return true;
	}
	return false;
}

/* -- Condition variable ---------------------------------------------------------------------------------------- */

/* Nobody can signal between giving up the mutex and being in the queue: the queue comes first. */
static void cond_enter(struct cond *cond, struct mutex *mutex, struct waiter *self)
{
	mutex_lock(&cond->lock);
	queue_push(&cond->waiters, self);
	atomic_fetch_add_explicit(&cond->count, 1, memory_order_relaxed);
	mutex_unlock(&cond->lock);
	mutex_unlock(mutex);
}

void cond_wait(struct cond *cond, struct mutex *mutex)
{
	struct waiter self = {.wake = helion_self.wake_event};

	cond_enter(cond, mutex, &self);
	helion_park(HELION_WAKE_EVENT);
	mutex_lock(mutex);
}

bool cond_wait_until(struct cond *cond, struct mutex *mutex, uint64_t deadline)
{
	struct waiter self = {.wake = helion_self.wake_event};
	bool woken, withdrawn = false;

	cond_enter(cond, mutex, &self);
	woken = helion_park_until(deadline);
	if (!woken) {
		mutex_lock(&cond->lock);
		withdrawn = queue_remove(&cond->waiters, &self);
		if (withdrawn)
			atomic_fetch_sub_explicit(&cond->count, 1, memory_order_relaxed);
		mutex_unlock(&cond->lock);
		/* A signal that has taken it from the queue will still wake it, and must not wake something else. */
		if (!withdrawn)
			helion_park(HELION_WAKE_EVENT);
	}
	mutex_lock(mutex);
	return !withdrawn;
}

static bool cond_wake_one(struct cond *cond)
{
	struct waiter *waiter;
	uint64_t wake = 0;

	/* Who changed what the waiters wait for and has the mutex, or had it, sees those who waited before. */
	if (atomic_load_explicit(&cond->count, memory_order_relaxed) == 0)
		return false;
	mutex_lock(&cond->lock);
	waiter = queue_pop(&cond->waiters);
	if (waiter != NULL) {
		wake = waiter->wake;
		atomic_fetch_sub_explicit(&cond->count, 1, memory_order_relaxed);
	}
	mutex_unlock(&cond->lock);
	if (wake != 0)
		helion_unpark(wake);
	return wake != 0;
}

void cond_signal(struct cond *cond)
{
	cond_wake_one(cond);
}

void cond_broadcast(struct cond *cond)
{
	/* Those who come back while it goes on are not woken again. */
	uint32_t count = atomic_load_explicit(&cond->count, memory_order_relaxed);

	while (count-- != 0 && cond_wake_one(cond))
		;
}
