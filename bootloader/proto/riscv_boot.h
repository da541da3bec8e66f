/* SPDX-License-Identifier: BSD-2-Clause */
/* RISCV_EFI_BOOT_PROTOCOL: which hart runs the firmware. RISC-V UEFI Protocol Specification 1.0 §2. */
#ifndef BOOTLOADER_PROTO_RISCV_BOOT_H
#define BOOTLOADER_PROTO_RISCV_BOOT_H

#include "bootloader/efi.h"

#define RISCV_BOOT_PROTOCOL_GUID                                       \
	{                                                              \
		0xccd15fec, 0x6f73, 0x4eec,                            \
		{                                                      \
			0x83, 0x95, 0x3e, 0x69, 0xe4, 0xb9, 0x40, 0xbf \
		}                                                      \
	}

struct riscv_boot_protocol {
	UINT64 revision;
	EFI_STATUS(EFIAPI *get_boot_hart)(struct riscv_boot_protocol *this, UINTN *ret_hart);
};

#endif
