/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PCI functions and their base address registers, through memory-mapped
 * configuration space (ECAM). (PCI Local Bus 3.0 §6.1, §6.2.5; PCI-to-PCI Bridge
 * 1.2 §3.2; PCI Express Base 5.0 §7.2.2.)
 *
 * The firmware has numbered the buses and assigned the registers; nothing is
 * assigned here. Each bus is mapped when the walk reaches it, 1 MiB at a time, and
 * no bus is visited twice, so wrong bus numbers cannot keep the walk busy.
 */
#include "platform/machine_internal.h"

#include <arch/io.h>

#include "kernel/log.h"
#include "lib/format.h"
#include "lib/string.h"

#define BUS_SIZE      (1u << 20)
#define FUNCTION_SIZE 4096u
#define DEVICES       32
#define FUNCTIONS     8

/* Configuration registers, all read as aligned 32-bit words. */
#define REG_ID        0x00
#define REG_COMMAND   0x04
#define REG_CLASS     0x08 /* class in bits 31:8 */
#define REG_HEADER    0x0c /* header type in bits 23:16 */
#define REG_BAR0      0x10
#define REG_BUSES     0x18 /* of a bridge: secondary bus in bits 15:8 */
#define REG_INTERRUPT 0x3c /* line in bits 7:0, pin in 15:8 */

#define COMMAND_IO           1u
#define COMMAND_MEMORY       2u
#define HEADER_MULTIFUNCTION 0x80u
#define HEADER_DEVICE        0
#define HEADER_BRIDGE        1
#define CLASS_HOST_BRIDGE    0x0600u

#define BAR_IO          1u
#define BAR_TYPE_MASK   6u
#define BAR_TYPE_64     4u
#define BAR_IO_MASK     0xfffffffcu
#define BAR_MEMORY_MASK 0xfffffff0u
#define BARS_MAX        6

/* One walk over one segment. */
struct pci_walk {
	struct resource_sink *sink;
	const struct machine_pci *segment;
	bool has_host; /* the segment's host bridge in the device tree */
	struct dt_node host;
	uint8_t queue[256]; /* buses to visit; each number enters once */
	uint32_t queued, visited;
	bool known[256];
	/*
	 * For a bus below bridges: device << 3 | function of the bridge on the root bus that leads there, and by how
	 * many pins the bridges in between rotate an interrupt pin.
	 */
	uint8_t root_slot[256], rotation[256];
	uint32_t functions, bars, unassigned, unassigned_functions;
};

struct pci_function {
	volatile uint8_t *config;
	uint8_t bus, device, function;
	uint32_t id, class; /* class code, subclass, interface */
	uint8_t header;
};

struct pci_bar {
	uint64_t base, size; /* size 0: not implemented */
	bool is_io, is_64;
};

static uint32_t config_read(const struct pci_function *function, uint32_t offset)
{
	return mmio_read32(function->config + offset);
}

static void config_write(const struct pci_function *function, uint32_t offset, uint32_t value)
{
	mmio_write32(function->config + offset, value);
}

/* ---- Base address registers -------------------------------------------------------------------------------------- */

/* What sticks of all ones shows which address bits the function decodes. */
static uint32_t probe(const struct pci_function *function, uint32_t offset, uint32_t value)
{
	config_write(function, offset, UINT32_MAX);
	uint32_t mask = config_read(function, offset);
	config_write(function, offset, value);
	return mask;
}

/* The lowest address bit that can be written is the size. */
static void read_bar(const struct pci_function *function, uint32_t index, bool last, struct pci_bar *ret)
{
	uint32_t offset = REG_BAR0 + 4 * index;
	uint32_t low = config_read(function, offset);
	uint32_t address_mask = low & BAR_IO ? BAR_IO_MASK : BAR_MEMORY_MASK;
	uint64_t mask = probe(function, offset, low) & address_mask;

	*ret = (struct pci_bar){
		.base = low & address_mask,
		.is_io = (low & BAR_IO) != 0,
		.is_64 = (low & BAR_IO) == 0 && (low & BAR_TYPE_MASK) == BAR_TYPE_64 && !last,
	};
	if (ret->is_64) {
		uint32_t high = config_read(function, offset + 4);

		ret->base |= (uint64_t)high << 32;
		mask |= (uint64_t)probe(function, offset + 4, high) << 32;
	}
	ret->size = mask & -mask;
}

/*
 * Reads all BARs with decoding off, so that the probe values answer no accesses. Host bridges stay on: some
 * decode main memory. Nothing may be printed meanwhile, for the console may be behind this function.
 */
