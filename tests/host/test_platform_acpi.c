/* SPDX-License-Identifier: BSD-2-Clause */
/* Enumeration from ACPI tables, which are built here in a fake physical memory. */
#include "platform_shim.h"

#include "../../platform/machine.c"
#include "../../platform/machine_acpi.c"

/* No device tree and no PCI here. */
bool machine_dt_enumerate(const struct helion_bootctx *ctx, const struct machine_access *access,
			  struct machine *machine)
{
	(void)ctx, (void)access, (void)machine;
	return false;
}

void machine_dt_resources(struct resource_sink *sink)
{
	(void)sink;
}

void pci_resources(struct resource_sink *sink)
{
	(void)sink;
}

/* ---- Physical memory with tables --------------------------------------------------------------------------------- */

#define MEMORY_BASE 0x7fe00000ull
#define MEMORY_SIZE 0x40000u

static uint8_t memory[MEMORY_SIZE];
static uint32_t memory_used;
static uint64_t table_list[32];
static uint32_t table_count;

static const void *map_table(uint64_t phys, size_t size)
{
	if (phys < MEMORY_BASE || phys - MEMORY_BASE > MEMORY_SIZE || size > MEMORY_SIZE - (phys - MEMORY_BASE))
		return NULL;
	return memory + (phys - MEMORY_BASE);
}

static const struct machine_access access_functions = {.map_table = map_table};

/* A table under construction. */
static uint8_t *table;
static uint32_t table_size;

static void put(uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		table[table_size++] = (uint8_t)(value >> 8 * i);
}

static void put_at(uint32_t offset, uint64_t value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		table[offset + i] = (uint8_t)(value >> 8 * i);
}

static void fill(uint32_t size)
{
	while (table_size < size)
		table[table_size++] = 0;
}

static void put_gas(uint32_t offset, uint8_t space, uint64_t address)
{
	put_at(offset, space, 1);
	put_at(offset + 1, 32, 1);
	put_at(offset + 4, address, 8);
}

static void begin(const char *signature, uint8_t revision)
{
	memory_used = (memory_used + 15) & ~15u;
	table = memory + memory_used;
	memcpy(table, signature, 4);
	memset(table + 4, 0, 32);
	table[8] = revision;
	memcpy(table + 10, "TESTERTESTTBL ", 14);
	table_size = 36;
}

static uint64_t end(void)
{
	uint8_t sum = 0;
	uint64_t address = MEMORY_BASE + memory_used;

	put_at(4, table_size, 4);
	table[9] = 0;
	for (uint32_t i = 0; i < table_size; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)-sum;
	memory_used += table_size;
	return address;
}

static void end_listed(void)
{
	table_list[table_count++] = end();
}

static void reset(void)
{
	memset(memory, 0, sizeof(memory));
	memory_used = 0;
	table_count = 0;
	shim_log_clear();
}

static uint64_t root(void)
{
	uint64_t xsdt, address;
	uint8_t *rsdp, sum = 0;

	begin("XSDT", 1);
	for (uint32_t i = 0; i < table_count; i++)
		put(table_list[i], 8);
	xsdt = end();
	memory_used = (memory_used + 15) & ~15u;
	rsdp = memory + memory_used;
	address = MEMORY_BASE + memory_used;
	memcpy(rsdp, "RSD PTR ", 8);
	memcpy(rsdp + 9, "TESTER", 6);
	rsdp[15] = 2;
	rsdp[20] = 36;
	memcpy(rsdp + 24, &xsdt, 8);
	for (int i = 0; i < 20; i++)
		sum = (uint8_t)(sum + rsdp[i]);
	rsdp[8] = (uint8_t)-sum;
	sum = 0;
	for (int i = 0; i < 36; i++)
		sum = (uint8_t)(sum + rsdp[i]);
	rsdp[32] = (uint8_t)-sum;
	memory_used += 36;
	return address;
}

/* ---- Tables ------------------------------------------------------------------------------------------------------ */

static void madt_begin(uint32_t lapic, uint32_t flags)
{
	begin("APIC", 5);
	put(lapic, 4);
	put(flags, 4);
}

static void madt_lapic(uint8_t uid, uint8_t id, uint32_t flags)
{
	put(0, 1), put(8, 1), put(uid, 1), put(id, 1), put(flags, 4);
}

static void madt_x2apic(uint32_t uid, uint32_t id, uint32_t flags)
{
	put(9, 1), put(16, 1), put(0, 2), put(id, 4), put(flags, 4), put(uid, 4);
}

