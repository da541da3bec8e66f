/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The free pages of a Memory: runs of them, in two balanced trees, by address and by
 * size. What is known of a run stands in its own first page, so that free pages cost
 * nothing, and no operation takes time that depends on how large anything is.
 *
 * Single pages are what is asked for most: a few that were given back are kept for the
 * next, and behind those a run is set aside to take them from one by one. Both go back
 * into the trees when a longer run is wanted and not found.
 *
 * Runs are found by best fit; with an alignment among the few that fit best. When memory is
 * in many pieces, an aligned run that exists may therefore not be found.
 *
 * All addresses are physical and inside the direct map. Lock: the Memory's (exclusive).
 */
#ifndef KERNEL_PAGEPOOL_H
#define KERNEL_PAGEPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/tree.h"

/* Most single pages that are kept, and pages that are set aside for them. */
#define PAGEPOOL_KEPT  16u
#define PAGEPOOL_ASIDE 64u

/* A free run, in its first page. Here for kernel/check.c; only kernel/pagepool.c changes it. */
struct page_run {
	struct tree_node by_address; /* key: physical address */
	struct tree_node by_size;    /* key: pages */
};

struct pagepool {
	struct tree by_address, by_size;
	uint64_t free;              /* pages, wherever they are */
	uint64_t aside, aside_left; /* the run that is set aside, and how many pages it still has */
	uint64_t kept;              /* first single page that is kept; its first word is the next. 0: none */
	uint32_t kept_count;
};

/* One free run. */
void pagepool_init(struct pagepool *pool, uint64_t phys, uint64_t pages);

/* So many pages, aligned to `align` bytes (a power of two; 0: a page). 0: there are none. */
uint64_t pagepool_alloc(struct pagepool *pool, uint64_t pages, uint64_t align);
void pagepool_free(struct pagepool *pool, uint64_t phys, uint64_t pages);

#endif
