/* SPDX-License-Identifier: BSD-2-Clause */
/* See memorymap.h. */
#include "bootloader/memorymap.h"

#include <helion/bootctx.h>

#include "lib/checked.h"

#define CACHEABLE                 (EFI_MEMORY_WB | EFI_MEMORY_WT | EFI_MEMORY_WC)
#define UNCACHED_ONLY(attributes) (((attributes)&EFI_MEMORY_UC) && !((attributes)&CACHEABLE))

static const EFI_MEMORY_DESCRIPTOR *descriptor_at(const struct efi_map *map, size_t index)
{
	return (const EFI_MEMORY_DESCRIPTOR *)((const uint8_t *)map->descriptors + index * map->stride);
}

/* RAM that the firmware leaves to the operating system, at once or after ExitBootServices. */
static bool is_system_ram(const EFI_MEMORY_DESCRIPTOR *descriptor)
{
	switch (descriptor->Type) {
	case EfiConventionalMemory:
	case EfiLoaderCode:
	case EfiLoaderData:
	case EfiBootServicesCode:
	case EfiBootServicesData:
	case EfiACPIReclaimMemory:
		return !(descriptor->Attribute & (EFI_MEMORY_SP | EFI_MEMORY_NV)) &&
		       !UNCACHED_ONLY(descriptor->Attribute);
	default: return false;
	}
}

uint32_t memory_type(const EFI_MEMORY_DESCRIPTOR *descriptor)
{
	switch (descriptor->Type) {
	case EfiConventionalMemory:
	case EfiLoaderCode:
	case EfiLoaderData:
	case EfiBootServicesCode:
	case EfiBootServicesData:
		if (descriptor->Attribute & EFI_MEMORY_NV)
			return HELION_MEM_PERSISTENT;
		if (!is_system_ram(descriptor)) /* for a special purpose, or not cacheable */
			return HELION_MEM_RESERVED;
		return descriptor->Type == EfiConventionalMemory ? HELION_MEM_USABLE : HELION_MEM_LOADER;
	case EfiRuntimeServicesCode: return HELION_MEM_RUNTIME_CODE;
	case EfiRuntimeServicesData: return HELION_MEM_RUNTIME_DATA;
	case EfiACPIReclaimMemory: return HELION_MEM_ACPI_RECLAIM;
	case EfiACPIMemoryNVS: return HELION_MEM_ACPI_NVS;
	case EfiMemoryMappedIO:
	case EfiMemoryMappedIOPortSpace: return HELION_MEM_MMIO;
	case EfiUnusableMemory: return HELION_MEM_UNUSABLE;
	case LOADER_EFI_PERSISTENT_MEMORY: return HELION_MEM_PERSISTENT;
	default: return HELION_MEM_RESERVED; /* also unaccepted memory and types of the vendor's own */
	}
}

uint64_t memory_firmware_ram(const struct efi_map *map)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < efi_map_count(map); i++)
		if (is_system_ram(descriptor_at(map, i)))
			sum += descriptor_at(map, i)->NumberOfPages * EFI_PAGE_SIZE;
	return sum;
}

enum memmap_error memory_translate(const struct efi_map *efi, struct memmap *map)
{
	for (size_t i = 0; i < efi_map_count(efi); i++) {
		const EFI_MEMORY_DESCRIPTOR *descriptor = descriptor_at(efi, i);
		uint64_t base = align_down(descriptor->PhysicalStart, EFI_PAGE_SIZE), length;
		enum memmap_error error;

		if (!checked_mul_u64(descriptor->NumberOfPages, EFI_PAGE_SIZE, &length))
			return MEMMAP_ERROR_OVERFLOW;
		error = memmap_add(map, base, length, memory_type(descriptor), descriptor->Attribute);
		if (error != MEMMAP_OK)
			return error;
	}
	return MEMMAP_OK;
}

static bool is_freed_later(uint32_t type)
{
	return type == HELION_MEM_USABLE || type == HELION_MEM_LOADER || type == HELION_MEM_ACPI_RECLAIM;
}

enum memmap_error memory_reserve(struct memmap *map, uint64_t base, uint64_t size, uint64_t *withheld)
{
	uint64_t last, at = align_down(base, EFI_PAGE_SIZE);
	size_t i = 0;

	if (size == 0 || !checked_add_u64(base, size - 1, &last))
		return MEMMAP_OK;
	last |= EFI_PAGE_SIZE - 1;

	/* Carving changes the array, but nothing before `at`: start over behind what was done. */
	while (i < map->count) {
		const struct memmap_entry *entry = &map->entries[i];
		uint64_t entry_last = entry->base + (entry->length - 1);
		uint64_t start = entry->base > at ? entry->base : at;
		uint64_t end = entry_last < last ? entry_last : last;
		enum memmap_error error;

		if (entry->base > last)
			break;
		if (entry_last < at || !is_freed_later(entry->type)) {
			i++;
			continue;
		}
		error = memmap_carve(map, start, end - start + 1, HELION_MEM_RESERVED);
		if (error != MEMMAP_OK)
			return error;
		*withheld += end - start + 1;
		if (end == last)
			break;
		at = end + 1;
		i = 0;
	}
	return MEMMAP_OK;
}

bool memory_is_mapped(const struct memmap_entry *entry)
{
	switch (entry->type) {
	case HELION_MEM_MMIO:
	case HELION_MEM_UNUSABLE: return false;
	case HELION_MEM_RESERVED: /* firmware keeps tables there; it is RAM when it can be cached */
	case HELION_MEM_PERSISTENT: return entry->attributes & EFI_MEMORY_WB;
	case HELION_MEM_RUNTIME_CODE:
	case HELION_MEM_RUNTIME_DATA: /* on some firmware the flash with the variables is among them */
		return !UNCACHED_ONLY(entry->attributes);
	default: return true;
	}
}
