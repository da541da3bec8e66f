/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts struct machine together. ACPI comes first, the device tree fills in what
 * ACPI did not say; either may be absent. Runs once, on the boot CPU.
 */
#include "platform/machine_internal.h"

#include <helion/abi.h>

#include "kernel/log.h"
#include "lib/checked.h"
#include "lib/format.h"
#include "lib/string.h"

/* The virtual timer's PPI that Arm recommends to every platform (BSA 1.0, PPI assignments). */
#define DEFAULT_VIRTUAL_TIMER_INTID 27

static bool is_complete; /* the records are kept */

struct machine_cpu *machine_find_cpu(struct machine *machine, uint64_t hwid)
{
	for (uint32_t i = 0; i < machine->cpu_count; i++)
		if (machine->cpus[i].hwid == hwid)
			return &machine->cpus[i];
	return NULL;
}

struct machine_cpu *machine_add_cpu(struct machine *machine, const struct helion_bootctx *ctx, uint64_t hwid,
				    bool *ret_duplicate)
{
	*ret_duplicate = machine_find_cpu(machine, hwid) != NULL;
	if (*ret_duplicate)
		return NULL;
	if (machine->cpu_count == MACHINE_CPUS_MAX) {
		if (hwid != ctx->boot_cpu)
			return NULL;
		machine->cpu_count--;
	}
	struct machine_cpu *cpu = &machine->cpus[machine->cpu_count++];
	*cpu = (struct machine_cpu){.hwid = hwid, .irq_context = UINT32_MAX};
	return cpu;
}

bool machine_add_gicr(struct machine *machine, uint64_t base, uint64_t size)
{
	if (base == 0 || size == 0 || !range_is_valid(base, size)) {
		kprintf("machine: GIC redistributors at %#lx, %#lx bytes: not a range, left out\n", base, size);
		return false;
	}
	if (machine->gicr_count == MACHINE_GICR_MAX) {
		kprintf("machine: GIC redistributors at %#lx left out: more than %d regions\n", base, MACHINE_GICR_MAX);
		return false;
	}
	machine->gicr[machine->gicr_count++] = (struct machine_region){base, size};
	return true;
}

bool machine_set_imsic(struct machine *machine, const char *source, const struct machine_imsic *imsic)
{
	/* Fields of an APLIC's smsiaddrcfgh and target registers (AIA specification 4.5.4, 4.5.16). */
	if (imsic->guest_bits > 6 || imsic->hart_bits + imsic->group_bits > 14 || imsic->group_bits > 7 ||
	    imsic->group_shift < 2 * IMSIC_PAGE_SHIFT || imsic->group_shift > 55) {
		kprintf("%s: IMSICs: %u bits of guest, %u of hart, %u of group from bit %u on: left out\n", source,
			imsic->guest_bits, imsic->hart_bits, imsic->group_bits, imsic->group_shift);
		return false;
	}
	machine->imsic = *imsic;
	return true;
}

bool machine_add_its(struct machine *machine, uint64_t base, uint32_t id)
{
	if (base == 0 || base % 0x10000 != 0) {
		kprintf("machine: ITS at %#lx: no address for one, left out\n", base);
		return false;
	}
	if (machine->its_count == MACHINE_ITS_MAX) {
		kprintf("machine: ITS at %#lx left out: more than %d\n", base, MACHINE_ITS_MAX);
		return false;
	}
	machine->its[machine->its_count++] = (struct machine_its){base, id};
	return true;
}

void machine_add_msi_range(struct machine *machine, const char *source, const struct machine_msi_range *range)
{
	if (machine->msi_range_count == MACHINE_MSI_RANGES_MAX) {
		kprintf("%s: PCI functions %04x:%04x-%04x have no messages: more than %d ranges\n", source,
			range->segment, range->first, range->last, MACHINE_MSI_RANGES_MAX);
		return;
	}
	machine->msi_ranges[machine->msi_range_count++] = *range;
}

bool machine_add_pci(struct machine *machine, const char *source, const struct machine_pci *segment)
{
	if (machine->pci_count == MACHINE_PCI_MAX) {
		kprintf("%s: PCI segment %u left out: more than %d\n", source, segment->segment, MACHINE_PCI_MAX);
		return false;
	}
	machine->pci[machine->pci_count++] = *segment;
	kprintf("%s: PCI segment %u: buses %u-%u, ECAM at %#lx\n", source, segment->segment, segment->bus_first,
		segment->bus_last, segment->ecam + ((uint64_t)segment->bus_first << 20));
	return true;
}

uint32_t machine_isa_line(const struct machine *machine, uint8_t irq, bool *ret_level, bool *ret_active_low)
{
	for (uint32_t i = 0; i < machine->override_count; i++) {
		const struct machine_override *override = &machine->overrides[i];
		if (override->irq != irq)
			continue;
		*ret_level = override->level;
		*ret_active_low = override->active_low;
		return override->gsi;
	}
	*ret_level = false;
	*ret_active_low = false;
	return irq;
}

/* Where neither ACPI nor the device tree tells: the lines that PC serial ports have had since 1981. */
static void find_legacy_console_irq(const struct helion_bootctx *ctx, struct machine *machine)
{
	uint8_t irq;

	if (machine->console_irq != 0 || ctx->console.type != HELION_CONSOLE_16550_PORT)
		return;
	switch (ctx->console.base) {
	case 0x3f8:
	case 0x3e8: irq = 4; break;
	case 0x2f8:
	case 0x2e8: irq = 3; break;
	default: return;
	}
	machine->console_irq =
		machine_isa_line(machine, irq, &machine->console_irq_level, &machine->console_irq_active_low);
}

