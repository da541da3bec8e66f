/* SPDX-License-Identifier: BSD-2-Clause */
/* EFI_TCG2_PROTOCOL, as far as the event log needs it. TCG EFI Protocol Specification, family 2.0, §6. */
#ifndef BOOTLOADER_PROTO_TCG2_H
#define BOOTLOADER_PROTO_TCG2_H

#include "bootloader/efi.h"

#define TCG2_PROTOCOL_GUID                                             \
	{                                                              \
		0x607f766c, 0x7455, 0x42be,                            \
		{                                                      \
			0x93, 0x0b, 0xe4, 0xd7, 0x6d, 0xb2, 0x72, 0x0f \
		}                                                      \
	}

#define TCG2_EVENT_LOG_1_2 1u
#define TCG2_EVENT_LOG_2_0 2u

struct tcg2_protocol {
	EFI_STATUS(EFIAPI *get_capability)(struct tcg2_protocol *this, void *capability);
	/* The last entry's address is 0 in an empty log. A log that ran full says so in *ret_truncated. */
	EFI_STATUS(EFIAPI *get_event_log)
	(struct tcg2_protocol *this, UINT32 format, EFI_PHYSICAL_ADDRESS *ret_location,
	 EFI_PHYSICAL_ADDRESS *ret_last_entry, BOOLEAN *ret_truncated);
};

#endif
