/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The end of the loader: takes all memory it will need, leaves boot services, makes the
 * final memory map and page tables, and enters the kernel.
 *
 * Order matters. After ExitBootServices nothing can be allocated and nothing can be said, so everything
 * that could fail is done before it; sizes have slack for what the firmware may still change.
 */
#include <stddef.h>

#include "bootloader/arch.h"
#include "bootloader/boot.h"
#include "bootloader/bootctx.h"
#include "bootloader/exit.h"
#include "bootloader/memory.h"
#include "bootloader/memorymap.h"
#include "bootloader/paging.h"
#include "bootloader/print.h"
#include "bootloader/proto/memory_attribute.h"
#include "lib/string.h"

enum {
	STACK_SIZE = 64 * 1024,
	MAX_RESERVED = 256,
};

struct handover {
	struct boot *boot;
	struct context context;
	struct paging paging;
	struct efi_map efi_map; /* the final one, inside the context */
	struct memmap map;      /* ours, while it is made; scratch memory */
	uint64_t withheld;      /* bytes of RAM that the device tree or a framebuffer takes */
	uint64_t stack;         /* physical, lowest byte */
	uint64_t page;          /* the hand-over page */
	enum memmap_error error;
};

/* -- The memory map ---------------------------------------------------------- */

/* Reserved and not to be mapped: enters the map without cache attributes, before it is normalised. */
static void reserve_no_map(void *ctx, uint64_t base, uint64_t size, bool no_map)
{
	struct handover *handover = ctx;
	uint64_t end = (base + size + EFI_PAGE_SIZE - 1) & ~(uint64_t)(EFI_PAGE_SIZE - 1);

	base &= ~(uint64_t)(EFI_PAGE_SIZE - 1);
	if (no_map && end > base && handover->error == MEMMAP_OK)
		handover->error = memmap_add(&handover->map, base, end - base, HELION_MEM_RESERVED, 0);
}

static void reserve(void *ctx, uint64_t base, uint64_t size, bool no_map)
{
	struct handover *handover = ctx;

	(void)no_map;
	if (handover->error == MEMMAP_OK)
		handover->error = memory_reserve(&handover->map, base, size, &handover->withheld);
}

/*
 * Makes the map of the descriptors in handover->efi_map: the firmware's types, what the device
 * tree reserves, and the loader's own blocks. No firmware call.
 */
static enum memmap_error make_map(struct handover *handover)
{
	const struct memory_block *blocks;
	size_t count;

	handover->map.count = 0;
	handover->withheld = 0;
	handover->error = memory_translate(&handover->efi_map, &handover->map);
	if (handover->error == MEMMAP_OK)
		handover->error = memmap_normalise(&handover->map);
	/* Firmware may keep a framebuffer in memory that it calls its own, which would be free after it. */
	for (size_t i = 0; i < handover->boot->framebuffer_count; i++) {
		const struct helion_framebuffer *info = &handover->boot->framebuffers[i].info;

		reserve(handover, info->phys, info->size, false);
	}
	/* RAM of no-map nodes that the firmware shows as free is counted before it disappears. */
	tree_each_reserved(&handover->boot->tree, reserve, handover);
	tree_each_reserved(&handover->boot->tree, reserve_no_map, handover);
	if (handover->error == MEMMAP_OK)
		handover->error = memmap_normalise(&handover->map);

	blocks = memory_blocks(&count);
	for (size_t i = 0; i < count && handover->error == MEMMAP_OK; i++)
		if (blocks[i].type != HELION_MEM_LOADER)
			handover->error = memmap_carve(&handover->map, blocks[i].base, blocks[i].size, blocks[i].type);
	return handover->error;
}

