/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading ACPI's static tables. (ACPI 6.5 chapter 5, PCI Firmware 3.3 §4.1.2, SPCR/DBG2 by Microsoft, HPET 1.0a.)
 *
 * No AML is interpreted; the only thing taken from AML is the constant package \_S5_, which powering off needs.
 *
 * Tables are reached through a callback, so the same code runs over identity-mapped memory in the loader, over the
 * direct map in the kernel, over mapped Pages in user space and over a fake machine in tests. Lengths that lie, wrong
 * checksums and structures that reach beyond their table are errors; nothing is read outside of what was mapped, and
 * every walk ends because each step is at least one structure header long.
 */
#ifndef HELION_LIB_ACPI_H
#define HELION_LIB_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ACPI_MAX_TABLE_SIZE = 16 * 1024 * 1024, /* bytes; larger lengths are taken for damage */
	ACPI_MAX_TABLES = 1024,                 /* entries of the XSDT or RSDT */
};

enum acpi_error {
	ACPI_OK = 0,
	ACPI_END,                  /* no further structure */
	ACPI_ERROR_NO_ACCESS,      /* the memory at an address cannot be reached */
	ACPI_ERROR_RSDP_SIGNATURE, /* not "RSD PTR " */
	ACPI_ERROR_RSDP_CHECKSUM,  /* of the first 20 bytes */
	ACPI_ERROR_RSDP_EXTENDED_CHECKSUM,
	ACPI_ERROR_RSDP_LENGTH,    /* shorter than 36 bytes or implausibly long */
	ACPI_ERROR_ROOT_ADDRESS,   /* names neither an XSDT nor an RSDT */
	ACPI_ERROR_ROOT_SIGNATURE, /* what stands there is neither */
	ACPI_ERROR_TABLE_COUNT,    /* more than ACPI_MAX_TABLES */
	ACPI_ERROR_TABLE_ADDRESS,  /* 0 in the list of tables */
	ACPI_ERROR_TABLE_LENGTH,   /* shorter than its header, or longer than ACPI_MAX_TABLE_SIZE */
	ACPI_ERROR_TABLE_CHECKSUM,
	ACPI_ERROR_TABLE_SIGNATURE,  /* handed to the wrong decoder */
	ACPI_ERROR_TABLE_SHORT,      /* shorter than the fields that every revision has */
	ACPI_ERROR_STRUCTURE_LENGTH, /* length 0, too short for the type, or beyond the table */
	ACPI_ERROR_NOT_FOUND,        /* no such table, structure or object */
	ACPI_ERROR_AML,              /* \_S5_ is there but cannot be understood */
};

const char *acpi_strerror(enum acpi_error error);

/* ---- Finding tables ---------------------------------------------------------------------------------------------- */

/*
 * Makes `length` bytes at a physical address readable and returns where, or null if that memory cannot be reached.
 * What was returned must stay valid as long as the acpi_tables and acpi_table structures made with it are used.
 */
typedef const void *acpi_map(void *ctx, uint64_t physical, size_t length);

struct acpi_access {
	acpi_map *map;
	void *ctx;
};

/* A table that is mapped and whose length and checksum are right. */
struct acpi_table {
	uint64_t address;    /* physical */
	const uint8_t *data; /* the complete table with its header; no alignment is promised */
	uint32_t length;     /* bytes, with the header: at least 36 */
	uint8_t revision;
	char signature[5]; /* with a NUL */
	char oem_id[7];
	char oem_table_id[9];
};

/* The root of all tables. Copyable; owns nothing. */
struct acpi_tables {
	struct acpi_access access;
	struct acpi_table root; /* XSDT or RSDT */
	uint8_t revision;       /* of the RSDP: 0 for ACPI 1.0, 2 since */
	bool is_xsdt;
	uint32_t count; /* tables listed */
	char oem_id[7];
};

/*
 * Checks the RSDP at `rsdp_address` and the XSDT it names, or the RSDT if it names no XSDT or the XSDT is
 * damaged while the RSDT is not.
 */
enum acpi_error acpi_open(const struct acpi_access *access, uint64_t rsdp_address, struct acpi_tables *ret);

