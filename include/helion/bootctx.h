/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot context: everything the loader hands to a kernel.
 *
 * One contiguous, page-aligned block of physical memory of type
 * HELION_MEM_BOOTCTX. It begins with struct helion_bootctx; every array and
 * string lies inside the same block and is named by its byte offset from the
 * start of the block, so the block may be copied or mapped anywhere. Large
 * things (kernel, modules, tables of the firmware) are named by physical
 * address. All integers are little-endian. Reserved fields are zero.
 *
 * A reader checks magic, checks that version's major part is the one it knows,
 * and walks arrays by the stride that stands beside them: later minor versions
 * may append fields to any structure.
 *
 * docs/boot-protocol.md states each field and the machine state at entry.
 */
#ifndef HELION_BOOTCTX_H
#define HELION_BOOTCTX_H

#include <stdint.h>

#define HELION_BOOTCTX_MAGIC         0x585443544f4f4248ull /* "HBOOTCTX" */
#define HELION_BOOTCTX_VERSION_MAJOR 1
#define HELION_BOOTCTX_VERSION_MINOR 1
#define HELION_BOOTCTX_HEADER_1_0    520 /* bytes of the header in version 1.0: no loader gives less */

/* An array or a string inside the block. A string has stride 1 and count bytes
 * without its terminating NUL, which is always there. Absent: count is 0. */
struct helion_array {
	uint32_t offset; /* bytes from the start of the block */
	uint32_t count;  /* elements */
	uint32_t stride; /* bytes from one element to the next */
	uint32_t reserved;
};

/* Memory map: sorted by base, non-overlapping, page-aligned, adjacent entries of equal type
 * and attributes merged. Framebuffers and device registers need not be in it. */
enum helion_memory_type {
	HELION_MEM_USABLE = 1, /* free RAM */
	/* RAM of the loader and of boot services (page tables, entry stack): free once the kernel uses
	 * page tables and a stack of its own */
	HELION_MEM_LOADER = 2,
	HELION_MEM_BOOTCTX = 3,      /* this block; free once it has been copied */
	HELION_MEM_KERNEL = 4,       /* the kernel's loaded segments */
	HELION_MEM_MODULE = 5,       /* initramfs and modules, device tree */
	HELION_MEM_ACPI_RECLAIM = 6, /* RAM that holds tables; free once they have been read */
	HELION_MEM_ACPI_NVS = 7,
	HELION_MEM_RUNTIME_CODE = 8, /* UEFI runtime services */
	HELION_MEM_RUNTIME_DATA = 9,
	HELION_MEM_MMIO = 10,
	HELION_MEM_PERSISTENT = 11, /* RAM-like, keeps its content */
	HELION_MEM_RESERVED = 12,
	HELION_MEM_UNUSABLE = 13, /* faulty */
	HELION_MEM_TYPES
};

struct helion_memory_range {
	uint64_t base;   /* physical address, multiple of 4096 */
	uint64_t length; /* bytes, multiple of 4096, not 0 */
	uint32_t type;   /* enum helion_memory_type */
	uint32_t reserved;
	uint64_t attributes; /* EFI_MEMORY_* of the firmware's descriptor (UEFI 2.10 §7.2.3) */
};

/* Rights of a loaded segment. */
#define HELION_SEGMENT_EXEC  0x1u
#define HELION_SEGMENT_WRITE 0x2u
#define HELION_SEGMENT_READ  0x4u

struct helion_segment {
	uint64_t phys;  /* page-aligned */
	uint64_t virt;  /* page-aligned, slide included */
	uint64_t size;  /* bytes in memory, multiple of 4096 */
	uint32_t flags; /* HELION_SEGMENT_* */
	uint32_t reserved;
};

struct helion_module {
	uint64_t phys;               /* page-aligned; the rest of the last page is zero */
	uint64_t size;               /* bytes */
	struct helion_array name;    /* string: path on the boot volume */
	struct helion_array cmdline; /* string */
};

