/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine as ACPI's static tables describe it. lib/acpi.c checks the tables;
 * here their contents are chosen and kept within the bounds of struct machine.
 * A table that is damaged is named in the log and left out.
 */
#include "platform/machine_internal.h"

#include "kernel/log.h"
#include "lib/acpi.h"
#include "lib/format.h"
#include "lib/string.h"

/* Affinity fields of MPIDR_EL1; the other bits are not part of a CPU's identity. */
#define MPIDR_AFFINITY 0xff00ffffffull

/* Sizes of register blocks whose tables name only the base. */
#define LAPIC_SIZE      0x1000
#define IOAPIC_SIZE     0x1000
#define HPET_SIZE       0x400
#define GICV2_GICD_SIZE 0x1000
#define GICV2_GICC_SIZE 0x2000
#define GICV3_GICD_SIZE 0x10000
#define GICV3_GICR_SIZE 0x20000
#define GIC_ITS_SIZE    0x20000
#define GIC_MSI_SIZE    0x1000
#define UART_PORTS      8
#define UART_SIZE       0x1000

/*
 * Ports below belong to the mainboard's own devices, DMA and timers. A FADT names them when it was made before the
 * power management block got its place, as under U-Boot in QEMU.
 */
#define FIRST_FREE_PORT 0x100

static struct acpi_tables tables;
static bool tables_open;

/* What of struct machine is ACPI's own: the device tree may have filled in the rest. */
static struct {
	bool gic, plic, aplic;
	uint32_t pci_count;
} found;

/* True if the table is there and sound. Damage is logged, absence is not. */
static bool find_table(const char *signature, struct acpi_table *ret)
{
	enum acpi_error error = acpi_table_find(&tables, signature, 0, ret);

	if (error != ACPI_OK && error != ACPI_ERROR_NOT_FOUND)
		kprintf("acpi: %s: %s, left out\n", signature, acpi_strerror(error));
	return error == ACPI_OK;
}

static bool decoded(const char *signature, enum acpi_error error)
{
	if (error != ACPI_OK)
		kprintf("acpi: %s: %s, left out\n", signature, acpi_strerror(error));
	return error == ACPI_OK;
}

static const void *map_physical(void *ctx, uint64_t physical, size_t length)
{
	const struct machine_access *access = ctx;

	return access->map_table(physical, length);
}

static void log_tables(uint64_t rsdp)
{
	char list[160];
	size_t used = 0;
	uint32_t damaged = 0;

	list[0] = '\0';
	for (uint32_t i = 0; i < tables.count; i++) {
		struct acpi_table table;

		if (acpi_table_at(&tables, i, &table) != ACPI_OK)
			damaged++;
		else if (used + 6 < sizeof(list))
			used += fmt_snprintf(list + used, sizeof(list) - used, " %s", table.signature);
	}
	kprintf("acpi: RSDP at %#lx, %s of '%s', %u tables:%s\n", rsdp, tables.is_xsdt ? "XSDT" : "RSDT", tables.oem_id,
		tables.count, list);
	if (damaged != 0)
		kprintf("acpi: %u table%s damaged, left out\n", damaged, PLURAL(damaged));
}

/* ---- MADT -------------------------------------------------------------------------------------------------------- */

/* What one walk over the MADT counts beyond struct machine. */
struct madt_walk {
	const struct helion_bootctx *ctx;
	struct machine *machine;
	uint32_t cpus_left_out, ioapics_left_out, overrides_left_out;
	bool is_x86;
	uint8_t gicd_version;
	bool has_gicd;
};

/*
 * A processor that is neither enabled nor online-capable does not exist; one that is only online-capable may come later
 * and is listed as not usable (ACPI 6.5 §5.2.12.2). Some tables list a processor as both local APIC and x2APIC.
 */
static struct machine_cpu *madt_cpu(struct madt_walk *walk, uint64_t hwid, uint32_t uid, bool enabled, bool capable)
{
	bool duplicate;

