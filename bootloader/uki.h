/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Unified kernel images: EFI programs in \EFI\Linux that carry a kernel, its initrd and command line, and say what they
 * are (UAPI.1, type #2; UAPI.5). To the rest of the loader such a file is a boot entry with the key "efi".
 */
#ifndef BOOTLOADER_UKI_H
#define BOOTLOADER_UKI_H

#include "bootloader/config.h"
#include "bootloader/file.h"

#define UKI_DIRECTORY "/EFI/Linux"

/*
 * Reads what the image says of the entry's profile and closes the file. Sets text, size, suffix and embedded of the entry, and
 * how many profiles there are; where that fails, `reason` too, unless an error was printed. EFI_UNSUPPORTED: an image for
 * another architecture.
 */
EFI_STATUS uki_describe(struct file *file, struct config_entry *entry, unsigned *ret_profiles);

/* What chooses a profile at the start of an image's load options: "@2", and nothing for the first. Returns its length. */
size_t uki_profile_option(const struct config_entry *entry, char *buffer, size_t capacity);

/* The file has got the name entry->name: puts that into the entry's text, which has to be parsed again. */
void uki_rename(struct config_entry *entry);

#endif
