/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/lock.h"

#include "kernel/arch.h"
#include "kernel/tlb.h"

void kernel_lock_exclusive(void)
{
	for (uint32_t i = 0; i < cpu_count; i++)
		spin_lock(&cpus[i].lock);
}

void kernel_unlock_exclusive(void)
{
	tlb_commit();
	for (uint32_t i = 0; i < cpu_count; i++)
		spin_unlock(&cpus[i].lock);
}

void kernel_lock_upgrade(struct percpu *cpu)
{
	if (cpu_count == 1)
		return;
	kernel_unlock_shared(cpu);
	kernel_lock_exclusive();
}

void kernel_lock_downgrade(struct percpu *cpu)
{
	tlb_commit();
	for (uint32_t i = 0; i < cpu_count; i++)
		if (&cpus[i] != cpu)
			spin_unlock(&cpus[i].lock);
}

void kernel_assert_exclusive(void)
{
	for (uint32_t i = 0; i < cpu_count; i++)
		spin_assert_held(&cpus[i].lock);
}
