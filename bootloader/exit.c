/* SPDX-License-Identifier: BSD-2-Clause */
/* See exit.h. */
#include "bootloader/exit.h"

#include "bootloader/arch.h"

enum {
	TRIES = 8,
};

EFI_STATUS efi_map_measure(UINTN *ret_size, UINTN *ret_stride)
{
	UINT32 version;
	UINTN key;
	EFI_STATUS status;

	*ret_size = 0;
	*ret_stride = 0;
	status = BS->GetMemoryMap(ret_size, NULL, &key, ret_stride, &version);
	if (status == EFI_SUCCESS || (status == EFI_BUFFER_TOO_SMALL && *ret_stride < sizeof(EFI_MEMORY_DESCRIPTOR)))
		return EFI_DEVICE_ERROR; /* a map of no bytes or of less than a descriptor is none */
	return status == EFI_BUFFER_TOO_SMALL ? EFI_SUCCESS : status;
}

EFI_STATUS efi_map_read(struct efi_map *map)
{
	map->size = map->capacity;
	return BS->GetMemoryMap(&map->size, map->descriptors, &map->key, &map->stride, &map->version);
}

EFI_STATUS exit_boot_services(struct efi_map *map)
{
	for (int i = 0; i < TRIES; i++) {
		EFI_STATUS status = efi_map_read(map);

		if (status != EFI_SUCCESS && i == 0)
			return status;
		if (status != EFI_SUCCESS)
			break;
		/* After the first call only these two services may be used: no allocation, no printing. */
		if (BS->ExitBootServices(image_handle, map->key) == EFI_SUCCESS)
			return EFI_SUCCESS;
	}
	reset_machine();
}

_Noreturn void reset_machine(void)
{
	RT->ResetSystem(EfiResetCold, EFI_ABORTED, 0, NULL);
	arch_halt();
}
