/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine as the device tree describes it. One pass over the tree hands
 * each node that is in use to the reader its `compatible` names; readers fill
 * in only what ACPI left open. lib/devicetree.c checks all values.
 */
#include "platform/machine_internal.h"

#include "kernel/log.h"
#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/format.h"
#include "lib/string.h"

#define NODES_MAX 65536
#define REGS_MAX  1024
#define SOURCE    "dt"

static struct dt tree;
static bool tree_open;

struct dt *machine_dt(void)
{
	return tree_open ? &tree : NULL;
}

/* The node's path; of one that is too long, the end. */
static void node_path(const struct dt_node *node, char *name, size_t capacity)
{
	char path[DT_MAX_PATH];
	size_t length;

	if (dt_path(&tree, node, path, sizeof(path), &length) != DT_OK)
		fmt_snprintf(name, capacity, ".../%s", dt_name(&tree, node));
	else if (length < capacity)
		fmt_snprintf(name, capacity, "%s", path);
	else
		fmt_snprintf(name, capacity, "...%s", path + length - (capacity - 4));
}

void machine_dt_complain(const struct dt_node *node, const char *what, enum dt_error error)
{
	kprintf(SOURCE ": %s: %s: %s, left out\n", dt_name(&tree, node), what, dt_strerror(error));
}

bool machine_dt_reg(const struct dt_node *node, uint32_t index, struct dt_reg *ret)
{
	enum dt_error error = dt_reg(&tree, node, index, ret);

	if (error == DT_OK && ret->is_translated)
		return true;
	machine_dt_complain(node, "reg", error == DT_OK ? DT_ERROR_NOT_TRANSLATABLE : error);
	return false;
}

/* The node's first interrupt, 0 when it has none that the kernel can take. */
static uint32_t node_line(const struct dt_node *node, bool *ret_level, bool *ret_active_low)
{
	struct dt_interrupt interrupt;
	uint32_t line;

	if (dt_interrupt(&tree, node, 0, &interrupt) != DT_OK ||
	    !machine_dt_line(&interrupt, &line, ret_level, ret_active_low))
		return 0;
	return line;
}

/* ---- Nodes by `compatible` --------------------------------------------------------------------------------------- */

static void read_psci(struct machine *machine, const struct dt_node *node)
{
	struct slice method;

	if (machine->psci != MACHINE_PSCI_NONE || dt_property_string(&tree, node, "method", 0, &method) != DT_OK)
		return;
	if (slice_equals_text(method, "hvc"))
		machine->psci = MACHINE_PSCI_HVC;
	else if (slice_equals_text(method, "smc"))
		machine->psci = MACHINE_PSCI_SMC;
	kprintf(SOURCE ": PSCI by %.*s%s\n", (int)method.length, method.start,
		machine->psci == MACHINE_PSCI_NONE ? ", unknown, left out" : "");
}

/* Interrupts stand in the order secure, non-secure, virtual, hypervisor unless they have names. */
static void read_arm_timer(struct machine *machine, const struct dt_node *node)
{
	struct slice name;
	uint32_t index = 2, line;
	struct dt_interrupt interrupt;
	bool level, active_low;

	for (uint32_t i = 0; i < 8 && dt_property_string(&tree, node, "interrupt-names", i, &name) == DT_OK; i++)
		if (slice_equals_text(name, "virt"))
			index = i;
	if (dt_interrupt(&tree, node, index, &interrupt) != DT_OK ||
	    !machine_dt_line(&interrupt, &line, &level, &active_low))
		return;
	machine->timer_irq = line;
	kprintf(SOURCE ": virtual timer interrupt %u\n", line);
}

static void read_test_device(struct machine *machine, const struct dt_node *node)
{
	struct dt_reg reg;

	if (machine->test_device != 0 || !machine_dt_reg(node, 0, &reg))
		return;
	machine->test_device = reg.address;
	kprintf(SOURCE ": test device at %#lx\n", reg.address);
}

static void read_bcm_pm(struct machine *machine, const struct dt_node *node)
{
	struct dt_reg reg;

	if (machine->bcm_pm_base != 0 || !machine_dt_reg(node, 0, &reg))
		return;
	machine->bcm_pm_base = reg.address;
	kprintf(SOURCE ": BCM2835 power manager at %#lx\n", reg.address);
}

