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
 * Reads what the image says of itself and closes the file. Sets text, size and embedded of the entry; where that
 * fails, `reason` too, unless an error was printed. EFI_UNSUPPORTED: an image for another architecture.
 */
EFI_STATUS uki_describe(struct file *file, struct config_entry *entry);

/* The file has got the name entry->name: puts that into the entry's text, which has to be parsed again. */
void uki_rename(struct config_entry *entry);

#endif
