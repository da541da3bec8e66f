/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page tables that the kernel is entered with: its segments, the direct map of
 * all RAM, framebuffers and console registers in the direct map's region, and the
 * hand-over page. Built after ExitBootServices, when the memory map is final, in a pool
 * that was allocated before.
 */
#ifndef BOOTLOADER_PAGING_H
#define BOOTLOADER_PAGING_H

#include "bootloader/boot.h"
#include "lib/memmap.h"
#include "lib/pagetable.h"

struct paging {
	struct pagetable upper;
	struct pagetable lower; /* of the hand-over page; the same root where the halves share one */
	uint64_t direct_map;    /* virtual address of physical address 0 */
	uint64_t direct_map_size;
	uint64_t pool, pool_end; /* pages not used yet */
};

/* The last byte of what the direct map shows. */
uint64_t paging_highest(const struct memmap *map);

/*
 * Chooses the mode of boot->paging_* and allocates the pool, with room for some ranges more than
 * `map` has. Prints errors.
 */
EFI_STATUS paging_prepare(struct boot *boot, const struct memmap *map, struct paging *ret);

/*
 * Builds everything and fills in the `virt` fields of framebuffers and console.
 * False when the pool did not suffice or the map is beyond the direct map.
 */
bool paging_build(struct boot *boot, struct paging *paging, const struct memmap *map, uint64_t handover_page);

#endif
