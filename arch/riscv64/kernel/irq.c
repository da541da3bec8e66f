/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three interrupts of a hart (privileged §10.1.3): software, timer, external; and the controller of the external ones
 * behind the functions of kernel/arch.h.
 */
#include "irq.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/log.h"

#include "csr.h"
#include "riscv.h"
#include "sbi.h"

#define INTERRUPT_SOFTWARE 1
#define INTERRUPT_TIMER    5
#define INTERRUPT_EXTERNAL 9

static const struct irq_chip *chip; /* NULL: no interrupts of devices */

void riscv_interrupt(uint64_t cause)
{
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
	case INTERRUPT_EXTERNAL: chip->handle(); break;
	default:
		kprintf("cpu %u: unexpected interrupt %llu\n", percpu_get()->index, (unsigned long long)cause);
		csr_clear("sie", 1ull << (cause & 63));
	}
}

void arch_irq_init(const struct machine *machine)
{
	riscv_power_init(machine);
	chip = plic_init(machine);
	if (!chip)
		chip = aplic_init(machine);
	if (!chip)
		kprintf("irq: neither PLIC nor AIA: timer and IPIs only, no interrupts of devices\n");
}

void arch_irq_init_cpu(struct percpu *cpu)
{
	const struct machine_cpu *described = machine_find_cpu(&machine, cpu->hwid);

	csr_set("sie", SIE_SOFTWARE);
	if (!chip)
		return;
	if (described && chip->init_cpu(cpu, described))
		csr_set("sie", SIE_EXTERNAL);
	else
		kprintf("cpu %u: hart %llu has no place in the %s\n", cpu->index, (unsigned long long)cpu->hwid,
			chip->name);
}

uint32_t arch_irq_count(void)
{
	return chip ? chip->count : 0;
}

static bool is_message(uint32_t line)
{
	return chip && line - chip->message_first < chip->message_count;
}

bool arch_irq_enable_line(uint32_t line, bool level, bool active_low)
{
	return (line < arch_irq_count() || is_message(line)) && chip->enable(line, level, active_low);
}

void arch_irq_disable_line(uint32_t line)
{
	chip->disable(line); /* it was enabled, or has interrupted: there is one */
}

void arch_irq_forget_line(uint32_t line)
{
	if (chip && chip->forget)
		chip->forget(line);
}

uint32_t arch_msi_lines(uint32_t *ret_first)
{
	*ret_first = chip ? chip->message_first : 0;
	return chip ? chip->message_count : 0;
}

/* Whoever may write to a hart's file may send its messages: it does not matter which device does. */
bool arch_msi_message(uint32_t line, uint32_t device, uint64_t *ret_address, uint32_t *ret_data)
{
	(void)device;
	return is_message(line) && chip->message(line, ret_address, ret_data);
}

const char *arch_irq_name(void)
{
	return chip ? chip->name : "none";
}

void arch_ipi_send(struct percpu *cpu)
{
	/* What the other hart shall find is in memory before it is told. */
	arch_barrier();
	sbi_send_ipi(cpu->hwid);
}
