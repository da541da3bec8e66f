/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/spinlock.h"

#include "kernel/arch.h"
#include "kernel/log.h"

#if HELION_DEBUG
/* Levels of the locks that each CPU holds, a bit each. */
static uint32_t held[CPU_MAX];

static void note_lock(struct spinlock *lock)
{
	uint32_t cpu = percpu_get()->index;

	/* The log is what a report would use: it is not checked against itself. */
	if (held[cpu] >> lock->level && lock->level != LOCK_LOG)
		panic("lock order: level %u taken while holding mask %#x", lock->level, held[cpu]);
	held[cpu] |= 1u << lock->level;
	lock->owner = cpu + 1;
}

static void note_unlock(struct spinlock *lock)
{
	held[percpu_get()->index] &= ~(1u << lock->level);
	lock->owner = 0;
}

void spin_assert_held(const struct spinlock *lock)
{
	if (lock->owner != percpu_get()->index + 1)
		panic("lock of level %u is not held", lock->level);
}
#else
static void note_lock(struct spinlock *lock)
{
	(void)lock;
}

static void note_unlock(struct spinlock *lock)
{
	(void)lock;
}

void spin_assert_held(const struct spinlock *lock)
{
	(void)lock;
}
#endif

void spin_lock(struct spinlock *lock)
{
	uint32_t ticket = atomic_fetch_add_explicit(&lock->next, 1, memory_order_relaxed);

	while (atomic_load_explicit(&lock->serving, memory_order_acquire) != ticket)
		arch_cpu_relax();
	note_lock(lock);
}

void spin_unlock(struct spinlock *lock)
{
	note_unlock(lock);
	atomic_store_explicit(&lock->serving, atomic_load_explicit(&lock->serving, memory_order_relaxed) + 1,
			      memory_order_release);
}
