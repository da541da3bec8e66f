/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: bootloader/memorymap.c */
#include "bootloader/memorymap.h"

#include <helion/bootctx.h>

#include "tap.h"

enum { STRIDE = 48, CAPACITY = 64 };

static uint8_t descriptors[CAPACITY * STRIDE] __attribute__((aligned(8)));
static struct efi_map efi;
static struct memmap_entry entries[3 * CAPACITY];
static struct memmap map;

static void begin(void)
{
	memset(descriptors, 0xee, sizeof(descriptors)); /* what lies between descriptors is anything */
	efi = (struct efi_map){.descriptors = descriptors, .capacity = sizeof(descriptors), .stride = STRIDE};
	memmap_init(&map, entries, 3 * CAPACITY, NULL);
}

static void add(uint32_t type, uint64_t base, uint64_t pages, uint64_t attributes)
{
	EFI_MEMORY_DESCRIPTOR descriptor = {.Type = type,
					    .PhysicalStart = base,
					    .NumberOfPages = pages,
					    .Attribute = attributes};

	memcpy(descriptors + efi.size, &descriptor, sizeof(descriptor));
	efi.size += STRIDE;
}

static void translate(void)
{
	CHECK_EQUAL(memory_translate(&efi, &map), MEMMAP_OK);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
}

static void types_are_translated(void)
{
	static const struct {
		uint32_t efi;
		uint64_t attributes;
		uint32_t type;
	} cases[] = {
		{EfiReservedMemoryType, EFI_MEMORY_WB, HELION_MEM_RESERVED},
		{EfiLoaderCode, EFI_MEMORY_WB, HELION_MEM_LOADER},
		{EfiLoaderData, EFI_MEMORY_WB, HELION_MEM_LOADER},
		{EfiBootServicesCode, EFI_MEMORY_WB, HELION_MEM_LOADER},
		{EfiBootServicesData, EFI_MEMORY_WB, HELION_MEM_LOADER},
		{EfiRuntimeServicesCode, EFI_MEMORY_WB | EFI_MEMORY_RUNTIME, HELION_MEM_RUNTIME_CODE},
		{EfiRuntimeServicesData, EFI_MEMORY_WB | EFI_MEMORY_RUNTIME, HELION_MEM_RUNTIME_DATA},
		{EfiConventionalMemory, EFI_MEMORY_WB, HELION_MEM_USABLE},
		{EfiConventionalMemory, 0, HELION_MEM_USABLE}, /* the firmware does not say: trust the type */
		{EfiConventionalMemory, EFI_MEMORY_UC, HELION_MEM_RESERVED},
		{EfiConventionalMemory, EFI_MEMORY_WB | EFI_MEMORY_SP, HELION_MEM_RESERVED},
		{EfiConventionalMemory, EFI_MEMORY_WB | EFI_MEMORY_NV, HELION_MEM_PERSISTENT},
		{EfiUnusableMemory, EFI_MEMORY_WB, HELION_MEM_UNUSABLE},
		{EfiACPIReclaimMemory, EFI_MEMORY_WB, HELION_MEM_ACPI_RECLAIM},
		{EfiACPIMemoryNVS, EFI_MEMORY_WB, HELION_MEM_ACPI_NVS},
		{EfiMemoryMappedIO, EFI_MEMORY_UC, HELION_MEM_MMIO},
		{EfiMemoryMappedIOPortSpace, EFI_MEMORY_UC, HELION_MEM_MMIO},
		{EfiPalCode, EFI_MEMORY_WB, HELION_MEM_RESERVED},
		{LOADER_EFI_PERSISTENT_MEMORY, EFI_MEMORY_WB, HELION_MEM_PERSISTENT},
		{LOADER_EFI_UNACCEPTED_MEMORY, EFI_MEMORY_WB, HELION_MEM_RESERVED},
		{0x80000001u, EFI_MEMORY_WB, HELION_MEM_RESERVED},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EFI_MEMORY_DESCRIPTOR descriptor = {.Type = cases[i].efi, .Attribute = cases[i].attributes};

		CHECK_EQUAL(memory_type(&descriptor), cases[i].type);
	}
}

/* EDK2 returns a descriptor size of 48 bytes, U-Boot of 40. */
static void the_stride_is_the_firmwares(void)
{
	begin();
	add(EfiConventionalMemory, 0x1000, 1, EFI_MEMORY_WB);
	add(EfiConventionalMemory, 0x2000, 2, EFI_MEMORY_WB);
	add(EfiBootServicesData, 0x4000, 1, EFI_MEMORY_WB);
	add(EfiConventionalMemory, 0x9000, 0, EFI_MEMORY_WB); /* seen on real machines */
	translate();
	CHECK_EQUAL(map.count, 2);
	CHECK_EQUAL(entries[0].base, 0x1000);
	CHECK_EQUAL(entries[0].length, 0x3000);
	CHECK_EQUAL(entries[1].type, HELION_MEM_LOADER);
	CHECK_EQUAL(memory_firmware_ram(&efi), 0x4000);
}

static void overlaps_go_to_the_stricter_type(void)
{
	begin();
	add(EfiConventionalMemory, 0, 16, EFI_MEMORY_WB);
	add(EfiReservedMemoryType, 0x4000, 2, EFI_MEMORY_WB);
	translate();
	CHECK_EQUAL(map.count, 3);
	CHECK_EQUAL(memmap_total(&map, HELION_MEM_RESERVED), 0x2000);
	CHECK_EQUAL(memmap_total(&map, HELION_MEM_USABLE), 0xe000);
}