/*
 * The table with number `index` in the root's list. ACPI_END if index >= count; other errors concern this table only.
 */
enum acpi_error acpi_table_at(const struct acpi_tables *tables, uint32_t index, struct acpi_table *ret);

/* A table at a physical address that another table names (DSDT, for example). */
enum acpi_error acpi_table_open(const struct acpi_access *access, uint64_t address, struct acpi_table *ret);

/*
 * The table number `instance` (from 0) with this signature of four characters. Damaged tables with other signatures
 * do not matter; if the one looked for is damaged, its error is returned. "DSDT" is found through the FADT.
 */
enum acpi_error acpi_table_find(const struct acpi_tables *tables, const char *signature, uint32_t instance,
				struct acpi_table *ret);

/* Generic Address Structure, ACPI 6.5 §5.2.3.2. */
enum acpi_space {
	ACPI_SPACE_MEMORY = 0,
	ACPI_SPACE_IO = 1,
	ACPI_SPACE_PCI_CONFIG = 2,
	ACPI_SPACE_FIXED_HARDWARE = 0x7f,
};

struct acpi_gas {
	uint8_t space; /* enum acpi_space */
	uint8_t bit_width;
	uint8_t bit_offset;
	uint8_t access_size; /* 0 undefined, 1 byte, 2 word, 3 dword, 4 qword */
	uint64_t address;    /* 0: the register does not exist */
};

/*
 * How the registers of a memory-mapped 16550 behind this address lie: log2 of the bytes from one to the next, and
 * bytes of one access. Both are the access size where the table states it, whatever it says of the width (QEMU's
 * riscv64 machine has 32 bits there and registers of a byte); an older table has the width alone. False if they are
 * larger than registers can be.
 */
bool acpi_gas_registers(const struct acpi_gas *gas, uint8_t *ret_shift, uint8_t *ret_width);

/* ---- MADT: interrupt controllers and processors, ACPI 6.5 §5.2.12 ------------------------------------------------ */

enum acpi_madt_type {
	ACPI_MADT_LOCAL_APIC = 0,
	ACPI_MADT_IO_APIC = 1,
	ACPI_MADT_SOURCE_OVERRIDE = 2,
	ACPI_MADT_NMI_SOURCE = 3,
	ACPI_MADT_LOCAL_APIC_NMI = 4,
	ACPI_MADT_LOCAL_APIC_ADDRESS = 5,
	ACPI_MADT_LOCAL_X2APIC = 9,
	ACPI_MADT_LOCAL_X2APIC_NMI = 10,
	ACPI_MADT_GICC = 11,
	ACPI_MADT_GICD = 12,
	ACPI_MADT_GIC_MSI_FRAME = 13,
	ACPI_MADT_GICR = 14,
	ACPI_MADT_GIC_ITS = 15,
	ACPI_MADT_RINTC = 24,
	ACPI_MADT_IMSIC = 25,
	ACPI_MADT_APLIC = 26,
	ACPI_MADT_PLIC = 27,
};

/* Polarity and trigger of a source override or NMI, §5.2.12.5 "MPS INTI flags". */
enum {
	ACPI_INTI_POLARITY_MASK = 3,     /* 0 as the bus has it, 1 active high, 3 active low */
	ACPI_INTI_TRIGGER_MASK = 3 << 2, /* 0 as the bus has it, 1 << 2 edge, 3 << 2 level */
};

/* Local APIC, x2APIC. A processor that is neither enabled nor online-capable does not exist. */
struct acpi_local_apic {
	uint32_t processor_uid;
	uint32_t apic_id;
	bool is_enabled;
	bool is_online_capable;
};

struct acpi_io_apic {
	uint8_t id;
	uint64_t address;
	uint32_t gsi_base;
};

struct acpi_source_override {
	uint8_t bus;    /* 0: ISA */
	uint8_t source; /* ISA line */
	uint32_t gsi;
	uint16_t flags; /* ACPI_INTI_* */
};

struct acpi_nmi_source {
	uint16_t flags;
	uint32_t gsi;
};

