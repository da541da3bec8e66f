/* SPDX-License-Identifier: BSD-2-Clause */
/* See memory.h. */
#include "bootloader/memory.h"

#include "lib/checked.h"

#define BELOW_4G 0xffffffffull

static struct memory_block blocks[MEMORY_MAX_BLOCKS];
static size_t block_count;

static EFI_STATUS allocate_below(uint64_t maximum, EFI_MEMORY_TYPE efi_type, uint64_t pages, uint64_t *ret_base)
{
	EFI_PHYSICAL_ADDRESS base = maximum;
	EFI_STATUS status = BS->AllocatePages(AllocateMaxAddress, efi_type, pages, &base);

	if (status == EFI_SUCCESS && base == 0) {
		/* Some firmware hands out page 0, which nobody can tell from "nothing". Take others. */
		EFI_PHYSICAL_ADDRESS zero = base;

		base = maximum;
		status = BS->AllocatePages(AllocateMaxAddress, efi_type, pages, &base);
		BS->FreePages(zero, pages);
	}
	if (status == EFI_SUCCESS)
		*ret_base = base;
	return status;
}

EFI_STATUS memory_allocate(const struct memory_request *request, uint64_t *ret_base)
{
	uint64_t alignment = request->alignment > EFI_PAGE_SIZE ? request->alignment : EFI_PAGE_SIZE;
	uint64_t maximum = request->maximum ? request->maximum : UINT64_MAX;
	uint64_t size, room, base, start, end;
	EFI_STATUS status;

	if (request->size == 0 || block_count == MEMORY_MAX_BLOCKS)
		return EFI_OUT_OF_RESOURCES;
	if (!checked_align_up(request->size, EFI_PAGE_SIZE, &size) ||
	    !checked_add_u64(size, alignment - EFI_PAGE_SIZE, &room))
		return EFI_OUT_OF_RESOURCES;

	status =
		allocate_below(maximum < BELOW_4G ? maximum : BELOW_4G, request->efi_type, room / EFI_PAGE_SIZE, &base);
	if (status != EFI_SUCCESS && maximum > BELOW_4G)
		status = allocate_below(maximum, request->efi_type, room / EFI_PAGE_SIZE, &base);
	if (status != EFI_SUCCESS)
		return status;

	/* Give back what was only there to find an aligned place. */
	start = (base + alignment - 1) & ~(alignment - 1);
	end = start + size;
	if (start > base)
		BS->FreePages(base, (start - base) / EFI_PAGE_SIZE);
	if (base + room > end)
		BS->FreePages(end, (base + room - end) / EFI_PAGE_SIZE);

	blocks[block_count++] = (struct memory_block){.base = start, .size = size, .type = request->type};
	*ret_base = start;
	return EFI_SUCCESS;
}

size_t memory_mark(void)
{
	return block_count;
}

void memory_release(size_t mark)
{
	while (block_count > mark) {
		struct memory_block *block = &blocks[--block_count];

		BS->FreePages(block->base, block->size / EFI_PAGE_SIZE);
	}
}

/* `base` is that of a block: anything else is an error of the caller's. */
static struct memory_block *find(uint64_t base)
{
	struct memory_block *block = blocks;

	while (block->base != base)
		block++;
	return block;
}

void memory_free(uint64_t base)
{
	struct memory_block *block = find(base);

	BS->FreePages(block->base, block->size / EFI_PAGE_SIZE);
	for (block_count--; block < blocks + block_count; block++)
		*block = block[1];
}

void memory_trim(uint64_t base, uint64_t size)
{
	struct memory_block *block = find(base);
	uint64_t kept = (size + EFI_PAGE_SIZE - 1) & ~(uint64_t)(EFI_PAGE_SIZE - 1);

	if (kept < block->size)
		BS->FreePages(base + kept, (block->size - kept) / EFI_PAGE_SIZE);
	block->size = kept;
}

void memory_set_type(uint64_t base, uint32_t type)
{
	find(base)->type = type;
}

const struct memory_block *memory_blocks(size_t *ret_count)
{
	*ret_count = block_count;
	return blocks;
}
