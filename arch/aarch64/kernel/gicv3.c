/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv3 and v4 (IHI 0069) with affinity routing; interrupts are of Non-secure
 * group 1. GICD_CTLR has its bits in different places for a GIC with two
 * Security states and one with a single one (§12.9.4); those that are set here
 * have the same place in both. LPIs are its.c's.
 */
#include "gic.h"
#include "irq.h"
#include "its.h"

#include <arch/io.h>
#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/vm.h"
#include "sysreg.h"

#define GICD_CTLR_GROUP1 (1u << 1)
#define GICD_CTLR_ARE    (1u << 4)
#define GICD_CTLR_RWP    (1u << 31) /* a write is still on its way */

/* Redistributor (§12.11): RD_base, 64 KiB, then SGI_base, 64 KiB; with virtual LPIs as much again. */
#define GICR_CTLR         0x0000
#define GICR_TYPER        0x0008
#define GICR_WAKER        0x0014
#define GICR_CTLR_RWP     (1u << 3)
#define GICR_TYPER_VLPIS  (1u << 1)
#define GICR_TYPER_LAST   (1u << 4)
#define GICR_WAKER_SLEEP  (1u << 1)
#define GICR_WAKER_ASLEEP (1u << 2)
#define GICR_SGI_BASE     0x10000
#define GICR_SIZE         0x20000
#define GICR_SIZE_VLPIS   0x40000

/* CPU interface (§12.2). */
#define ICC_PMR_EL1     s3_0_c4_c6_0
#define ICC_IAR1_EL1    s3_0_c12_c12_0
#define ICC_EOIR1_EL1   s3_0_c12_c12_1
#define ICC_BPR1_EL1    s3_0_c12_c12_3
#define ICC_CTLR_EL1    s3_0_c12_c12_4
#define ICC_SRE_EL1     s3_0_c12_c12_5
#define ICC_IGRPEN1_EL1 s3_0_c12_c12_7
#define ICC_SGI1R_EL1   s3_0_c12_c11_5

#define SGI1R_INTID(n)   ((uint64_t)(n) << 24)
#define SGI1R_ALL_OTHERS (1ull << 40)

/* percpu.arch: address of this CPU's redistributor. */
#define PERCPU_GICR 0

/* More than any hardware needs for what is waited for here. */
#define WAIT_ROUNDS 1000000

static struct irq_chip chip;
static volatile void *gicd;
static uint32_t timer_intid;

/* Redistributors found, and for which CPU they are. Written by gicv3_init only. */
static struct {
	uint64_t affinity;
	volatile void *frame;
	uint64_t address; /* physical */
} redistributors[MACHINE_CPUS_MAX];
static uint32_t redistributor_count;

static bool wait_clear(volatile void *frame, uint32_t offset, uint32_t bits)
{
	for (uint32_t i = 0; i < WAIT_ROUNDS; i++)
		if (!(gic_read(frame, offset) & bits))
			return true;
	return false;
}

static uint64_t own_affinity(void)
{
	return sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
}

/* Affinity as GICR_TYPER[63:32] has it: the four levels without a gap. */
static uint64_t typer_affinity(uint64_t typer)
{
	uint64_t packed = typer >> 32;

	return (packed & 0xffffff) | (packed >> 24) << 32;
}

/* Its number; redistributor_count if there is none. */
static uint32_t find_redistributor(uint64_t affinity)
{
	uint32_t i = 0;

	while (i < redistributor_count && redistributors[i].affinity != affinity)
		i++;
	return i;
}

static void init_redistributor(volatile void *frame)
{
	volatile void *sgi = (volatile char *)frame + GICR_SGI_BASE;

	gic_write(frame, GICR_WAKER, gic_read(frame, GICR_WAKER) & ~GICR_WAKER_SLEEP);
	if (!wait_clear(frame, GICR_WAKER, GICR_WAKER_ASLEEP))
		panic("GICv3: the redistributor does not wake up");
	gic_reset_lines(sgi, 0);
	wait_clear(frame, GICR_CTLR, GICR_CTLR_RWP);
	gic_write(sgi, GICD_IGROUPR(0), 0xffffffff);
	gic_write(sgi, GICD_IGRPMODR(0), 0);
	gic_write(sgi, GICD_ISENABLER(0), 0xffff | 1u << timer_intid);
}