/* Allocates scratch memory for the map and makes a first one, to learn sizes from. Prints errors. */
static EFI_STATUS survey(struct handover *handover)
{
	struct memory_request request = {.type = HELION_MEM_LOADER, .efi_type = EfiLoaderData};
	struct efi_map *efi_map = &handover->efi_map;
	uint64_t scratch, map_size;
	EFI_STATUS status;
	UINTN size, stride;
	size_t count;

	status = efi_map_measure(&size, &stride);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot get the size of the memory map");

	count = size / stride + EXIT_SLACK;
	map_size = count * stride;
	request.size = map_size + (3 * (count + MAX_RESERVED) + 2 * MEMORY_MAX_BLOCKS) * sizeof(struct memmap_entry);
	status = memory_allocate(&request, &scratch);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot get %llu bytes of memory for the memory map",
				   (unsigned long long)request.size);

	*efi_map = (struct efi_map){.descriptors = (void *)scratch, .capacity = map_size};
	status = efi_map_read(efi_map);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot read the memory map");
	memmap_init(&handover->map, (struct memmap_entry *)(scratch + ((map_size + 7) & ~7ull)),
		    3 * (count + MAX_RESERVED) + 2 * MEMORY_MAX_BLOCKS - 1, NULL);
	if (make_map(handover) != MEMMAP_OK)
		return print_refusal(EFI_LOAD_ERROR, "the firmware's memory map cannot be used: %s",
				     memmap_strerror(handover->error));
	return EFI_SUCCESS;
}

/* -- Before ExitBootServices ------------------------------------------------- */

/*
 * Where the firmware enforces permissions: makes the page executable and not writable, or the
 * other way round, as it must be when it is freed (some firmware fills freed pages).
 */
static EFI_STATUS set_executable(uint64_t page, bool executable)
{
	EFI_GUID guid = MEMORY_ATTRIBUTE_PROTOCOL_GUID;
	struct memory_attribute_protocol *protocol;
	EFI_STATUS status;
	void *interface;

	if (BS->LocateProtocol(&guid, NULL, &interface) != EFI_SUCCESS)
		return EFI_SUCCESS;
	protocol = interface;
	status = protocol->set(protocol, page, EFI_PAGE_SIZE, executable ? EFI_MEMORY_RO : EFI_MEMORY_XP);
	if (status == EFI_SUCCESS)
		status = protocol->clear(protocol, page, EFI_PAGE_SIZE, executable ? EFI_MEMORY_XP : EFI_MEMORY_RO);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot change the rights of the hand-over page (MemoryAttribute protocol)");
	return EFI_SUCCESS;
}

static EFI_STATUS prepare_page(struct handover *handover)
{
	/* It is mapped at its own address in the lower half. */
	struct memory_request request = {
		.size = EFI_PAGE_SIZE,
		.maximum = ARCH_USER_TOP(handover->boot->paging_levels) - 1,
		.type = HELION_MEM_LOADER,
		.efi_type = EfiLoaderCode,
	};
	EFI_STATUS status = memory_allocate(&request, &handover->page);

	if (status != EFI_SUCCESS)
		return print_error(status, "cannot get memory for the hand-over page");
	memset((void *)handover->page, 0, EFI_PAGE_SIZE);
	memcpy((void *)handover->page, arch_handover_code, (size_t)(arch_handover_code_end - arch_handover_code));
	arch_sync_code((void *)handover->page, EFI_PAGE_SIZE);
	return set_executable(handover->page, true);
}

static EFI_STATUS prepare_stack(struct handover *handover)
{
	struct memory_request request = {.size = STACK_SIZE, .type = HELION_MEM_LOADER, .efi_type = EfiLoaderData};
	EFI_STATUS status = memory_allocate(&request, &handover->stack);

	if (status != EFI_SUCCESS)
		return print_error(status, "cannot get memory for the kernel's first stack");
	memset((uint8_t *)handover->stack + STACK_SIZE - 64, 0, 64);
	return EFI_SUCCESS;
}

/* Overlaps can double the descriptors' number; each block of the loader and each reservation splits one range. */
static size_t max_ranges(const struct efi_map *map)
{
	return 2 * (map->capacity / map->stride + MEMORY_MAX_BLOCKS + MAX_RESERVED);
}

