/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a flattened device tree, on top of libfdt.
 * (Devicetree Specification 0.4; PCI Bus Binding to IEEE 1275-1994; Linux Documentation/devicetree/bindings.)
 *
 * dt_open checks the whole blob once; afterwards nothing in it can lead outside of it. Property values remain
 * untrusted: sizes are checked, sums cannot wrap, phandles that lead in circles and bus translations are bounded.
 *
 * A position is a struct dt_node: it knows its ancestors, so parents cost nothing. Positions stay valid as long as the
 * blob is unchanged. Links, names and values returned point into the blob.
 *
 * Needs libfdt's fdt.c fdt_ro.c fdt_addresses.c fdt_check.c fdt_strerror.c.
 */
#ifndef HELION_LIB_DEVICETREE_H
#define HELION_LIB_DEVICETREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/slice.h"

enum {
	DT_MAX_DEPTH = 16,  /* levels below the root; deeper trees are refused by dt_open */
	DT_MAX_PATH = 1024, /* a buffer of this size holds any path met in practice */
	DT_MAX_INTERRUPT_CELLS = 8,
	DT_MAX_INTERRUPT_HOPS = 16, /* interrupt-parent and interrupt-map links followed for one interrupt */
	DT_PHANDLE_CACHE = 8,
};

enum dt_error {
	DT_OK = 0,
	DT_END,             /* no further node, entry or window */
	DT_ERROR_BLOB,      /* not a device tree, truncated or damaged: struct dt.fdt_error has libfdt's reason */
	DT_ERROR_DEPTH,     /* nested deeper than DT_MAX_DEPTH */
	DT_ERROR_NOT_FOUND, /* no such node, property or phandle */
	DT_ERROR_SIZE,      /* a property's length does not fit what it should hold */
	DT_ERROR_CELLS,     /* #address-cells, #size-cells or #interrupt-cells out of range */
	DT_ERROR_OVERFLOW,  /* an address does not fit 64 bits */
	DT_ERROR_NOT_TRANSLATABLE, /* an ancestor has no `ranges`, or none that contains the address */
	DT_ERROR_INTERRUPT_PARENT, /* no interrupt parent */
	DT_ERROR_LOOP,             /* interrupt parents or maps lead in a circle or too far */
	DT_ERROR_BUFFER,           /* the caller's buffer is too small */
	DT_ERROR_VALUE,            /* a property has a value that it must not have */
};

const char *dt_strerror(enum dt_error error);

/* A position in the tree. */
struct dt_node {
	int32_t offset;                 /* libfdt's node offset: path[depth] */
	uint32_t depth;                 /* 0 for the root */
	int32_t path[DT_MAX_DEPTH + 1]; /* offsets of the ancestors from the root on, and of the node */
};

/* An opened tree. Lookups by phandle are remembered in it, so one CPU uses it at a time. */
struct dt {
	const void *blob; /* not owned */
	size_t size;      /* bytes that the blob says it has */
	int fdt_error;    /* libfdt's negative error after DT_ERROR_BLOB; for fdt_strerror */
	uint32_t cache_next;
	struct {
		uint32_t phandle; /* 0: unused */
		struct dt_node node;
	} cache[DT_PHANDLE_CACHE];
};

/*
 * Checks the blob completely: header, memory reservations, structure, strings, that properties have names, depth.
 * `size` is how much memory is known to be there; the blob may be smaller. The blob must be aligned to 8 bytes.
 */
enum dt_error dt_open(struct dt *dt, const void *blob, size_t size);

/* ---- Nodes ------------------------------------------------------------------------------------------------------- */

void dt_root(struct dt_node *ret);

/* The next node in the order of the blob (depth first), starting from the root. DT_END after the last. */
enum dt_error dt_next(const struct dt *dt, struct dt_node *node);

/* The first child; the next node with the same parent. DT_END if there is none; then *node is unchanged. */
enum dt_error dt_first_child(const struct dt *dt, const struct dt_node *parent, struct dt_node *ret);
enum dt_error dt_next_sibling(const struct dt *dt, struct dt_node *node);

/* The parent. DT_ERROR_NOT_FOUND for the root. */
enum dt_error dt_parent(const struct dt_node *node, struct dt_node *ret);

/* By absolute path "/a/b", or by alias "serial0" with an optional rest "serial0/x". Unit addresses may be left out. */
enum dt_error dt_find_path(const struct dt *dt, struct slice path, struct dt_node *ret);

enum dt_error dt_find_phandle(struct dt *dt, uint32_t phandle, struct dt_node *ret);

/* The next node after *node (depth first) that is compatible with `compatible`. Start with dt_root. */
enum dt_error dt_next_compatible(const struct dt *dt, struct dt_node *node, const char *compatible);