	if (!enabled && !capable)
		return NULL;
	struct machine_cpu *cpu = machine_add_cpu(walk->machine, walk->ctx, hwid, &duplicate);
	if (cpu == NULL) {
		walk->cpus_left_out += !duplicate;
		return NULL;
	}
	cpu->uid = uid;
	cpu->usable = enabled;
	return cpu;
}

static void madt_ioapic(struct madt_walk *walk, const struct acpi_io_apic *from)
{
	struct machine *machine = walk->machine;

	if (from->address == 0 || machine->ioapic_count == MACHINE_IOAPICS_MAX) {
		walk->ioapics_left_out++;
		return;
	}
	machine->ioapics[machine->ioapic_count++] = (struct machine_ioapic){from->address, from->id, from->gsi_base};
}

static void madt_override(struct madt_walk *walk, const struct acpi_source_override *from)
{
	struct machine *machine = walk->machine;

	if (from->bus != 0 || machine->override_count == MACHINE_OVERRIDES_MAX) {
		walk->overrides_left_out++;
		return;
	}
	/* "As the bus has it" is edge, active high on ISA. */
	machine->overrides[machine->override_count++] = (struct machine_override){
		.irq = from->source,
		.gsi = from->gsi,
		.level = (from->flags & ACPI_INTI_TRIGGER_MASK) == ACPI_INTI_TRIGGER_MASK,
		.active_low = (from->flags & ACPI_INTI_POLARITY_MASK) == ACPI_INTI_POLARITY_MASK,
	};
}

static void madt_gicc(struct madt_walk *walk, const struct acpi_gicc *gicc)
{
	struct machine_cpu *cpu = madt_cpu(walk, gicc->mpidr & MPIDR_AFFINITY, gicc->processor_uid, gicc->is_enabled,
					   gicc->is_online_capable);

	if (cpu == NULL)
		return;
	cpu->gicr_base = gicc->gicr_base;
	if (walk->machine->gicc_base == 0)
		walk->machine->gicc_base = gicc->base_address;
}

static void madt_rintc(struct madt_walk *walk, const struct acpi_rintc *rintc)
{
	struct machine_cpu *cpu =
		madt_cpu(walk, rintc->hart_id, rintc->processor_uid, rintc->is_enabled, rintc->is_online_capable);

	if (cpu == NULL || !rintc->has_external)
		return;
	cpu->irq_context = rintc->external_id & 0xffff;
	cpu->imsic_base = rintc->imsic_address;
}

static void madt_plic(struct machine *machine, const struct acpi_plic *plic)
{
	if (machine->plic_base != 0) {
		kprintf("acpi: MADT: PLIC %u at %#lx left out: one is driven\n", plic->id, plic->address);
		return;
	}
	machine->plic_base = plic->address;
	machine->plic_size = plic->size;
	machine->plic_sources = plic->source_count;
}

/* Of several, each with some of the harts' wires or the lines of a part of the machine, one is driven. */
static void madt_aplic(struct machine *machine, const struct acpi_aplic *aplic)
{
	if (machine->aplic_base != 0) {
		kprintf("acpi: MADT: APLIC %u at %#lx left out: one is driven\n", aplic->id, aplic->address);
		return;
	}
	machine->aplic_base = aplic->address;
	machine->aplic_size = aplic->size;
	machine->aplic_sources = aplic->source_count;
	machine->aplic_messages = aplic->idc_count == 0;
}

static void madt_imsic(struct machine *machine, const struct acpi_imsic *imsic)
{
	const struct machine_imsic found_imsic = {imsic->supervisor_ids, imsic->guest_index_bits,
						  imsic->hart_index_bits, imsic->group_index_bits,
						  imsic->group_index_shift};

	if (imsic->supervisor_ids < IMSIC_IDS_MIN || imsic->supervisor_ids > IMSIC_IDS_MAX)
		kprintf("acpi: MADT: IMSIC with %u interrupt identities left out\n", imsic->supervisor_ids);
	else
		machine_set_imsic(machine, "acpi: MADT", &found_imsic);
}

