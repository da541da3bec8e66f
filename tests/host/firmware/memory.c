/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory services and the end of boot services. RAM is an array at its own addresses; free pages are poisoned for the
 * address sanitizer and given out full of junk. UEFI 2.10 §7.2, §7.4.6.
 */
#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "firmware.h"

enum {
	PAGES = FIRMWARE_RAM_SIZE / EFI_PAGE_SIZE,
	MAX_POOL = 1024,
	OWN_PAGES = 16, /* the loader's image, say */
	JUNK = 0xa5,
};

bool firmware_is_exiting, firmware_has_exited;

static uint8_t types[PAGES]; /* of each page; EfiConventionalMemory is free */
static bool own[PAGES];      /* allocated before the loader ran */
static bool has_page_zero;
static UINTN map_key = 1;
static unsigned exit_tries;

static struct {
	void *block;
	size_t size;
} pool[MAX_POOL];

/* Besides RAM. Nothing there is ever accessed. */
static const EFI_MEMORY_DESCRIPTOR others[] = {
	{.Type = EfiBootServicesData, .PhysicalStart = 0, .NumberOfPages = 1, .Attribute = EFI_MEMORY_WB},
	{.Type = EfiReservedMemoryType, .PhysicalStart = 0x9f000, .NumberOfPages = 1, .Attribute = EFI_MEMORY_WB},
	{.Type = EfiRuntimeServicesCode,
	 .PhysicalStart = 0x30000000,
	 .NumberOfPages = 16,
	 .Attribute = EFI_MEMORY_WB | EFI_MEMORY_RUNTIME},
	{.Type = EfiRuntimeServicesData,
	 .PhysicalStart = 0x30010000,
	 .NumberOfPages = 16,
	 .Attribute = EFI_MEMORY_WB | EFI_MEMORY_RUNTIME},
	{.Type = EfiACPIMemoryNVS, .PhysicalStart = 0x30020000, .NumberOfPages = 4, .Attribute = EFI_MEMORY_WB},
	{.Type = EfiMemoryMappedIO,
	 .PhysicalStart = 0xe0000000,
	 .NumberOfPages = 0x10000,
	 .Attribute = EFI_MEMORY_UC | EFI_MEMORY_RUNTIME},
};

static uint64_t address_of(size_t page)
{
	return FIRMWARE_RAM_BASE + page * EFI_PAGE_SIZE;
}

static bool page_range(uint64_t base, UINTN count, size_t *ret_first)
{
	if (base < FIRMWARE_RAM_BASE || base % EFI_PAGE_SIZE)
		return false;
	*ret_first = (base - FIRMWARE_RAM_BASE) / EFI_PAGE_SIZE;
	return *ret_first < PAGES && count <= PAGES - *ret_first;
}