/* The node's name with its unit address; empty for the root. NUL-terminated, never null. */
const char *dt_name(const struct dt *dt, const struct dt_node *node);

/* The full path with a NUL into `buffer`; *ret_length (may be null) without. DT_ERROR_BUFFER if it does not fit. */
enum dt_error dt_path(const struct dt *dt, const struct dt_node *node, char *buffer, size_t capacity,
		      size_t *ret_length);

/* True if the node's own `status` is missing, "okay" or "ok". */
bool dt_is_okay(const struct dt *dt, const struct dt_node *node);

/* True if the node and all its ancestors are okay. */
bool dt_is_reachable(const struct dt *dt, const struct dt_node *node);

bool dt_is_compatible(const struct dt *dt, const struct dt_node *node, const char *compatible);

/* The node's phandle, or 0. */
uint32_t dt_phandle(const struct dt *dt, const struct dt_node *node);

/* ---- Properties -------------------------------------------------------------------------------------------------- */

/* The value and its length in bytes (ret_length may be null), or null if the node has no such property. */
const void *dt_property(const struct dt *dt, const struct dt_node *node, const char *name, size_t *ret_length);

/* True if the property is there, whatever its value. */
bool dt_has_property(const struct dt *dt, const struct dt_node *node, const char *name);

/* One cell; one or two cells. DT_ERROR_NOT_FOUND, DT_ERROR_SIZE. */
enum dt_error dt_property_u32(const struct dt *dt, const struct dt_node *node, const char *name, uint32_t *ret);
enum dt_error dt_property_u64(const struct dt *dt, const struct dt_node *node, const char *name, uint64_t *ret);

/* String number `index` of a string list. *ret ends with a NUL. DT_END after the last; DT_ERROR_SIZE without a NUL. */
enum dt_error dt_property_string(const struct dt *dt, const struct dt_node *node, const char *name, uint32_t index,
				 struct slice *ret);

/* ---- Addresses --------------------------------------------------------------------------------------------------- */

/* One entry of `reg`. */
struct dt_reg {
	uint64_t bus_address; /* as the parent bus counts (the low 64 bits where it has three address cells) */
	uint64_t address;     /* CPU physical; valid if is_translated */
	uint64_t size;        /* bytes; 0 if the bus has no sizes (#size-cells = 0) */
	bool is_translated;
};

/*
 * Entry number `index` of the node's `reg`, decoded with the parent's #address-cells and #size-cells and translated
 * through every `ranges` up to the root. DT_END after the last (or without reg); DT_ERROR_NOT_TRANSLATABLE fills in
 * all but `address`.
 */
enum dt_error dt_reg(const struct dt *dt, const struct dt_node *node, uint32_t index, struct dt_reg *ret);

/* The entry whose name in reg-names is `name`. */
enum dt_error dt_reg_by_name(const struct dt *dt, const struct dt_node *node, const char *name, struct dt_reg *ret);

/*
 * Translates [address, address + size) as the children of `bus` see it to CPU physical. Empty `ranges` is the
 * identity; no `ranges`, or a range that a window contains only partly, is not translatable. On a PCI bus it means
 * memory space.
 */
enum dt_error dt_translate(const struct dt *dt, const struct dt_node *bus, uint64_t address, uint64_t size,
			   uint64_t *ret);

/* ---- Interrupts -------------------------------------------------------------------------------------------------- */

/* An interrupt as its controller numbers it. */
struct dt_interrupt {
	struct dt_node controller;
	uint32_t phandle;    /* of the controller; 0 if it has none */
	uint32_t cell_count; /* the controller's #interrupt-cells */
	uint32_t cells[DT_MAX_INTERRUPT_CELLS];
};

/*
 * Interrupt number `index` of the node: from `interrupts-extended`, else `interrupts` and the interrupt-parent that
 * the node or an ancestor names, else the nearest ancestor that is an interrupt controller. Interrupt nexus nodes
 * (`interrupt-map`) are passed through. DT_END after the last.
 */
enum dt_error dt_interrupt(struct dt *dt, const struct dt_node *node, uint32_t index, struct dt_interrupt *ret);

/*
 * Where an interrupt controller (PLIC, APLIC, CLINT) is wired to: entry `index` of its interrupts-extended without
 * passing maps. For RISC-V ret->controller is a CPU's interrupt-controller node, and cells[0] == UINT32_MAX means
 * that this context is not wired. DT_ERROR_NOT_FOUND for an entry without phandle; further ones may follow.
 */
enum dt_error dt_interrupt_extended(struct dt *dt, const struct dt_node *node, uint32_t index,
				    struct dt_interrupt *ret);

/* ---- PCI host bridges -------------------------------------------------------------------------------------------- */