static void madt_entry(struct madt_walk *walk, const struct acpi_madt_entry *entry)
{
	switch (entry->type) {
	case ACPI_MADT_LOCAL_APIC:
	case ACPI_MADT_LOCAL_X2APIC:
		walk->is_x86 = true;
		madt_cpu(walk, entry->local_apic.apic_id, entry->local_apic.processor_uid, entry->local_apic.is_enabled,
			 entry->local_apic.is_online_capable);
		break;
	case ACPI_MADT_IO_APIC: madt_ioapic(walk, &entry->io_apic); break;
	case ACPI_MADT_SOURCE_OVERRIDE: madt_override(walk, &entry->source_override); break;
	case ACPI_MADT_GICC: madt_gicc(walk, &entry->gicc); break;
	case ACPI_MADT_GICD:
		walk->machine->gicd_base = entry->gicd.address;
		walk->gicd_version = entry->gicd.version;
		walk->has_gicd = true;
		break;
	case ACPI_MADT_GICR: machine_add_gicr(walk->machine, entry->gicr.address, entry->gicr.length); break;
	case ACPI_MADT_GIC_MSI_FRAME:
		if (walk->machine->gicv2m_base != 0)
			break;
		walk->machine->gicv2m_base = entry->gic_msi_frame.address;
		if (entry->gic_msi_frame.has_spi_range) {
			walk->machine->gicv2m_spi = entry->gic_msi_frame.spi_base;
			walk->machine->gicv2m_spi_count = entry->gic_msi_frame.spi_count;
		}
		break;
	case ACPI_MADT_GIC_ITS: machine_add_its(walk->machine, entry->gic_its.address, entry->gic_its.id); break;
	case ACPI_MADT_RINTC: madt_rintc(walk, &entry->rintc); break;
	case ACPI_MADT_IMSIC: madt_imsic(walk->machine, &entry->imsic); break;
	case ACPI_MADT_APLIC: madt_aplic(walk->machine, &entry->aplic); break;
	case ACPI_MADT_PLIC: madt_plic(walk->machine, &entry->plic); break;
	default: break;
	}
}

/* Version 0 leaves it to the hardware; where the redistributors are named it can only be 3 or later. */
static enum machine_gic gic_version(const struct madt_walk *walk)
{
	const struct machine *machine = walk->machine;

	if (!walk->has_gicd)
		return MACHINE_GIC_NONE;
	if (walk->gicd_version >= 3)
		return MACHINE_GIC_V3;
	if (walk->gicd_version != 0)
		return MACHINE_GIC_V2;
	if (machine->gicr_count != 0)
		return MACHINE_GIC_V3;
	for (uint32_t i = 0; i < machine->cpu_count; i++)
		if (machine->cpus[i].gicr_base != 0)
			return MACHINE_GIC_V3;
	return MACHINE_GIC_V2;
}

static void log_madt(const struct madt_walk *walk)
{
	const struct machine *machine = walk->machine;

	kprintf("acpi: MADT: %u CPU%s", machine->cpu_count, PLURAL(machine->cpu_count));
	if (walk->is_x86)
		kprintf(", local APIC at %#lx, %u IO-APIC%s, %u override%s%s", machine->lapic_base,
			machine->ioapic_count, PLURAL(machine->ioapic_count), machine->override_count,
			PLURAL(machine->override_count), machine->has_pic ? ", 8259" : "");
	if (machine->gic == MACHINE_GIC_V2)
		kprintf(", GICv2 at %#lx, CPU interface at %#lx", machine->gicd_base, machine->gicc_base);
	if (machine->gic == MACHINE_GIC_V3)
		kprintf(", GICv3 at %#lx, %u redistributor region%s, %u ITS", machine->gicd_base, machine->gicr_count,
			PLURAL(machine->gicr_count), machine->its_count);
	if (machine->plic_base != 0)
		kprintf(", PLIC at %#lx, %u sources", machine->plic_base, machine->plic_sources);
	if (machine->aplic_base != 0)
		kprintf(", APLIC at %#lx, %u sources", machine->aplic_base, machine->aplic_sources);
	if (machine->imsic.ids != 0)
		kprintf(", IMSICs with %u interrupt identities", machine->imsic.ids);
	kprintf("\n");
	if (walk->cpus_left_out != 0)
		kprintf("acpi: MADT: %u CPUs left out: more than %d\n", walk->cpus_left_out, MACHINE_CPUS_MAX);
	if (walk->ioapics_left_out != 0)
		kprintf("acpi: MADT: %u IO-APICs left out: no address or more than %d\n", walk->ioapics_left_out,
			MACHINE_IOAPICS_MAX);
	if (walk->overrides_left_out != 0)
		kprintf("acpi: MADT: %u source overrides left out: not ISA or more than %d\n", walk->overrides_left_out,
			MACHINE_OVERRIDES_MAX);
}