static void madt_put_ioapic(uint8_t id, uint32_t address, uint32_t gsi)
{
	put(1, 1), put(12, 1), put(id, 1), put(0, 1), put(address, 4), put(gsi, 4);
}

static void madt_put_override(uint8_t bus, uint8_t irq, uint32_t gsi, uint16_t flags)
{
	put(2, 1), put(10, 1), put(bus, 1), put(irq, 1), put(gsi, 4), put(flags, 2);
}

static void madt_put_gicc(uint32_t uid, uint32_t flags, uint64_t base, uint64_t gicr, uint64_t mpidr)
{
	put(11, 1), put(80, 1), put(0, 2), put(uid, 4), put(uid, 4), put(flags, 4), put(0, 4), put(23, 4), put(0, 8);
	put(base, 8), put(0, 8), put(0, 8), put(25, 4), put(gicr, 8), put(mpidr, 8), put(0, 4);
}

static void madt_put_gicd(uint64_t address, uint8_t version)
{
	put(12, 1), put(24, 1), put(0, 2), put(0, 4), put(address, 8), put(0, 4), put(version, 1), put(0, 3);
}

static void madt_put_gicr(uint64_t address, uint32_t size)
{
	put(14, 1), put(16, 1), put(0, 2), put(address, 8), put(size, 4);
}

static void madt_put_its(uint32_t id, uint64_t address)
{
	put(15, 1), put(20, 1), put(0, 2), put(id, 4), put(address, 8), put(0, 4);
}

/* One group, with ITS number 9, and a root complex of segment 2 of which all functions go there. */
static void make_iort(void)
{
	begin("IORT", 5);
	put(2, 4), put(48, 4), put(0, 4);
	put(0, 1), put(24, 2), put(0, 5), put(0, 4), put(0, 4), put(1, 4), put(9, 4);
	put(2, 1), put(56, 2), put(0, 5), put(1, 4), put(36, 4), put(0, 8), put(0, 4), put(2, 4), put(0, 4);
	put(0, 4), put(0xffff, 4), put(0x40000, 4), put(48, 4), put(0, 4);
	end_listed();
}

static void madt_put_rintc(uint64_t hart, uint32_t uid, uint32_t flags, uint32_t external)
{
	put(24, 1), put(36, 1), put(1, 1), put(0, 1), put(flags, 4), put(hart, 8), put(uid, 4), put(external, 4);
	put(0x28000000 + 0x1000 * hart, 8), put(0x1000, 4);
}

static void madt_put_plic(uint64_t address, uint32_t size, uint16_t sources)
{
	put(27, 1), put(36, 1), put(1, 1), put(0, 1), put(0, 8), put(sources, 2), put(7, 2), put(0, 4), put(size, 4);
	put(address, 8), put(0, 4);
}

static void madt_put_aplic(uint8_t id, uint64_t address, uint16_t idcs, uint16_t sources)
{
	put(26, 1), put(36, 1), put(1, 1), put(id, 1), put(0, 4), put(0, 8), put(idcs, 2), put(sources, 2), put(0, 4);
	put(address, 8), put(0x8000, 4);
}

static void madt_put_imsic(uint16_t ids, uint8_t guest_bits, uint8_t hart_bits, uint8_t group_bits)
{
	put(25, 1), put(16, 1), put(1, 1), put(0, 1), put(0, 4), put(ids, 2), put(7, 2), put(guest_bits, 1);
	put(hart_bits, 1), put(group_bits, 1), put(24, 1);
}

static uint64_t make_dsdt(void)
{
	static const uint8_t s5[] = {0x08, '_', 'S', '5', '_', 0x12, 0x06, 0x04, 0x0a, 5, 0x0a, 6, 0, 0};

	begin("DSDT", 2);
	for (size_t i = 0; i < sizeof(s5); i++)
		put(s5[i], 1);
	return end();
}

static void make_fadt(uint32_t flags, uint16_t arm_flags, uint64_t dsdt, uint64_t reset)
{
	begin("FACP", 6);
	fill(276);
	put_at(112, flags, 4);
	put_at(129, arm_flags, 2);
	put_at(140, dsdt, 8);
	if ((flags & ACPI_FADT_HARDWARE_REDUCED) == 0) {
		put_at(64, 0x604, 4), put_at(89, 2, 1); /* PM1a control */
		put_at(76, 0x608, 4), put_at(91, 4, 1); /* PM timer */
		put_gas(172, 1, 0x604);
		put_gas(208, 1, 0x608);
	}
	if (reset != 0) {
		put_gas(116, 1, reset);
		put_at(128, 0x0f, 1);
	}
	end_listed();
}

