/* SPDX-License-Identifier: BSD-2-Clause */
/* Making the boot context (include/helion/bootctx.h, docs/boot-protocol.md). */
#ifndef BOOTLOADER_BOOTCTX_H
#define BOOTLOADER_BOOTCTX_H

#include "bootloader/boot.h"
#include "bootloader/memorymap.h"

struct context {
	struct helion_bootctx *header;      /* start of the block, identity-mapped */
	void *efi_map;                      /* room for the firmware's map, inside the block */
	uint64_t efi_map_capacity;          /* bytes */
	struct helion_memory_range *ranges; /* room for the memory map, inside the block */
	size_t range_capacity;
	struct helion_framebuffer *framebuffers;
	size_t framebuffer_count;
};

/*
 * Allocates the block and fills in all that is known before ExitBootServices. It has room for a
 * firmware map of `efi_map_capacity` bytes and a memory map of `range_capacity` ranges.
 * Prints an error.
 */
EFI_STATUS context_build(const struct boot *boot, uint64_t efi_map_capacity, size_t range_capacity,
			 struct context *ret);

#endif
