/* SPDX-License-Identifier: BSD-2-Clause */
/* What each hart sets up for itself. */
#include "kernel/arch.h"
#include "kernel/log.h"

#include "csr.h"
#include "riscv.h"
#include "sbi.h"

/* Counters that user mode may read: cycle, time, instret. */
#define COUNTERS_USER 7

void arch_init_early(struct percpu *boot)
{
	boot->self = boot;
	boot->stack = (uint64_t)boot_stack_top;
	arch_percpu_set(boot);
	csr_write("sscratch", 0);
	csr_write("stvec", riscv_trap_vector);
}

/*
 * The kernel reaches user memory through the direct map only, so SUM stays clear
 * and a stray pointer into user space faults.
 */
void arch_init_cpu(struct percpu *cpu)
{
	(void)cpu;
	/* For arch_user_return(): to user mode, with interrupts on. */
	csr_clear("sstatus", SSTATUS_SUM | SSTATUS_MXR | SSTATUS_SPP);
	csr_set("sstatus", SSTATUS_SPIE);
	arch_fpu_init_cpu();
	csr_write("scounteren", COUNTERS_USER);
	if (riscv_probe_senvcfg())
		csr_write(CSR_NAME(CSR_SENVCFG), 0);
	if (cpu->index == 0)
		sbi_describe();
}

void arch_selftest(void (*report)(const char *what, bool passed))
{
	report("SUM and MXR are off", !(csr_read("sstatus") & (SSTATUS_SUM | SSTATUS_MXR)));
	if (riscv_pbmt)
		report("Svpbmt makes device registers I/O and framebuffers non-cacheable", riscv_memory_types_hold());
}

/* A hart cannot read its own id outside of machine mode: firmware told the loader, and percpu has it afterwards. */
uint64_t arch_cpu_id(const struct helion_bootctx *ctx)
{
	return percpu_get()->index == 0 ? ctx->boot_cpu : percpu_get()->hwid;
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
	sbi_putc(c);
}