static void init_cpu(struct percpu *cpu)
{
	uint32_t number = find_redistributor(own_affinity());
	volatile void *frame;

	if (number == redistributor_count)
		panic("GICv3: no redistributor for CPU %#llx", (unsigned long long)own_affinity());
	frame = redistributors[number].frame;
	cpu->arch[PERCPU_GICR] = (uint64_t)frame;
	init_redistributor(frame);
	its_init_cpu(number, frame, redistributors[number].address);

	sysreg_write(ICC_SRE_EL1, sysreg_read(ICC_SRE_EL1) | 1);
	isb();
	if (!(sysreg_read(ICC_SRE_EL1) & 1))
		panic("GICv3: a higher exception level forbids the system registers");
	sysreg_write(ICC_PMR_EL1, GIC_PRIORITY_MASK);
	sysreg_write(ICC_BPR1_EL1, 0);
	/* One write ends an interrupt: EOImode = 0. */
	sysreg_write(ICC_CTLR_EL1, sysreg_read(ICC_CTLR_EL1) & ~2ull);
	sysreg_write(ICC_IGRPEN1_EL1, 1);
	isb();
}

/* The frame that has the registers of a line: the distributor's for all, else this CPU's own. */
static volatile void *frame_of(uint32_t line)
{
	if (line >= GIC_FIRST_SPI)
		return gicd;
	return (volatile char *)percpu_get()->arch[PERCPU_GICR] + GICR_SGI_BASE;
}

static void disable(uint32_t line)
{
	gic_write(frame_of(line), GICD_ICENABLER(line / 32), 1u << (line % 32));
	if (line >= GIC_FIRST_SPI)
		wait_clear(gicd, GICD_CTLR, GICD_CTLR_RWP);
	else
		wait_clear((volatile void *)percpu_get()->arch[PERCPU_GICR], GICR_CTLR, GICR_CTLR_RWP);
}

static void forget(uint32_t line)
{
	if (line >= 16)
		gic_write(frame_of(line), GICD_ICPENDR(line / 32), 1u << (line % 32));
}

static bool enable(uint32_t line, bool level, bool active_low)
{
	/* The GIC's inputs are active high; what is active low is inverted on the way to it. */
	(void)active_low;
	if (line < 16 || line == timer_intid)
		return false;
	disable(line);
	gic_configure(frame_of(line), line, level);
	if (line >= GIC_FIRST_SPI)
		mmio_write64((volatile char *)gicd + GICD_IROUTER(line), own_affinity());
	gic_write(frame_of(line), GICD_ISENABLER(line / 32), 1u << (line % 32));
	return true;
}

/* ICC_SGI1R_EL1 (§12.2.21): affinity 3, 2, 1, and within that cluster 16 CPUs from range * 16 on as a bit mask. */
static void ipi(struct percpu *cpu)
{
	uint64_t affinity = cpu->hwid;
	uint64_t aff0 = affinity & 0xff, aff1 = (affinity >> 8) & 0xff;
	uint64_t aff2 = (affinity >> 16) & 0xff, aff3 = (affinity >> 32) & 0xff;

	sysreg_write(ICC_SGI1R_EL1, aff3 << 48 | (aff0 >> 4) << 44 | aff2 << 32 | aff1 << 16 |
					    SGI1R_INTID(IRQ_SGI_IPI) | 1ull << (aff0 & 0xf));
	isb();
}

static void stop_others(void)
{
	sysreg_write(ICC_SGI1R_EL1, SGI1R_ALL_OTHERS | SGI1R_INTID(IRQ_SGI_STOP));
	isb();
}