/* How a pixel is laid out in its little-endian word. */
struct helion_framebuffer {
	uint64_t phys;
	uint64_t virt;   /* where the loader mapped it (write-combining); 0 when it did not */
	uint64_t size;   /* bytes */
	uint32_t width;  /* pixels */
	uint32_t height; /* pixels */
	uint32_t stride; /* bytes from one line to the next */
	uint8_t bits_per_pixel;
	uint8_t red_shift, red_bits;
	uint8_t green_shift, green_bits;
	uint8_t blue_shift, blue_bits;
	uint8_t reserved;
	struct helion_array edid; /* bytes of the monitor's EDID */
};

/* The debug console that the firmware names (ACPI SPCR or DBG2, device tree stdout-path). */
enum helion_console_type {
	HELION_CONSOLE_NONE = 0,
	HELION_CONSOLE_16550_PORT = 1, /* base is an x86 I/O port */
	HELION_CONSOLE_16550 = 2,      /* memory-mapped, also the Raspberry Pi's mini UART */
	HELION_CONSOLE_PL011 = 3,
	HELION_CONSOLE_SIFIVE = 4,
	HELION_CONSOLE_SBI = 5 /* SBI legacy or DBCN console, no base */
};

struct helion_console {
	uint32_t type;     /* enum helion_console_type */
	uint8_t reg_shift; /* log2 of the distance of two registers in bytes */
	uint8_t reg_width; /* access size in bytes: 1, 2, 4 */
	uint16_t reserved;
	uint64_t base; /* physical address or port */
	uint64_t virt; /* where the loader mapped the registers; 0 when it did not */
	uint64_t size; /* bytes of registers */
};

/* Points in time, in ticks of the counter named by timestamp_hz. */
enum helion_timestamp {
	HELION_TIME_LOADER_ENTRY,  /* first instruction of the loader that can tell the time */
	HELION_TIME_CONFIG,        /* configuration read, entry chosen */
	HELION_TIME_KERNEL_LOADED, /* kernel read and relocated */
	HELION_TIME_FILES_READ,    /* initramfs and modules read */
	HELION_TIME_EXIT_BEGIN,    /* just before ExitBootServices */
	HELION_TIME_EXIT_DONE,     /* ExitBootServices succeeded */
	HELION_TIME_KERNEL_JUMP,   /* last thing before the jump */
	HELION_TIME_COUNT
};

/* helion_bootctx.flags */
#define HELION_BOOT_SECURE_BOOT   (1u << 0) /* Secure Boot enforced: SecureBoot=1 and SetupMode=0 */
#define HELION_BOOT_MEASURED      (1u << 1) /* files were measured into a TPM */
#define HELION_BOOT_SEED_FIRMWARE (1u << 2) /* random_seed has entropy of EFI_RNG_PROTOCOL */
#define HELION_BOOT_SEED_CPU      (1u << 3) /* random_seed has entropy of a CPU instruction */
#define HELION_BOOT_KASLR         (1u << 4) /* kernel_slide was drawn at random */
#define HELION_BOOT_WAS_EL2       (1u << 5) /* aarch64: the firmware ran the loader in EL2 */
#define HELION_BOOT_AT_EL2        (1u << 6) /* aarch64: the kernel is entered in EL2 (it asked) */
#define HELION_BOOT_SEED_TREE     (1u << 7) /* random_seed has entropy of the device tree's rng-seed */
#define HELION_BOOT_SEED_FILE     (1u << 8) /* random_seed has entropy of the loader's seed file */
#define HELION_BOOT_SEED_ANY \
	(HELION_BOOT_SEED_FIRMWARE | HELION_BOOT_SEED_CPU | HELION_BOOT_SEED_TREE | HELION_BOOT_SEED_FILE)

/* Values of arch. */
#define HELION_ARCH_X86_64  1
#define HELION_ARCH_AARCH64 2
#define HELION_ARCH_RISCV64 3

#define HELION_SEED_SIZE 64

struct helion_bootctx {
	uint64_t magic; /* HELION_BOOTCTX_MAGIC */
	uint16_t version_major;
	uint16_t version_minor;
	uint32_t header_size; /* sizeof(struct helion_bootctx) of the loader */
	uint64_t size;        /* bytes of the whole block, multiple of 4096 */
	uint64_t phys;        /* physical address of the block */
	uint32_t arch;        /* HELION_ARCH_* */
	uint32_t flags;       /* HELION_BOOT_* */

