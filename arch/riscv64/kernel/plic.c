/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform-level interrupt controller (RISC-V PLIC specification 1.0.0). Each
 * hart has a context for supervisor mode; those of machine mode are the firmware's.
 *
 * A line is masked by priority 0 and not by its enable bit: the controller ignores
 * the completion of a line that is not enabled for the context (chapter
 * "Interrupt Completion"), and the kernel masks lines between claim and completion.
 */
#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/log.h"
#include "kernel/spinlock.h"
#include "kernel/vm.h"

#include "csr.h"
#include "riscv.h"

#define SOURCES_MAX  1024u /* source 0 does not exist */
#define CONTEXTS_MAX 15872u

#define PRIORITY(line)        (4ull * (line))
#define ENABLE(context, line) (0x2000ull + 0x80ull * (context) + (line) / 32 * 4)
#define THRESHOLD(context)    (0x200000ull + 0x1000ull * (context))
#define CLAIM(context)        (THRESHOLD(context) + 4)

static volatile char *plic; /* NULL: this machine has none */
static const struct machine *described;
static uint32_t line_count; /* lines are below this */

/* Guards enable bits, which share words, and `routed`. */
static struct spinlock lock = SPINLOCK_INIT(LOCK_IRQ);
/* Context + 1 of the hart that gets a line, 0: none. */
static uint16_t routed[SOURCES_MAX];

static uint32_t read(uint64_t offset)
{
	return mmio_read32(plic + offset);
}

static void write(uint64_t offset, uint32_t value)
{
	mmio_write32(plic + offset, value);
}

static void enable(uint32_t context, uint32_t line, bool on)
{
	uint32_t bit = 1u << (line % 32), word = read(ENABLE(context, line));

	write(ENABLE(context, line), on ? word | bit : word & ~bit);
}

static uint32_t context_of(uint64_t hwid)
{
	for (uint32_t i = 0; i < described->cpu_count; i++)
		if (described->cpus[i].hwid == hwid)
			return described->cpus[i].plic_context;
	return UINT32_MAX;
}

void arch_irq_init(const struct machine *machine)
{
	uint64_t end = THRESHOLD(0);

	riscv_power_init(machine);
	described = machine;
	if (!machine->plic_base) {
		kprintf("irq: no PLIC (AIA is not supported): timer and IPIs only, no device interrupts\n");
		return;
	}
	for (uint32_t i = 0; i < machine->cpu_count; i++)
		if (machine->cpus[i].plic_context < CONTEXTS_MAX && CLAIM(machine->cpus[i].plic_context) + 4 > end)
			end = CLAIM(machine->cpus[i].plic_context) + 4;
	plic = vm_map_device(machine->plic_base, end);
	if (!plic)
		panic("irq: no room to map the PLIC");
	line_count = machine->plic_sources < SOURCES_MAX ? machine->plic_sources + 1 : SOURCES_MAX;

	for (uint32_t line = 1; line < line_count; line++)
		write(PRIORITY(line), 0);
	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		uint32_t context = machine->cpus[i].plic_context;

		for (uint32_t line = 0; context < CONTEXTS_MAX && line < line_count; line += 32)
			write(ENABLE(context, line), 0);
	}
}

void arch_irq_init_cpu(struct percpu *cpu)
{
	uint32_t context = context_of(cpu->hwid);

	csr_set("sie", SIE_SOFTWARE);
	if (!plic)
		return;
	if (context >= CONTEXTS_MAX) {
		kprintf("cpu %u: hart %llu has no context in the PLIC\n", cpu->index, (unsigned long long)cpu->hwid);
		return;
	}
	cpu->arch[RISCV_PLIC_CONTEXT] = context + 1;
	write(THRESHOLD(context), 0);
	csr_set("sie", SIE_EXTERNAL);
}

uint32_t arch_irq_count(void)
{
	return line_count;
}

/* The controller sees levels only; what makes them of edges is its gateways' business. */
bool arch_irq_enable_line(uint32_t line, bool level, bool active_low)
{
	uint16_t context = (uint16_t)percpu_get()->arch[RISCV_PLIC_CONTEXT];

	(void)level;
	(void)active_low;
	if (line == 0 || line >= line_count || context == 0)
		return false;
	spin_lock(&lock);
	if (routed[line] != context) {
		if (routed[line])
			enable(routed[line] - 1u, line, false);
		enable(context - 1u, line, true);
		routed[line] = context;
	}
	spin_unlock(&lock);
	write(PRIORITY(line), 1);
	return true;
}

void arch_irq_disable_line(uint32_t line)
{
	if (line != 0 && line < line_count)
		write(PRIORITY(line), 0);
}

/* Only a CPU that claims the interrupt ends what a gateway has latched. */
void arch_irq_forget_line(uint32_t line)
{
	(void)line;
}

/* A PLIC has wires only; messages need an IMSIC, which is not driven. */
uint32_t arch_msi_lines(uint32_t *ret_first)
{
	*ret_first = 0;
	return 0;
}

bool arch_msi_message(uint32_t line, uint32_t device, uint64_t *ret_address, uint32_t *ret_data)
{
	(void)line;
	(void)device;
	(void)ret_address;
	(void)ret_data;
	return false;
}

uint32_t riscv_plic_claim(void)
{
	return read(CLAIM(percpu_get()->arch[RISCV_PLIC_CONTEXT] - 1));
}

void riscv_plic_complete(uint32_t line)
{
	uint32_t context = (uint32_t)percpu_get()->arch[RISCV_PLIC_CONTEXT] - 1;
	bool moved;

	/* Routed to another hart since the claim: only an enabled context can complete it. */
	spin_lock(&lock);
	moved = line < SOURCES_MAX && routed[line] != context + 1;
	if (moved)
		enable(context, line, true);
	write(CLAIM(context), line);
	if (moved)
		enable(context, line, false);
	spin_unlock(&lock);
}

const char *arch_irq_name(void)
{
	return plic ? "PLIC" : "none";
}