static uint32_t read_bars(const struct pci_function *function, struct pci_bar bars[BARS_MAX])
{
	uint32_t count = function->header == HEADER_DEVICE ? BARS_MAX : function->header == HEADER_BRIDGE ? 2 : 0;
	uint32_t command = config_read(function, REG_COMMAND) & 0xffff; /* the status half is cleared by ones */
	bool off = function->class >> 8 != CLASS_HOST_BRIDGE && (command & (COMMAND_IO | COMMAND_MEMORY)) != 0;

	if (off)
		config_write(function, REG_COMMAND, command & ~(COMMAND_IO | COMMAND_MEMORY));
	for (uint32_t i = 0; i < count; i++) {
		read_bar(function, i, i + 1 == count, &bars[i]);
		if (bars[i].is_64)
			bars[++i] = (struct pci_bar){.size = 0};
	}
	if (off)
		config_write(function, REG_COMMAND, command);
	return count;
}

/* ---- Interrupts -------------------------------------------------------------------------------------------------- */

/*
 * With a device tree, its interrupt-map tells the line of the pin as it arrives at the root bus. On a PC the routing
 * stands in AML; what the firmware left in the line register is the ISA line of the 8259 days, which chipsets still
 * route to the IO-APIC. Message-signalled interrupts need neither.
 */
static uint32_t function_line(struct pci_walk *walk, const struct pci_function *function, uint32_t *ret_trigger)
{
	uint32_t word = config_read(function, REG_INTERRUPT), line = word & 0xff, pin = word >> 8 & 0xff;
	bool level, active_low;

	*ret_trigger = 0;
	if (pin == 0 || pin > 4)
		return 0;
	if (walk->has_host) {
		struct dt_interrupt interrupt;
		uint8_t root = walk->segment->bus_first, slot = (uint8_t)(function->device << 3 | function->function);

		if (function->bus != root) {
			pin = (pin - 1 + walk->rotation[function->bus] + function->device) % 4 + 1;
			slot = walk->root_slot[function->bus];
		}
		if (dt_pci_interrupt(machine_dt(), &walk->host, root, slot >> 3, slot & 7, (uint8_t)pin, &interrupt) !=
			    DT_OK ||
		    !machine_dt_line(&interrupt, &line, &level, &active_low))
			return 0;
		*ret_trigger = machine_trigger(level, active_low);
		return line;
	}
	if (walk->sink->machine->lapic_base == 0 || line == 0 || line >= 16)
		return 0;
	line = machine_isa_line(walk->sink->machine, (uint8_t)line, &level, &active_low);
	/* PCI's pins are levels (PCI Local Bus 3.0 §2.2.6), also on a line that nobody calls one. */
	*ret_trigger = machine_trigger(true, active_low);
	return line;
}

/* ---- Functions --------------------------------------------------------------------------------------------------- */

/*
 * A bus address as the CPU sees it. Without a device tree both are taken to be the same. An I/O window may be memory to
 * the CPU.
 */
static bool to_cpu_address(const struct pci_walk *walk, const struct pci_bar *bar, uint64_t *ret_base, bool *ret_port)
{
	struct dt_pci_window window;
	enum dt_error error;

	*ret_base = bar->base;
	*ret_port = bar->is_io;
	if (!walk->has_host)
		return true;
	for (uint32_t i = 0; (error = dt_pci_window(machine_dt(), &walk->host, i, &window)) == DT_OK; i++) {
		if (window.space == DT_PCI_CONFIG || (window.space == DT_PCI_IO) != bar->is_io)
			continue;
		if (bar->base < window.pci_address || bar->size > window.size ||
		    bar->base - window.pci_address > window.size - bar->size)
			continue;
		*ret_base = window.cpu_address + (bar->base - window.pci_address);
		*ret_port = false;
		return true;
	}
	return false;
}

static void function_name(const struct pci_walk *walk, const struct pci_function *function, char *name, size_t size)
{
	fmt_snprintf(name, size, "%04x:%02x:%02x.%x class %06x %04x:%04x", walk->segment->segment, function->bus,
		     function->device, function->function, function->class, function->id & 0xffff, function->id >> 16);
}

static void report_bar(struct pci_walk *walk, const struct pci_function *function, uint32_t index,
		       const struct pci_bar *bar, uint32_t irq, uint32_t trigger)
{
	struct helion_record record = {
		.size = bar->size,
		.origin = HELION_ORIGIN_PCI,
		.detail = (uint32_t)walk->segment->segment << 16 | (uint32_t)function->bus << 8 |
			  (uint32_t)function->device << 3 | function->function,
		.index = index,
		.irq = irq,
	};
	bool is_port;
	size_t used;

	function_name(walk, function, record.name, sizeof(record.name));
	used = strlen(record.name);
	fmt_snprintf(record.name + used, sizeof(record.name) - used, " BAR%u", index);
	if (!to_cpu_address(walk, bar, &record.base, &is_port)) {
		kprintf("pci: %s: %#lx is in no window of the host bridge, left out\n", record.name, bar->base);
		return;
	}
	record.flags = trigger | (is_port ? HELION_RECORD_PORTS : 0);
	walk->bars++;
	resource_emit(walk->sink, &record);
}

