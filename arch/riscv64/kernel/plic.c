/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The platform-level interrupt controller (RISC-V PLIC specification 1.0.0). Each
 * hart has a context for supervisor mode; those of machine mode are the firmware's.
 *
 * A line is masked by priority 0 and not by its enable bit: the controller ignores
 * the completion of a line that is not enabled for the context (chapter
 * "Interrupt Completion"), and the kernel masks lines between claim and completion.
 */
#include "irq.h"

#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/spinlock.h"
#include "kernel/trap.h"
#include "kernel/vm.h"

#include "riscv.h"

#define SOURCES_MAX  1024u /* source 0 does not exist */
#define CONTEXTS_MAX 15872u

#define PRIORITY(line)        (4ull * (line))
#define ENABLE(context, line) (0x2000ull + 0x80ull * (context) + (line) / 32 * 4)
#define THRESHOLD(context)    (0x200000ull + 0x1000ull * (context))
#define CLAIM(context)        (THRESHOLD(context) + 4)

static volatile char *plic;
static struct irq_chip chip;

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

static bool init_cpu(struct percpu *cpu, const struct machine_cpu *described)
{
	uint32_t context = described->irq_context;

	if (context >= CONTEXTS_MAX)
		return false;
	cpu->arch[RISCV_IRQ_CONTEXT] = context + 1;
	write(THRESHOLD(context), 0);
	return true;
}

/* The controller sees levels only; what makes them of edges is its gateways' business. */
static bool enable_line(uint32_t line, bool level, bool active_low)
{
	uint16_t context = (uint16_t)percpu_get()->arch[RISCV_IRQ_CONTEXT];

	(void)level;
	(void)active_low;
	if (line == 0 || context == 0)
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

static void disable_line(uint32_t line)
{
	if (line != 0)
		write(PRIORITY(line), 0);
}

static void complete(uint32_t line)
{
	uint32_t context = (uint32_t)percpu_get()->arch[RISCV_IRQ_CONTEXT] - 1;
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

static void handle(void)
{
	uint32_t line = read(CLAIM(percpu_get()->arch[RISCV_IRQ_CONTEXT] - 1));

	if (!line)
		return;
	trap_interrupt(line);
	complete(line);
}

const struct irq_chip *plic_init(const struct machine *machine)
{
	uint64_t end = THRESHOLD(0);

	if (!machine->plic_base)
		return NULL;
	for (uint32_t i = 0; i < machine->cpu_count; i++)
		if (machine->cpus[i].irq_context < CONTEXTS_MAX && CLAIM(machine->cpus[i].irq_context) + 4 > end)
			end = CLAIM(machine->cpus[i].irq_context) + 4;
	plic = vm_map_device(machine->plic_base, end);
	if (!plic)
		panic("irq: no room to map the PLIC");
	chip.name = "PLIC";
	chip.count = machine->plic_sources < SOURCES_MAX ? machine->plic_sources + 1 : SOURCES_MAX;
	/* It has wires only, and only a hart that claims an interrupt ends what a gateway has latched. */
	chip.init_cpu = init_cpu;
	chip.enable = enable_line;
	chip.disable = disable_line;
	chip.handle = handle;

	for (uint32_t line = 1; line < chip.count; line++)
		write(PRIORITY(line), 0);
	for (uint32_t i = 0; i < machine->cpu_count; i++) {
		uint32_t context = machine->cpus[i].irq_context;

		for (uint32_t line = 0; context < CONTEXTS_MAX && line < chip.count; line += 32)
			write(ENABLE(context, line), 0);
	}
	return &chip;
}
