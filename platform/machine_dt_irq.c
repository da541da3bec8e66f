/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt controllers and interrupts of the device tree: which controller the kernel drives, what its lines are
 * called in struct machine, and where messages of PCI functions go.
 */
#include "platform/machine_internal.h"

#include "kernel/log.h"
#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/string.h"

#define SOURCE "dt"

/* First cell of an Arm GIC's interrupt specifier and the INTIDs that each kind starts at (GICv3 architecture §2.2). */
enum { GIC_CELL_SPI, GIC_CELL_PPI, GIC_CELL_ESPI, GIC_CELL_EPPI };
#define GIC_SPI_BASE  32
#define GIC_PPI_BASE  16
#define GIC_ESPI_BASE 4096
#define GIC_EPPI_BASE 1056
/* Trigger bits of its third cell. */
#define IRQ_EDGE_FALLING 2
#define IRQ_LEVEL_HIGH   4
#define IRQ_LEVEL_LOW    8

/* scause of the supervisor external interrupt: how a wire for S-mode is told from one for M-mode. */
#define RISCV_IRQ_S_EXTERNAL 9

/* Lines of the BCM2836: see struct machine. */
#define ARMCTRL_BASE 64

/* Wires of one controller to harts. */
#define CONTEXTS_MAX 1024

static const struct machine *described;
/* ACPI has described the interrupt controller, with all that belongs to it. */
static bool is_acpi;

/* ---- What a line is called --------------------------------------------------------------------------------------- */

enum controller {
	CONTROLLER_NONE,
	CONTROLLER_GIC,
	CONTROLLER_PLIC,
	CONTROLLER_APLIC,
	CONTROLLER_BCM2836,
	CONTROLLER_ARMCTRL,  /* behind the former */
	CONTROLLER_MESSAGES, /* has no lines */
};

static enum controller controller_kind(const struct dt_node *node);

static bool gic_line(const struct dt_interrupt *interrupt, uint32_t *ret_line)
{
	static const uint32_t base[] = {
		[GIC_CELL_SPI] = GIC_SPI_BASE,
		[GIC_CELL_PPI] = GIC_PPI_BASE,
		[GIC_CELL_ESPI] = GIC_ESPI_BASE,
		[GIC_CELL_EPPI] = GIC_EPPI_BASE,
	};
	static const uint32_t limit[] = {988, 16, 1024, 64};
	uint32_t kind = interrupt->cells[0], number = interrupt->cells[1];

	if (interrupt->cell_count < 3 || kind > GIC_CELL_EPPI || number >= limit[kind])
		return false;
	*ret_line = base[kind] + number;
	return true;
}

/* Bits of a core's source register, and from ARMCTRL_BASE on those of the peripherals' three banks. */
static bool bcm2836_line(enum controller kind, const struct dt_interrupt *interrupt, uint32_t *ret_line)
{
	uint32_t bank = interrupt->cells[0], bit = interrupt->cells[1];

	if (described->gic != MACHINE_BCM2836 && described->gic != MACHINE_GIC_NONE)
		return false;
	if (kind == CONTROLLER_BCM2836) {
		*ret_line = interrupt->cells[0];
		return interrupt->cell_count >= 1 && interrupt->cells[0] < 32;
	}
	*ret_line = ARMCTRL_BASE + 32 * bank + bit;
	return interrupt->cell_count >= 2 && bank < 3 && bit < 32;
}

bool machine_dt_line(const struct dt_interrupt *interrupt, uint32_t *ret_line, bool *ret_level, bool *ret_active_low)
{
	enum controller kind = controller_kind(&interrupt->controller);

	switch (kind) {
	case CONTROLLER_GIC:
		*ret_level = (interrupt->cells[2] & (IRQ_LEVEL_HIGH | IRQ_LEVEL_LOW)) != 0;
		*ret_active_low = (interrupt->cells[2] & (IRQ_LEVEL_LOW | IRQ_EDGE_FALLING)) != 0;
		return gic_line(interrupt, ret_line);
	case CONTROLLER_PLIC:
		*ret_level = true;
		*ret_active_low = false;
		*ret_line = interrupt->cells[0];
		return interrupt->cell_count >= 1 && interrupt->cells[0] != 0;
	case CONTROLLER_APLIC:
		*ret_level = (interrupt->cells[1] & (IRQ_LEVEL_HIGH | IRQ_LEVEL_LOW)) != 0;
		*ret_active_low = (interrupt->cells[1] & (IRQ_LEVEL_LOW | IRQ_EDGE_FALLING)) != 0;
		*ret_line = interrupt->cells[0];
		return interrupt->cell_count >= 2 && interrupt->cells[0] != 0;
	case CONTROLLER_BCM2836:
	case CONTROLLER_ARMCTRL:
		*ret_level = true;
		*ret_active_low = false;
		return bcm2836_line(kind, interrupt, ret_line);
	case CONTROLLER_NONE:
	case CONTROLLER_MESSAGES: break;
	}
	return false;
}

