/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loader's configuration: \loader\loader.conf, and the boot entries \loader\entries\*.conf and \EFI\Linux\*.efi
 * (UAPI.1 Boot Loader Specification, types #1 and #2), read once. docs/loader.md describes them.
 */
#ifndef BOOTLOADER_CONFIG_H
#define BOOTLOADER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "bootloader/efi.h"
#include "bootloader/print.h"
#include "bootloader/volume.h"
#include "lib/bootentry.h"

enum {
	CONFIG_MAX_ENTRIES = 256,
	CONFIG_MAX_SUFFIX = 64,
};

enum config_action {
	CONFIG_START, /* what the entry's text says */
	CONFIG_FIRMWARE_SETUP,
	CONFIG_REBOOT,
	CONFIG_POWER_OFF,
};

struct config_entry {
	const struct volume *volume;       /* that the file is on, and what it names */
	const char *directory;             /* of the file, with '/' */
	enum config_action action;         /* not CONFIG_START: nothing but this, and the title, counts */
	bool is_automatic;                 /* there is no file: `name` is the identifier. autoentry.h */
	bool is_image;                     /* the file is a unified kernel image, and `text` what uki.c made of it */
	unsigned profile;                  /* of the image; entries with higher ones follow */
	char name[BOOTENTRY_MAX_NAME + 1]; /* of the file, UTF-8, as it is now: counting a try changes it */
	struct bootentry_name parts;       /* of name */
	char suffix[CONFIG_MAX_SUFFIX]; /* what follows parts.id in the identifier: ".conf", ".efi", ".efi@PROFILE" */
	char *text;                     /* of the file; NULL if it could not be read */
	size_t size;                    /* bytes of text; BOOTENTRY_MAX_SIZE + 1 of a longer file */

	/* Pieces of text; empty if the entry is bad. */
	struct slice title;
	struct slice version;
	struct slice machine_id;
	struct slice sort_key;
	struct slice embedded; /* the command line inside of a unified kernel image, which it uses without being told */

	/*
	 * EFI_UNSUPPORTED: sound, but for another architecture: not offered. Another error: bad, `reason` says why; so it does when starting the entry has failed.
	 */
	EFI_STATUS status;
	char reason[PRINT_MAX_REASON];
};

struct config {
	const struct volume *volumes; /* VOLUME_COUNT; loader.conf is on the first, the loader's own */
	struct loaderconf loader;     /* all defaults where there is no loader.conf, or a damaged one */
	struct config_entry *entries[CONFIG_MAX_ENTRIES];
	size_t count;
	void *loader_text; /* what slices of `loader` point into */
};

/*
 * Reads everything and sorts the entries, best first (UAPI.1, "Sorting"). A bad entry is in the list too. Prints an
 * error when there is no entry or the directory cannot be read. config_free() is needed in any case.
 */
EFI_STATUS config_load(const struct volume volumes[VOLUME_COUNT], struct config *ret);
void config_free(struct config *config);

/*
 * Checks an entry again, aloud: prints warnings and errors that name the file and the line. *ret points into
 * entry->text. EFI_UNSUPPORTED, said only in a verbose boot, for one that is not offered.
 */
EFI_STATUS config_read(struct config_entry *entry, struct bootentry *ret);

/*
 * What an entry is started with, as a person edits it: its options, or the command line of a unified kernel image; with
 * a NUL. *ret_length is without it. False if the entry is bad or the text does not fit.
 */
bool config_options(const struct config_entry *entry, char *buffer, size_t capacity, size_t *ret_length);

/*
 * Counts a try of an entry with a counter by renaming its file. That it cannot be done (a read-only medium, a
 * firmware that cannot rename) is a warning, as the entry can be started nevertheless. `parsed` is the entry as
 * config_read() left it; in that of an image the new name takes the place of the old one, in all of its profiles.
 */
void config_count_try(struct config *config, struct config_entry *entry, struct bootentry *parsed);

/*
 * Adds an entry without a file at the end of the list: to start an EFI program at `path`, or for an action; the texts have to
 * stay. When there is no memory for it, that is printed, and it is missing.
 */
void config_add_automatic(struct config *config, const char *id, const char *title, const char *path,
			  enum config_action action);

/* What people call the entry: its title, or else its identifier. */
struct slice config_title(const struct config_entry *entry);

#endif
