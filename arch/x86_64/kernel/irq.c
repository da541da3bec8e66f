/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt lines and their vectors. A line gets a vector when it is first
 * enabled and keeps it; vectors are the same on all CPUs. Behind the lines of the
 * I/O APICs are those for messages (Intel SDM vol. 3A §10.11), which have no
 * mask: a message that was programmed into a device arrives.
 */
#include "irq.h"

#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/spinlock.h"
#include "ioapic.h"
#include "lapic.h"
#include "vector.h"

#define LINES_MAX      1024u
#define MESSAGES       64u /* the rest of the vectors is for lines */
#define MESSAGE_BASE   0xfee00000ull
#define UNEXPECTED_MAX 16 /* reports of unexpected interrupts before the log has had enough */

static const struct machine *irq_machine;

/* Guards the tables. Reading vector_line needs it not: an entry is written once, before its vector counts as used. */
static struct spinlock lock = SPINLOCK_INIT(LOCK_IRQ);
static uint8_t line_vector[LINES_MAX + MESSAGES]; /* 0: none yet */
static uint16_t vector_line[256];
static _Atomic uint32_t next_vector = VECTOR_LINE_FIRST; /* those below are in use */

static _Atomic uint32_t unexpected;

void arch_irq_init(const struct machine *machine)
{
	irq_machine = machine;
	/* Also where the firmware says that there are none: it is often wrong, and the ports are harmless. */
	pic_disable();
	lapic_init(machine->lapic_base);
	if (ioapic_init(machine) == 0)
		kprintf("no I/O APIC: devices cannot interrupt\n");
}

void arch_irq_init_cpu(struct percpu *cpu)
{
	lapic_init_cpu(cpu->index == 0);
}

uint32_t arch_irq_count(void)
{
	uint32_t count = ioapic_line_count();

	return count < LINES_MAX ? count : LINES_MAX;
}

/* Vector of a line, 0 when all are taken. */
static uint32_t line_get_vector(uint32_t line)
{
	uint32_t vector;

	spin_lock(&lock);
	vector = line_vector[line];
	if (!vector && next_vector <= VECTOR_LINE_LAST) {
		vector = next_vector;
		vector_line[vector] = (uint16_t)line;
		line_vector[line] = (uint8_t)vector;
		next_vector = vector + 1;
	}
	spin_unlock(&lock);
	return vector;
}

static bool is_message(uint32_t line)
{
	uint32_t first = arch_irq_count();

	return line >= first && line < first + MESSAGES;
}

bool arch_irq_enable_line(uint32_t line, bool level, bool active_low)
{
	uint32_t vector;

	if (is_message(line))
		return true;
	if (line >= LINES_MAX || !ioapic_has_line(line))
		return false;
	/* The firmware knows how an ISA interrupt is wired (ACPI 6.5 §5.2.12.5). */
	for (uint32_t i = 0; i < irq_machine->override_count; i++) {
		if (irq_machine->overrides[i].gsi == line) {
			level = irq_machine->overrides[i].level;
			active_low = irq_machine->overrides[i].active_low;
		}
	}
	vector = line_get_vector(line);
	if (!vector)
		return false;
	return ioapic_enable(line, vector, (uint32_t)percpu_get()->hwid, level, active_low);
}

void arch_irq_disable_line(uint32_t line)
{
	if (!is_message(line))
		ioapic_disable(line);
}

/* A masked input of an I/O APIC keeps no edge, and a message has gone to whoever had its line. */
void arch_irq_forget_line(uint32_t line)
{
	(void)line;
}

uint32_t arch_msi_lines(uint32_t *ret_first)
{
	*ret_first = arch_irq_count();
	return MESSAGES;
}

/* Fixed delivery of an edge to this CPU, whose APIC id must fit in eight bits unless messages are remapped. */
bool arch_msi_message(uint32_t line, uint32_t device, uint64_t *ret_address, uint32_t *ret_data)
{
	uint64_t apic_id = percpu_get()->hwid;
	uint32_t vector;

	(void)device;
	if (apic_id > 0xfe)
		apic_id = cpus[0].hwid;
	vector = apic_id > 0xfe ? 0 : line_get_vector(line);
	*ret_address = MESSAGE_BASE | apic_id << 12;
	*ret_data = vector;
	return vector != 0;
}

const char *arch_irq_name(void)
{
	return lapic_is_x2apic() ? "x2APIC + IO-APIC" : "xAPIC + IO-APIC";
}

static void report_unexpected(uint32_t vector)
{
	uint32_t count = atomic_fetch_add(&unexpected, 1);

	if (count < UNEXPECTED_MAX)
		kprintf("cpu%u: unexpected interrupt, vector %#x\n", percpu_get()->index, vector);
	if (count + 1 == UNEXPECTED_MAX)
		kprintf("further unexpected interrupts are not reported\n");
}

void irq_dispatch(uint32_t vector)
{
	switch (vector) {
	case VECTOR_TIMER:
		lapic_eoi();
		timer_expired();
		return;
	case VECTOR_IPI:
		lapic_eoi();
		ipi_interrupt();
		return;
	case VECTOR_APIC_ERROR:
		kprintf("cpu%u: local APIC error, status %#x\n", percpu_get()->index, lapic_error());
		lapic_eoi();
		return;
	case VECTOR_SPURIOUS:
		/* Not in service: no end of interrupt (Intel SDM vol. 3A §11.9). */
		return;
	}
	if (vector >= VECTOR_LINE_FIRST && vector < next_vector) {
		trap_interrupt(vector_line[vector]);
		lapic_eoi();
		return;
	}
	/* Those of the 8259s, and what firmware left pending. */
	report_unexpected(vector);
	if (lapic_in_service(vector))
		lapic_eoi();
}

void arch_ipi_send(struct percpu *cpu)
{
	if (!lapic_send((uint32_t)cpu->hwid, VECTOR_IPI))
		panic("cpu%u cannot be interrupted", cpu->index);
}
