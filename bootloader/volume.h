/* SPDX-License-Identifier: BSD-2-Clause */
/* Where files come from: partitions, or a server. UEFI 2.10 §13.4. */
#ifndef BOOTLOADER_VOLUME_H
#define BOOTLOADER_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "bootloader/efi.h"
#include "lib/gpt.h"

enum { VOLUME_COUNT = 2 }; /* the loader's own, and the extended boot loader partition of its disk */

struct volume {
	EFI_FILE_PROTOCOL *root; /* NULL: there is no such volume */
	EFI_HANDLE device;       /* that has the file system, or the way to the server */
	bool has_partition;
	uint8_t partition[GPT_GUID]; /* has_partition: the GPT's GUID of the partition; else zeros */
};

/*
 * Opens the file system of the device that the loader was loaded from, or the server.
 * Prints what is missing when that fails.
 */
EFI_STATUS volume_open(struct volume *ret);

/*
 * Opens the extended boot loader partition (UAPI.1, "XBOOTLDR") of the disk that the loader's own volume is a partition of: the
 * first with that type in its GPT. EFI_NOT_FOUND without a message if there is none, or the loader's is none of a GPT; other errors are printed
 * as warnings, as the machine can be started without. If no driver has looked at that partition yet, the firmware is asked to.
 */
EFI_STATUS volume_open_extended(const struct volume *own, struct volume *ret);

/* Closes it if it is open. */
void volume_close(struct volume *volume);

#endif
