/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EFI_LOAD_FILE2_PROTOCOL (UEFI 2.10 §13.2), and the vendor media device path under which Linux asks for its
 * initrd through it (Linux, Documentation/arch/x86/boot.rst; drivers/firmware/efi/libstub).
 */
#ifndef BOOTLOADER_PROTO_LOAD_FILE2_H
#define BOOTLOADER_PROTO_LOAD_FILE2_H

#include "bootloader/efi.h"

#define LOAD_FILE2_PROTOCOL_GUID                                       \
	{                                                              \
		0x4006c0c1, 0xfcb3, 0x403e,                            \
		{                                                      \
			0x99, 0x6d, 0x4a, 0x6c, 0x87, 0x24, 0xe0, 0x6d \
		}                                                      \
	}

#define LINUX_INITRD_MEDIA_GUID                                        \
	{                                                              \
		0x5568e427, 0x68fc, 0x4f3d,                            \
		{                                                      \
			0xac, 0x74, 0xca, 0x55, 0x52, 0x31, 0xcc, 0x68 \
		}                                                      \
	}

struct load_file2_protocol {
	/*
	 * Copies the file to `buffer` of *size bytes; EFI_BUFFER_TOO_SMALL sets *size to what is needed. `path` is what
	 * follows the device path of the protocol's handle; boot_policy has to be false.
	 */
	EFI_STATUS(EFIAPI *load_file)
	(struct load_file2_protocol *this, EFI_DEVICE_PATH_PROTOCOL *path, BOOLEAN boot_policy, UINTN *size,
	 void *buffer);
};

/* One node and the end. */
struct initrd_device_path {
	VENDOR_DEVICE_PATH vendor;
	EFI_DEVICE_PATH_PROTOCOL end;
};

_Static_assert(sizeof(struct initrd_device_path) == 24, "device paths have no padding");

#define INITRD_DEVICE_PATH                                                                               \
	{                                                                                                \
		.vendor = {.Header = {.Type = MEDIA_DEVICE_PATH,                                         \
				      .SubType = MEDIA_VENDOR_DP,                                        \
				      .Length = {sizeof(VENDOR_DEVICE_PATH), 0}},                        \
			   .Guid = LINUX_INITRD_MEDIA_GUID},                                             \
		.end = {.Type = 0x7f, .SubType = 0xff, .Length = {sizeof(EFI_DEVICE_PATH_PROTOCOL), 0}}, \
	}

#endif
