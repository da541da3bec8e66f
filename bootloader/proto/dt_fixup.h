/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EFI_DT_FIXUP_PROTOCOL: lets the firmware patch a device tree that was read from
 * a file as it would have patched its own. (U-Boot, Documentation "UEFI on U-Boot"; EBBR 2.1.)
 */
#ifndef BOOTLOADER_PROTO_DT_FIXUP_H
#define BOOTLOADER_PROTO_DT_FIXUP_H

#include "bootloader/efi.h"

#define DT_FIXUP_PROTOCOL_GUID                                         \
	{                                                              \
		0xe617d64c, 0xfe08, 0x46da,                            \
		{                                                      \
			0xf4, 0xdc, 0xbb, 0xd5, 0x87, 0x0c, 0x73, 0x00 \
		}                                                      \
	}

#define DT_FIXUP_APPLY   1u
#define DT_FIXUP_RESERVE 2u

struct dt_fixup_protocol {
	UINT64 revision;
	/* *size is the buffer's; EFI_BUFFER_TOO_SMALL sets it to what is needed. */
	EFI_STATUS(EFIAPI *fixup)(struct dt_fixup_protocol *this, void *tree, UINTN *size, UINT32 flags);
};

#endif
