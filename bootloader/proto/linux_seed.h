/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LINUX_EFI_RANDOM_SEED_TABLE: random bytes for Linux in the configuration table. The bytes lie in a pool allocation of type
 * EfiACPIReclaimMemory; whoever replaces the table wipes and frees it, as Linux's EFI stub does when it adds the firmware's
 * random numbers. (Linux, include/linux/efi.h, drivers/firmware/efi/libstub/random.c)
 */
#ifndef BOOTLOADER_PROTO_LINUX_SEED_H
#define BOOTLOADER_PROTO_LINUX_SEED_H

#include "bootloader/efi.h"

#define LINUX_SEED_TABLE_GUID                                          \
	{                                                              \
		0x1ce1e5bc, 0x7ceb, 0x42f2,                            \
		{                                                      \
			0x81, 0xe5, 0x8a, 0xad, 0xf1, 0x80, 0xf5, 0x7b \
		}                                                      \
	}

enum { LINUX_SEED_MAX_SIZE = 512 }; /* a table that says more is damaged */

struct linux_seed_table {
	UINT32 size; /* of `bytes` */
	UINT8 bytes[];
};

#endif
