/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_IP4_CONFIG2_PROTOCOL: the address of a network card. UEFI 2.10 §28.5. */
#ifndef BOOTLOADER_PROTO_IP4_CONFIG2_H
#define BOOTLOADER_PROTO_IP4_CONFIG2_H

#include "bootloader/efi.h"

#define IP4_CONFIG2_PROTOCOL_GUID                                      \
	{                                                              \
		0x5b446ed1, 0xe30b, 0x4faa,                            \
		{                                                      \
			0x87, 0x1a, 0x36, 0x54, 0xec, 0xa3, 0x60, 0x80 \
		}                                                      \
	}

enum {
	IP4_CONFIG2_INTERFACE = 0, /* data types */
	IP4_CONFIG2_POLICY = 1,
	IP4_POLICY_DHCP = 1, /* UINT32 */
};

/* The table of routes follows. */
struct ip4_config2_interface {
	CHAR16 name[32];
	UINT8 type;
	UINT32 hardware_address_size;
	UINT8 hardware_address[32];
	UINT8 station_address[4]; /* zeros: none yet */
	UINT8 subnet_mask[4];
	UINT32 route_count;
	void *routes;
};

struct ip4_config2_protocol {
	EFI_STATUS(EFIAPI *set_data)(struct ip4_config2_protocol *this, UINT32 type, UINTN size, void *data);
	EFI_STATUS(EFIAPI *get_data)(struct ip4_config2_protocol *this, UINT32 type, UINTN *size, void *data);
};

#endif
