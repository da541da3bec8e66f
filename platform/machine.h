/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine as ACPI tables, PCI and the device tree describe it: one structure
 * that interrupt controllers, timers, CPU start-up and the manifest are made
 * from. Filled once by machine_enumerate(), read-only afterwards.
 */
#ifndef PLATFORM_MACHINE_H
#define PLATFORM_MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/bootctx.h>
#include <helion/manifest.h>

#define MACHINE_CPUS_MAX       64
#define MACHINE_IOAPICS_MAX    16
#define MACHINE_OVERRIDES_MAX  24
#define MACHINE_GICR_MAX       64
#define MACHINE_PCI_MAX        8
#define MACHINE_ITS_MAX        8
#define MACHINE_MSI_RANGES_MAX 32

struct machine_cpu {
	uint64_t hwid;         /* APIC id, MPIDR affinity bits, hart id */
	uint32_t uid;          /* ACPI processor UID, or 0 */
	bool usable;           /* enabled by the firmware, with a supervisor mode and an MMU */
	bool spin_table;       /* aarch64: start by writing release_addr */
	uint64_t release_addr; /* physical */
	uint64_t gicr_base;    /* redistributor of this CPU when the MADT names it here, or 0 */
	uint32_t intc_phandle; /* riscv64: phandle of the hart's local interrupt controller */
	uint32_t
		irq_context; /* riscv64: S-mode context of the PLIC, or number in the APLIC; UINT32_MAX when it has none */
	uint64_t imsic_base; /* riscv64: the interrupt file of its S-mode, physical, or 0 */
};

/*
 * Interrupt lines: global system interrupts on a PC, INTIDs of a GIC, sources of a PLIC or APLIC. Of a BCM2836: 0 to 31 the bits
 * of a core's source register, then 64 + 32 * bank + bit of the peripherals' banks as the device tree numbers them.
 */

struct machine_ioapic {
	uint64_t base;
	uint32_t id, gsi_base;
};
struct machine_override {
	uint8_t irq;
	uint32_t gsi;
	bool level, active_low;
};
struct machine_region {
	uint64_t base, size;
};
struct machine_pci {
	uint64_t ecam;
	uint16_t segment;
	uint8_t bus_first, bus_last;
};

/* An interrupt translation service of a GICv3: messages become interrupts there. */
struct machine_its {
	uint64_t base;
	uint32_t id; /* as struct machine_msi_range names it: of the MADT, or a phandle */
};

/* PCI functions [first, last] of a segment, by bus << 8 | device << 3 | function, are devices `device` and up of an ITS. */
struct machine_msi_range {
	uint32_t segment;
	uint32_t first, last;
	uint32_t device;
	uint32_t its; /* machine_its.id */
};

/* The interrupt files of an IMSIC stand in pages of their own; how many identities one may have (AIA specification 3.1). */
#define IMSIC_PAGE_SHIFT 12
#define IMSIC_IDS_MIN    63
#define IMSIC_IDS_MAX    2047

/* Where the IMSICs of the harts stand (AIA specification 3.6): what an APLIC needs to send messages there. */
struct machine_imsic {
	uint32_t ids; /* interrupt identities are 1 to this; 0: there are none */
	uint8_t guest_bits, hart_bits, group_bits, group_shift;
};

enum machine_gic { MACHINE_GIC_NONE, MACHINE_GIC_V2, MACHINE_GIC_V3, MACHINE_BCM2836 };
enum machine_psci { MACHINE_PSCI_NONE, MACHINE_PSCI_HVC, MACHINE_PSCI_SMC };

struct machine {
	bool from_acpi, from_dt;
	const void *dtb; /* mapped device tree or NULL */
	uint32_t cpu_count;
	struct machine_cpu cpus[MACHINE_CPUS_MAX];

