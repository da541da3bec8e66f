/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the loader has gathered: first of the machine, then of the boot entry that
 * is being tried. The concern of each part is the file of the same name; handover.c
 * makes the boot context of it.
 */
#ifndef BOOTLOADER_BOOT_H
#define BOOTLOADER_BOOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/bootctx.h>

#include "bootloader/efi.h"
#include "bootloader/volume.h"
#include "lib/acpi.h"
#include "lib/bootentry.h"
#include "lib/devicetree.h"
#include "lib/elf.h"
#include "lib/slice.h"

enum {
	BOOT_MAX_MODULES = 1 + BOOTENTRY_MAX_MODULES,
	BOOT_MAX_FRAMEBUFFERS = 16,
	BOOT_MAX_OPTIONS = 4096, /* bytes of the load options as UTF-8 */
	BOOT_MAX_EDID = 512,     /* bytes: a base block and three extensions */
};

/* Tables of the firmware, checked. Physical addresses, 0 when absent. tables.c */
struct tables {
	uint64_t rsdp;
	uint64_t smbios;
	uint64_t smbios3;
	const void *firmware_tree; /* the firmware's device tree; NULL when absent */
	bool has_acpi;             /* `acpi` is open */
	struct acpi_tables acpi;
};

/* The device tree that the kernel gets. devicetree.c */
struct tree {
	uint64_t phys; /* 0: none */
	uint64_t size;
	struct dt dt; /* open on it; valid when phys is not 0 */
};

/* kernel.c */
struct kernel {
	struct elf_image image;
	struct slice path;
	uint64_t phys; /* of image.base */
	uint64_t virt; /* image.base with the slide */
	uint64_t slide;
	uint64_t entry; /* virtual, with the slide */
	uint32_t wants; /* HELION_WANT_* */
	struct helion_segment segments[ELF_MAX_SEGMENTS];
};

/* modules.c */
struct module {
	uint64_t phys;
	uint64_t size;
	struct slice name;
	struct slice cmdline;
};

/* framebuffer.c; info.edid is filled in with the boot context. */
struct framebuffer {
	struct helion_framebuffer info;
	uint32_t edid_size;
	uint8_t edid[BOOT_MAX_EDID];
};

struct config_entry;

struct boot {
	/* Of the machine. */
	struct volume volumes[VOLUME_COUNT]; /* the first is the loader's own */
	struct tables tables;
	struct slice load_options;
	struct framebuffer framebuffers[BOOT_MAX_FRAMEBUFFERS];
	size_t framebuffer_count;
	uint8_t seed[HELION_SEED_SIZE];
	uint64_t slide_random; /* of the same sources, and not part of the seed */
	uint64_t event_log;
	uint64_t event_log_size;

	/* Of the entry. */
	const struct config_entry *source;
	const struct volume *volume; /* that it is on, and what it names */
	const char *entry_name;      /* its file name */
	bool is_signed;              /* Secure Boot is on, and a signed manifest has the entry. trust.c */
	struct bootentry entry;
	bool has_edited;     /* a person gave other options for this time: */
	struct slice edited; /* these, in place of the entry's */
	struct slice cmdline;
	size_t profile_length; /* bytes of it that choose a profile of a unified kernel image */
	unsigned paging_levels;
	unsigned paging_max_leaf;
	struct kernel kernel;
	struct module modules[BOOT_MAX_MODULES];
	size_t module_count;
	struct tree tree;
	struct helion_console console;
	uint64_t boot_cpu;

	uint32_t flags; /* HELION_BOOT_* */
	uint64_t timestamps[HELION_TIME_COUNT];
};

/* commandline.c: the load options of the loader itself (once), and the kernel's command line (per entry). */
void options_read(struct boot *boot);
EFI_STATUS options_join(struct boot *boot);

/* tables.c */
void tables_find(struct tables *ret);

/* devicetree.c: the entry's device tree or else the firmware's, copied; none is no error. */
EFI_STATUS tree_load(struct boot *boot);
/* Calls `reserve` for every range that the tree reserves. no_map: the kernel must not even map it. */
void tree_each_reserved(const struct tree *tree, void (*reserve)(void *ctx, uint64_t base, uint64_t size, bool no_map),
			void *ctx);