static void make_mcfg(uint64_t address, uint16_t segment, uint8_t first, uint8_t last)
{
	begin("MCFG", 1);
	put(0, 8);
	put(address, 8), put(segment, 2), put(first, 1), put(last, 1), put(0, 4);
	end_listed();
}

static void make_spcr(uint8_t type, uint8_t space, uint64_t address, uint8_t interrupt, uint8_t irq, uint32_t gsi)
{
	begin("SPCR", 2);
	fill(80);
	put_at(36, type, 1);
	put_gas(40, space, address);
	put_at(52, interrupt, 1);
	put_at(53, irq, 1);
	put_at(54, gsi, 4);
	put_at(64, 0xffff, 2), put_at(66, 0xffff, 2);
	end_listed();
}

/* ---- Resources --------------------------------------------------------------------------------------------------- */

static struct helion_record records[64];
static uint32_t record_count;

static void collect(void *ctx, const struct helion_record *record)
{
	(void)ctx;
	records[record_count++] = *record;
}

static const struct helion_record *resource(const char *name)
{
	for (uint32_t i = 0; i < record_count; i++)
		if (strcmp(records[i].name, name) == 0)
			return &records[i];
	return NULL;
}

static bool resource_is(const char *name, uint64_t base, uint64_t size, uint32_t flags, uint32_t irq)
{
	const struct helion_record *found = resource(name);

	return found != NULL && found->base == base && found->size == size && found->flags == flags &&
	       found->irq == irq && found->slot == 0;
}

static struct machine machine;
static struct helion_bootctx ctx;

static bool enumerate(uint64_t boot_cpu)
{
	ctx.rsdp = root();
	ctx.boot_cpu = boot_cpu;
	record_count = 0;
	bool result = machine_enumerate(&ctx, &access_functions, &machine);
	machine_resources(&machine, &ctx, &access_functions, collect, NULL);
	shim_log_show();
	return result;
}

/* ---- Tests ------------------------------------------------------------------------------------------------------- */

static void test_pc(void)
{
	reset();
	ctx = (struct helion_bootctx){.console = {.type = HELION_CONSOLE_16550_PORT, .base = 0x3f8}};
	madt_begin(0xfee00000, 1);
	madt_lapic(0, 0, 1);
	madt_lapic(1, 1, 1);
	madt_lapic(2, 2, 0);  /* does not exist */
	madt_lapic(3, 3, 2);  /* may come later */
	madt_x2apic(1, 1, 1); /* once more */
	madt_x2apic(300, 300, 1);
	madt_put_ioapic(0, 0xfec00000, 0);
	madt_put_override(0, 0, 2, 0);
	madt_put_override(0, 4, 20, 0x0f);
	madt_put_override(0, 9, 9, 0x0d);
	madt_put_override(1, 5, 5, 0);
	end_listed();
	make_fadt(ACPI_FADT_RESET_SUPPORTED, 0, make_dsdt(), 0xcf9);
	make_mcfg(0xb0000000, 0, 0, 255);
	begin("HPET", 1), fill(56), put_gas(40, 0, 0xfed00000), end_listed();

	CHECK_THAT(enumerate(0) && machine.from_acpi && !machine.from_dt, "a PC");
	CHECK_THAT(machine.cpu_count == 4 && machine.cpus[0].usable && machine.cpus[1].usable &&
			   !machine.cpus[2].usable && machine.cpus[2].hwid == 3 && machine.cpus[3].hwid == 300 &&
			   machine.cpus[3].uid == 300,
		   "CPUs that exist, once each");
	CHECK_THAT(machine.lapic_base == 0xfee00000 && machine.has_pic && machine.ioapic_count == 1 &&
			   machine.ioapics[0].base == 0xfec00000,
		   "local APIC, 8259, IO-APIC");
	CHECK_THAT(machine.override_count == 3 && machine.overrides[1].gsi == 20 && machine.overrides[1].level &&
			   machine.overrides[1].active_low && machine.overrides[2].level &&
			   !machine.overrides[2].active_low,
		   "overrides");
	CHECK_THAT(machine.pm1a_control == 0x604 && machine.pm1b_control == 0 && machine.pm_timer_port == 0x608 &&
			   machine.s5_valid && machine.s5_typ_a == 5 && machine.s5_typ_b == 6,
		   "power off");
	CHECK_THAT(machine.reset_valid && machine.reset_space == 1 && machine.reset_address == 0xcf9 &&
			   machine.reset_value == 0x0f,
		   "reset");
	CHECK_THAT(machine.pci_count == 1 && machine.pci[0].ecam == 0xb0000000 && machine.pci[0].bus_last == 255,
		   "MCFG");
	CHECK_THAT(machine.hpet_base == 0xfed00000, "HPET");
	CHECK_THAT(machine.console_irq == 20 && machine.console_irq_level && machine.console_irq_active_low,
		   "COM1's interrupt goes through the override");
	CHECK_THAT(machine.gic == MACHINE_GIC_NONE && machine.plic_base == 0 && machine.psci == MACHINE_PSCI_NONE,
		   "nothing of other architectures");

	CHECK_THAT(resource_is("IO-APIC 0", 0xfec00000, 0x1000, 0, 0) && resource_is("HPET", 0xfed00000, 0x400, 0, 0) &&
			   resource_is("MCFG segment 0", 0xb0000000, 0x10000000, 0, 0) &&
			   resource_is("local APIC", 0xfee00000, 0x1000, 0, 0),
		   "resources");
	CHECK_THAT(resource_is("PM1a control", 0x604, 2, HELION_RECORD_PORTS, 0) &&
			   resource_is("PM timer", 0x608, 4, HELION_RECORD_PORTS, 0),
		   "ports");
	CHECK_THAT(resource_is("debug console", 0x3f8, 8,
			       HELION_RECORD_PORTS | HELION_RECORD_CONSOLE | HELION_RECORD_IRQ_LOW, 20),
		   "the console that no table names");
	CHECK_THAT(!shim_logged("left out: more") && shim_logged("1 source overrides left out"),
		   "the log names what is left out");
}

