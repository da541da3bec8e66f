/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot entries: \loader\entries\*.conf (UAPI.1 Boot Loader Specification, type #1).
 *
 * Entries are tried in the order of their file names.
 */
#ifndef BOOTLOADER_CONFIG_H
#define BOOTLOADER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "bootloader/efi.h"
#include "lib/bootentry.h"

enum {
	CONFIG_MAX_ENTRIES = 256,
};

/* File names, UTF-8, ascending by bytes. The memory is the loader's own and never freed. */
struct config {
	EFI_FILE_PROTOCOL *root;
	char (*names)[BOOTENTRY_MAX_NAME + 1];
	size_t count;
};

/* Reads the names. Prints an error when there is no entry, or the directory cannot be read. */
EFI_STATUS config_list(EFI_FILE_PROTOCOL *root, struct config *ret);

/*
 * Reads and checks entry number `index`. *ret and the text it points into stay valid
 * until the next call. Prints warnings and errors that name the file and the line.
 *
 * EFI_UNSUPPORTED, said only in a verbose boot: a sound entry that is for another architecture
 * or names no Helion kernel.
 */
EFI_STATUS config_read(const struct config *config, size_t index, struct bootentry *ret);

#endif
