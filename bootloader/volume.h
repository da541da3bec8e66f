/* SPDX-License-Identifier: BSD-2-Clause */
/* Where files come from: a partition, or a server. UEFI 2.10 §13.4. */
#ifndef BOOTLOADER_VOLUME_H
#define BOOTLOADER_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "bootloader/efi.h"
#include "lib/gpt.h"

struct volume {
	EFI_FILE_PROTOCOL *root;
	EFI_HANDLE device; /* that has the file system, or the way to the server */
	bool has_partition;
	uint8_t partition[GPT_GUID]; /* has_partition: the GPT's GUID of the partition; else zeros */
};

/*
 * Opens the file system of the device that the loader was loaded from, or the server.
 * Prints what is missing when that fails.
 */
EFI_STATUS volume_open(struct volume *ret);

/* Closes it if it is open. */
void volume_close(struct volume *volume);

#endif