/* Unlike the MCFG, `reg` starts at the first bus of bus-range. */
static void read_pci_host(struct machine *machine, const struct dt_node *node)
{
	struct dt_pci_host host;
	enum dt_error error = dt_pci_host(&tree, node, &host);
	uint64_t buses;

	if (error == DT_OK && !host.config.is_translated)
		error = DT_ERROR_NOT_TRANSLATABLE;
	if (error == DT_OK && (host.segment > UINT16_MAX || host.config.size >> 20 == 0))
		error = DT_ERROR_VALUE;
	if (error != DT_OK) {
		machine_dt_complain(node, "PCI host", error);
		return;
	}
	buses = (uint64_t)host.bus_last - host.bus_first + 1;
	if (buses > host.config.size >> 20)
		buses = host.config.size >> 20;
	const struct machine_pci segment = {
		.ecam = host.config.address - ((uint64_t)host.bus_first << 20),
		.segment = (uint16_t)host.segment,
		.bus_first = host.bus_first,
		.bus_last = (uint8_t)(host.bus_first + buses - 1),
	};
	for (uint32_t i = 0; i < machine->pci_count; i++)
		if (machine->pci[i].ecam == segment.ecam)
			return;
	if (machine_add_pci(machine, SOURCE, &segment))
		machine_dt_read_msi_map(machine, node, segment.segment);
}

bool machine_dt_pci_host(const struct machine_pci *segment, struct dt_node *ret)
{
	struct dt_pci_host host;

	if (!tree_open)
		return false;
	dt_root(ret);
	for (uint32_t i = 0; i < MACHINE_PCI_MAX; i++) {
		if (dt_next_compatible(&tree, ret, "pci-host-ecam-generic") != DT_OK)
			return false;
		if (dt_pci_host(&tree, ret, &host) == DT_OK && host.config.is_translated &&
		    host.config.address == segment->ecam + ((uint64_t)segment->bus_first << 20))
			return true;
	}
	return false;
}

static const struct {
	const char *compatible;
	machine_dt_reader *read;
} readers[] = {
	{"arm,psci-1.0", read_psci},
	{"arm,psci-0.2", read_psci},
	{"arm,armv8-timer", read_arm_timer},
	{"arm,armv7-timer", read_arm_timer},
	{"sifive,test1", read_test_device},
	{"sifive,test0", read_test_device},
	{"brcm,bcm2835-pm", read_bcm_pm},
	{"brcm,bcm2711-pm", read_bcm_pm},
	{"pci-host-ecam-generic", read_pci_host},
};

static machine_dt_reader *reader_of(struct slice compatible)
{
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (slice_equals_text(compatible, readers[i].compatible))
			return readers[i].read;
	return machine_dt_controller_reader(compatible);
}

/* Calls the reader of the first entry of `compatible` that has one. */
static void read_node(struct machine *machine, const struct dt_node *node)
{
	size_t length;
	const char *list = dt_property(&tree, node, "compatible", &length);

	while (list != NULL && length > 0) {
		size_t entry = strnlen(list, length);
		machine_dt_reader *read = reader_of((struct slice){list, entry});

		if (read != NULL) {
			if (dt_is_reachable(&tree, node))
				read(machine, node);
			return;
		}
		if (entry == length)
			break;
		list += entry + 1;
		length -= entry + 1;
	}
}

/* ---- CPUs -------------------------------------------------------------------------------------------------------- */

/* True if a riscv,isa string like "rv64imac_zicsr_sstc", or the list in riscv,isa-extensions, names the extension. */
static bool cpu_has_extension(const struct dt_cpu *cpu, const char *extension)
{
	size_t wanted = strlen(extension);
	struct slice entry;

	for (uint32_t i = 0; dt_property_string(&tree, &cpu->node, "riscv,isa-extensions", i, &entry) == DT_OK; i++)
		if (slice_equals_text(entry, extension))
			return true;
	for (size_t at = 0; at < cpu->isa.length; at++) {
		const char *after = cpu->isa.start + at + 1;
		size_t left = cpu->isa.length - at - 1;

		if (cpu->isa.start[at] == '_' && left >= wanted && memcmp(after, extension, wanted) == 0 &&
		    (left == wanted || after[wanted] == '_'))
			return true;
	}
	return false;
}