	/* Address space at entry. */
	uint64_t direct_map_base; /* virtual address of physical address 0 */
	uint64_t direct_map_size; /* bytes that the region may span; RAM, framebuffers and console are mapped in it */
	uint32_t paging_levels;   /* levels of the page tables in use: 3 (Sv39), 4, 5 */
	uint32_t reserved0;
	uint64_t page_table_phys; /* root of the loader's tables (aarch64: of TTBR1) */
	uint64_t handover_phys;   /* the page that is still identity-mapped */
	uint64_t kernel_virt;     /* lowest virtual address of the kernel */
	uint64_t kernel_size;     /* bytes spanned by its segments */
	uint64_t kernel_slide;    /* kernel_virt minus the address it was linked at */

	struct helion_array memory_map;      /* struct helion_memory_range */
	struct helion_array segments;        /* struct helion_segment, of the kernel */
	struct helion_array modules;         /* struct helion_module; the first is the initramfs */
	struct helion_array framebuffers;    /* struct helion_framebuffer */
	struct helion_array cmdline;         /* string */
	struct helion_array loader_name;     /* string */
	struct helion_array loader_version;  /* string */
	struct helion_array firmware_vendor; /* string, UTF-8 */
	struct helion_array entry_name;      /* string: file name of the boot entry */
	uint32_t firmware_revision;
	uint32_t reserved1;

	/* Firmware tables, physical addresses, 0 when absent. */
	uint64_t rsdp;        /* ACPI root pointer, ACPI 2.0 or later where there are both */
	uint64_t device_tree; /* a copy in HELION_MEM_MODULE memory, 8-byte aligned */
	uint64_t device_tree_size;
	uint64_t smbios;  /* 32-bit entry point */
	uint64_t smbios3; /* 64-bit entry point */
	uint64_t efi_system_table;
	struct helion_array efi_memory_map; /* the firmware's own final map; stride is the size of its descriptors */
	uint64_t event_log;                 /* TCG2 event log */
	uint64_t event_log_size;

	struct helion_console console;

	uint64_t boot_cpu;                     /* APIC id, MPIDR_EL1 affinity bits, hart id */
	uint8_t random_seed[HELION_SEED_SIZE]; /* see HELION_BOOT_SEED_*; a reader overwrites it after use */

	uint64_t timestamp_hz; /* 0 when unknown (x86_64 TSC without CPUID leaf 15h) */
	uint64_t timestamps[HELION_TIME_COUNT];

	/*
	 * For whoever wants to check the accounts: the ranges of types USABLE, LOADER, BOOTCTX, KERNEL,
	 * MODULE and ACPI_RECLAIM sum up to firmware_ram_bytes - withheld_ram_bytes.
	 */
	uint64_t firmware_ram_bytes; /* in the firmware's map: conventional, loader, boot services, ACPI reclaim */
	uint64_t withheld_ram_bytes; /* of these, RESERVED for the device tree's reservations or a framebuffer */

	/* Since version 1.1. */
	uint8_t boot_partition
		[16]; /* GPT's GUID of the partition that the boot entry's file is on; zeros: none is known */
};

_Static_assert(sizeof(struct helion_array) == 16, "layout");
_Static_assert(sizeof(struct helion_memory_range) == 32, "layout");
_Static_assert(sizeof(struct helion_segment) == 32, "layout");
_Static_assert(sizeof(struct helion_module) == 48, "layout");
_Static_assert(sizeof(struct helion_framebuffer) == 60 + 4, "layout");
_Static_assert(sizeof(struct helion_console) == 32, "layout");
_Static_assert(sizeof(struct helion_bootctx) == HELION_BOOTCTX_HEADER_1_0 + 16, "layout");

/* ELF notes by which a kernel says what it needs; owner "Helion". */
#define HELION_NOTE_OWNER    "Helion"
#define HELION_NOTE_PROTOCOL 1 /* uint16_t major, uint16_t minor: the least version it understands. Required. */
#define HELION_NOTE_FLAGS    2 /* uint32_t HELION_WANT_* */

#define HELION_WANT_EL2 (1u << 0) /* aarch64: enter in EL2 if the firmware runs there */

#endif
