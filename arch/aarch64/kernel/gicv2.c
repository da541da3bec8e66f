/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv2 (IHI 0048B). Registers are used as software without secure privilege
 * sees them; a GIC without the Security Extensions behaves the same in what is
 * used here. SGIs and PPIs are registers 0 of the distributor, banked by CPU.
 */
#include "gic.h"
#include "irq.h"

#include <arch/io.h>
#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/vm.h"

/* CPU interface (§4.4). */
#define GICC_CTLR 0x00
#define GICC_PMR  0x04
#define GICC_BPR  0x08
#define GICC_IAR  0x0c
#define GICC_EOIR 0x10

#define GICC_CTLR_ENABLE 1u
#define GICC_CTLR_BYPASS 0x1e0u /* bypass disable bits: as the firmware set them */
#define GICC_IAR_INTID   0x3ffu

/* GICD_SGIR: whom. */
#define SGIR_TARGETS(mask) ((uint32_t)(mask) << 16)
#define SGIR_ALL_OTHERS    (1u << 24)

#define FRAME_SIZE 0x1000

/* percpu.arch: bit of this CPU in GICD_ITARGETSR and GICD_SGIR. */
#define PERCPU_GIC_MASK 0

static struct irq_chip chip;
static volatile void *gicd, *gicc;
static uint32_t timer_intid;

static void init_cpu(struct percpu *cpu)
{
	uint32_t targets;

	gic_reset_lines(gicd, 0);
	/* The targets of the banked interrupts read as the CPU that reads; on a machine with one CPU as 0 (§4.3.12). */
	targets = gic_read(gicd, GICD_ITARGETSR(0));
	cpu->arch[PERCPU_GIC_MASK] = (targets | targets >> 8 | targets >> 16 | targets >> 24) & 0xff;

	gic_write(gicd, GICD_ISENABLER(0), 0xffff | 1u << timer_intid);
	gic_write(gicc, GICC_PMR, GIC_PRIORITY_MASK);
	gic_write(gicc, GICC_BPR, 0);
	gic_write(gicc, GICC_CTLR, (gic_read(gicc, GICC_CTLR) & GICC_CTLR_BYPASS) | GICC_CTLR_ENABLE);
}

static void disable(uint32_t line)
{
	gic_write(gicd, GICD_ICENABLER(line / 32), 1u << (line % 32));
}

static void forget(uint32_t line)
{
	if (line >= 16)
		gic_write(gicd, GICD_ICPENDR(line / 32), 1u << (line % 32));
}

static bool enable(uint32_t line, bool level, bool active_low)
{
	/* The GIC's inputs are active high; what is active low is inverted on the way to it. */
	(void)active_low;
	if (line < 16 || line == timer_intid)
		return false;
	disable(line);
	gic_configure(gicd, line, level);
	if (line >= GIC_FIRST_SPI)
		mmio_write8((volatile char *)gicd + GICD_ITARGETSR(0) + line,
			    (uint8_t)percpu_get()->arch[PERCPU_GIC_MASK]);
	gic_write(gicd, GICD_ISENABLER(line / 32), 1u << (line % 32));
	return true;
}

static void ipi(struct percpu *cpu)
{
	gic_write(gicd, GICD_SGIR, SGIR_TARGETS(cpu->arch[PERCPU_GIC_MASK]) | IRQ_SGI_IPI);
}

static void stop_others(void)
{
	gic_write(gicd, GICD_SGIR, SGIR_ALL_OTHERS | IRQ_SGI_STOP);
}

static void handle(void)
{
	/* The end of an SGI must name its sender, so all of the value is kept. */
	uint32_t iar = gic_read(gicc, GICC_IAR);
	uint32_t intid = iar & GICC_IAR_INTID;

	if (intid >= GIC_SPECIAL)
		return;
	irq_deliver_intid(intid, timer_intid);
	gic_write(gicc, GICC_EOIR, iar);
}

const struct irq_chip *gicv2_init(const struct machine *machine)
{
	gicd = vm_map_device(machine->gicd_base, FRAME_SIZE);
	gicc = vm_map_device(machine->gicc_base, FRAME_SIZE);
	if (!gicd || !gicc)
		panic("GICv2: registers at %#llx and %#llx cannot be mapped", (unsigned long long)machine->gicd_base,
		      (unsigned long long)machine->gicc_base);
	timer_intid = machine->timer_irq >= 16 && machine->timer_irq < 32 ? machine->timer_irq : IRQ_VIRTUAL_TIMER;

	gic_write(gicd, GICD_CTLR, 0);
	chip = (struct irq_chip){
		.name = "GICv2",
		.count = gic_line_count(gicd),
		.init_cpu = init_cpu,
		.enable = enable,
		.disable = disable,
		.forget = forget,
		.ipi = ipi,
		.stop_others = stop_others,
		.handle = handle,
	};
	gicv2m_init(machine, &chip);
	for (uint32_t n = 1; 32 * n < chip.count; n++)
		gic_reset_lines(gicd, n);
	gic_write(gicd, GICD_CTLR, 1);
	return &chip;
}