static void test_arm(uint8_t version, bool regions)
{
	reset();
	ctx = (struct helion_bootctx){.console = {.type = HELION_CONSOLE_PL011, .base = 0x9000000, .size = 0x1000}};
	madt_begin(0, 0);
	madt_put_gicd(0x8000000, version);
	madt_put_gicc(0, 1, 0x8010000, regions ? 0 : 0x80a0000, 0x80000000);
	madt_put_gicc(1, 1, 0x8010000, regions ? 0 : 0x80c0000, 0x80000001);
	madt_put_gicc(2, 0, 0x8010000, 0, 2);
	if (regions) {
		madt_put_gicr(0x80a0000, 0xf60000);
		madt_put_gicr(0x4000000000, 0x4000000);
		madt_put_gicr(UINT64_MAX - 10, 0x4000000);
		madt_put_its(9, 0x8080000);
		madt_put_its(10, 0x8080001);
	}
	end_listed();
	make_iort();
	make_fadt(ACPI_FADT_HARDWARE_REDUCED, 3, 0, 0);
	begin("GTDT", 3), fill(104), put_at(56, 30, 4), put_at(64, 28, 4), end_listed();
	make_spcr(3, 0, 0x9000000, 8, 0, 33);
	make_mcfg(0x4010000000, 0, 0, 255);
}

