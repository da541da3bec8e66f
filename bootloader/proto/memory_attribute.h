/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_MEMORY_ATTRIBUTE_PROTOCOL: page permissions while boot services run. UEFI 2.10 §37.7. */
#ifndef BOOTLOADER_PROTO_MEMORY_ATTRIBUTE_H
#define BOOTLOADER_PROTO_MEMORY_ATTRIBUTE_H

#include "bootloader/efi.h"

#define MEMORY_ATTRIBUTE_PROTOCOL_GUID                                 \
	{                                                              \
		0xf4560cf6, 0x40ec, 0x4b4a,                            \
		{                                                      \
			0xa1, 0x92, 0xbf, 0x1d, 0x57, 0xd0, 0xb1, 0x89 \
		}                                                      \
	}

struct memory_attribute_protocol;

/* Base and length must be multiples of the page size; attributes are of EFI_MEMORY_RP, _XP and _RO. */
typedef EFI_STATUS(EFIAPI *memory_attribute_change)(struct memory_attribute_protocol *this, EFI_PHYSICAL_ADDRESS base,
						    UINT64 length, UINT64 attributes);

struct memory_attribute_protocol {
	EFI_STATUS(EFIAPI *get)
	(struct memory_attribute_protocol *this, EFI_PHYSICAL_ADDRESS base, UINT64 length, UINT64 *ret_attributes);
	memory_attribute_change set;
	memory_attribute_change clear;
};

#endif
