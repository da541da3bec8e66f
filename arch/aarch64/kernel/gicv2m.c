/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages of a GICv2m (Arm Server Base System Architecture, appendix E): a frame
 * of registers beside the distributor, of which one makes an SPI of each number
 * that is written to it. The SPIs are edge-triggered and masked like any other;
 * one that comes meanwhile stays pending.
 */
#include "gic.h"
#include "irq.h"

#include <arch/io.h>
#include "kernel/log.h"
#include "kernel/vm.h"

#define MSI_TYPER      0x008
#define MSI_SETSPI_NS  0x040
#define FRAME_SIZE     0x1000
#define TYPER_BASE(t)  ((t) >> 16 & 0x3ff)
#define TYPER_COUNT(t) ((t)&0x3ff)

static uint64_t setspi; /* physical address of the register */

static bool message(uint32_t line, uint32_t device, uint64_t *ret_address, uint32_t *ret_data)
{
	(void)device;
	*ret_address = setspi;
	*ret_data = line;
	return true;
}

void gicv2m_init(const struct machine *machine, struct irq_chip *chip)
{
	uint32_t first = machine->gicv2m_spi, count = machine->gicv2m_spi_count;
	volatile void *frame;

	if (!machine->gicv2m_base)
		return;
	if (!count) {
		uint32_t typer;

		frame = vm_map_device(machine->gicv2m_base, FRAME_SIZE);
		if (!frame)
			panic("GICv2m: registers at %#llx cannot be mapped", (unsigned long long)machine->gicv2m_base);
		typer = gic_read(frame, MSI_TYPER);
		first = TYPER_BASE(typer);
		count = TYPER_COUNT(typer);
	}
	if (first < GIC_FIRST_SPI || first >= chip->count || count > chip->count - first) {
		kprintf("GICv2m at %#llx: SPIs %u to %u do not exist\n", (unsigned long long)machine->gicv2m_base,
			first, first + count - 1);
		return;
	}
	setspi = machine->gicv2m_base + MSI_SETSPI_NS;
	chip->message_first = first;
	chip->message_count = count;
	chip->message = message;
	kprintf("GICv2m at %#llx: %u SPIs for messages from %u on\n", (unsigned long long)machine->gicv2m_base, count,
		first);
}
