/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * platform/pci.c against a configuration space that behaves like hardware: registers that keep only the bits they have,
 * functions that object when they are probed while they decode.
 */
#include "platform_shim.h"

#include "platform/machine_internal.h"

/* A device tree of which only the answers exist, see below. */
static enum dt_error fake_window(const struct dt *dt, const struct dt_node *node, uint32_t index,
				 struct dt_pci_window *ret);
static enum dt_error fake_interrupt(struct dt *dt, const struct dt_node *node, uint8_t bus, uint8_t device,
				    uint8_t function, uint8_t pin, struct dt_interrupt *ret);
#define dt_pci_window(...)    fake_window(__VA_ARGS__)
#define dt_pci_interrupt(...) fake_interrupt(__VA_ARGS__)

#include "../../platform/machine.c"
#include "../../platform/pci.c"

bool machine_acpi_enumerate(const struct helion_bootctx *ctx, const struct machine_access *access,
			    struct machine *machine)
{
	(void)ctx, (void)access, (void)machine;
	return false;
}

bool machine_dt_enumerate(const struct helion_bootctx *ctx, const struct machine_access *access,
			  struct machine *machine)
{
	(void)ctx, (void)access, (void)machine;
	return false;
}

void machine_acpi_resources(struct resource_sink *sink)
{
	(void)sink;
}

void machine_dt_resources(struct resource_sink *sink)
{
	(void)sink;
}

/* ---- The fake device tree ---------------------------------------------------------------------------------------- */

static bool has_host;
static struct dt fake_dt;

struct dt *machine_dt(void)
{
	return &fake_dt;
}

bool machine_dt_pci_host(const struct machine_pci *segment, struct dt_node *ret)
{
	(void)segment, (void)ret;
	return has_host;
}

/* I/O at 0x3eff0000, 32-bit memory one to one, 64-bit memory at an offset. */
static enum dt_error fake_window(const struct dt *dt, const struct dt_node *node, uint32_t index,
				 struct dt_pci_window *ret)
{
	static const struct dt_pci_window windows[] = {
		{DT_PCI_IO, false, 0, 0x3eff0000, 0x10000},
		{DT_PCI_MEMORY_32, false, 0x80000000, 0x80000000, 0x40000000},
		{DT_PCI_MEMORY_64, true, 0x800000000, 0x8000000000, 0x800000000},
	};

	(void)dt, (void)node;
	if (index >= 3)
		return DT_END;
	*ret = windows[index];
	return DT_OK;
}

/* Line 1000 + slot * 10 + pin on the root bus. */
static enum dt_error fake_interrupt(struct dt *dt, const struct dt_node *node, uint8_t bus, uint8_t device,
				    uint8_t function, uint8_t pin, struct dt_interrupt *ret)
{
	(void)dt, (void)node, (void)function;
	*ret = (struct dt_interrupt){.cells = {1000 + device * 10u + pin}};
	return bus == 0 ? DT_OK : DT_ERROR_NOT_FOUND;
}

bool machine_dt_line(const struct dt_interrupt *interrupt, uint32_t *ret_line, bool *ret_level, bool *ret_active_low)
{
	*ret_level = *ret_active_low = true;
	*ret_line = interrupt->cells[0];
	return true;
}

/* ---- Configuration space ----------------------------------------------------------------------------------------- */

#define BUSES 8

struct fake_function {
	uint32_t bdf; /* bus << 8 | device << 3 | function */
	uint32_t id, class;
	uint8_t header;
	uint32_t bars[6];
	uint32_t writable[6]; /* bits of each BAR that keep what is written */
	uint8_t secondary, line, pin;
	uint16_t command;
};

static struct fake_function *functions;
static uint32_t function_count;
static uint32_t objections;    /* BARs written while the function decodes, accesses that are no aligned words */
static uint32_t mapped[BUSES]; /* how often each bus was mapped */
static uint64_t unmappable;

