/* SPDX-License-Identifier: BSD-2-Clause */
/* The three interrupts of a hart (privileged §10.1.3): software, timer, external. */
#include "kernel/arch.h"
#include "kernel/log.h"

#include "csr.h"
#include "riscv.h"
#include "sbi.h"

#define INTERRUPT_SOFTWARE 1
#define INTERRUPT_TIMER    5
#define INTERRUPT_EXTERNAL 9

void riscv_interrupt(uint64_t cause)
{
	uint32_t line;

	switch (cause) {
	case INTERRUPT_SOFTWARE:
		/* Before the request is looked at, so that one that comes meanwhile interrupts again. */
		csr_clear("sip", SIE_SOFTWARE);
		ipi_interrupt();
		break;
	case INTERRUPT_TIMER:
		/* It stays pending until the next deadline is set. */
		csr_clear("sie", SIE_TIMER);
		timer_interrupt();
		break;
	case INTERRUPT_EXTERNAL:
		/* One at a time: the next one interrupts again. */
		line = riscv_plic_claim();
		if (line) {
			trap_interrupt(line);
			riscv_plic_complete(line);
		}
		break;
	default:
		kprintf("cpu %u: unexpected interrupt %llu\n", percpu_get()->index, (unsigned long long)cause);
		csr_clear("sie", 1ull << (cause & 63));
	}
}

void arch_ipi_send(struct percpu *cpu)
{
	/* What the other hart shall find is in memory before it is told. */
	arch_barrier();
	sbi_send_ipi(cpu->hwid);
}