	/* x86_64 */
	uint64_t lapic_base;
	uint32_t ioapic_count;
	struct machine_ioapic ioapics[MACHINE_IOAPICS_MAX];
	uint32_t override_count;
	struct machine_override overrides[MACHINE_OVERRIDES_MAX];
	bool has_pic; /* 8259 pair that has to be masked */
	uint64_t hpet_base;
	uint16_t pm1a_control, pm1b_control; /* ports, 0 when absent */
	uint32_t pm_timer_port;              /* 0 when absent */
	bool s5_valid;                       /* sleep type of power-off is known */
	uint8_t s5_typ_a, s5_typ_b;
	bool reset_valid;                 /* FADT reset register */
	uint8_t reset_space, reset_value; /* ACPI address space: 0 memory, 1 port */
	uint64_t reset_address;

	/* aarch64 */
	enum machine_gic gic;
	uint64_t gicd_base, gicc_base;
	uint64_t local_intc_base; /* BCM2836 per-CPU controller */
	uint32_t gicr_count;
	struct machine_region gicr[MACHINE_GICR_MAX]; /* redistributor ranges */
	/* GICv2m: a frame whose register turns writes into SPIs. base 0: none; no SPIs: the frame itself says which. */
	uint64_t gicv2m_base;
	uint32_t gicv2m_spi, gicv2m_spi_count;
	uint32_t its_count;
	struct machine_its its[MACHINE_ITS_MAX];
	uint32_t msi_range_count;
	struct machine_msi_range msi_ranges[MACHINE_MSI_RANGES_MAX];
	enum machine_psci psci;
	uint32_t timer_irq;   /* line of the virtual timer (27 unless the firmware says otherwise) */
	uint64_t bcm_pm_base; /* Raspberry Pi power manager/watchdog, 0 when absent */

	/* riscv64 */
	uint64_t plic_base, plic_size;
	uint32_t plic_sources;
	uint64_t aplic_base, aplic_size; /* the domain that belongs to S-mode */
	uint32_t aplic_sources;
	bool aplic_messages; /* its interrupts go to the IMSICs, not by wire */
	struct machine_imsic imsic;
	uint64_t timebase_hz;
	bool has_sstc;
	uint64_t test_device; /* SiFive test device, 0 when absent */

	uint32_t pci_count;
	struct machine_pci pci[MACHINE_PCI_MAX];

	uint32_t console_irq; /* line of the debug console's UART, 0 when unknown */
	bool console_irq_level, console_irq_active_low;
};

/*
 * One resource of a device, in the order found. slot, type and flags are left
 * to the kernel; base and size are exact, not page-rounded.
 */
typedef void machine_resource_fn(void *ctx, const struct helion_record *record);

/* How the platform reads physical memory: maps [phys, phys + size) read-only and
 * cached for tables, or as device registers. Mappings stay. NULL: not possible. */
struct machine_access {
	const void *(*map_table)(uint64_t phys, size_t size);
	volatile void *(*map_device)(uint64_t phys, size_t size);
	void *(*alloc)(size_t size); /* zeroed memory for good, NULL when there is none */
};

/*
 * Fills *ret from the boot context's ACPI root pointer and device tree. Bad
 * tables are reported in the log by name and left out. Returns false when the
 * firmware gave neither.
 */
bool machine_enumerate(const struct helion_bootctx *ctx, const struct machine_access *access, struct machine *ret);

/* The CPU with this hardware id, or NULL. */
struct machine_cpu *machine_find_cpu(struct machine *machine, uint64_t hwid);

/*
 * Calls fn for every device resource: PCI functions' BARs (sized by probing with
 * decoding off; bridges' own BARs too; I/O BARs as HELION_RECORD_PORTS), ACPI-table devices (IO-APIC, HPET, ECAM
 * windows, GIC frames, SPCR UART), device-tree nodes with a translatable reg
 * (not memory, CPUs or reserved memory). Deterministic. `irq` is filled where known.
 */
void machine_resources(const struct machine *machine, const struct helion_bootctx *ctx,
		       const struct machine_access *access, machine_resource_fn *fn, void *fn_ctx);

#endif
