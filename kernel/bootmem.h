/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for the kernel itself while it starts: page tables, stacks, tables. It
 * is taken from the memory map page by page and never given back; when init is
 * made the rest becomes Memory capabilities and this allocator ends
 * (bootmem_finish()). Boot CPU only, no lock.
 */
#ifndef KERNEL_BOOTMEM_H
#define KERNEL_BOOTMEM_H

#include <stdbool.h>
#include <stdint.h>

#include <helion/bootctx.h>

/* Reads the memory map. Only usable RAM is taken: the loader's memory holds the page
 * tables that are in use at first. */
void bootmem_init(const struct helion_bootctx *ctx);

/* Physical address of zeroed contiguous pages; panics when there are none. */
uint64_t bootmem_alloc(uint64_t pages);

/* The same that end at or below limit; 0 when there are none. */
uint64_t bootmem_alloc_below(uint64_t pages, uint64_t limit);

/* Zeroed memory in the direct map for good. NULL when there is none. */
void *bootmem_alloc_bytes(uint64_t size);

/*
 * Ends the allocator (nothing can be taken any more; may be called again) and calls fn for each maximal free range and for each range
 * that was taken (taken = true). Ranges of usable RAM and, for free ones, of the
 * loader's memory.
 */
void bootmem_finish(void (*fn)(void *ctx, uint64_t base, uint64_t size, bool taken), void *fn_ctx);

#endif
