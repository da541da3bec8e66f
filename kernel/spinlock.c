/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/spinlock.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/log.h"
#include "kernel/options.h"

void spin_wait(struct spinlock *lock)
{
	percpu_get()->contended++;
	do {
		while (atomic_load_explicit(&lock->taken, memory_order_relaxed)) {
			cpu_poll_requests();
			arch_cpu_relax();
		}
	} while (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire));
}

#if HELION_DEBUG
/* What each CPU holds: how many locks of each level, eight bits each. */
static uint64_t held[CPU_MAX];

/* "lockdelay=SEED" on the command line: holders dawdle at random, so that others meet them. */
static uint64_t delay_state[CPU_MAX];

static void dawdle(uint32_t cpu)
{
	uint64_t x = delay_state[cpu];

	if (!x)
		return;
	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	delay_state[cpu] = x;
	for (unsigned i = 0; x % 8 == 0 && i < (x >> 8) % 512; i++)
		arch_cpu_relax();
}

void spin_delay_init(void)
{
	uint64_t seed = boot_option_number("lockdelay", 0);

	for (uint32_t i = 0; seed && i < CPU_MAX; i++)
		delay_state[i] = seed * 2654435761u + i + 1;
}

void spin_note_lock(struct spinlock *lock)
{
	uint32_t cpu = percpu_get()->index;
	/* Nothing of this level or an inner one is held. The log is what a report would use: it is not checked. */
	if (held[cpu] >> 8 * lock->level && lock->level != LOCK_LOG)
		panic("lock order: level %u taken while holding %#llx", lock->level, (unsigned long long)held[cpu]);
	held[cpu] += 1ull << (8 * lock->level);
	lock->owner = cpu + 1;
	dawdle(cpu);
}

void spin_note_unlock(struct spinlock *lock)
{
	held[percpu_get()->index] -= 1ull << (8 * lock->level);
	lock->owner = 0;
}

void spin_assert_held(const struct spinlock *lock)
{
	if (lock->owner != percpu_get()->index + 1)
		panic("lock of level %u is not held", lock->level);
}
#else
void spin_delay_init(void) {}
#endif
