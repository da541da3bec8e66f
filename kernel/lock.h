/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's lock. A CPU holds it in one of two ways whenever it does anything in
 * the kernel.
 *
 *   shared     any number of CPUs: communication between tasks. They do not disturb each other; what they have in
 *              common is guarded by the endpoint's or notification's lock and by the run queues'
 *   exclusive  one CPU, and no shared one: everything that makes, changes or ends objects, capabilities, mappings
 *              or the state of a task that is not its own. No other CPU is in the kernel then but to wait;
 *              others may be in user mode
 *
 * Taking it shared is a store to memory of this CPU's own and a look at a word that
 * seldom changes, so the shared side costs next to nothing and the exclusive side needs
 * no thought about who else looks. Both orders matter (A: own word, then kernel_lock;
 * B: kernel_lock, then the words of the others): one of the two sees the other.
 *
 * While one waits, another CPU may have stopped or ended the running task: afterwards
 * percpu.current says whether it is still there. It cannot have been without that, because
 * whoever takes a task off a CPU has that CPU's answer first (cpu_sync()): from an
 * interrupt, or while it waits.
 */
#ifndef KERNEL_LOCK_H
#define KERNEL_LOCK_H

#include "kernel/percpu.h"
#include "kernel/tlb.h"

/* Taken by the CPU that has the lock exclusively or waits for the others to leave. */
extern struct spinlock kernel_lock;

void kernel_lock_wait_shared(struct percpu *cpu);
void kernel_lock_wait_for(const struct percpu *cpu);

/* Whoever has kernel_lock has the kernel as soon as the others have left. */
static inline __attribute__((always_inline)) void kernel_lock_wait_for_shares(void)
{
	const struct percpu *cpu = cpus;

	/* B */
	atomic_thread_fence(memory_order_seq_cst);
	for (uint32_t i = cpu_count; i > 0; i--, cpu++)
		if (__builtin_expect(atomic_load_explicit(&cpu->shares, memory_order_acquire), 0))
			kernel_lock_wait_for(cpu);
}

/* Whether it had to wait. */
static inline __attribute__((always_inline)) bool kernel_lock_shared(struct percpu *cpu)
{
	/* A */
	atomic_store_explicit(&cpu->shares, 1, memory_order_seq_cst);
	if (__builtin_expect(!atomic_load_explicit(&kernel_lock.taken, memory_order_seq_cst), 1))
		return false;
	kernel_lock_wait_shared(cpu);
	return true;
}

static inline __attribute__((always_inline)) void kernel_unlock_shared(struct percpu *cpu)
{
	atomic_store_explicit(&cpu->shares, 0, memory_order_release);
}

/* From nothing to exclusive, and back. Unlocking flushes what has to be flushed before. */
void kernel_lock_exclusive(void);
static inline __attribute__((always_inline)) void kernel_unlock_exclusive(void)
{
	tlb_commit();
	spin_unlock(&kernel_lock);
}

/* From shared to exclusive. False: others may have had it exclusively in between. And back: nobody has. */
static inline __attribute__((always_inline)) bool kernel_lock_upgrade(struct percpu *cpu)
{
	/* Whoever takes it while this CPU shares it waits for that to end. */
	bool alone = spin_trylock(&kernel_lock);

	if (__builtin_expect(alone, 1)) {
		atomic_store_explicit(&cpu->shares, 0, memory_order_relaxed);
	} else {
		kernel_unlock_shared(cpu);
		spin_lock(&kernel_lock);
	}
	kernel_lock_wait_for_shares();
	return alone;
}
void kernel_lock_downgrade(struct percpu *cpu);

#endif