static bool open_madt(struct acpi_madt *ret)
{
	struct acpi_table table;

	return find_table("APIC", &table) && decoded("MADT", acpi_madt_open(&table, ret));
}

static void read_madt(const struct helion_bootctx *ctx, struct machine *machine)
{
	struct madt_walk walk = {.ctx = ctx, .machine = machine};
	struct acpi_madt madt;
	struct acpi_madt_entry entry;

	if (!open_madt(&madt))
		return;
	struct acpi_iterator iterator = acpi_madt_begin(&madt);
	while (acpi_madt_next(&iterator, &entry) == ACPI_OK)
		madt_entry(&walk, &entry);
	if (walk.is_x86) {
		machine->lapic_base = madt.local_apic_address;
		machine->has_pic = madt.has_pic;
	}
	machine->gic = gic_version(&walk);
	log_madt(&walk);
}

/* ---- FADT -------------------------------------------------------------------------------------------------------- */

static uint16_t fadt_port(const char *name, const struct acpi_gas *gas)
{
	if (gas->address == 0)
		return 0;
	if (gas->space != ACPI_SPACE_IO || gas->address > UINT16_MAX) {
		kprintf("acpi: FADT: %s is at %#lx in address space %u, left out\n", name, gas->address, gas->space);
		return 0;
	}
	if (gas->address < FIRST_FREE_PORT) {
		kprintf("acpi: FADT: %s is at port %#lx, which is another device's, left out\n", name, gas->address);
		return 0;
	}
	return (uint16_t)gas->address;
}

static void read_power_off(struct machine *machine)
{
	struct acpi_sleep_type s5;
	enum acpi_error error = acpi_s5_find(&tables, &s5);

	if (error != ACPI_OK) {
		kprintf("acpi: \\_S5_: %s\n", acpi_strerror(error));
		return;
	}
	machine->s5_valid = true;
	machine->s5_typ_a = s5.pm1a;
	machine->s5_typ_b = s5.pm1b;
}

static void read_reset(struct machine *machine, const struct acpi_fadt *fadt)
{
	const struct acpi_gas *gas = &fadt->reset_register;

	if ((fadt->flags & ACPI_FADT_RESET_SUPPORTED) == 0 || gas->address == 0)
		return;
	if (gas->space > ACPI_SPACE_IO || (gas->space == ACPI_SPACE_IO && gas->address > UINT16_MAX)) {
		kprintf("acpi: FADT: reset register at %#lx in address space %u, left out\n", gas->address, gas->space);
		return;
	}
	machine->reset_valid = true;
	machine->reset_space = gas->space;
	machine->reset_value = fadt->reset_value;
	machine->reset_address = gas->address;
}

