/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the firmware's memory map to the boot context's. Pure functions: they also
 * build on the host, and none calls the firmware, so that they may run after ExitBootServices.
 */
#ifndef BOOTLOADER_MEMORYMAP_H
#define BOOTLOADER_MEMORYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bootloader/efi.h"
#include "lib/memmap.h"

/* Descriptors as GetMemoryMap returned them. */
struct efi_map {
	void *descriptors;
	uint64_t capacity; /* bytes of the buffer */
	UINTN size;        /* bytes used */
	UINTN stride;      /* the firmware's descriptor size, not sizeof(EFI_MEMORY_DESCRIPTOR) */
	UINTN key;
	UINT32 version;
};

static inline size_t efi_map_count(const struct efi_map *map)
{
	return map->stride ? map->size / map->stride : 0;
}

/* HELION_MEM_* of a descriptor (UEFI 2.10 §7.2.1, table 7.10). */
uint32_t memory_type(const EFI_MEMORY_DESCRIPTOR *descriptor);

/* Bytes that the firmware has as RAM for the operating system: conventional, loader, boot services, ACPI reclaim. */
uint64_t memory_firmware_ram(const struct efi_map *map);

/*
 * Adds every descriptor to `map`, in any order and not normalised. Descriptors without pages
 * are skipped; what reaches beyond 2^64 is an error, as is lack of room.
 */
enum memmap_error memory_translate(const struct efi_map *efi, struct memmap *map);

/*
 * Makes what lies of [base, base + size), widened to whole pages, in RAM that would be free sooner
 * or later HELION_MEM_RESERVED. Adds the bytes so withheld to *withheld. `map` is normalised.
 */
enum memmap_error memory_reserve(struct memmap *map, uint64_t base, uint64_t size, uint64_t *withheld);

/* Whether the direct map shows a range of this type and these attributes. */
bool memory_is_mapped(const struct memmap_entry *entry);

#endif