/*
 * devicetree.c, for EFI images: does the same if the entry names a tree or overlays, and puts the result in place of the
 * firmware's; tree_uninstall() puts that back. Prints errors.
 */
EFI_STATUS tree_install(struct boot *boot);
void tree_uninstall(struct boot *boot);

/*
 * initrd.c: reads the entry's initrd files one after another, each at a multiple of `alignment`, and zeroes what is
 * between them and the rest of the last page. Then offers them to the EFI image that is started next, until
 * initrd_withdraw(), which may always be called. Print errors.
 */
EFI_STATUS initrds_load(const struct boot *boot, uint64_t alignment, uint64_t *ret_base, uint64_t *ret_size);
EFI_STATUS initrd_offer(uint64_t base, uint64_t size);
void initrd_withdraw(void);

/*
 * image.c: starts the `linux` or `efi` image of the entry. Returns when it could not be started, with an error that was
 * printed, or when it ended, with the status that it ended with, which was printed too.
 */
EFI_STATUS image_start(struct boot *boot);

/* image.c: has the firmware check the signature of an EFI program that is not going to be started. Prints errors. */
EFI_STATUS image_verify(const struct volume *volume, struct slice path, void *content, uint64_t size);

/*
 * image.c: starts a driver of boot services, which stays when its program has ended. Prints errors: also of another
 * kind of program, which is not started.
 */
EFI_STATUS image_start_driver(const struct volume *volume, struct slice path);

/* kernel.c, modules.c: print errors. */
EFI_STATUS kernel_load(struct boot *boot);
EFI_STATUS modules_load(struct boot *boot);

/*
 * pin.c: before any file is loaded, every sha256 line of the entry is checked to name a file that it loads. pin_check()
 * hashes the complete content of a file that is pinned, by the entry or under Secure Boot by a manifest; pin_is_set() says
 * whether it needs that. Where there is a TPM it measures every file too. What is neither pinned nor measured costs nothing.
 * pin_check_image() is for an EFI program, whose signature the firmware checks: only the entry can pin it. Print errors.
 */
EFI_STATUS pins_check(const struct boot *boot);
bool pin_is_set(const struct boot *boot, struct slice path);
EFI_STATUS pin_check(const struct boot *boot, struct slice path, const void *content, uint64_t size);
EFI_STATUS pin_check_image(const struct boot *boot, struct slice path, const void *content, uint64_t size);

/* framebuffer.c */
void framebuffers_find(struct boot *boot);

/* console.c: what the firmware names as debug console, else what the architecture knows. */
void console_find(struct boot *boot);

/* random.c: fills seed, slide_random and the HELION_BOOT_SEED_* flags. */
void random_gather(struct boot *boot);

/*
 * random.c: a seed of the seed file, of all other sources and of an earlier loader's seed (`earlier`) for an image that believes
 * in what it gets. False if there is no such file, or nothing but it says that other machines do not have the same.
 */
enum { RANDOM_IMAGE_SEED = 32 };
bool random_for_image(struct boot *boot, const void *earlier, size_t size, uint8_t ret[RANDOM_IMAGE_SEED]);

/* secureboot.c. Set-up mode: the firmware has no platform key yet, and anybody may write keys. */
bool secure_boot_is_on(void);
bool secure_boot_is_in_setup(void);

/*
 * eventlog.c: copies the TPM's event log, if there is one, once everything is measured; and adds what the firmware
 * measured while it left boot services. The latter calls nothing of the firmware.
 */
void event_log_copy(struct boot *boot);
void event_log_complete(struct boot *boot);

/* handover.c: leaves boot services and enters the kernel. Returns only with an error, printed, before
 * the first call of ExitBootServices. */
EFI_STATUS handover(struct boot *boot);

/*
 * start.c: loads what boot->entry names and starts it. Returns when that failed, with an error that was printed, or
 * when an EFI image ended, with its status. All memory that was taken is given back.
 */
EFI_STATUS entry_start(struct boot *boot);

#endif