/* Local APIC NMI, local x2APIC NMI. */
struct acpi_local_nmi {
	uint32_t processor_uid;
	bool all_processors;
	uint16_t flags;
	uint8_t lint; /* 0 or 1 */
};

struct acpi_gicc {
	uint32_t cpu_interface_number;
	uint32_t processor_uid;
	bool is_enabled;
	bool is_online_capable; /* ACPI 6.5; false in shorter structures */
	bool performance_edge;  /* performance interrupt is edge-triggered */
	bool maintenance_edge;
	uint32_t parking_version;
	uint32_t performance_gsi;
	uint64_t parked_address;
	uint64_t base_address; /* GICv2 CPU interface; 0 if there is none */
	uint64_t gicv_address;
	uint64_t gich_address;
	uint32_t maintenance_gsi;
	uint64_t gicr_base; /* GICv3 redistributor of this CPU; 0 if GICR structures tell */
	uint64_t mpidr;
	uint8_t efficiency_class;
	uint16_t spe_gsi; /* 0 if absent, also in shorter structures */
	uint16_t trbe_gsi;
};

struct acpi_gicd {
	uint32_t id;
	uint64_t address;
	uint32_t gsi_base;
	uint8_t version; /* 1 to 4; 0: ask the hardware */
};

struct acpi_gic_msi_frame {
	uint32_t id;
	uint64_t address;
	bool has_spi_range; /* spi_* override what the frame's register says */
	uint16_t spi_count;
	uint16_t spi_base;
};

struct acpi_gicr {
	uint64_t address;
	uint32_t length; /* bytes of the discovery range */
};

struct acpi_gic_its {
	uint32_t id;
	uint64_t address;
};

/* RISC-V, ACPI 6.6 (ECR draft: RISC-V MADT). */
struct acpi_rintc {
	uint8_t version;
	bool is_enabled;
	bool is_online_capable;
	uint64_t hart_id;
	uint32_t processor_uid;
	bool has_external;    /* the next three were long enough to be there */
	uint32_t external_id; /* bits 31:24 PLIC or APLIC id, 15:0 its context or IDC */
	uint64_t imsic_address;
	uint32_t imsic_size;
};

struct acpi_imsic {
	uint8_t version;
	uint32_t flags;
	uint16_t supervisor_ids; /* interrupt identities in supervisor mode */
	uint16_t guest_ids;
	uint8_t guest_index_bits;
	uint8_t hart_index_bits;
	uint8_t group_index_bits;
	uint8_t group_index_shift;
};

struct acpi_aplic {
	uint8_t version;
	uint8_t id;
	uint32_t flags;
	char hardware_id[9]; /* with a NUL */
	uint16_t idc_count;  /* 0: delivers by MSI */
	uint16_t source_count;
	uint32_t gsi_base;
	uint64_t address;
	uint32_t size;
};

struct acpi_plic {
	uint8_t version;
	uint8_t id;
	char hardware_id[9];
	uint16_t source_count;
	uint16_t max_priority;
	uint32_t flags;
	uint32_t size;
	uint64_t address;
	uint32_t gsi_base;
};

struct acpi_madt_entry {
	uint8_t type; /* enum acpi_madt_type; other values can occur, with only `raw` filled in */
	const uint8_t *raw;
	uint8_t raw_length;
	union {
		struct acpi_local_apic local_apic; /* LOCAL_APIC, LOCAL_X2APIC */
		struct acpi_io_apic io_apic;
		struct acpi_source_override source_override;
		struct acpi_nmi_source nmi_source;
		struct acpi_local_nmi local_nmi; /* LOCAL_APIC_NMI, LOCAL_X2APIC_NMI */
		uint64_t local_apic_address;     /* LOCAL_APIC_ADDRESS; acpi_madt has it applied */
		struct acpi_gicc gicc;
		struct acpi_gicd gicd;
		struct acpi_gic_msi_frame gic_msi_frame;
		struct acpi_gicr gicr;
		struct acpi_gic_its gic_its;
		struct acpi_rintc rintc;
		struct acpi_imsic imsic;
		struct acpi_aplic aplic;
		struct acpi_plic plic;
	};
};

