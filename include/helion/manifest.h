/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The manifest: what init is given, capability by capability, and where each
 * thing came from. Mapped read-only into init's address space.
 *
 * It also has records without a capability (slot 0) for memory that init is not
 * given (the kernel, firmware, faulty memory), so that the records about RAM add
 * up to all that the firmware reported.
 */
#ifndef HELION_MANIFEST_H
#define HELION_MANIFEST_H

#include <stdint.h>

#define HELION_MANIFEST_MAGIC   0x545346494e414d48ull /* "HMANIFST" */
#define HELION_MANIFEST_VERSION 1

/* Where a resource came from. */
enum helion_origin {
	HELION_ORIGIN_KERNEL = 1,     /* made by the kernel: CSpace, VSpace, Task, System, ... */
	HELION_ORIGIN_MEMORY_MAP = 2, /* the firmware's memory map; detail is enum helion_memory_type */
	HELION_ORIGIN_BOOT = 3, /* the boot context: modules, framebuffers, device tree; index is its number there */
	HELION_ORIGIN_ACPI = 4, /* an ACPI table; name says which */
	HELION_ORIGIN_PCI = 5,  /* detail is segment << 16 | bus << 8 | device << 3 | function; index is the BAR */
	HELION_ORIGIN_DEVICE_TREE = 6 /* name is the node's path; index is the entry of reg */
};

/* Flags of a record. */
#define HELION_RECORD_RAM         (1u << 0) /* counts towards the machine's RAM */
#define HELION_RECORD_FRAMEBUFFER (1u << 1)
#define HELION_RECORD_INITRAMFS   (1u << 2)
#define HELION_RECORD_BOOTCTX     (1u << 3)
#define HELION_RECORD_DEVICE_TREE (1u << 4)
#define HELION_RECORD_PORTS       (1u << 5) /* base and size are I/O ports: claim them with IOPortControl */
#define HELION_RECORD_MODULE      (1u << 6)
#define HELION_RECORD_CONSOLE     (1u << 7) /* the kernel's debug console uses it too */
#define HELION_RECORD_IRQ_EDGE    (1u << 8) /* `irq` is triggered by edges; by a level without this */
#define HELION_RECORD_IRQ_LOW     (1u << 9) /* and active low */

#define HELION_RECORD_NAME 64

struct helion_record {
	uint64_t slot;   /* capability in init's CSpace, 0 when it has none */
	uint64_t base;   /* physical address (or port) */
	uint64_t size;   /* bytes (or ports) */
	uint32_t type;   /* enum helion_type */
	uint32_t flags;  /* HELION_RECORD_* */
	uint32_t origin; /* enum helion_origin */
	uint32_t detail;
	uint32_t index;
	uint32_t irq;                  /* interrupt line of the device, 0 when it has none */
	char name[HELION_RECORD_NAME]; /* always terminated */
};

struct helion_manifest {
	uint64_t magic;
	uint32_t version;
	uint32_t record_size; /* sizeof(struct helion_record) of the kernel */
	uint64_t record_count;
	uint64_t records;        /* bytes from the manifest's start to the first record */
	uint64_t ram_total;      /* bytes of RAM that the firmware reported */
	uint64_t ram_given;      /* bytes of it behind Memory capabilities */
	uint64_t cpus;           /* CPUs running */
	uint64_t initramfs;      /* address where the initramfs is mapped read-only */
	uint64_t initramfs_size; /* bytes */
	uint64_t
		framebuffer_info; /* bytes from the manifest's start to struct helion_framebuffer[], see <helion/bootctx.h> */
	uint64_t framebuffer_count;
	uint64_t cmdline;       /* bytes from the manifest's start to the kernel's command line, a string */
	uint64_t boot_clock_hz; /* ticks per second of the counter of the timestamps, 0 when unknown */

	/* Slots of init's own capabilities. */
	uint32_t slot_cspace, slot_vspace, slot_task, slot_system;
	uint32_t slot_irq_control, slot_ioport_control; /* the latter is 0 where the machine has no ports */
	uint32_t slot_memory;                           /* the Memory that init itself was made from */
	uint32_t slot_ipc_buffer;

	/* The UART of the record with HELION_RECORD_CONSOLE, as in struct helion_console. */
	uint32_t console_type;     /* enum helion_console_type */
	uint8_t console_reg_shift; /* log2 of the distance of two registers in bytes */
	uint8_t console_reg_width; /* bytes of an access */
	uint16_t reserved;
};

_Static_assert(sizeof(struct helion_record) == 48 + HELION_RECORD_NAME, "layout");

#endif