static void handle(void)
{
	uint32_t intid = (uint32_t)sysreg_read(ICC_IAR1_EL1) & 0xffffff;

	/* The acknowledge is complete before the device is looked at (§4.1.1). */
	__asm__ volatile("dsb sy" : : : "memory");
	if (intid >= ITS_FIRST_LPI)
		trap_interrupt(its_line(intid));
	else if (intid >= GIC_SPECIAL)
		return;
	else
		irq_deliver_intid(intid, timer_intid);
	sysreg_write(ICC_EOIR1_EL1, intid);
	isb();
}

static volatile void *map(const char *what, uint64_t base, size_t size)
{
	volatile void *frame = vm_map_device(base, size);

	if (!frame)
		panic("GICv3: %s at %#llx cannot be mapped", what, (unsigned long long)base);
	return frame;
}

/* Notes the redistributor at `base`; returns GICR_TYPER. */
static uint64_t add_redistributor(uint64_t base)
{
	volatile void *frame = map("redistributor", base, GICR_SIZE);
	uint64_t typer = mmio_read64((volatile char *)frame + GICR_TYPER);

	if (redistributor_count < MACHINE_CPUS_MAX) {
		redistributors[redistributor_count].affinity = typer_affinity(typer);
		redistributors[redistributor_count].frame = frame;
		redistributors[redistributor_count].address = base;
		redistributor_count++;
	}
	return typer;
}

static void find_redistributors(const struct machine *machine)
{
	for (uint32_t i = 0; i < machine->gicr_count; i++) {
		const struct machine_region *region = &machine->gicr[i];
		uint64_t offset = 0;

		while (region->size >= GICR_SIZE && offset <= region->size - GICR_SIZE) {
			uint64_t typer = add_redistributor(region->base + offset);

			if (typer & GICR_TYPER_LAST)
				break;
			offset += (typer & GICR_TYPER_VLPIS) ? GICR_SIZE_VLPIS : GICR_SIZE;
		}
	}
	/* Instead of a range the MADT may name each CPU's own (ACPI 6.5 §5.2.12.14). */
	for (uint32_t i = 0; i < machine->cpu_count; i++)
		if (machine->cpus[i].gicr_base && find_redistributor(machine->cpus[i].hwid) == redistributor_count)
			add_redistributor(machine->cpus[i].gicr_base);
}

const struct irq_chip *gicv3_init(const struct machine *machine)
{
	gicd = map("distributor", machine->gicd_base, 0x10000);
	timer_intid = machine->timer_irq >= 16 && machine->timer_irq < 32 ? machine->timer_irq : IRQ_VIRTUAL_TIMER;
	chip = (struct irq_chip){
		.name = "GICv3",
		.count = gic_line_count(gicd),
		.init_cpu = init_cpu,
		.enable = enable,
		.disable = disable,
		.forget = forget,
		.ipi = ipi,
		.stop_others = stop_others,
		.handle = handle,
	};

	gic_write(gicd, GICD_CTLR, 0);
	wait_clear(gicd, GICD_CTLR, GICD_CTLR_RWP);
	/* Affinity routing first: it decides what the other registers mean (§12.9.4). */
	gic_write(gicd, GICD_CTLR, GICD_CTLR_ARE);
	wait_clear(gicd, GICD_CTLR, GICD_CTLR_RWP);
	for (uint32_t n = 1; 32 * n < chip.count; n++) {
		gic_reset_lines(gicd, n);
		gic_write(gicd, GICD_IGROUPR(n), 0xffffffff);
		gic_write(gicd, GICD_IGRPMODR(n), 0);
	}
	wait_clear(gicd, GICD_CTLR, GICD_CTLR_RWP);
	gic_write(gicd, GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GROUP1);
	wait_clear(gicd, GICD_CTLR, GICD_CTLR_RWP);
	find_redistributors(machine);
	its_init(machine, &chip, redistributor_count);
	return &chip;
}