/* ---- Controllers ------------------------------------------------------------------------------------------------- */

static void read_gicv2(struct machine *machine, const struct dt_node *node)
{
	struct dt_reg distributor, interface;

	if (machine->gic == MACHINE_GIC_V2 || machine->gic == MACHINE_GIC_V3 ||
	    !machine_dt_reg(node, 0, &distributor) || !machine_dt_reg(node, 1, &interface))
		return;
	machine->gic = MACHINE_GIC_V2;
	machine->gicd_base = distributor.address;
	machine->gicc_base = interface.address;
	kprintf(SOURCE ": GICv2 at %#lx, CPU interface at %#lx\n", machine->gicd_base, machine->gicc_base);
}

static void read_gicv3(struct machine *machine, const struct dt_node *node)
{
	struct dt_reg reg;
	uint32_t regions = 1;

	if (machine->gic == MACHINE_GIC_V2 || machine->gic == MACHINE_GIC_V3 || !machine_dt_reg(node, 0, &reg))
		return;
	machine->gic = MACHINE_GIC_V3;
	machine->gicd_base = reg.address;
	dt_property_u32(machine_dt(), node, "#redistributor-regions", &regions);
	for (uint32_t i = 0; i < regions; i++)
		if (!machine_dt_reg(node, 1 + i, &reg) || !machine_add_gicr(machine, reg.address, reg.size))
			break;
	kprintf(SOURCE ": GICv3 at %#lx, %u redistributor region%s\n", machine->gicd_base, machine->gicr_count,
		PLURAL(machine->gicr_count));
}

static void read_gicv2m(struct machine *machine, const struct dt_node *node)
{
	struct dt_reg reg;

	if (machine->gicv2m_base != 0 || !machine_dt_reg(node, 0, &reg))
		return;
	machine->gicv2m_base = reg.address;
	/* Where the frame's own register is wrong. */
	dt_property_u32(machine_dt(), node, "arm,msi-base-spi", &machine->gicv2m_spi);
	dt_property_u32(machine_dt(), node, "arm,msi-num-spis", &machine->gicv2m_spi_count);
}

static void read_its(struct machine *machine, const struct dt_node *node)
{
	uint32_t phandle = 0;
	struct dt_reg reg;

	if (is_acpi || !machine_dt_reg(node, 0, &reg))
		return;
	dt_property_u32(machine_dt(), node, "phandle", &phandle);
	if (machine_add_its(machine, reg.address, phandle))
		kprintf(SOURCE ": ITS at %#lx\n", reg.address);
}

/*
 * Where the messages of a PCI host's functions go: msi-map has (first function, ITS, first device, count), each after a mask;
 * msi-parent alone means that functions are devices of the same number. (Devicetree bindings, pci/pci-msi.txt.)
 */
void machine_dt_read_msi_map(struct machine *machine, const struct dt_node *node, uint32_t segment)
{
	struct machine_msi_range range = {.segment = segment, .last = UINT16_MAX};
	size_t length;
	const uint8_t *map = dt_property(machine_dt(), node, "msi-map", &length);

	if (is_acpi)
		return;
	if (map == NULL) {
		map = dt_property(machine_dt(), node, "msi-parent", &length);
		if (map == NULL || length < 4)
			return;
		range.its = load_be32(map);
		machine_add_msi_range(machine, SOURCE, &range);
		return;
	}
	for (; length >= 16; map += 16, length -= 16) {
		uint32_t count = load_be32(map + 12);

		range.first = load_be32(map);
		range.its = load_be32(map + 4);
		range.device = load_be32(map + 8);
		range.last = range.first + count - 1;
		if (count == 0 || range.first > UINT16_MAX || range.last < range.first)
			machine_dt_complain(node, "msi-map", DT_ERROR_VALUE);
		else
			machine_add_msi_range(machine, SOURCE, &range);
	}
}

/* The Raspberry Pi 2 and 3 have nothing else; the Pi 4 has it beside a GIC, which is the better one. */
static void read_bcm2836(struct machine *machine, const struct dt_node *node)
{
	struct dt_reg reg;

	if (machine->local_intc_base != 0 || !machine_dt_reg(node, 0, &reg))
		return;
	machine->local_intc_base = reg.address;
	if (machine->gic == MACHINE_GIC_NONE)
		machine->gic = MACHINE_BCM2836;
	kprintf(SOURCE ": BCM2836 local interrupt controller at %#lx\n", reg.address);
}

/*
 * Calls fn for each hart whose S-mode the controller is wired to, with the number of the wire: entry n of
 * interrupts-extended names the local controller that wire n leads to.
 */