static void test_arm_variants(void)
{
	test_arm(3, true);
	CHECK_THAT(enumerate(0) && machine.gic == MACHINE_GIC_V3 && machine.gicd_base == 0x8000000 &&
			   machine.gicr_count == 2 && machine.gicr[1].base == 0x4000000000 &&
			   machine.gicr[1].size == 0x4000000,
		   "GICv3 with regions");
	CHECK_THAT(machine.cpu_count == 2 && machine.cpus[1].hwid == 1 && machine.cpus[1].usable,
		   "MPIDR affinity only");
	CHECK_THAT(machine.its_count == 1 && machine.its[0].base == 0x8080000 && machine.its[0].id == 9 &&
			   machine.msi_range_count == 1 && machine.msi_ranges[0].segment == 2 &&
			   machine.msi_ranges[0].first == 0 && machine.msi_ranges[0].last == 0xffff &&
			   machine.msi_ranges[0].device == 0x40000 && machine.msi_ranges[0].its == 9,
		   "messages");
	CHECK_THAT(machine.psci == MACHINE_PSCI_HVC && !machine.s5_valid && machine.pm1a_control == 0, "PSCI by HVC");
	CHECK_THAT(machine.timer_irq == 28, "virtual timer");
	CHECK_THAT(machine.console_irq == 33 && machine.console_irq_level && !machine.console_irq_active_low,
		   "SPCR interrupt");
	CHECK_THAT(resource_is("SPCR UART", 0x9000000, 0x1000, HELION_RECORD_CONSOLE, 33) &&
			   resource("debug console") == NULL &&
			   resource_is("GIC distributor", 0x8000000, 0x10000, 0, 0) &&
			   resource_is("GIC redistributors 1", 0x4000000000, 0x4000000, 0, 0),
		   "resources");
	CHECK_THAT(machine.lapic_base == 0 && resource("local APIC") == NULL, "no local APIC");
	CHECK_THAT(shim_logged("not a range, left out"), "a region that wraps is left out");

	test_arm(0, false);
	CHECK_THAT(enumerate(0) && machine.its_count == 0 && machine.msi_range_count == 0 &&
			   machine.gic == MACHINE_GIC_V3 && machine.gicr_count == 0 &&
			   machine.cpus[1].gicr_base == 0x80c0000,
		   "GICv3 told by the redistributor in the GICC");
	test_arm(2, false);
	CHECK_THAT(enumerate(0) && machine.gic == MACHINE_GIC_V2 && machine.gicc_base == 0x8010000 &&
			   resource_is("GIC CPU interface", 0x8010000, 0x2000, 0, 0),
		   "GICv2");
	test_arm(2, false);
	CHECK_THAT(enumerate(7) && machine.cpu_count == 3 && machine.cpus[2].hwid == 7 && machine.cpus[2].usable &&
			   shim_logged("does not list the boot CPU 0x7"),
		   "a boot CPU that the MADT does not list");
}

static void test_riscv(void)
{
	static const char isa0[] = "rv64imafdc_sstc_zicsr", isa1[] = "rv64imac_sstcx";

	for (int other = 0; other < 2; other++) {
		const char *isa = other ? isa1 : isa0;
		uint32_t padded = (uint32_t)(8 + strlen(isa) + 1 + 1) & ~1u;

		reset();
		ctx = (struct helion_bootctx){.console = {.type = HELION_CONSOLE_16550, .base = 0x10000000}};
		madt_begin(0, 0);
		madt_put_rintc(0, 0, 1, 1);
		madt_put_rintc(1, 1, 1, 3);
		madt_put_plic(0xc000000, 0x600000, 95);
		end_listed();
		begin("RHCT", 1);
		put(0, 4), put(10000000, 8), put(3, 4), put(56, 4);
		put(0, 2), put(padded, 2), put(1, 2), put(strlen(isa) + 1, 2);
		for (size_t i = 0; i <= strlen(isa); i++)
			put((uint8_t)isa[i], 1);
		fill(56 + padded);
		for (uint32_t uid = 0; uid < 2; uid++)
			put(0xffff, 2), put(16, 2), put(1, 2), put(1, 2), put(uid, 4), put(56, 4);
		end_listed();
		make_spcr(0, 0, 0x10000000, 0x10, 0, 10);
		CHECK_THAT(enumerate(1) && machine.cpu_count == 2 && machine.cpus[1].irq_context == 3 &&
				   machine.cpus[0].irq_context == 1,
			   "harts and their PLIC contexts");
		CHECK_THAT(machine.plic_base == 0xc000000 && machine.plic_size == 0x600000 &&
				   machine.plic_sources == 95,
			   "PLIC");
		CHECK_THAT(machine.timebase_hz == 10000000 && machine.has_sstc == !other, "RHCT");
		CHECK_THAT(machine.console_irq == 10 && machine.console_irq_level, "SPCR interrupt");
		CHECK_THAT(resource_is("PLIC", 0xc000000, 0x600000, 0, 0), "resources");
	}
}

static void test_aia(void)
{
	for (int messages = 0; messages < 2; messages++) {
		reset();
		ctx = (struct helion_bootctx){0};
		madt_begin(0, 0);
		madt_put_rintc(0, 0, 1, 2u << 24 | 1);
		madt_put_rintc(5, 1, 1, 2u << 24 | 0);
		madt_put_imsic(messages ? 255 : 3000, 1, 3, 2);
		madt_put_aplic(2, 0xd000000, messages ? 0 : 2, 96);
		madt_put_aplic(3, 0xe000000, 2, 96);
		end_listed();
		CHECK_THAT(enumerate(5) && machine.cpu_count == 2, "result");
		CHECK(machine.aplic_base == 0xd000000 && machine.aplic_size == 0x8000 && machine.aplic_sources == 96);
		CHECK(machine.aplic_messages == messages && shim_logged("APLIC 3 at 0xe000000 left out"));
		CHECK(machine.cpus[0].irq_context == 1 && machine.cpus[1].irq_context == 0);
		CHECK(machine.cpus[0].imsic_base == 0x28000000 && machine.cpus[1].imsic_base == 0x28005000);
		CHECK(messages ? machine.imsic.ids == 255 && machine.imsic.guest_bits == 1 &&
					 machine.imsic.hart_bits == 3 && machine.imsic.group_bits == 2 &&
					 machine.imsic.group_shift == 24
			       : machine.imsic.ids == 0 && shim_logged("IMSIC with 3000"));
		CHECK_THAT(resource_is("APLIC", 0xd000000, 0x8000, 0, 0), "resources");
		CHECK_THAT(resource_is("IMSIC of CPU 1", 0x28005000, 0x1000, 0, 0), "resources");
	}
}

