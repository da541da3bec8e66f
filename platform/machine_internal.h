/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the files that make struct machine: machine.c puts the parts together,
 * machine_acpi.c reads ACPI tables, machine_dt.c the device tree, pci.c walks
 * PCI configuration space.
 */
#ifndef PLATFORM_MACHINE_INTERNAL_H
#define PLATFORM_MACHINE_INTERNAL_H

#include "lib/devicetree.h"
#include "platform/machine.h"

/* "1 CPU", "2 CPUs". */
#define PLURAL(n) ((n) == 1 ? "" : "s")

/* ---- Enumeration: each source fills in what is still missing ----------------------------------------------------- */

/* True if the source was there and could be read at all. */
bool machine_acpi_enumerate(const struct helion_bootctx *ctx, const struct machine_access *access,
			    struct machine *machine);
bool machine_dt_enumerate(const struct helion_bootctx *ctx, const struct machine_access *access,
			  struct machine *machine);

/*
 * Adds a CPU: all fields but hwid 0, not usable, no context in an interrupt controller. NULL when it is there already (*ret_duplicate) or when
 * the table is full; the boot CPU then takes the place of the last one.
 */
struct machine_cpu *machine_add_cpu(struct machine *machine, const struct helion_bootctx *ctx, uint64_t hwid,
				    bool *ret_duplicate);

/* Adds a region of redistributors or a PCI segment; false, and a line in the log, when it wraps or there is no room. */
bool machine_add_gicr(struct machine *machine, uint64_t base, uint64_t size);
bool machine_add_its(struct machine *machine, uint64_t base, uint32_t id);
void machine_add_msi_range(struct machine *machine, const char *source, const struct machine_msi_range *range);
/* False, and a line in the log, when an address has no room for all these bits, or the number of a hart none in an APLIC. */
bool machine_set_imsic(struct machine *machine, const char *source, const struct machine_imsic *imsic);
bool machine_add_pci(struct machine *machine, const char *source, const struct machine_pci *segment);

/* The line of an ISA interrupt with the MADT's overrides applied. */
uint32_t machine_isa_line(const struct machine *machine, uint8_t irq, bool *ret_level, bool *ret_active_low);

/* How a line is triggered, as HELION_RECORD_IRQ_*. */
static inline uint32_t machine_trigger(bool level, bool active_low)
{
	return (level ? 0 : HELION_RECORD_IRQ_EDGE) | (active_low ? HELION_RECORD_IRQ_LOW : 0);
}

/* ---- Resources --------------------------------------------------------------------------------------------------- */

#define RESOURCES_SEEN_MAX 96

/* One call of machine_resources(). */
struct resource_sink {
	const struct machine *machine;
	const struct helion_bootctx *ctx;
	const struct machine_access *access;
	machine_resource_fn *fn;
	void *fn_ctx;
	bool console_reported;
	bool all_kept; /* no record was lost to want of memory */
	uint32_t count;
	/* Bases that ACPI reported, so that the device tree does not report them again. */
	uint32_t seen_count;
	uint64_t seen[RESOURCES_SEEN_MAX];
};

/* Reports one resource, whose fields are set. Marks the console's. Left out are size 0 and ranges that wrap. */
void resource_emit(struct resource_sink *sink, struct helion_record *record);

void machine_acpi_resources(struct resource_sink *sink);
void machine_dt_resources(struct resource_sink *sink);
void pci_resources(struct resource_sink *sink);

/* The open device tree, or NULL. */
struct dt *machine_dt(void);

typedef void machine_dt_reader(struct machine *machine, const struct dt_node *node);

/* Says in the log that something of the node is not used, and why. */
void machine_dt_complain(const struct dt_node *node, const char *what, enum dt_error error);
/* Entry `index` of reg where the CPU sees it. Failure is logged. */
bool machine_dt_reg(const struct dt_node *node, uint32_t index, struct dt_reg *ret);

/* machine_dt_irq.c; before the tree is read: what ACPI has told of the interrupt controller stays. */
void machine_dt_controllers_begin(const struct machine *machine);
/* What reads the nodes of an interrupt controller. NULL: this is none, or nothing is to be read. */
machine_dt_reader *machine_dt_controller_reader(struct slice compatible);
/* Adds where the messages of a PCI host's functions go. */
void machine_dt_read_msi_map(struct machine *machine, const struct dt_node *node, uint32_t segment);

/* An interrupt of the device tree as a line of struct machine; false for controllers that the kernel does not drive. */
bool machine_dt_line(const struct dt_interrupt *interrupt, uint32_t *ret_line, bool *ret_level, bool *ret_active_low);

/* The host bridge of this segment in the device tree. */
bool machine_dt_pci_host(const struct machine_pci *segment, struct dt_node *ret);

#endif