struct acpi_madt {
	struct acpi_table table;
	uint64_t local_apic_address; /* with the 64-bit override applied; meaningless off x86 */
	bool has_pic;                /* two 8259 must be masked */
};

/* Position within a table's structures. */
struct acpi_iterator {
	const uint8_t *data;
	uint32_t length;
	uint32_t offset;
};

/* Checks that all structures are well-formed, so that walking them meets no surprise half-way. */
enum acpi_error acpi_madt_open(const struct acpi_table *table, struct acpi_madt *ret);
struct acpi_iterator acpi_madt_begin(const struct acpi_madt *madt);
enum acpi_error acpi_madt_next(struct acpi_iterator *iterator, struct acpi_madt_entry *ret);

/* ---- FADT, ACPI 6.5 §5.2.9 --------------------------------------------------------------------------------------- */

enum {
	ACPI_FADT_RESET_SUPPORTED = 1 << 10,
	ACPI_FADT_HARDWARE_REDUCED = 1 << 20, /* no PM1 registers */
};

enum {
	ACPI_IAPC_LEGACY_DEVICES = 1 << 0,
	ACPI_IAPC_8042 = 1 << 1,
	ACPI_IAPC_NO_VGA = 1 << 2,
	ACPI_IAPC_NO_MSI = 1 << 3,
	ACPI_IAPC_NO_CMOS_RTC = 1 << 5,
};

enum {
	ACPI_ARM_PSCI_COMPLIANT = 1 << 0,
	ACPI_ARM_PSCI_USE_HVC = 1 << 1,
};

struct acpi_fadt {
	uint64_t dsdt; /* physical address */
	uint64_t facs; /* physical address, or 0 */
	uint16_t sci_interrupt;
	uint32_t smi_command_port; /* 0: ACPI mode is always on */
	uint8_t acpi_enable;       /* value to write there */
	uint8_t acpi_disable;
	struct acpi_gas pm1a_event;
	struct acpi_gas pm1b_event;
	struct acpi_gas pm1a_control; /* address 0 if absent; the X_ field if it is there, else the 32-bit one */
	struct acpi_gas pm1b_control;
	struct acpi_gas pm_timer;
	struct acpi_gas reset_register;
	uint8_t reset_value;
	uint8_t century;     /* CMOS index or 0 */
	uint32_t flags;      /* ACPI_FADT_* */
	uint16_t iapc_flags; /* ACPI_IAPC_* */
	uint16_t arm_flags;  /* ACPI_ARM_* */
	uint8_t minor_revision;
	struct acpi_gas sleep_control; /* of hardware-reduced machines */
	struct acpi_gas sleep_status;
};

enum acpi_error acpi_fadt_decode(const struct acpi_table *table, struct acpi_fadt *ret);

/* ---- Power off --------------------------------------------------------------------------------------------------- */

/* The sleep types that \_S5_ gives, to be written to the SLP_TYP field (bits 12:10) of PM1a and PM1b control. */
struct acpi_sleep_type {
	uint8_t pm1a;
	uint8_t pm1b;
};

/* Looks for \_S5_ in one DSDT or SSDT. ACPI_ERROR_NOT_FOUND or ACPI_ERROR_AML. */
enum acpi_error acpi_s5_decode(const struct acpi_table *table, struct acpi_sleep_type *ret);

/* Looks in the DSDT and then in every SSDT. */
enum acpi_error acpi_s5_find(const struct acpi_tables *tables, struct acpi_sleep_type *ret);

/* ---- Smaller tables ---------------------------------------------------------------------------------------------- */

/* MCFG: one segment of PCI Express configuration space (ECAM). */
struct acpi_mcfg_segment {
	uint64_t address; /* of bus 0 of the segment, even if bus_first is not 0 */
	uint16_t segment;
	uint8_t bus_first;
	uint8_t bus_last; /* inclusive, >= bus_first */
};

