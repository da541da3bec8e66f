/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * I/O APICs (Intel 82093AA data sheet §3) and the two 8259s behind which the PC
 * once had its interrupts.
 */
#include "ioapic.h"

#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/spinlock.h"
#include "kernel/vm.h"
#include "vector.h"
#include "x86.h"

#define REG_SELECT      0x00
#define REG_WINDOW      0x10
#define WINDOW_VERSION  0x01
#define WINDOW_REDIRECT 0x10 /* two words for each input */

#define REDIRECT_SMI        (2u << 8)
#define REDIRECT_MODE       (7u << 8)
#define REDIRECT_ACTIVE_LOW (1u << 13)
#define REDIRECT_LEVEL      (1u << 15)
#define REDIRECT_MASKED     (1u << 16)

struct ioapic {
	volatile uint8_t *registers;
	uint32_t first_line, inputs;
};

/* Register selection and access are two steps. */
static struct spinlock lock = SPINLOCK_INIT(LOCK_IRQ);

static struct ioapic ioapics[MACHINE_IOAPICS_MAX];
static unsigned ioapic_count;

static uint32_t window_read(struct ioapic *ioapic, uint32_t n)
{
	mmio_write32(ioapic->registers + REG_SELECT, n);
	return mmio_read32(ioapic->registers + REG_WINDOW);
}

static void window_write(struct ioapic *ioapic, uint32_t n, uint32_t value)
{
	mmio_write32(ioapic->registers + REG_SELECT, n);
	mmio_write32(ioapic->registers + REG_WINDOW, value);
}

static void mask_all(struct ioapic *ioapic)
{
	for (uint32_t i = 0; i < ioapic->inputs; i++) {
		uint32_t low = window_read(ioapic, WINDOW_REDIRECT + 2 * i);

		/* A line to the firmware's system-management code is not ours. */
		if ((low & REDIRECT_MODE) == REDIRECT_SMI && !(low & REDIRECT_MASKED))
			continue;
		window_write(ioapic, WINDOW_REDIRECT + 2 * i, REDIRECT_MASKED);
		window_write(ioapic, WINDOW_REDIRECT + 2 * i + 1, 0);
	}
}

unsigned ioapic_init(const struct machine *machine)
{
	for (uint32_t i = 0; i < machine->ioapic_count; i++) {
		struct ioapic *ioapic = &ioapics[ioapic_count];
		uint32_t version;

		ioapic->registers = vm_map_device(machine->ioapics[i].base, 0x20);
		if (!ioapic->registers)
			panic("I/O APIC: no room to map the registers");
		version = window_read(ioapic, WINDOW_VERSION);
		if (version == UINT32_MAX) {
			kprintf("I/O APIC at %#llx does not answer\n", (unsigned long long)machine->ioapics[i].base);
			continue;
		}
		ioapic->first_line = machine->ioapics[i].gsi_base;
		ioapic->inputs = (version >> 16 & 0xff) + 1;
		mask_all(ioapic);
		ioapic_count++;
	}
	return ioapic_count;
}

static struct ioapic *find(uint32_t line)
{
	for (unsigned i = 0; i < ioapic_count; i++)
		if (line >= ioapics[i].first_line && line - ioapics[i].first_line < ioapics[i].inputs)
			return &ioapics[i];
	return NULL;
}

uint32_t ioapic_line_count(void)
{
	uint32_t count = 0;

	for (unsigned i = 0; i < ioapic_count; i++)
		if (ioapics[i].first_line + ioapics[i].inputs > count)
			count = ioapics[i].first_line + ioapics[i].inputs;
	return count;
}

bool ioapic_has_line(uint32_t line)
{
	return find(line) != NULL;
}

bool ioapic_enable(uint32_t line, uint32_t vector, uint32_t apic_id, bool level, bool active_low)
{
	struct ioapic *ioapic = find(line);
	uint32_t low = vector, n;

	/* The destination has eight bits unless interrupts are remapped. */
	if (!ioapic || apic_id > 0xfe)
		return false;
	if (level)
		low |= REDIRECT_LEVEL;
	if (active_low)
		low |= REDIRECT_ACTIVE_LOW;
	n = WINDOW_REDIRECT + 2 * (line - ioapic->first_line);
	spin_lock(&lock);
	/* Masked until both halves are right. */
	window_write(ioapic, n, low | REDIRECT_MASKED);
	window_write(ioapic, n + 1, apic_id << 24);
	window_write(ioapic, n, low);
	spin_unlock(&lock);
	return true;
}

void ioapic_disable(uint32_t line)
{
	struct ioapic *ioapic = find(line);
	uint32_t n;

	if (!ioapic)
		return;
	n = WINDOW_REDIRECT + 2 * (line - ioapic->first_line);
	spin_lock(&lock);
	window_write(ioapic, n, window_read(ioapic, n) | REDIRECT_MASKED);
	spin_unlock(&lock);
}

#define PIC1      0x20
#define PIC2      0xa0
#define ICW1_INIT 0x11 /* edge triggered, cascaded, ICW4 follows */
#define ICW4_8086 0x01

void pic_disable(void)
{
	/* A masked 8259 can still raise its spurious interrupt 7 (Intel 8259A data sheet), by default on the vector
	 * of an exception. */
	port_out8(PIC1, ICW1_INIT);
	port_out8(PIC2, ICW1_INIT);
	port_out8(PIC1 + 1, VECTOR_PIC);
	port_out8(PIC2 + 1, VECTOR_PIC + 8);
	port_out8(PIC1 + 1, 1 << 2);
	port_out8(PIC2 + 1, 2);
	port_out8(PIC1 + 1, ICW4_8086);
	port_out8(PIC2 + 1, ICW4_8086);
	port_out8(PIC1 + 1, 0xff);
	port_out8(PIC2 + 1, 0xff);
}