static EFI_STATUS prepare(struct handover *handover)
{
	struct boot *boot = handover->boot;
	EFI_STATUS status;

	status = arch_boot_cpu(boot, &boot->boot_cpu);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot find out which CPU this is");
	boot->flags |= arch_boot_flags(boot->kernel.wants);

	status = survey(handover);
	if (status == EFI_SUCCESS)
		status = paging_prepare(boot, &handover->map, &handover->paging);
	if (status == EFI_SUCCESS)
		status = prepare_stack(handover);
	if (status == EFI_SUCCESS)
		status = context_build(boot, handover->efi_map.capacity, max_ranges(&handover->efi_map),
				       &handover->context);
	if (status == EFI_SUCCESS)
		status = prepare_page(handover);
	return status;
}

/* -- After ExitBootServices -------------------------------------------------- */

/* All that is known only now. */
static bool complete_context(struct handover *handover)
{
	struct helion_bootctx *header = handover->context.header;
	const struct boot *boot = handover->boot;

	_Static_assert(sizeof(struct memmap_entry) == sizeof(struct helion_memory_range), "same layout");
	if (handover->map.count > handover->context.range_capacity)
		return false;
	memcpy(handover->context.ranges, handover->map.entries, handover->map.count * sizeof(struct memmap_entry));
	header->memory_map.count = (uint32_t)handover->map.count;
	header->efi_memory_map.count = (uint32_t)(handover->efi_map.size / handover->efi_map.stride);
	header->efi_memory_map.stride = (uint32_t)handover->efi_map.stride;
	header->firmware_ram_bytes = memory_firmware_ram(&handover->efi_map);
	header->withheld_ram_bytes = handover->withheld;

	for (size_t i = 0; i < handover->context.framebuffer_count; i++)
		handover->context.framebuffers[i].virt = boot->framebuffers[i].info.virt;
	header->console = boot->console;
	header->page_table_phys = handover->paging.upper.root;
	header->handover_phys = handover->page;
	header->flags = boot->flags;
	header->event_log_size = boot->event_log_size;
	return true;
}

static _Noreturn void enter(struct handover *handover)
{
	struct helion_bootctx *header = handover->context.header;
	struct boot *boot = handover->boot;
	const struct paging *paging = &handover->paging;
	struct arch_jump jump = {
		.handover = handover->page,
		.upper_root = paging->upper.root,
		.lower_root = paging->lower.root,
		.levels = boot->paging_levels,
		.context = paging->direct_map + header->phys,
		.stack = paging->direct_map + handover->stack + STACK_SIZE,
		.entry = boot->kernel.entry,
		.flags = boot->flags,
	};

	arch_sync_code((void *)boot->kernel.phys, boot->kernel.image.span);
	boot->timestamps[HELION_TIME_KERNEL_JUMP] = arch_counter();
	memcpy(header->timestamps, boot->timestamps, sizeof(header->timestamps));
	arch_enter(&jump);
}

EFI_STATUS handover(struct boot *boot)
{
	static struct handover handover;
	EFI_STATUS status;

	handover = (struct handover){.boot = boot};
	status = prepare(&handover);
	if (status != EFI_SUCCESS)
		return status;
	print_line("firmware memory %llu bytes in %llu descriptors",
		   (unsigned long long)memory_firmware_ram(&handover.efi_map),
		   (unsigned long long)efi_map_count(&handover.efi_map));

	/* From here on the map is read into its place in the boot context. */
	handover.efi_map.descriptors = handover.context.efi_map;
	handover.efi_map.capacity = handover.context.efi_map_capacity;
	boot->timestamps[HELION_TIME_EXIT_BEGIN] = arch_counter();
	status = exit_boot_services(&handover.efi_map);
	if (status != EFI_SUCCESS) {
		set_executable(handover.page, false);
		return print_error(status, "cannot read the memory map");
	}
	boot->timestamps[HELION_TIME_EXIT_DONE] = arch_counter();
	event_log_complete(boot);

	if (make_map(&handover) != MEMMAP_OK || !paging_build(boot, &handover.paging, &handover.map, handover.page) ||
	    !complete_context(&handover))
		reset_machine();
	enter(&handover);
}