static void visit_function(struct pci_walk *walk, const struct pci_function *function)
{
	struct pci_bar bars[BARS_MAX];
	uint32_t count = read_bars(function, bars), unassigned = 0, trigger;
	uint32_t irq = function_line(walk, function, &trigger);

	walk->functions++;
	for (uint32_t i = 0; i < count; i++) {
		if (bars[i].size == 0)
			continue;
		if (bars[i].base != 0)
			report_bar(walk, function, i, &bars[i], irq, trigger);
		else
			unassigned++;
	}
	walk->unassigned += unassigned;
	walk->unassigned_functions += unassigned != 0;
}

/* ---- Buses ------------------------------------------------------------------------------------------------------- */

static void enqueue_bus(struct pci_walk *walk, uint8_t bus)
{
	if (walk->known[bus] || bus < walk->segment->bus_first || bus > walk->segment->bus_last)
		return;
	walk->known[bus] = true;
	walk->queue[walk->queued++] = bus;
}

/* An unconfigured bridge has secondary bus 0, which is known. */
static void enqueue_secondary(struct pci_walk *walk, const struct pci_function *bridge)
{
	uint8_t from = bridge->bus, to = (uint8_t)(config_read(bridge, REG_BUSES) >> 8);
	bool from_root = from == walk->segment->bus_first;

	if (walk->known[to])
		return;
	walk->root_slot[to] = from_root ? (uint8_t)(bridge->device << 3 | bridge->function) : walk->root_slot[from];
	walk->rotation[to] = from_root ? 0 : (uint8_t)((walk->rotation[from] + bridge->device) % 4);
	enqueue_bus(walk, to);
}

static void visit_bus(struct pci_walk *walk, uint8_t bus)
{
	uint64_t base = walk->segment->ecam + ((uint64_t)bus << 20);
	volatile uint8_t *config = walk->sink->access->map_device(base, BUS_SIZE);

	if (config == NULL) {
		kprintf("pci: segment %u bus %u: ECAM at %#lx cannot be mapped, left out\n", walk->segment->segment,
			bus, base);
		return;
	}
	for (uint32_t slot = 0; slot < DEVICES * FUNCTIONS; slot++) {
		struct pci_function function = {
			.config = config + slot * FUNCTION_SIZE,
			.bus = bus,
			.device = (uint8_t)(slot / FUNCTIONS),
			.function = (uint8_t)(slot % FUNCTIONS),
		};
		uint32_t header;

		function.id = config_read(&function, REG_ID);
		if ((function.id & 0xffff) == 0xffff || function.id == 0) {
			if (function.function == 0)
				slot += FUNCTIONS - 1;
			continue;
		}
		function.class = config_read(&function, REG_CLASS) >> 8;
		header = config_read(&function, REG_HEADER) >> 16 & 0xff;
		function.header = header & ~HEADER_MULTIFUNCTION;
		visit_function(walk, &function);
		if (function.header == HEADER_BRIDGE)
			enqueue_secondary(walk, &function);
		if (function.function == 0 && (header & HEADER_MULTIFUNCTION) == 0)
			slot += FUNCTIONS - 1;
	}
}

static void walk_segment(struct resource_sink *sink, const struct machine_pci *segment)
{
	struct pci_walk walk = {.sink = sink, .segment = segment};

	walk.has_host = machine_dt_pci_host(segment, &walk.host);
	enqueue_bus(&walk, segment->bus_first);
	while (walk.visited < walk.queued)
		visit_bus(&walk, walk.queue[walk.visited++]);

	kprintf("pci: segment %u: %u function%s on %u bus%s, %u BAR%s\n", segment->segment, walk.functions,
		PLURAL(walk.functions), walk.visited, walk.visited == 1 ? "" : "es", walk.bars, PLURAL(walk.bars));
	if (walk.unassigned != 0)
		kprintf("pci: segment %u: %u BAR%s of %u function%s at address 0, so not assigned, left out\n",
			segment->segment, walk.unassigned, PLURAL(walk.unassigned), walk.unassigned_functions,
			PLURAL(walk.unassigned_functions));
}

void pci_resources(struct resource_sink *sink)
{
	for (uint32_t i = 0; i < sink->machine->pci_count; i++)
		walk_segment(sink, &sink->machine->pci[i]);
}
