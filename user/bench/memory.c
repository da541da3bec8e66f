/* SPDX-License-Identifier: BSD-2-Clause */
/* Mapping, through the library's functions. */
#include "user/bench/bench.h"

#define READ_WRITE (HELION_MAP_READ | HELION_MAP_WRITE)
#define MANY       512u
#define RUN        64u

static void bench_map(uint64_t pages, uint64_t at, uint64_t count, const char *map, const char *protect,
		      const char *unmap)
{
	uint64_t vspace = helion_process.vspace, size = count * HELION_PAGE_SIZE;

	BENCH_PARTS(map, (unsigned)count, , helion_vspace_map(vspace, pages, at, 0, size, READ_WRITE),
		    MUST(helion_vspace_unmap(vspace, at, size)));
	BENCH_PARTS(protect, (unsigned)count, MUST(helion_vspace_map(vspace, pages, at, 0, size, READ_WRITE));
		    , helion_vspace_protect(vspace, at, size, HELION_MAP_READ),
		    MUST(helion_vspace_unmap(vspace, at, size)));
	BENCH_PARTS(unmap, (unsigned)count, MUST(helion_vspace_map(vspace, pages, at, 0, size, READ_WRITE));
		    , helion_vspace_unmap(vspace, at, size), );
}

/* As a program that fills a range page by page does, and as seL4's benchmark: each is next to the one before. */
static int64_t map_each(uint64_t vspace, uint64_t pages, uint64_t at, uint64_t count)
{
	int64_t status = 0;

	for (uint64_t offset = 0; offset < count * HELION_PAGE_SIZE; offset += HELION_PAGE_SIZE)
		status |= helion_vspace_map(vspace, pages, at + offset, offset, HELION_PAGE_SIZE, READ_WRITE);
	return status;
}

/* In the middle of a page table, so that 4 KiB pages are used whatever the frames would allow. */
void bench_memory(void)
{
	uint64_t at, pages, neighbour;

	if (!bench_wanted("map-1") && !bench_wanted("map-next") && !bench_wanted("protect-1") &&
	    !bench_wanted("unmap-1") && !bench_wanted("map-512") && !bench_wanted("protect-512") &&
	    !bench_wanted("unmap-512"))
		return;
	pages = bench_create(HELION_TYPE_PAGES, MANY * HELION_PAGE_SIZE);
	neighbour = bench_create(HELION_TYPE_PAGES, HELION_PAGE_SIZE);
	at = vm_reserve(3 * MANY * HELION_PAGE_SIZE, MANY * HELION_PAGE_SIZE) + MANY / 2 * HELION_PAGE_SIZE;
	/* Page tables are there already: a page on either side keeps them. */
	MUST(helion_vspace_map(helion_process.vspace, neighbour, at - HELION_PAGE_SIZE, 0, HELION_PAGE_SIZE,
			       HELION_MAP_READ));
	MUST(helion_vspace_map(helion_process.vspace, neighbour, at + MANY * HELION_PAGE_SIZE, 0, HELION_PAGE_SIZE,
			       HELION_MAP_READ));
	bench_map(pages, at, 1, "map-1", "protect-1", "unmap-1");
	BENCH_PARTS("map-next", RUN, , map_each(helion_process.vspace, pages, at, RUN),
		    MUST(helion_vspace_unmap(helion_process.vspace, at, RUN * HELION_PAGE_SIZE)));
	bench_map(pages, at, MANY, "map-512", "protect-512", "unmap-512");
	MUST(helion_vspace_unmap(helion_process.vspace, at - HELION_PAGE_SIZE, HELION_PAGE_SIZE));
	MUST(helion_vspace_unmap(helion_process.vspace, at + MANY * HELION_PAGE_SIZE, HELION_PAGE_SIZE));
	bench_delete(neighbour);
	bench_delete(pages);
}
