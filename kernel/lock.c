/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/lock.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/log.h"
#include "kernel/tlb.h"

_Atomic uint32_t kernel_lock_wanted;

/*
 * Among those who want it exclusively. Not first come, first served: where a machine is emulated with fewer processors than
 * it has, the one whose turn it is may be one that gets no time.
 */
static struct spinlock exclusive = SPINLOCK_INIT(LOCK_KERNEL);

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
		KERNEL_LOCK_SPIN(atomic_load_explicit(&kernel_lock_wanted, memory_order_acquire));
		atomic_exchange_explicit(&cpu->shares, 1, memory_order_seq_cst);
	} while (atomic_load_explicit(&kernel_lock_wanted, memory_order_seq_cst));
}

void kernel_lock_exclusive(void)
{
	struct percpu *cpu = percpu_get();

	spin_lock(&exclusive);
	/* B */
	atomic_exchange_explicit(&kernel_lock_wanted, cpu->index + 1, memory_order_seq_cst);
	for (uint32_t i = 0; i < cpu_count; i++)
		KERNEL_LOCK_SPIN(atomic_load_explicit(&cpus[i].shares, memory_order_seq_cst));
}

static void release(void)
{
	atomic_store_explicit(&kernel_lock_wanted, 0, memory_order_release);
	spin_unlock(&exclusive);
}

void kernel_unlock_exclusive(void)
{
	tlb_commit();
	release();
}

void kernel_lock_upgrade(struct percpu *cpu)
{
	kernel_unlock_shared(cpu);
	kernel_lock_exclusive();
}

void kernel_lock_downgrade(struct percpu *cpu)
{
	tlb_commit();
	atomic_store_explicit(&cpu->shares, 1, memory_order_release);
	release();
}

#if HELION_DEBUG
void kernel_assert_exclusive(void)
{
	spin_assert_held(&exclusive);
}
#endif