static void test_limits(void)
{
	reset();
	ctx = (struct helion_bootctx){0};
	madt_begin(0xfee00000, 0);
	for (uint32_t i = 0; i < 200; i++)
		madt_x2apic(i, i, 1);
	for (uint32_t i = 0; i < 40; i++)
		madt_put_ioapic((uint8_t)i, 0xfec00000 + i * 0x1000, i * 24);
	for (uint32_t i = 0; i < 40; i++)
		madt_put_override(0, (uint8_t)i, i, 0);
	end_listed();
	begin("MCFG", 1);
	put(0, 8);
	for (uint32_t i = 0; i < 40; i++)
		put(0x100000000ull * (i + 1), 8), put(i, 2), put(0, 1), put(255, 1), put(0, 4);
	end_listed();
	enumerate(150);
	CHECK_THAT(machine.cpu_count == MACHINE_CPUS_MAX && machine_find_cpu(&machine, 150) != NULL &&
			   machine_find_cpu(&machine, 0) != NULL,
		   "too many CPUs: the boot CPU stays");
	CHECK_THAT(machine.ioapic_count == MACHINE_IOAPICS_MAX && machine.override_count == MACHINE_OVERRIDES_MAX &&
			   machine.pci_count == MACHINE_PCI_MAX,
		   "too many of everything");
	CHECK_THAT(shim_logged("CPUs left out") && shim_logged("IO-APICs left out") &&
			   shim_logged("overrides left out") && shim_logged("PCI segment 8 left out"),
		   "all of which is said");
}

static void test_damage(void)
{
	uint8_t sum = 0;

	reset();
	ctx = (struct helion_bootctx){0};
	madt_begin(0xfee00000, 0);
	madt_lapic(0, 0, 1);
	end_listed();
	table[40] ^= 1;
	make_fadt(ACPI_FADT_RESET_SUPPORTED, 0, 0x1000, 0x10000);
	put_at(212, 8, 8); /* the PM timer where the DMA controller is */
	table[9] = 0;
	for (uint32_t i = 0; i < table_size; i++)
		sum = (uint8_t)(sum + table[i]);
	table[9] = (uint8_t)-sum;
	CHECK_THAT(enumerate(5) && machine.cpu_count == 1 && machine.cpus[0].hwid == 5,
		   "a damaged MADT: the boot CPU alone");
	CHECK_THAT(shim_logged("APIC: ") && shim_logged("\\_S5_: ") && !machine.s5_valid, "what is damaged is named");
	CHECK_THAT(machine.pm_timer_port == 0 && machine.pm1a_control == 0x604 && shim_logged("another device's"),
		   "ports of the DMA controller are refused");
	CHECK_THAT(!machine.reset_valid && shim_logged("reset register at 0x10000"),
		   "a port beyond the last is refused");

	reset();
	ctx.boot_cpu = 0;
	ctx.rsdp = MEMORY_BASE + 0x100;
	CHECK_THAT(!machine_enumerate(&ctx, &access_functions, &machine) && shim_logged("acpi: root at"),
		   "no RSDP where it should be");
	ctx.rsdp = 0x12345678;
	CHECK_THAT(!machine_enumerate(&ctx, &access_functions, &machine), "one that cannot be mapped");
	ctx.rsdp = 0;
	CHECK_THAT(!machine_enumerate(&ctx, &access_functions, &machine) && machine.cpu_count == 1 &&
			   machine.timer_irq == 27,
		   "and none at all");
}

int main(void)
{
	RUN(test_pc);
	RUN(test_arm_variants);
	RUN(test_riscv);
	RUN(test_aia);
	RUN(test_limits);
	RUN(test_damage);
	return tap_finish();
}