static uint32_t each_wire(struct machine *machine, const struct dt_node *node,
			  void (*fn)(struct machine_cpu *cpu, const struct dt_node *node, uint32_t wire))
{
	struct dt_interrupt wire;
	uint32_t matched = 0;
	enum dt_error error = DT_END;

	for (uint32_t i = 0; i < CONTEXTS_MAX; i++) {
		error = dt_interrupt_extended(machine_dt(), node, i, &wire);
		if (error != DT_OK)
			break;
		if (wire.cells[0] != RISCV_IRQ_S_EXTERNAL || wire.phandle == 0)
			continue;
		for (uint32_t c = 0; c < machine->cpu_count; c++) {
			if (machine->cpus[c].intc_phandle != wire.phandle)
				continue;
			fn(&machine->cpus[c], node, i);
			matched++;
		}
	}
	if (error == DT_OK)
		kprintf(SOURCE ": %s: more than %d contexts, the rest left out\n", dt_name(machine_dt(), node),
			CONTEXTS_MAX);
	else if (error != DT_END)
		machine_dt_complain(node, "interrupts-extended", error);
	return matched;
}

/* The wires are those of S-mode. The firmware's own controllers are in the tree, too. */
static bool is_supervisors(const struct dt_node *node)
{
	struct dt_interrupt wire;

	return dt_interrupt_extended(machine_dt(), node, 0, &wire) == DT_OK && wire.cells[0] == RISCV_IRQ_S_EXTERNAL;
}

static void set_context(struct machine_cpu *cpu, const struct dt_node *node, uint32_t wire)
{
	(void)node;
	cpu->irq_context = wire;
}

static void read_plic(struct machine *machine, const struct dt_node *node)
{
	struct dt_reg reg;
	uint32_t matched, sources = 0;
	enum dt_error error;

	if (is_acpi || machine->plic_base != 0 || !machine_dt_reg(node, 0, &reg))
		return;
	error = dt_property_u32(machine_dt(), node, "riscv,ndev", &sources);
	if (error != DT_OK) {
		machine_dt_complain(node, "riscv,ndev", error);
		return;
	}
	machine->plic_base = reg.address;
	machine->plic_size = reg.size;
	machine->plic_sources = sources;
	matched = each_wire(machine, node, set_context);
	kprintf(SOURCE ": PLIC at %#lx, %u sources, %u supervisor context%s\n", machine->plic_base, sources, matched,
		PLURAL(matched));
}

/* Wire n leads to hart n of the APLIC, unless the tree says otherwise. */
static void set_idc(struct machine_cpu *cpu, const struct dt_node *node, uint32_t wire)
{
	size_t length;
	const uint8_t *indexes = dt_property(machine_dt(), node, "riscv,hart-indexes", &length);

	cpu->irq_context = wire;
	if (indexes != NULL)
		cpu->irq_context = length / 4 > wire ? load_be32(indexes + 4 * wire) : UINT32_MAX;
}

static void read_aplic(struct machine *machine, const struct dt_node *node)
{
	struct dt_reg reg;
	struct dt_node imsics;
	uint32_t sources = 0, parent = 0;
	bool messages = dt_property_u32(machine_dt(), node, "msi-parent", &parent) == DT_OK;
	enum dt_error error;

	if (is_acpi || machine->aplic_base != 0)
		return;
	if (messages ? dt_find_phandle(machine_dt(), parent, &imsics) != DT_OK || !is_supervisors(&imsics)
		     : !is_supervisors(node))
		return;
	error = dt_property_u32(machine_dt(), node, "riscv,num-sources", &sources);
	if (error != DT_OK) {
		machine_dt_complain(node, "riscv,num-sources", error);
		return;
	}
	if (!machine_dt_reg(node, 0, &reg))
		return;
	machine->aplic_base = reg.address;
	machine->aplic_size = reg.size;
	machine->aplic_sources = sources;
	machine->aplic_messages = messages;
	if (!messages)
		each_wire(machine, node, set_idc);
	kprintf(SOURCE ": APLIC at %#lx, %u sources, %s\n", reg.address, sources, messages ? "by messages" : "by wire");
}

static uint8_t property_u8(const struct dt_node *node, const char *name, uint32_t otherwise)
{
	uint32_t value = otherwise;

	dt_property_u32(machine_dt(), node, name, &value);
	return value < 64 ? (uint8_t)value : 64;
}

