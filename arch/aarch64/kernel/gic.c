/* SPDX-License-Identifier: BSD-2-Clause */
#include "gic.h"

#include <arch/io.h>
#include "kernel/spinlock.h"

/* Guards GICD_ICFGR, where one register has the triggers of 16 interrupts. */
static struct spinlock configure_lock = SPINLOCK_INIT(LOCK_IRQ);

uint32_t gic_read(volatile void *frame, uint32_t offset)
{
	return mmio_read32((volatile char *)frame + offset);
}

void gic_write(volatile void *frame, uint32_t offset, uint32_t value)
{
	mmio_write32((volatile char *)frame + offset, value);
}

uint32_t gic_line_count(volatile void *gicd)
{
	uint32_t count = 32 * ((gic_read(gicd, GICD_TYPER) & 0x1f) + 1);

	return count < GIC_SPECIAL ? count : GIC_SPECIAL;
}

void gic_reset_lines(volatile void *frame, uint32_t n)
{
	gic_write(frame, GICD_ICENABLER(n), 0xffffffff);
	gic_write(frame, GICD_ICPENDR(n), 0xffffffff);
	gic_write(frame, GICD_ICACTIVER(n), 0xffffffff);
	for (uint32_t i = 0; i < 8; i++)
		gic_write(frame, GICD_IPRIORITYR(8 * n + i), GIC_PRIORITIES);
}

void gic_configure(volatile void *frame, uint32_t intid, bool level)
{
	uint32_t edge = 2u << (2 * (intid % 16));
	uint32_t old, new;

	spin_lock(&configure_lock);
	old = gic_read(frame, GICD_ICFGR(intid / 16));
	new = level ? old & ~edge : old | edge;
	gic_write(frame, GICD_ICFGR(intid / 16), new);
	spin_unlock(&configure_lock);
	/* Otherwise it is an edge that came while the interrupt was masked. */
	if (new != old)
		gic_write(frame, GICD_ICPENDR(intid / 32), 1u << (intid % 32));
}