static void read_fadt(struct machine *machine)
{
	struct acpi_table table;
	struct acpi_fadt fadt;

	if (!find_table("FACP", &table) || !decoded("FADT", acpi_fadt_decode(&table, &fadt)))
		return;
	if (fadt.arm_flags & ACPI_ARM_PSCI_COMPLIANT)
		machine->psci = fadt.arm_flags & ACPI_ARM_PSCI_USE_HVC ? MACHINE_PSCI_HVC : MACHINE_PSCI_SMC;
	read_reset(machine, &fadt);
	if ((fadt.flags & ACPI_FADT_HARDWARE_REDUCED) == 0) {
		machine->pm1a_control = fadt_port("PM1a control", &fadt.pm1a_control);
		machine->pm1b_control = fadt_port("PM1b control", &fadt.pm1b_control);
		machine->pm_timer_port = fadt_port("PM timer", &fadt.pm_timer);
		read_power_off(machine);
	}

	if (machine->pm1a_control != 0)
		kprintf("acpi: FADT: PM1a control at port %#x, S5 type %u%s, PM timer at port %#x\n",
			machine->pm1a_control, machine->s5_typ_a, machine->s5_valid ? "" : " (unknown)",
			machine->pm_timer_port);
	if (machine->reset_valid)
		kprintf("acpi: FADT: reset register at %s %#lx\n",
			machine->reset_space == ACPI_SPACE_IO ? "port" : "address", machine->reset_address);
	if (machine->psci != MACHINE_PSCI_NONE)
		kprintf("acpi: FADT: PSCI by %s\n", machine->psci == MACHINE_PSCI_HVC ? "HVC" : "SMC");
}

/* ---- Smaller tables ---------------------------------------------------------------------------------------------- */

static void read_mcfg(struct machine *machine)
{
	struct acpi_table table;
	struct acpi_mcfg_segment from;
	enum acpi_error error;

	if (!find_table("MCFG", &table))
		return;
	for (uint32_t i = 0; (error = acpi_mcfg_segment_at(&table, i, &from)) != ACPI_END; i++) {
		if (error != ACPI_OK) {
			kprintf("acpi: MCFG: entry %u: %s\n", i, acpi_strerror(error));
			if (error != ACPI_ERROR_STRUCTURE_LENGTH)
				break;
			continue;
		}
		const struct machine_pci segment = {from.address, from.segment, from.bus_first, from.bus_last};
		if (!machine_add_pci(machine, "acpi: MCFG", &segment))
			break;
	}
}

static void read_spcr(const struct helion_bootctx *ctx, struct machine *machine)
{
	struct acpi_table table;
	struct acpi_spcr spcr;

	if (!find_table("SPCR", &table) || !decoded("SPCR", acpi_spcr_decode(&table, &spcr)))
		return;
	if (spcr.address.address != ctx->console.base)
		return;
	/* Interrupt type: bit 0 an ISA line, bit 1 IO-APIC, 2 IO-SAPIC, 3 GIC, 4 PLIC or APLIC. */
	if (spcr.interrupt_type & ~1u) {
		machine->console_irq = spcr.gsi;
		machine->console_irq_level = true;
		if (machine->lapic_base != 0 && spcr.gsi < 16)
			machine->console_irq_level = false;
	} else if (spcr.interrupt_type & 1) {
		machine->console_irq = machine_isa_line(machine, spcr.irq, &machine->console_irq_level,
							&machine->console_irq_active_low);
	}
	kprintf("acpi: SPCR: UART type %u at %#lx, interrupt %u\n", spcr.interface_type, spcr.address.address,
		machine->console_irq);
}

static void read_gtdt(struct machine *machine)
{
	struct acpi_table table;
	struct acpi_gtdt gtdt;

	if (!find_table("GTDT", &table) || !decoded("GTDT", acpi_gtdt_decode(&table, &gtdt)))
		return;
	if (gtdt.virtual_gsi != 0)
		machine->timer_irq = gtdt.virtual_gsi;
	kprintf("acpi: GTDT: virtual timer interrupt %u\n", machine->timer_irq);
}

static void add_msi_range(void *ctx, const struct acpi_msi_range *range)
{
	const struct machine_msi_range taken = {range->segment, range->first, range->last, range->device, range->its};

	machine_add_msi_range(ctx, "acpi: IORT", &taken);
}

static void read_iort(struct machine *machine)
{
	struct acpi_table table;

	if (machine->its_count == 0 || !find_table("IORT", &table))
		return;
	decoded("IORT", acpi_iort_msi_ranges(&table, add_msi_range, machine));
	kprintf("acpi: IORT: %u range%s of PCI functions with messages\n", machine->msi_range_count,
		PLURAL(machine->msi_range_count));
}