/* The files of all harts follow one another in the ranges of reg, each with those of its guests (binding riscv,imsics). */
static void set_imsic(struct machine_cpu *cpu, const struct dt_node *node, uint32_t wire)
{
	uint8_t guest_bits = property_u8(node, "riscv,guest-index-bits", 0);
	uint64_t offset = guest_bits < 8 ? (uint64_t)wire << (IMSIC_PAGE_SHIFT + guest_bits) : UINT64_MAX;
	struct dt_reg reg;

	for (uint32_t i = 0; dt_reg(machine_dt(), node, i, &reg) == DT_OK && reg.is_translated; i++) {
		if (offset < reg.size && reg.size - offset >= 1u << IMSIC_PAGE_SHIFT) {
			cpu->imsic_base = reg.address + offset;
			return;
		}
		if (offset < reg.size)
			return;
		offset -= reg.size;
	}
}

static void read_imsics(struct machine *machine, const struct dt_node *node)
{
	struct machine_imsic imsic = {0};
	uint32_t matched, wires = 0;
	struct dt_interrupt wire;
	enum dt_error error;

	if (is_acpi || machine->imsic.ids != 0 || !is_supervisors(node))
		return;
	error = dt_property_u32(machine_dt(), node, "riscv,num-ids", &imsic.ids);
	if (error == DT_OK && (imsic.ids < IMSIC_IDS_MIN || imsic.ids > IMSIC_IDS_MAX))
		error = DT_ERROR_VALUE;
	if (error != DT_OK) {
		machine_dt_complain(node, "riscv,num-ids", error);
		return;
	}
	while (wires < CONTEXTS_MAX && dt_interrupt_extended(machine_dt(), node, wires, &wire) == DT_OK)
		wires++;
	imsic.guest_bits = property_u8(node, "riscv,guest-index-bits", 0);
	imsic.hart_bits =
		property_u8(node, "riscv,hart-index-bits", wires > 1 ? 32 - (uint32_t)__builtin_clz(wires - 1) : 0);
	imsic.group_bits = property_u8(node, "riscv,group-index-bits", 0);
	imsic.group_shift = property_u8(node, "riscv,group-index-shift", 2 * IMSIC_PAGE_SHIFT);
	if (!machine_set_imsic(machine, SOURCE, &imsic))
		return;
	matched = each_wire(machine, node, set_imsic);
	kprintf(SOURCE ": IMSICs of %u hart%s, %u interrupt identities\n", matched, PLURAL(matched), imsic.ids);
}

static const struct {
	const char *compatible;
	enum controller kind;
	machine_dt_reader *read; /* NULL: there is nothing to know of it */
} controllers[] = {
	{"arm,cortex-a15-gic", CONTROLLER_GIC, read_gicv2},
	{"arm,gic-400", CONTROLLER_GIC, read_gicv2},
	{"arm,cortex-a9-gic", CONTROLLER_GIC, read_gicv2},
	{"arm,cortex-a7-gic", CONTROLLER_GIC, read_gicv2},
	{"arm,gic-v3", CONTROLLER_GIC, read_gicv3},
	{"arm,gic-v2m-frame", CONTROLLER_MESSAGES, read_gicv2m},
	{"arm,gic-v3-its", CONTROLLER_MESSAGES, read_its},
	{"sifive,plic-1.0.0", CONTROLLER_PLIC, read_plic},
	{"riscv,plic0", CONTROLLER_PLIC, read_plic},
	{"thead,c900-plic", CONTROLLER_PLIC, read_plic},
	{"riscv,aplic", CONTROLLER_APLIC, read_aplic},
	{"riscv,imsics", CONTROLLER_MESSAGES, read_imsics},
	{"brcm,bcm2836-l1-intc", CONTROLLER_BCM2836, read_bcm2836},
	{"brcm,bcm2836-armctrl-ic", CONTROLLER_ARMCTRL, NULL},
};
#define CONTROLLERS (sizeof(controllers) / sizeof(controllers[0]))

/* Its index in the table; the table's length: none of these. */
static size_t find_controller(struct slice compatible)
{
	size_t i = 0;

	while (i < CONTROLLERS && !slice_equals_text(compatible, controllers[i].compatible))
		i++;
	return i;
}

/* By the first that the node names of the table. */
static enum controller controller_kind(const struct dt_node *node)
{
	struct slice compatible;

	for (uint32_t n = 0; dt_property_string(machine_dt(), node, "compatible", n, &compatible) == DT_OK; n++) {
		size_t i = find_controller(compatible);

		if (i < CONTROLLERS)
			return controllers[i].kind;
	}
	return CONTROLLER_NONE;
}

machine_dt_reader *machine_dt_controller_reader(struct slice compatible)
{
	size_t i = find_controller(compatible);

	return i < CONTROLLERS ? controllers[i].read : NULL;
}

void machine_dt_controllers_begin(const struct machine *machine)
{
	described = machine;
	is_acpi = machine->gic != MACHINE_GIC_NONE || machine->plic_base != 0 || machine->aplic_base != 0;
}
