/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting and stopping the other harts (SBI 2.0 chapter 9). */
#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/log.h"
#include "kernel/vm.h"

#include "riscv.h"
#include "sbi.h"

/* entry.S turns address translation on without an identity map. */
void arch_smp_init(const struct machine *machine)
{
	(void)machine;
}

/*
 * A hart without a supervisor mode may be "started" and never arrive: success of
 * the call is no promise. The hart reads its struct percpu by physical address,
 * with translation off; that memory is coherent.
 */
bool arch_cpu_start(struct percpu *cpu, const struct machine_cpu *desc)
{
	int64_t error;

	cpu->arch[RISCV_SATP] = riscv_satp(cpu->kernel_root);
	cpu->arch[RISCV_CONTINUE] = (uint64_t)riscv_secondary_continue;
	arch_barrier();
	error = sbi_hart_start(desc->hwid, vm_kernel_phys(riscv_secondary_entry), vm_kernel_phys(cpu));
	if (error)
		kprintf("cpu %u: SBI hart_start of hart %llu: error %lld\n", cpu->index, (unsigned long long)desc->hwid,
			(long long)error);
	return error == SBI_SUCCESS;
}

void arch_cpu_stop_others(void)
{
	for (uint32_t i = 0; i < cpu_count; i++)
		if (&cpus[i] != percpu_get() && atomic_load(&cpus[i].state) == CPU_RUNNING)
			cpu_request(&cpus[i], CPU_REQUEST_STOP);
}