static void impossible_sizes_are_errors(void)
{
	begin();
	add(EfiConventionalMemory, 0x1000, 1ull << 60, EFI_MEMORY_WB);
	CHECK_EQUAL(memory_translate(&efi, &map), MEMMAP_ERROR_OVERFLOW);
	begin();
	add(EfiConventionalMemory, 0xfffffffffffff000ull, 2, EFI_MEMORY_WB);
	CHECK_EQUAL(memory_translate(&efi, &map), MEMMAP_ERROR_OVERFLOW);
	begin();
	map.capacity = 1;
	add(EfiConventionalMemory, 0x1000, 1, EFI_MEMORY_WB);
	add(EfiBootServicesData, 0x2000, 1, EFI_MEMORY_WB);
	CHECK_EQUAL(memory_translate(&efi, &map), MEMMAP_ERROR_CAPACITY);
}

static void maps_of_one_and_of_many_entries(void)
{
	begin();
	add(EfiConventionalMemory, 0x100000, 256, EFI_MEMORY_WB);
	translate();
	CHECK_EQUAL(map.count, 1);
	begin();
	for (uint64_t i = 0; i < CAPACITY; i++)
		add(i % 2 ? EfiConventionalMemory : EfiBootServicesData, (CAPACITY - 1 - i) * 0x1000, 1, EFI_MEMORY_WB);
	translate();
	CHECK_EQUAL(map.count, CAPACITY);
	CHECK_EQUAL(memory_firmware_ram(&efi), CAPACITY * 0x1000);
}

static void reserving_takes_ram_of_every_kind(void)
{
	uint64_t withheld = 0;

	begin();
	add(EfiConventionalMemory, 0x1000, 3, EFI_MEMORY_WB);
	add(EfiRuntimeServicesData, 0x4000, 1, EFI_MEMORY_WB);
	add(EfiBootServicesData, 0x5000, 2, EFI_MEMORY_WB);
	add(EfiConventionalMemory, 0x10000, 1, EFI_MEMORY_WB);
	translate();

	/* Widened to pages, across a hole and another type, which stays as it is. */
	CHECK_EQUAL(memory_reserve(&map, 0x2fff, 0xd002, &withheld), MEMMAP_OK);
	CHECK_EQUAL(withheld, 0x5000);
	CHECK_EQUAL(memmap_total(&map, HELION_MEM_USABLE), 0x1000);
	CHECK_EQUAL(memmap_total(&map, HELION_MEM_LOADER), 0);
	CHECK_EQUAL(memmap_total(&map, HELION_MEM_RUNTIME_DATA), 0x1000);
	CHECK_EQUAL(memmap_total(&map, HELION_MEM_RESERVED), 0x5000);
	CHECK(memmap_is_normalised(&map));

	/* Once more changes nothing. */
	CHECK_EQUAL(memory_reserve(&map, 0x2fff, 0xd002, &withheld), MEMMAP_OK);
	CHECK_EQUAL(withheld, 0x5000);
}

static void reserving_nothing_or_nonsense_does_nothing(void)
{
	uint64_t withheld = 0;

	begin();
	add(EfiConventionalMemory, 0x1000, 3, EFI_MEMORY_WB);
	translate();
	CHECK_EQUAL(memory_reserve(&map, 0x1000, 0, &withheld), MEMMAP_OK);
	CHECK_EQUAL(memory_reserve(&map, UINT64_MAX - 10, 100, &withheld), MEMMAP_OK);
	CHECK_EQUAL(memory_reserve(&map, 0x100000, 0x1000, &withheld), MEMMAP_OK);
	CHECK_EQUAL(memory_reserve(&map, 0xfffffffffffff000ull, 0x1000, &withheld), MEMMAP_OK);
	CHECK_EQUAL(withheld, 0);
	CHECK_EQUAL(map.count, 1);
}

static void what_the_direct_map_shows(void)
{
	static const struct {
		uint32_t type;
		uint64_t attributes;
		bool mapped;
	} cases[] = {
		{HELION_MEM_USABLE, 0, true},
		{HELION_MEM_MODULE, EFI_MEMORY_WB, true},
		{HELION_MEM_MMIO, EFI_MEMORY_WB, false},
		{HELION_MEM_UNUSABLE, EFI_MEMORY_WB, false},
		{HELION_MEM_RESERVED, EFI_MEMORY_WB | EFI_MEMORY_UC, true},
		{HELION_MEM_RESERVED, 0, false}, /* no-map */
		{HELION_MEM_RESERVED, EFI_MEMORY_UC, false},
		{HELION_MEM_PERSISTENT, EFI_MEMORY_WB, true},
		{HELION_MEM_RUNTIME_DATA, EFI_MEMORY_UC | EFI_MEMORY_RUNTIME, false},
		{HELION_MEM_RUNTIME_DATA, EFI_MEMORY_WB | EFI_MEMORY_RUNTIME, true},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct memmap_entry entry = {.type = cases[i].type, .attributes = cases[i].attributes};

		CHECK(memory_is_mapped(&entry) == cases[i].mapped);
	}
}

int main(void)
{
	RUN(types_are_translated);
	RUN(the_stride_is_the_firmwares);
	RUN(overlaps_go_to_the_stricter_type);
	RUN(impossible_sizes_are_errors);
	RUN(maps_of_one_and_of_many_entries);
	RUN(reserving_takes_ram_of_every_kind);
	RUN(reserving_nothing_or_nonsense_does_nothing);
	RUN(what_the_direct_map_shows);
	return tap_finish();
}
