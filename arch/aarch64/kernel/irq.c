/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's interrupt controller behind the functions of kernel/arch.h. */
#include "irq.h"

#include "kernel/arch.h"
#include "kernel/log.h"
#include "power.h"
#include "sysreg.h"
#include "timer.h"

static const struct irq_chip *chip; /* set once on the boot CPU */

void arch_irq_init(const struct machine *machine)
{
	/* Not an interrupt controller, but registers can be mapped only while the kernel starts. */
	power_init(machine);
	switch (machine->gic) {
	case MACHINE_GIC_V2: chip = gicv2_init(machine); break;
	case MACHINE_GIC_V3: chip = gicv3_init(machine); break;
	case MACHINE_BCM2836: chip = bcm2836_init(machine); break;
	default: panic("the firmware describes no interrupt controller that this kernel can drive");
	}
}

void arch_irq_init_cpu(struct percpu *cpu)
{
	chip->init_cpu(cpu);
}

uint32_t arch_irq_count(void)
{
	return chip->count;
}

bool arch_irq_enable_line(uint32_t line, bool level, bool active_low)
{
	/* Lines for messages that the controller has beyond the others are always enabled. */
	if (line >= chip->count)
		return line - chip->message_first < chip->message_count;
	return chip->enable(line, level, active_low);
}

void arch_irq_disable_line(uint32_t line)
{
	if (line < chip->count)
		chip->disable(line);
}

void arch_irq_forget_line(uint32_t line)
{
	if (line < chip->count && chip->forget)
		chip->forget(line);
}

uint32_t arch_msi_lines(uint32_t *ret_first)
{
	*ret_first = chip->message_first;
	return chip->message_count;
}

bool arch_msi_message(uint32_t line, uint32_t device, uint64_t *ret_address, uint32_t *ret_data)
{
	return chip->message && chip->message(line, device, ret_address, ret_data);
}

const char *arch_irq_name(void)
{
	return chip ? chip->name : "none";
}

void arch_ipi_send(struct percpu *cpu)
{
	/* What the other CPU shall see is in memory before the interrupt leaves (GICv3 specification, 12.1.5). */
	__asm__ volatile("dsb ish" : : : "memory");
	chip->ipi(cpu);
}

void arch_cpu_stop_others(void)
{
	if (chip)
		chip->stop_others();
}

void irq_handle(void)
{
	chip->handle();
}

/* The line falls when the timer is off, which it must before the end of the interrupt. */
void irq_deliver_timer(void)
{
	if (timer_acknowledge())
		timer_interrupt();
}

void irq_deliver_ipi(uint32_t sgi)
{
	if (sgi == IRQ_SGI_STOP)
		arch_cpu_halt();
	ipi_interrupt();
}

void irq_deliver_intid(uint32_t intid, uint32_t timer_intid)
{
	if (intid < 16)
		irq_deliver_ipi(intid);
	else if (intid == timer_intid)
		irq_deliver_timer();
	else
		trap_interrupt(intid);
}