static uint64_t config_access(uintptr_t address, unsigned width, const uint64_t *write)
{
	uint32_t bdf = (uint32_t)(address >> 12 & 0xffff), offset = address & 0xfff;
	struct fake_function *function = NULL;

	objections += width != 4 || offset % 4 != 0 || address >> 28 != 0xb;
	for (uint32_t i = 0; i < function_count; i++)
		if (functions[i].bdf == bdf)
			function = &functions[i];
	if (function == NULL)
		return UINT32_MAX;
	if (offset >= 0x10 && offset < 0x28 && (function->header & 0x7f) == 1 && offset >= 0x18)
		return offset == 0x18 ? (uint32_t)function->secondary << 8 | (bdf >> 8) : 0;
	if (offset >= 0x10 && offset < 0x28) {
		uint32_t i = (offset - 0x10) / 4;

		if (write != NULL) {
			objections += (function->command & 3) != 0 && function->class >> 8 != 0x0600;
			function->bars[i] = (function->bars[i] & ~function->writable[i]) |
					    ((uint32_t)*write & function->writable[i]);
		}
		return function->bars[i];
	}
	switch (offset) {
	case 0x00: return function->id;
	case 0x04:
		if (write != NULL) {
			objections += (*write >> 16) != 0; /* would clear status bits */
			function->command = (uint16_t)*write;
		}
		return 0x00100000u | function->command;
	case 0x08: return function->class << 8;
	case 0x0c: return (uint32_t)function->header << 16;
	case 0x3c: return (uint32_t)function->pin << 8 | function->line;
	default: return 0;
	}
}

static volatile void *map_device(uint64_t phys, size_t size)
{
	uint64_t bus = (phys - 0xb0000000) >> 20;

	if (size != 1 << 20 || phys % size != 0 || bus >= BUSES || phys == unmappable)
		return NULL;
	mapped[bus]++;
	return (volatile void *)(uintptr_t)phys;
}

static const struct machine_access access_functions = {.map_device = map_device};
static struct helion_record records[64];
static uint32_t record_count;

static void collect(void *ctx, const struct helion_record *record)
{
	(void)ctx;
	records[record_count++] = *record;
}

static struct machine machine;
static struct helion_bootctx ctx;

/* Walks the functions; true if it left everything as it was. */
static bool walk(struct fake_function *list, uint32_t count, uint8_t bus_last)
{
	struct fake_function before[32];

	memcpy(before, list, count * sizeof(*list));
	functions = list;
	function_count = count;
	record_count = 0;
	objections = 0;
	memset(mapped, 0, sizeof(mapped));
	shim_log_clear();
	shim_access = config_access;
	machine = (struct machine){.pci_count = 1, .pci[0] = {0xb0000000, 0, 0, bus_last}, .lapic_base = 0xfee00000};
	machine_resources(&machine, &ctx, &access_functions, collect, NULL);
	shim_log_show();
	return objections == 0 && memcmp(before, list, count * sizeof(*list)) == 0;
}

static bool is(uint32_t number, const char *name, uint64_t base, uint64_t size, uint32_t flags, uint32_t irq)
{
	const struct helion_record *record = &records[number];

	return number < record_count && strcmp(record->name, name) == 0 && record->base == base &&
	       record->size == size && record->flags == flags && record->irq == irq &&
	       record->origin == HELION_ORIGIN_PCI;
}

/* ---- Tests ------------------------------------------------------------------------------------------------------- */

#define HOST                                                                \
	{                                                                   \
		.bdf = 0, .id = 0x29c08086, .class = 0x060000, .command = 3 \
	}
#define VGA                                                                                               \
	{                                                                                                 \
		.bdf = 0x10, .id = 0x11111234, .class = 0x030000, .command = 0x107, .line = 11, .pin = 1, \
		.bars = {0x8000000c, 0x8, 0x81000000, 0xc0c1, 0x0, 0x82000000}, .writable = {             \
			0xff000000,                                                                       \
			0xffffffff,                                                                       \
			0xfffff000,                                                                       \
			0xffe0,                                                                           \
			0x0,                                                                              \
			0xfffffff0                                                                        \
		}                                                                                         \
	}