/*
 * A RISC-V hart needs supervisor mode and an MMU; the monitor harts of SiFive's chips have neither and no mmu-type,
 * by which OpenSBI tells them as well.
 */
static bool cpu_is_usable(const struct dt_cpu *cpu)
{
	bool is_riscv = !slice_is_empty(cpu->isa) || !slice_is_empty(cpu->isa_base);

	if (!cpu->is_okay)
		return false;
	return !is_riscv || (!slice_is_empty(cpu->mmu_type) && !slice_equals_text(cpu->mmu_type, "riscv,none"));
}

static void read_cpus(const struct helion_bootctx *ctx, struct machine *machine)
{
	struct dt_memory_iterator iterator = {0};
	struct dt_cpu from;
	uint32_t usable = 0, left_out = 0, spinning = 0;
	bool from_acpi = machine->cpu_count != 0, sstc = true, duplicate;
	enum dt_error error;

	while ((error = dt_cpu_next(&tree, &iterator, &from)) == DT_OK) {
		struct machine_cpu *cpu = machine_find_cpu(machine, from.id);

		if (from_acpi) {
			if (cpu != NULL)
				cpu->intc_phandle = from.interrupt_controller;
			continue;
		}
		cpu = machine_add_cpu(machine, ctx, from.id, &duplicate);
		if (cpu == NULL) {
			left_out += !duplicate;
			continue;
		}
		cpu->usable = cpu_is_usable(&from);
		cpu->spin_table = from.enable_method == DT_ENABLE_SPIN_TABLE;
		cpu->release_addr = from.release_address;
		cpu->intc_phandle = from.interrupt_controller;
		usable += cpu->usable;
		spinning += cpu->spin_table;
		sstc = sstc && (!cpu->usable || cpu_has_extension(&from, "sstc"));
	}
	if (error != DT_END)
		kprintf(SOURCE ": CPUs: %s, the rest left out\n", dt_strerror(error));
	if (from_acpi)
		return;
	machine->has_sstc = sstc && usable != 0;
	kprintf(SOURCE ": %u CPU%s, %u usable%s%s\n", machine->cpu_count, PLURAL(machine->cpu_count), usable,
		spinning != 0 ? ", started by spin table" : "", machine->has_sstc ? ", Sstc" : "");
	if (left_out != 0)
		kprintf(SOURCE ": %u CPUs left out: more than %d\n", left_out, MACHINE_CPUS_MAX);
}

static void read_timebase(struct machine *machine)
{
	if (machine->timebase_hz != 0 || dt_timebase_frequency(&tree, &machine->timebase_hz) != DT_OK)
		return;
	kprintf(SOURCE ": time counter at %lu Hz\n", machine->timebase_hz);
}

/* ---- Console ----------------------------------------------------------------------------------------------------- */

static bool node_has_base(const struct dt_node *node, uint64_t base)
{
	struct dt_reg reg;

	return dt_reg(&tree, node, 0, &reg) == DT_OK && reg.is_translated && reg.address == base;
}

/* stdout-path names the console, unless the loader chose another UART. */
static bool find_console(const struct helion_bootctx *ctx, struct dt_node *ret)
{
	struct dt_chosen chosen;
	uint64_t base = ctx->console.base;

	if (dt_chosen(&tree, &chosen) == DT_OK && chosen.has_stdout) {
		*ret = chosen.stdout_node;
		if (base == 0 || node_has_base(ret, base))
			return true;
	}
	if (base == 0)
		return false;
	dt_root(ret);
	for (uint32_t i = 0; i < NODES_MAX && dt_next(&tree, ret) == DT_OK; i++)
		if (node_has_base(ret, base) && dt_has_property(&tree, ret, "compatible"))
			return true;
	return false;
}

static void read_console(const struct helion_bootctx *ctx, struct machine *machine)
{
	struct dt_node node;

	if (machine->console_irq != 0 || ctx->console.type == HELION_CONSOLE_NONE || !find_console(ctx, &node))
		return;
	machine->console_irq = node_line(&node, &machine->console_irq_level, &machine->console_irq_active_low);
	kprintf(SOURCE ": console %s, interrupt %u\n", dt_name(&tree, &node), machine->console_irq);
}

bool machine_dt_enumerate(const struct helion_bootctx *ctx, const struct machine_access *access,
			  struct machine *machine)
{
	const void *blob;
	enum dt_error error;
	struct dt_node node;
	struct slice model = {NULL, 0};

