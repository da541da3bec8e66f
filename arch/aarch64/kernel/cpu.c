/* SPDX-License-Identifier: BSD-2-Clause */
/* One CPU's control registers. */
#include "exception.h"

#include "kernel/arch.h"
#include "kpti.h"
#include "mmu.h"
#include "sysreg.h"

/* ID_AA64MMFR1_EL1.PAN, ID_AA64DFR0_EL1.PMUVer, ID_AA64PFR0_EL1.AMU. */
#define MMFR1_PAN         20
#define DFR0_PMUVER       8
#define DFR0_PMUVER_OTHER 0xf /* a PMU with registers of its own */
#define PFR0_AMU          44

/* CNTKCTL_EL1: user code reads CNTVCT_EL0 and nothing else of the timers (ARM ARM D17.11.2). */
#define CNTKCTL_EL0VCTEN (1ull << 1)

#define AMUSERENR_EL0 s3_3_c13_c2_3
#define PSTATE_PAN    s3_0_c4_c2_3

/* PMCR_EL0: counters run, the cycle counter over 64 bits. PMUSERENR_EL0: user code reads the cycle counter and nothing
 * else (ARM ARM D17.5). */
#define PMCR_E         (1ull << 0)
#define PMCR_LC        (1ull << 6)
#define PMCNTEN_CYCLES (1ull << 31)
#define PMUSERENR_CR   (1ull << 2)

/* Exceptions before the boot CPU has a stack of its own happen on the one it came with. */
void arch_init_early(struct percpu *boot)
{
	boot->self = boot;
	if (!boot->stack)
		boot->stack = (uint64_t)boot_stack_top;
	arch_percpu_set(boot);
	sysreg_write(vbar_el1, (uint64_t)exception_vectors);
	isb();
}

/*
 * Privileged access never: the kernel has no reason to touch memory at an address
 * that user code can use, it goes through the direct map. With SPAN clear each
 * exception sets PSTATE.PAN (ARM ARM D8.4.3).
 */
static uint64_t enable_pan(uint64_t sctlr)
{
	if (!id_field(sysreg_read(id_aa64mmfr1_el1), MMFR1_PAN))
		return sctlr;
	__asm__ volatile(".inst 0xd500419f" : : : "memory"); /* msr pan, #1 */
	return sctlr & ~SCTLR_SPAN;
}

/* Costs are counted with it, see docs/bench.md; the other architectures let user code read theirs too. */
static void enable_cycle_counter(void)
{
	unsigned pmu = id_field(sysreg_read(id_aa64dfr0_el1), DFR0_PMUVER);

	if (!pmu || pmu == DFR0_PMUVER_OTHER)
		return;
	sysreg_write(pmcntenclr_el0, UINT32_MAX);
	sysreg_write(pmintenclr_el1, UINT32_MAX);
	sysreg_write(pmccfiltr_el0, 0);
	sysreg_write(pmcr_el0, PMCR_E | PMCR_LC);
	sysreg_write(pmcntenset_el0, PMCNTEN_CYCLES);
	sysreg_write(pmuserenr_el0, PMUSERENR_CR);
}

void arch_init_cpu(struct percpu *cpu)
{
	sysreg_write(sctlr_el1, enable_pan(SCTLR_KERNEL));
	if (cpu->index == 0)
		kpti_init();
	kpti_init_cpu();
	arch_fpu_init_cpu();
	sysreg_write(cntkctl_el1, CNTKCTL_EL0VCTEN);
	/* No breakpoints, watchpoints, single steps, nor debug channel from EL0. */
	sysreg_write(mdscr_el1, 0);
	enable_cycle_counter();
	if (id_field(sysreg_read(id_aa64pfr0_el1), PFR0_AMU))
		sysreg_write(AMUSERENR_EL0, 0);
	sysreg_write(tpidrro_el0, 0);
	isb();
	/* From here an SError is reported at once. */
	__asm__ volatile("msr daifclr, #4" : : : "memory");
}

void arch_selftest(void (*report)(const char *what, bool passed))
{
	if (id_field(sysreg_read(id_aa64mmfr1_el1), MMFR1_PAN))
		report("PAN is on", sysreg_read(PSTATE_PAN) != 0);
	if (mmu_has_e0pd())
		report("E0PD is on", sysreg_read(tcr_el1) & TCR_E0PD1);
	if (kpti_is_on)
		report("user mode has nothing of the kernel but its entry", kpti_check());
}

uint64_t arch_cpu_id(const struct helion_bootctx *ctx)
{
	(void)ctx;
	return sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
}

bool arch_has_ports(void)
{
	return false;
}

uint32_t arch_port_in(uint16_t port, unsigned width)
{
	(void)port;
	(void)width;
	return 0;
}

void arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
	(void)port;
	(void)width;
	(void)value;
}

void arch_firmware_putc(char c)
{
	(void)c;
}
