/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that outlives the loader. Every block is whole pages from AllocatePages,
 * remembered with the type it gets in the boot context's memory map.
 */
#ifndef BOOTLOADER_MEMORY_H
#define BOOTLOADER_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "bootloader/efi.h"

enum {
	MEMORY_MAX_BLOCKS = 128,
};

struct memory_block {
	uint64_t base; /* physical; identity-mapped while the loader runs */
	uint64_t size; /* bytes, multiple of the page size */
	uint32_t type; /* HELION_MEM_* */
};

/* What an allocation must fulfil. */
struct memory_request {
	uint64_t size;      /* bytes, rounded up to pages; not 0 */
	uint64_t alignment; /* a power of two; 0 for pages */
	uint64_t maximum;   /* highest address that may be used; 0 for any */
	uint32_t type;      /* HELION_MEM_* */
	EFI_MEMORY_TYPE
	efi_type; /* EfiLoaderData, or EfiLoaderCode for what is executed before the page tables change */
};

/*
 * Allocates; the content is undefined. Memory below 4 GiB is preferred, because some firmware
 * cannot read from a disk into what lies above. Never returns page 0. EFI_OUT_OF_RESOURCES.
 */
EFI_STATUS memory_allocate(const struct memory_request *request, uint64_t *ret_base);

/* Frees every block allocated since memory_mark() returned this mark. Not after ExitBootServices. */
size_t memory_mark(void);
void memory_release(size_t mark);

/*
 * For one block that memory_allocate() gave: frees it; gives back the pages behind its first `size` bytes (not 0); or has
 * it appear in the memory map with another type.
 */
void memory_free(uint64_t base);
void memory_trim(uint64_t base, uint64_t size);
void memory_set_type(uint64_t base, uint32_t type);

/* All blocks that are allocated now, in the order of allocation. */
const struct memory_block *memory_blocks(size_t *ret_count);

#endif
