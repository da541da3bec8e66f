/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/lock.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/log.h"

/*
 * Among those who want it exclusively. Not first come, first served: where a machine is emulated with fewer processors than
 * it has, the one whose turn it is may be one that gets no time.
 */
struct spinlock kernel_lock = SPINLOCK_INIT(LOCK_KERNEL);

#define KERNEL_LOCK_SPIN(condition)          \
	do {                                 \
		while (condition) {          \
			cpu_poll_requests(); \
			arch_cpu_relax();    \
		}                            \
	} while (0)

void kernel_lock_wait_shared(struct percpu *cpu)
{
	cpu->contended++;
	do {
		atomic_store_explicit(&cpu->shares, 0, memory_order_release);
		KERNEL_LOCK_SPIN(atomic_load_explicit(&kernel_lock.taken, memory_order_acquire));
		atomic_exchange_explicit(&cpu->shares, 1, memory_order_seq_cst);
	} while (atomic_load_explicit(&kernel_lock.taken, memory_order_seq_cst));
}

void kernel_lock_wait_for(const struct percpu *cpu)
{
	KERNEL_LOCK_SPIN(atomic_load_explicit(&cpu->shares, memory_order_seq_cst));
}

void kernel_lock_exclusive(void)
{
	spin_lock(&kernel_lock);
	kernel_lock_wait_for_shares();
}

void kernel_lock_downgrade(struct percpu *cpu)
{
	tlb_commit();
	atomic_store_explicit(&cpu->shares, 1, memory_order_release);
	spin_unlock(&kernel_lock);
}

#if HELION_DEBUG
void kernel_assert_exclusive(void)
{
	spin_assert_held(&kernel_lock);
}
#endif