/* The CPU that runs this exists, whatever the tables say. */
static void require_boot_cpu(const struct helion_bootctx *ctx, struct machine *machine)
{
	struct machine_cpu *cpu = machine_find_cpu(machine, ctx->boot_cpu);
	bool duplicate;

	if (cpu != NULL && cpu->usable)
		return;
	kprintf("machine: the firmware %s the boot CPU %#lx\n", cpu != NULL ? "does not call usable" : "does not list",
		ctx->boot_cpu);
	if (cpu == NULL)
		cpu = machine_add_cpu(machine, ctx, ctx->boot_cpu, &duplicate);
	cpu->usable = true;
}

bool machine_enumerate(const struct helion_bootctx *ctx, const struct machine_access *access, struct machine *ret)
{
	is_complete = false;
	memset(ret, 0, sizeof(*ret));
	ret->timer_irq = DEFAULT_VIRTUAL_TIMER_INTID;

	ret->from_acpi = machine_acpi_enumerate(ctx, access, ret);
	ret->from_dt = machine_dt_enumerate(ctx, access, ret);
	find_legacy_console_irq(ctx, ret);
	require_boot_cpu(ctx, ret);
	return ret->from_acpi || ret->from_dt;
}

/* ---- Resources --------------------------------------------------------------------------------------------------- */

/*
 * The records that the first call of machine_resources() found. Later calls repeat them: buses are probed once, and
 * whoever counts first and fills afterwards gets the same twice.
 */
struct record_chunk {
	struct record_chunk *next;
	uint32_t count;
	struct helion_record records[(HELION_PAGE_SIZE - 16) / sizeof(struct helion_record)];
};

static struct record_chunk *first_chunk, *last_chunk;

static bool keep_record(const struct machine_access *access, const struct helion_record *record)
{
	uint32_t capacity = sizeof(last_chunk->records) / sizeof(last_chunk->records[0]);

	if (last_chunk == NULL || last_chunk->count == capacity) {
		struct record_chunk *chunk = access->alloc != NULL ? access->alloc(sizeof(*chunk)) : NULL;

		if (chunk == NULL)
			return false;
		*(last_chunk == NULL ? &first_chunk : &last_chunk->next) = chunk;
		last_chunk = chunk;
	}
	last_chunk->records[last_chunk->count++] = *record;
	return true;
}

void resource_emit(struct resource_sink *sink, struct helion_record *record)
{
	const struct helion_console *console = &sink->ctx->console;
	bool is_port = (record->flags & HELION_RECORD_PORTS) != 0;

	if (record->size == 0 || !range_is_valid(record->base, record->size) ||
	    (is_port && !range_fits(0x10000, record->base, record->size))) {
		kprintf("machine: %s: %#lx, %#lx bytes: not a range, left out\n", record->name, record->base,
			record->size);
		return;
	}
	if (console->base != 0 && is_port == (console->type == HELION_CONSOLE_16550_PORT) &&
	    range_contains(record->base, record->size, console->base, 1)) {
		const struct machine *machine = sink->machine;

		record->flags |= HELION_RECORD_CONSOLE;
		if (machine->console_irq != 0 && (record->irq == 0 || record->irq == machine->console_irq)) {
			record->irq = machine->console_irq;
			record->flags |= machine_trigger(machine->console_irq_level, machine->console_irq_active_low);
		}
		sink->console_reported = true;
	}
	if (record->origin == HELION_ORIGIN_ACPI && sink->seen_count < RESOURCES_SEEN_MAX)
		sink->seen[sink->seen_count++] = record->base;
	sink->count++;
	sink->all_kept = sink->all_kept && keep_record(sink->access, record);
	sink->fn(sink->fn_ctx, record);
}

/* The debug console where no table describes it (a PC's COM1). */
static void console_resource(struct resource_sink *sink)
{
	const struct helion_console *console = &sink->ctx->console;

	if (sink->console_reported || console->base == 0 || console->type == HELION_CONSOLE_NONE ||
	    console->type == HELION_CONSOLE_SBI)
		return;
	struct helion_record record = {
		.base = console->base,
		.size = console->size,
		.origin = HELION_ORIGIN_BOOT,
	};
	if (console->type == HELION_CONSOLE_16550_PORT) {
		record.flags = HELION_RECORD_PORTS;
		record.size = 8;
	} else if (record.size == 0) {
		record.size = 4096;
	}
	fmt_snprintf(record.name, sizeof(record.name), "debug console");
	resource_emit(sink, &record);
}

void machine_resources(const struct machine *machine, const struct helion_bootctx *ctx,
		       const struct machine_access *access, machine_resource_fn *fn, void *fn_ctx)
{
	struct resource_sink sink = {
		.machine = machine,
		.ctx = ctx,
		.access = access,
		.fn = fn,
		.fn_ctx = fn_ctx,
		.all_kept = true,
	};

	if (is_complete) {
		for (const struct record_chunk *chunk = first_chunk; chunk != NULL; chunk = chunk->next)
			for (uint32_t i = 0; i < chunk->count; i++)
				fn(fn_ctx, &chunk->records[i]);
		return;
	}
	first_chunk = last_chunk = NULL;
	if (machine->from_acpi)
		machine_acpi_resources(&sink);
	if (machine->from_dt)
		machine_dt_resources(&sink);
	pci_resources(&sink);
	console_resource(&sink);
	is_complete = sink.all_kept && sink.count != 0;
	kprintf("machine: %u device resource%s\n", sink.count, PLURAL(sink.count));
}
