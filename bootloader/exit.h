/* SPDX-License-Identifier: BSD-2-Clause */
/* The firmware's memory map and the end of boot services. UEFI 2.10 §7.2.3, §7.4.6. */
#ifndef BOOTLOADER_EXIT_H
#define BOOTLOADER_EXIT_H

#include "bootloader/memorymap.h"

enum {
	/* Descriptors that a map may grow by until the last moment (Linux needs 32 on recent machines). */
	EXIT_SLACK = 64,
};

/* Bytes that the map takes now, and its descriptor size. */
EFI_STATUS efi_map_measure(UINTN *ret_size, UINTN *ret_stride);

/* Reads the map into map->descriptors, map->capacity bytes. */
EFI_STATUS efi_map_read(struct efi_map *map);

/*
 * Ends boot services; `map` is then the final map. The firmware may change its map until the last moment, so a
 * refusal is expected once. Returns an error only if nothing was shut down yet (the map could not be read);
 * when all tries fail the machine is reset, because half of the firmware is gone by then.
 */
EFI_STATUS exit_boot_services(struct efi_map *map);

/* Cold reset; if even that fails, stops for ever. For errors after ExitBootServices, when nothing can be said. */
_Noreturn void reset_machine(void);

#endif