bool firmware_is_allocated(uint64_t base, uint64_t size)
{
	size_t first;

	if (!page_range(base, (size + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE, &first))
		return false;
	for (size_t i = first; i < first + (size + EFI_PAGE_SIZE - 1) / EFI_PAGE_SIZE; i++)
		if (types[i] == EfiConventionalMemory)
			return false;
	return true;
}

/* ---- Pages ------------------------------------------------------------------------------------------------------- */

/* The highest free run below the limit; PAGES if there is none. */
static size_t find_run(uint64_t maximum, UINTN count)
{
	size_t run = 0;

	for (size_t i = PAGES; i-- > 0;) {
		bool is_free = types[i] == EfiConventionalMemory && address_of(i) + (EFI_PAGE_SIZE - 1) <= maximum;

		run = is_free ? run + 1 : 0;
		if (run == count)
			return i;
	}
	return PAGES;
}

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN count,
					EFI_PHYSICAL_ADDRESS *base)
{
	uint64_t maximum = how == AllocateMaxAddress ? *base : UINT64_MAX;
	size_t first;

	FIRMWARE_CALL("AllocatePages", "%llu pages", (unsigned long long)count);
	firmware_call_size(count * EFI_PAGE_SIZE);
	if (count == 0 || type >= EfiMaxMemoryType || type == EfiConventionalMemory || how == AllocateAddress) {
		firmware_violation("AllocatePages of type %d, %llu pages", (int)type, (unsigned long long)count);
		return EFI_INVALID_PARAMETER;
	}
	if (firmware_quirks.is_memory_high && maximum <= 0xffffffff)
		return EFI_OUT_OF_RESOURCES;
	if (firmware_quirks.page_zero) {
		firmware_quirks.page_zero = false;
		has_page_zero = true;
		*base = 0;
		return EFI_SUCCESS;
	}
	first = find_run(maximum, count);
	if (first == PAGES)
		return EFI_OUT_OF_RESOURCES;
	for (size_t i = first; i < first + count; i++)
		types[i] = (uint8_t)type;
	ASAN_UNPOISON_MEMORY_REGION((void *)address_of(first), count * EFI_PAGE_SIZE);
	memset((void *)address_of(first), JUNK, count * EFI_PAGE_SIZE);
	map_key++;
	*base = address_of(first);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS base, UINTN count)
{
	EFI_STATUS failure = EFI_SUCCESS;
	size_t first;

	/* One that reports failure still does its work here, or everything else would leak. */
	firmware_call(&failure, "FreePages", "%llu pages", (unsigned long long)count);
	if (base == 0 && has_page_zero) {
		has_page_zero = false;
		return EFI_SUCCESS;
	}
	if (count == 0 || !page_range(base, count, &first) || !firmware_is_allocated(base, count * EFI_PAGE_SIZE)) {
		firmware_violation("FreePages of %llu pages at 0x%llx, which are not allocated",
				   (unsigned long long)count, (unsigned long long)base);
		return EFI_NOT_FOUND;
	}
	memset((void *)base, JUNK, count * EFI_PAGE_SIZE);
	ASAN_POISON_MEMORY_REGION((void *)base, count * EFI_PAGE_SIZE);
	for (size_t i = first; i < first + count; i++)
		types[i] = EfiConventionalMemory;
	map_key++;
	return EFI_SUCCESS;
}

/* ---- Pool -------------------------------------------------------------------------------------------------------- */

void *firmware_pool(size_t size)
{
	for (size_t i = 0; i < MAX_POOL; i++) {
		if (pool[i].block)
			continue;
		pool[i].block = malloc(size ? size : 1);
		pool[i].size = size;
		memset(pool[i].block, JUNK, size);
		map_key++;
		return pool[i].block;
	}
	return NULL;
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size, void **buffer)
{
	(void)type;
	FIRMWARE_CALL("AllocatePool", "%llu bytes", (unsigned long long)size);
	*buffer = firmware_pool(size);
	return *buffer ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
}

static EFI_STATUS EFIAPI free_pool(void *buffer)
{
	EFI_STATUS failure;

	firmware_call(&failure, "FreePool", "%s", "");
	for (size_t i = 0; i < MAX_POOL; i++) {
		if (!buffer || pool[i].block != buffer)
			continue;
		free(buffer);
		pool[i].block = NULL;
		map_key++;
		return EFI_SUCCESS;
	}
	firmware_violation("FreePool of %p, which is not allocated", buffer);
	return EFI_INVALID_PARAMETER;
}

/* ---- The map, and leaving ---------------------------------------------------------------------------------------- */

struct map_writer {
	uint8_t *buffer;
	size_t stride, count;
};

static void emit(struct map_writer *writer, EFI_MEMORY_DESCRIPTOR descriptor)
{
	if (writer->buffer) {
		memset(writer->buffer + writer->count * writer->stride, JUNK, writer->stride);
		memcpy(writer->buffer + writer->count * writer->stride, &descriptor, sizeof(descriptor));
	}
	writer->count++;
}

