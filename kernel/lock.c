/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/lock.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/log.h"
#include "kernel/tlb.h"

_Atomic uint32_t kernel_lock_wanted;

/* Among those who want it exclusively: first come, first served. */
static _Atomic uint32_t next_ticket, served_ticket;

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
	uint32_t ticket = atomic_fetch_add_explicit(&next_ticket, 1, memory_order_relaxed);

	if (atomic_load_explicit(&served_ticket, memory_order_acquire) != ticket) {
		cpu->contended++;
		KERNEL_LOCK_SPIN(atomic_load_explicit(&served_ticket, memory_order_acquire) != ticket);
	}
	/* B */
	atomic_exchange_explicit(&kernel_lock_wanted, cpu->index + 1, memory_order_seq_cst);
	for (uint32_t i = 0; i < cpu_count; i++)
		KERNEL_LOCK_SPIN(atomic_load_explicit(&cpus[i].shares, memory_order_seq_cst));
}

static void release(void)
{
	atomic_store_explicit(&kernel_lock_wanted, 0, memory_order_release);
	atomic_store_explicit(&served_ticket, atomic_load_explicit(&served_ticket, memory_order_relaxed) + 1,
			      memory_order_release);
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

void kernel_assert_exclusive(void)
{
#if HELION_DEBUG
	if (atomic_load(&kernel_lock_wanted) != percpu_get()->index + 1 ||
	    atomic_load(&served_ticket) == atomic_load(&next_ticket))
		panic("the kernel is not locked exclusively");
#endif
}