/* True if the ISA string has the extension: "rv64imac_zicsr_sstc". */
static bool isa_string_has_sstc(const char *isa)
{
	for (; (isa = strchr(isa, '_')) != NULL; isa++)
		if (strncmp(isa + 1, "sstc", 4) == 0 && (isa[5] == '_' || isa[5] == '\0'))
			return true;
	return false;
}

static void read_rhct(struct machine *machine)
{
	struct acpi_table table;
	struct acpi_rhct rhct;
	const char *isa;

	if (!find_table("RHCT", &table) || !decoded("RHCT", acpi_rhct_decode(&table, &rhct)))
		return;
	machine->timebase_hz = rhct.timebase_frequency;
	machine->has_sstc = machine->cpu_count != 0;
	for (uint32_t i = 0; i < machine->cpu_count; i++)
		if (machine->cpus[i].usable &&
		    (acpi_rhct_isa(&table, machine->cpus[i].uid, &isa) != ACPI_OK || !isa_string_has_sstc(isa)))
			machine->has_sstc = false;
	kprintf("acpi: RHCT: time counter at %lu Hz%s\n", machine->timebase_hz, machine->has_sstc ? ", Sstc" : "");
}

static void read_hpet(struct machine *machine)
{
	struct acpi_table table;
	struct acpi_hpet hpet;

	if (!find_table("HPET", &table) || !decoded("HPET", acpi_hpet_decode(&table, &hpet)))
		return;
	if (hpet.address.space != ACPI_SPACE_MEMORY || hpet.address.address == 0) {
		kprintf("acpi: HPET: not in memory, left out\n");
		return;
	}
	machine->hpet_base = hpet.address.address;
	kprintf("acpi: HPET at %#lx\n", machine->hpet_base);
}

bool machine_acpi_enumerate(const struct helion_bootctx *ctx, const struct machine_access *access,
			    struct machine *machine)
{
	/* The callback does not change what it points to. */
	const struct acpi_access reader = {map_physical, (void *)(uintptr_t)access};
	enum acpi_error error;

	tables_open = false;
	if (ctx->rsdp == 0)
		return false;
	error = acpi_open(&reader, ctx->rsdp, &tables);
	if (error != ACPI_OK) {
		kprintf("acpi: root at %#lx: %s\n", ctx->rsdp, acpi_strerror(error));
		return false;
	}
	tables_open = true;
	log_tables(ctx->rsdp);
	read_madt(ctx, machine);
	read_fadt(machine);
	read_hpet(machine);
	read_gtdt(machine);
	read_iort(machine);
	read_rhct(machine);
	read_mcfg(machine);
	read_spcr(ctx, machine);
	found.gic = machine->gic != MACHINE_GIC_NONE;
	found.plic = machine->plic_base != 0;
	found.aplic = machine->aplic_base != 0;
	found.pci_count = machine->pci_count;
	return true;
}

/* ---- Resources --------------------------------------------------------------------------------------------------- */

static void emit(struct resource_sink *sink, uint64_t base, uint64_t size, uint32_t flags, const char *format, ...)
	__attribute__((format(printf, 5, 6)));

/* A base of 0 means that the machine has no such thing. */
static void emit(struct resource_sink *sink, uint64_t base, uint64_t size, uint32_t flags, const char *format, ...)
{
	struct helion_record record = {
		.base = base,
		.size = size,
		.flags = flags,
		.origin = HELION_ORIGIN_ACPI,
	};
	va_list arguments;

	if (base == 0)
		return;
	va_start(arguments, format);
	fmt_vsnprintf(record.name, sizeof(record.name), format, arguments);
	va_end(arguments);
	resource_emit(sink, &record);
}