	tree_open = false;
	if (ctx->device_tree == 0)
		return false;
	blob = access->map_table(ctx->device_tree, ctx->device_tree_size);
	if (blob == NULL) {
		kprintf(SOURCE ": %#lx cannot be mapped\n", ctx->device_tree);
		return false;
	}
	error = dt_open(&tree, blob, ctx->device_tree_size);
	if (error != DT_OK) {
		kprintf(SOURCE ": device tree at %#lx: %s\n", ctx->device_tree, dt_strerror(error));
		return false;
	}
	tree_open = true;
	machine_dt_controllers_begin(machine);
	machine->dtb = blob;

	dt_root(&node);
	if (dt_property_string(&tree, &node, "model", 0, &model) != DT_OK)
		dt_property_string(&tree, &node, "compatible", 0, &model);
	kprintf(SOURCE ": device tree at %#lx, %zu bytes, '%.*s'\n", ctx->device_tree, tree.size, (int)model.length,
		model.start != NULL ? model.start : "");

	read_cpus(ctx, machine);
	read_timebase(machine);
	for (uint32_t i = 0; i < NODES_MAX && (error = dt_next(&tree, &node)) == DT_OK; i++)
		read_node(machine, &node);
	if (error != DT_END)
		kprintf(SOURCE ": %s, the rest left out\n", error == DT_OK ? "too many nodes" : dt_strerror(error));
	read_console(ctx, machine);
	return true;
}

/* ---- Resources --------------------------------------------------------------------------------------------------- */

static bool device_type_is(const struct dt_node *node, const char *type)
{
	struct slice value;

	return dt_property_string(&tree, node, "device_type", 0, &value) == DT_OK && slice_equals_text(value, type);
}

/* The node's children describe something other than registers that a driver maps. */
static bool children_are_no_devices(const struct dt_node *node)
{
	static const char *const names[] = {"cpus", "reserved-memory", "chosen", "aliases", "firmware"};

	if (node->depth == 1)
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (strcmp(dt_name(&tree, node), names[i]) == 0)
				return true;
	/* What stands below a PCI host is found by its configuration space. */
	return device_type_is(node, "pci");
}

static bool was_seen(const struct resource_sink *sink, uint64_t base)
{
	for (uint32_t i = 0; i < sink->seen_count; i++)
		if (sink->seen[i] == base)
			return true;
	return false;
}

static void emit_node(struct resource_sink *sink, const struct dt_node *node)
{
	struct helion_record record = {.origin = HELION_ORIGIN_DEVICE_TREE};
	struct dt_reg reg;
	bool level, active_low, named = false;
	uint32_t trigger = 0;

	for (uint32_t i = 0; i < REGS_MAX; i++) {
		enum dt_error error = dt_reg(&tree, node, i, &reg);

		if (error == DT_ERROR_NOT_TRANSLATABLE)
			continue; /* behind a bus whose addresses the CPU does not see, I2C for example */
		if (error != DT_OK) {
			if (error != DT_END)
				machine_dt_complain(node, "reg", error);
			break;
		}
		if (reg.size == 0 || was_seen(sink, reg.address))
			continue;
		if (!named) {
			node_path(node, record.name, sizeof(record.name));
			record.irq = node_line(node, &level, &active_low);
			if (record.irq != 0)
				trigger = machine_trigger(level, active_low);
			named = true;
		}
		record.base = reg.address;
		record.size = reg.size;
		record.index = i;
		record.flags = trigger;
		resource_emit(sink, &record);
	}
}

void machine_dt_resources(struct resource_sink *sink)
{
	struct dt_node node;
	uint32_t skip_below = UINT32_MAX; /* depth of a node whose descendants are skipped */

	if (!tree_open)
		return;
	dt_root(&node);
	for (uint32_t i = 0; i < NODES_MAX && dt_next(&tree, &node) == DT_OK; i++) {
		if (node.depth > skip_below)
			continue;
		skip_below = UINT32_MAX;
		if (!dt_is_okay(&tree, &node) || children_are_no_devices(&node))
			skip_below = node.depth;
		if (dt_is_okay(&tree, &node) && !device_type_is(&node, "memory") && !device_type_is(&node, "cpu"))
			emit_node(sink, &node);
	}
}