static void test_bars(void)
{
	struct fake_function list[] = {
		HOST,
		VGA,
		/* Two functions of one device, and one that a single-function device must not have. */
		{.bdf = 0xf8, .id = 0x29188086, .class = 0x060100, .header = 0x80},
		{.bdf = 0xfa,
		 .id = 0x29228086,
		 .class = 0x010601,
		 .header = 0x80,
		 .command = 2,
		 .line = 10,
		 .pin = 1,
		 .bars = {[5] = 0x83000000},
		 .writable = {[5] = 0xfffff000}},
		{.bdf = 0x11, .id = 0xdeadbeef},
		/* 8 GiB behind a 64-bit register; a 64-bit type in the last register, where no upper half follows. */
		{.bdf = 0x18,
		 .id = 0x00018086,
		 .class = 0x020000,
		 .command = 2,
		 .bars = {0x0000000c, 0x00000012, [5] = 0x84000004},
		 .writable = {0, 0xfffffffe, [5] = 0xffff0000}},
		/* Not assigned. */
		{.bdf = 0x20,
		 .id = 0x00020001,
		 .class = 0x010000,
		 .bars = {1, 0, 4},
		 .writable = {0xff80, 0, 0xffffc000, ~0u}},
	};

	has_host = false;
	CHECK_THAT(walk(list, sizeof(list) / sizeof(list[0]), 255),
		   "registers are as before, decoding was off meanwhile");
	CHECK_THAT(record_count == 7, "seven resources");
	CHECK_THAT(is(0, "0000:00:02.0 class 030000 1234:1111 BAR0", 0x880000000, 0x1000000, 0, 11) &&
			   records[0].index == 0 && records[0].detail == 0x10,
		   "64-bit prefetchable memory");
	CHECK_THAT(is(1, "0000:00:02.0 class 030000 1234:1111 BAR2", 0x81000000, 0x1000, 0, 11), "32-bit memory");
	CHECK_THAT(is(2, "0000:00:02.0 class 030000 1234:1111 BAR3", 0xc0c0, 0x20, HELION_RECORD_PORTS, 11) &&
			   records[2].index == 3,
		   "ports");
	CHECK_THAT(is(3, "0000:00:02.0 class 030000 1234:1111 BAR5", 0x82000000, 0x10, 0, 11), "the smallest size");
	CHECK_THAT(is(4, "0000:00:03.0 class 020000 8086:0001 BAR0", 0x1200000000, 0x200000000, 0, 0), "8 GiB");
	CHECK_THAT(is(5, "0000:00:03.0 class 020000 8086:0001 BAR5", 0x84000000, 0x10000, 0, 0),
		   "no upper half after the last");
	CHECK_THAT(is(6, "0000:00:1f.2 class 010601 8086:2922 BAR5", 0x83000000, 0x1000, 0, 10), "a function of many");
	CHECK_THAT(shim_logged("6 functions on 1 bus, 7 BARs") && shim_logged("2 BARs of 1 function at address 0"),
		   "log");
	CHECK_THAT(mapped[0] == 1 && mapped[1] == 0, "only the bus that is there is mapped");
}

static void test_bridges(void)
{
	struct fake_function list[] = {
		HOST,
		{.bdf = 0x08,
		 .id = 0x00011b36,
		 .class = 0x060400,
		 .header = 1,
		 .secondary = 2,
		 .command = 7,
		 .bars = {0x80100000},
		 .writable = {0xfffff000, 0}},
		{.bdf = 0x10, .id = 0x00021b36, .class = 0x060400, .header = 1, .secondary = 1, .command = 7},
		{.bdf = 0x18, .id = 0x00031b36, .class = 0x060400, .header = 1, .secondary = 0}, /* not configured */
		{.bdf = 0x20,
		 .id = 0x00041b36,
		 .class = 0x060400,
		 .header = 1,
		 .secondary = 200}, /* beyond the segment */
		{.bdf = 0x28, .id = 0x00051b36, .class = 0x060400, .header = 1, .secondary = 5}, /* cannot be mapped */
		{.bdf = 0x100,
		 .id = 0x00101b36,
		 .class = 0x010802,
		 .command = 2,
		 .pin = 2,
		 .line = 5,
		 .bars = {0x80200004},
		 .writable = {0xffffc000, 0xffffffff}},
		/* A switch whose lower port leads back up. */
		{.bdf = 0x210, .id = 0x00061b36, .class = 0x060400, .header = 1, .secondary = 3},
		{.bdf = 0x300, .id = 0x00071b36, .class = 0x060400, .header = 1, .secondary = 2},
		{.bdf = 0x308,
		 .id = 0x00201b36,
		 .class = 0x0c0330,
		 .command = 6,
		 .pin = 1,
		 .bars = {0x80300004},
		 .writable = {0xfffff000, 0xffffffff}},
	};
	uint32_t count = sizeof(list) / sizeof(list[0]);

	has_host = false;
	unmappable = 0xb0500000;
	CHECK_THAT(walk(list, count, 7), "bridges are as before");
	CHECK_THAT(record_count == 3 && is(0, "0000:00:01.0 class 060400 1b36:0001 BAR0", 0x80100000, 0x1000, 0, 0),
		   "a bridge's own register");
	CHECK_THAT(is(1, "0000:01:00.0 class 010802 1b36:0010 BAR0", 0x80200000, 0x4000, 0, 5) &&
			   is(2, "0000:03:01.0 class 0c0330 1b36:0020 BAR0", 0x80300000, 0x1000, 0, 0) &&
			   records[2].detail == 0x308,
		   "functions behind bridges");
	CHECK_THAT(mapped[0] == 1 && mapped[1] == 1 && mapped[2] == 1 && mapped[3] == 1 && mapped[4] == 0,
		   "each bus once, though they form a circle");
	CHECK_THAT(shim_logged("bus 5: ECAM at 0xb0500000 cannot be mapped"), "what cannot be mapped is said");

	has_host = true;
	walk(list, count, 7);
	/* Bus 1, device 0, INTB arrives at slot 2 as INTB. Bus 3, device 1, INTA: INTB on bus 2 slot 2, INTD at slot 1. */
	CHECK_THAT(is(1, "0000:01:00.0 class 010802 1b36:0010 BAR0", 0x80200000, 0x4000, HELION_RECORD_IRQ_LOW, 1022) &&
			   is(2, "0000:03:01.0 class 0c0330 1b36:0020 BAR0", 0x80300000, 0x1000, HELION_RECORD_IRQ_LOW,
			      1014),
		   "interrupt pins rotate on their way up");
	has_host = false;
	unmappable = 0;
}