struct dt_pci_host {
	struct dt_reg config;        /* first reg: ECAM for pci-host-ecam-generic */
	uint32_t segment;            /* linux,pci-domain, else 0 */
	uint8_t bus_first, bus_last; /* bus-range, else 0 to 255 */
	bool is_ecam;                /* compatible with pci-host-ecam-generic */
	bool is_coherent;            /* dma-coherent */
};

enum dt_pci_space {
	DT_PCI_CONFIG = 0,
	DT_PCI_IO = 1,
	DT_PCI_MEMORY_32 = 2,
	DT_PCI_MEMORY_64 = 3,
};

struct dt_pci_window {
	enum dt_pci_space space;
	bool is_prefetchable;
	uint64_t pci_address;
	uint64_t cpu_address; /* translated up to the root */
	uint64_t size;
};

/* DT_ERROR_VALUE for an impossible bus-range. */
enum dt_error dt_pci_host(const struct dt *dt, const struct dt_node *node, struct dt_pci_host *ret);

/* Window number `index` of the host's ranges; DT_END after the last. */
enum dt_error dt_pci_window(const struct dt *dt, const struct dt_node *node, uint32_t index, struct dt_pci_window *ret);

/* What interrupt-map says of pin 1 (INTA) to 4 (INTD) of a device. DT_ERROR_NOT_FOUND if nothing. */
enum dt_error dt_pci_interrupt(struct dt *dt, const struct dt_node *node, uint8_t bus, uint8_t device, uint8_t function,
			       uint8_t pin, struct dt_interrupt *ret);

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

struct dt_memory {
	uint64_t base; /* CPU physical */
	uint64_t size; /* bytes, > 0 */
};

/*
 * Position among entries of nodes: zero-initialise, then call ..._next until it says DT_END. Another error concerns one
 * node; the next call goes on behind it.
 */
struct dt_memory_iterator {
	struct dt_node node;
	uint32_t index;
	bool started;
};

/* The next range of a /memory node that is okay (device_type = "memory"). */
enum dt_error dt_memory_next(const struct dt *dt, struct dt_memory_iterator *iterator, struct dt_memory *ret);

/* Entry number `index` of /memreserve/. DT_END after the last. */
enum dt_error dt_memreserve(const struct dt *dt, uint32_t index, struct dt_memory *ret);

struct dt_reserved {
	struct dt_node node;
	const char *name;
	bool is_dynamic; /* has a size but no place yet: range.base is 0 */
	bool no_map;     /* must not be mapped at all */
	bool reusable;
	struct dt_memory range;
};

/* The next range of a child of /reserved-memory that is okay. */
enum dt_error dt_reserved_next(const struct dt *dt, struct dt_memory_iterator *iterator, struct dt_reserved *ret);

/* ---- CPUs -------------------------------------------------------------------------------------------------------- */

enum dt_enable_method {
	DT_ENABLE_NONE, /* none stated */
	DT_ENABLE_PSCI,
	DT_ENABLE_SPIN_TABLE,
	DT_ENABLE_OTHER,
};

struct dt_cpu {
	struct dt_node node;
	uint64_t id;  /* reg: MPIDR affinity or hart id */
	bool is_okay; /* status; a CPU with another one must not be started */
	enum dt_enable_method enable_method;
	uint64_t release_address;      /* cpu-release-addr; physical, 0 if absent */
	struct slice isa;              /* riscv,isa; empty if absent */
	struct slice isa_base;         /* riscv,isa-base; riscv,isa-extensions is a string list of the node */
	struct slice mmu_type;         /* "riscv,sv39", ...; empty if absent */
	uint32_t interrupt_controller; /* phandle of the child that is the hart's local controller, or 0 */
};

/* The next node under /cpus with device_type "cpu". Zero-initialise the iterator. */
enum dt_error dt_cpu_next(const struct dt *dt, struct dt_memory_iterator *iterator, struct dt_cpu *ret);

/* Ticks per second of the RISC-V time counter: /cpus timebase-frequency, else the first CPU's. */
enum dt_error dt_timebase_frequency(const struct dt *dt, uint64_t *ret);

/* ---- /chosen ----------------------------------------------------------------------------------------------------- */

struct dt_chosen {
	struct slice bootargs; /* empty if absent */
	bool has_stdout;       /* stdout-path names an existing node: the next two */
	struct dt_node stdout_node;
	struct slice stdout_options; /* what follows ':', "115200n8" for example */
	bool has_initrd;
	uint64_t initrd_start, initrd_end; /* physical, end exclusive, end > start */
	bool has_boot_hart;
	uint64_t boot_hart;
	const uint8_t *rng_seed; /* null if absent */
	size_t rng_seed_size;
};

/* Without /chosen everything is empty and the result DT_OK. Malformed properties count as absent. */
enum dt_error dt_chosen(const struct dt *dt, struct dt_chosen *ret);

#endif