static void emit_gic(struct resource_sink *sink)
{
	const struct machine *machine = sink->machine;
	bool v3 = machine->gic == MACHINE_GIC_V3;
	struct acpi_madt madt;
	struct acpi_madt_entry entry;

	emit(sink, machine->gicd_base, v3 ? GICV3_GICD_SIZE : GICV2_GICD_SIZE, 0, "GIC distributor");
	if (!v3)
		emit(sink, machine->gicc_base, GICV2_GICC_SIZE, 0, "GIC CPU interface");
	for (uint32_t i = 0; i < machine->gicr_count; i++)
		emit(sink, machine->gicr[i].base, machine->gicr[i].size, 0, "GIC redistributors %u", i);
	for (uint32_t i = 0; i < machine->cpu_count && machine->gicr_count == 0; i++)
		emit(sink, machine->cpus[i].gicr_base, GICV3_GICR_SIZE, 0, "GIC redistributor of CPU %u", i);

	if (!open_madt(&madt))
		return;
	struct acpi_iterator iterator = acpi_madt_begin(&madt);
	while (acpi_madt_next(&iterator, &entry) == ACPI_OK) {
		if (entry.type == ACPI_MADT_GIC_ITS)
			emit(sink, entry.gic_its.address, GIC_ITS_SIZE, 0, "GIC ITS %u", entry.gic_its.id);
		else if (entry.type == ACPI_MADT_GIC_MSI_FRAME)
			emit(sink, entry.gic_msi_frame.address, GIC_MSI_SIZE, 0, "GIC MSI frame %u",
			     entry.gic_msi_frame.id);
	}
}

static void emit_fadt(struct resource_sink *sink)
{
	const struct machine *machine = sink->machine;

	emit(sink, machine->pm1a_control, 2, HELION_RECORD_PORTS, "PM1a control");
	emit(sink, machine->pm1b_control, 2, HELION_RECORD_PORTS, "PM1b control");
	emit(sink, machine->pm_timer_port, 4, HELION_RECORD_PORTS, "PM timer");
	if (machine->reset_valid)
		emit(sink, machine->reset_address, 1, machine->reset_space == ACPI_SPACE_IO ? HELION_RECORD_PORTS : 0,
		     "reset register");
}

static void emit_spcr(struct resource_sink *sink)
{
	struct acpi_table table;
	struct acpi_spcr spcr;
	const struct helion_console *console = &sink->ctx->console;

	if (!find_table("SPCR", &table) || acpi_spcr_decode(&table, &spcr) != ACPI_OK)
		return;
	bool is_console = spcr.address.address == console->base;
	if (spcr.address.space == ACPI_SPACE_IO)
		emit(sink, spcr.address.address, UART_PORTS, HELION_RECORD_PORTS, "SPCR UART");
	else if (spcr.address.space == ACPI_SPACE_MEMORY)
		emit(sink, spcr.address.address, is_console && console->size != 0 ? console->size : UART_SIZE, 0,
		     "SPCR UART");
}

void machine_acpi_resources(struct resource_sink *sink)
{
	const struct machine *machine = sink->machine;

	if (!tables_open)
		return;
	emit(sink, machine->lapic_base, LAPIC_SIZE, 0, "local APIC");
	for (uint32_t i = 0; i < machine->ioapic_count; i++)
		emit(sink, machine->ioapics[i].base, IOAPIC_SIZE, 0, "IO-APIC %u", machine->ioapics[i].id);
	emit(sink, machine->hpet_base, HPET_SIZE, 0, "HPET");
	if (found.gic)
		emit_gic(sink);
	if (found.plic)
		emit(sink, machine->plic_base, machine->plic_size, 0, "PLIC");
	if (found.aplic) {
		emit(sink, machine->aplic_base, machine->aplic_size, 0, "APLIC");
		for (uint32_t i = 0; i < machine->cpu_count; i++)
			emit(sink, machine->cpus[i].imsic_base, 1u << IMSIC_PAGE_SHIFT, 0, "IMSIC of CPU %u", i);
	}
	emit_fadt(sink);
	emit_spcr(sink);
	for (uint32_t i = 0; i < found.pci_count; i++) {
		const struct machine_pci *pci = &machine->pci[i];

		emit(sink, pci->ecam + ((uint64_t)pci->bus_first << 20),
		     (uint64_t)(pci->bus_last - pci->bus_first + 1) << 20, 0, "MCFG segment %u", pci->segment);
	}
}