static void test_windows(void)
{
	struct fake_function list[] = {
		HOST,
		VGA,
		{.bdf = 0x18,
		 .id = 0x00018086,
		 .class = 0x020000,
		 .command = 2,
		 .bars = {0x40000000, 0xc0000000, 0x80000000},
		 .writable = {0xfffff000, 0xfffff000, 0x80000000}},
	};

	has_host = true;
	CHECK_THAT(walk(list, 3, 0), "with a device tree");
	CHECK_THAT(record_count == 4 && records[0].base == 0x8080000000 && records[1].base == 0x81000000,
		   "addresses are translated");
	CHECK_THAT(records[2].base == 0x3effc0c0 && records[2].flags == HELION_RECORD_IRQ_LOW &&
			   records[2].size == 0x20 && records[2].irq == 1021,
		   "ports become memory");
	CHECK_THAT(shim_logged("0x40000000 is in no window") && shim_logged("0xc0000000 is in no window") &&
			   shim_logged("BAR2: 0x80000000 is in no"),
		   "what is in no window is left out");
	has_host = false;
}

/* All ones everywhere: nothing there. All zeroes: nothing either. Any other constant: an end. */
static uint64_t constant;

static uint64_t constant_access(uintptr_t address, unsigned width, const uint64_t *write)
{
	(void)address, (void)width, (void)write;
	return constant;
}

static void count_record(void *unused, const struct helion_record *record)
{
	(void)unused, (void)record;
	record_count++;
}

static uint64_t noise_access(uintptr_t address, unsigned width, const uint64_t *write)
{
	static uint64_t state = 88172645463325252ull;

	(void)address, (void)width, (void)write;
	state ^= state << 13, state ^= state >> 7, state ^= state << 17;
	return state & 0xffffffff;
}

static volatile void *map_anything(uint64_t phys, size_t size)
{
	(void)size;
	return (volatile void *)(uintptr_t)phys;
}

static void test_garbage(void)
{
	static const struct machine_access anything = {.map_device = map_anything};

	machine.pci[0].bus_last = 255;
	constant = UINT32_MAX;
	shim_access = constant_access;
	record_count = 0;
	machine_resources(&machine, &ctx, &anything, count_record, NULL);
	CHECK_THAT(record_count == 0, "a bus of ones");
	for (constant = 0; constant < 0x100000000; constant = constant * 3 + 0x10101)
		machine_resources(&machine, &ctx, &anything, count_record, NULL);
	CHECK_THAT(true, "any constant");
	shim_access = noise_access;
	for (int i = 0; i < 4; i++) {
		has_host = i % 2 != 0;
		shim_log_clear();
		machine_resources(&machine, &ctx, &anything, count_record, NULL);
	}
	CHECK_THAT(true, "noise");
}

int main(void)
{
	RUN(test_bars);
	RUN(test_bridges);
	RUN(test_windows);
	RUN(test_garbage);
	return tap_finish();
}