/* Segment number `index`; ACPI_END after the last. STRUCTURE_LENGTH if its buses or addresses make no sense. */
enum acpi_error acpi_mcfg_segment_at(const struct acpi_table *table, uint32_t index, struct acpi_mcfg_segment *ret);

/* SPCR: the serial console. Interface types are those of DBG2, "Table 3". */
enum {
	ACPI_UART_16550 = 0, /* 16550 compatible, ports */
	ACPI_UART_16450 = 1,
	ACPI_UART_PL011 = 3,
	ACPI_UART_SBSA_32BIT = 13,
	ACPI_UART_SBSA = 14,
	ACPI_UART_BCM2835 = 16,
	ACPI_UART_16550_GAS = 18, /* 16550 described by the GAS: spacing is access_size */
	ACPI_UART_SBI = 21,       /* RISC-V SBI console */
};

struct acpi_spcr {
	uint16_t interface_type;
	struct acpi_gas address;
	uint8_t interrupt_type; /* bit 0 PIC (irq), 1 IO-APIC (gsi), 2 IO-SAPIC, 3 GIC (gsi), 4 PLIC/APLIC (gsi) */
	uint8_t irq;
	uint32_t gsi;
	uint32_t baud;       /* 0: as the firmware left it */
	uint32_t clock;      /* Hz, 0 if not known */
	uint16_t pci_vendor; /* 0xffff: not a PCI device */
	uint16_t pci_device;
};

enum acpi_error acpi_spcr_decode(const struct acpi_table *table, struct acpi_spcr *ret);

/* DBG2: debug ports. */
struct acpi_debug_port {
	uint16_t port_type;      /* 0x8000 serial, 0x8001 1394, 0x8002 USB, 0x8003 network */
	uint16_t port_subtype;   /* for serial ports as acpi_spcr.interface_type */
	struct acpi_gas address; /* the first one */
	uint32_t size;           /* bytes of it */
};

enum acpi_error acpi_dbg2_port_at(const struct acpi_table *table, uint32_t index, struct acpi_debug_port *ret);

/* GTDT: the generic timer of ARM. Flags: bit 0 edge, bit 1 active low, bit 2 always on. */
struct acpi_gtdt {
	uint64_t counter_address; /* UINT64_MAX or 0: none */
	uint32_t secure_gsi, secure_flags;
	uint32_t non_secure_gsi, non_secure_flags;
	uint32_t virtual_gsi, virtual_flags;
	uint32_t hypervisor_gsi, hypervisor_flags;
	uint32_t hypervisor_virtual_gsi, hypervisor_virtual_flags; /* 0 before revision 3 */
};

enum acpi_error acpi_gtdt_decode(const struct acpi_table *table, struct acpi_gtdt *ret);

/* RHCT: RISC-V hart capabilities. */
struct acpi_rhct {
	uint32_t flags;              /* bit 0: the timer cannot wake the CPU */
	uint64_t timebase_frequency; /* Hz */
	uint32_t node_count;
	uint32_t node_offset;
};

enum acpi_error acpi_rhct_decode(const struct acpi_table *table, struct acpi_rhct *ret);

/* The ISA string of the hart whose ACPI processor UID is given: *ret_isa points into the table and ends with a NUL. */
enum acpi_error acpi_rhct_isa(const struct acpi_table *table, uint32_t processor_uid, const char **ret_isa);

/* IORT (Arm DEN0049): PCI functions [first, last] of a segment, by bus << 8 | device << 3 | function, are devices
 * `device` and up of the ITS that the MADT has by this id. */
struct acpi_msi_range {
	uint32_t segment;
	uint32_t first, last; /* inclusive */
	uint32_t device;
	uint32_t its;
};

/* Calls fn for each such range, through SMMUs. What came before an error is good. */
enum acpi_error acpi_iort_msi_ranges(const struct acpi_table *table,
				     void (*fn)(void *ctx, const struct acpi_msi_range *range), void *ctx);

struct acpi_hpet {
	uint32_t block_id;
	struct acpi_gas address;
	uint8_t number;
	uint16_t minimum_tick;
};

enum acpi_error acpi_hpet_decode(const struct acpi_table *table, struct acpi_hpet *ret);

#endif