/* Writes the map, or only counts if there is no buffer. */
static void write_map(struct map_writer *writer)
{
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		emit(writer, others[i]);
	for (size_t first = 0, end; first < PAGES; first = end) {
		for (end = first + 1; end < PAGES && types[end] == types[first];)
			end++;
		emit(writer, (EFI_MEMORY_DESCRIPTOR){.Type = types[first],
						     .PhysicalStart = address_of(first),
						     .NumberOfPages = end - first,
						     .Attribute = EFI_MEMORY_WB | EFI_MEMORY_UC});
	}
	if (firmware_quirks.zero_descriptors)
		emit(writer, (EFI_MEMORY_DESCRIPTOR){.Type = EfiConventionalMemory, .PhysicalStart = 0x40000000});
}

static EFI_STATUS EFIAPI get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key, UINTN *descriptor_size,
					UINT32 *version)
{
	struct map_writer writer = {.stride = firmware_quirks.descriptor_size ? firmware_quirks.descriptor_size : 48};
	UINTN room = *size;

	FIRMWARE_CALL("GetMemoryMap", "%s", map ? "" : "size");
	if (firmware_is_exiting && firmware_quirks.map_read_fails)
		return EFI_DEVICE_ERROR;
	write_map(&writer);
	*descriptor_size = writer.stride;
	*version = 1;
	*size = writer.count * writer.stride;
	firmware_call_size(*size);
	if (!map || room < *size)
		return EFI_BUFFER_TOO_SMALL;
	writer.buffer = (uint8_t *)map;
	writer.count = 0;
	write_map(&writer);
	*key = map_key;
	return EFI_SUCCESS;
}

/* What a handler of the event does: some pages here and there, so that the map gets longer. */
static void change_map(void)
{
	map_key++;
	for (unsigned i = 0, page = 1; i < firmware_quirks.stale_growth && page + 2 < PAGES; page += 2) {
		if (types[page] != EfiConventionalMemory || types[page - 1] != EfiConventionalMemory)
			continue;
		types[page] = EfiBootServicesData;
		own[page] = true;
		i++;
	}
}

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE image, UINTN key)
{
	FIRMWARE_CALL("ExitBootServices", "%s", "");
	firmware_result->exit_calls++;
	firmware_is_exiting = true;
	if (image != firmware_image)
		firmware_violation("ExitBootServices with another image's handle");
	if (exit_tries++ < firmware_quirks.stale_keys)
		change_map();
	if (key != map_key)
		return EFI_INVALID_PARAMETER;
	firmware_has_exited = true;
	return EFI_SUCCESS;
}

void firmware_memory_init(void)
{
	void *ram = mmap((void *)FIRMWARE_RAM_BASE, FIRMWARE_RAM_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1, 0);

	if (ram != (void *)FIRMWARE_RAM_BASE)
		abort();
	ASAN_POISON_MEMORY_REGION(ram, FIRMWARE_RAM_SIZE);
	memset(types, EfiConventionalMemory, sizeof(types));
	for (size_t i = PAGES / 2; i < PAGES / 2 + OWN_PAGES; i++) {
		types[i] = i % 2 ? EfiLoaderCode : EfiBootServicesData;
		own[i] = true;
	}
	firmware_boot_services.AllocatePages = allocate_pages;
	firmware_boot_services.FreePages = free_pages;
	firmware_boot_services.AllocatePool = allocate_pool;
	firmware_boot_services.FreePool = free_pool;
	firmware_boot_services.GetMemoryMap = get_memory_map;
	firmware_boot_services.ExitBootServices = exit_boot_services;
}

void firmware_memory_leaks(void)
{
	for (size_t i = 0; i < PAGES; i++)
		if (types[i] != EfiConventionalMemory && !own[i]) {
			firmware_violation("leak: page 0x%llx", (unsigned long long)address_of(i));
			break;
		}
	for (size_t i = 0; i < MAX_POOL; i++)
		if (pool[i].block) {
			firmware_violation("leak: %zu bytes of pool", pool[i].size);
			break;
		}
	if (has_page_zero)
		firmware_violation("leak: page 0");
}
