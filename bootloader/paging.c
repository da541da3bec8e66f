/* SPDX-License-Identifier: BSD-2-Clause */
/* See paging.h. */
#include "bootloader/paging.h"

#include "bootloader/arch.h"
#include "bootloader/memory.h"
#include "bootloader/memorymap.h"
#include "bootloader/print.h"
#include "lib/checked.h"
#include "lib/string.h"

enum {
	SLACK_RUNS = 16,
	MAX_WINDOWS = BOOT_MAX_FRAMEBUFFERS + 1,
};

/* A range with a cache attribute of its own, so that no other mapping may show it. */
struct window {
	uint64_t base, size; /* whole pages */
	unsigned flags;
	uint64_t *virt; /* where to say where it is mapped */
	uint64_t exact_base;
};

struct windows {
	struct window of[MAX_WINDOWS];
	size_t count;
};

/* -- Ranges of the direct map ------------------------------------------------ */

/* The next run of adjacent mapped entries from entry *at on; false at the end. */
static bool next_run(const struct memmap *map, size_t *at, uint64_t *ret_base, uint64_t *ret_last)
{
	size_t i = *at;

	while (i < map->count && !memory_is_mapped(&map->entries[i]))
		i++;
	if (i == map->count)
		return false;
	*ret_base = map->entries[i].base;
	do {
		*ret_last = map->entries[i].base + (map->entries[i].length - 1);
		i++;
	} while (i < map->count && map->entries[i].base == *ret_last + 1 && memory_is_mapped(&map->entries[i]));
	*at = i;
	return true;
}

uint64_t paging_highest(const struct memmap *map)
{
	uint64_t base, last = 0;
	size_t at = 0;

	while (next_run(map, &at, &base, &last))
		continue;
	return last;
}

/* Keeps the windows sorted; one that overlaps another or lies beyond the direct map stays unmapped. */
static void add_window(struct windows *windows, const struct paging *paging, uint64_t base, uint64_t size,
		       unsigned flags, uint64_t *virt)
{
	uint64_t start = align_down(base, PT_PAGE_SIZE), end;
	size_t i;

	*virt = 0;
	if (size == 0 || !checked_add_u64(base, size, &end) || !checked_align_up(end, PT_PAGE_SIZE, &end) ||
	    end > paging->direct_map_size || windows->count == MAX_WINDOWS)
		return;
	for (i = 0; i < windows->count; i++)
		if (range_overlaps(windows->of[i].base, windows->of[i].size, start, end - start))
			return;
	for (i = windows->count++; i > 0 && windows->of[i - 1].base > start; i--)
		windows->of[i] = windows->of[i - 1];
	windows->of[i] = (struct window){start, end - start, flags, virt, base};
}

static void collect_windows(struct boot *boot, const struct paging *paging, struct windows *ret)
{
	struct helion_console *console = &boot->console;

	ret->count = 0;
	for (size_t i = 0; i < boot->framebuffer_count; i++) {
		struct helion_framebuffer *info = &boot->framebuffers[i].info;

		add_window(ret, paging, info->phys, info->size, PT_READ | PT_WRITE | PT_WRITECOMBINE, &info->virt);
	}
	console->virt = 0;
	if (console->type == HELION_CONSOLE_16550 || console->type == HELION_CONSOLE_PL011 ||
	    console->type == HELION_CONSOLE_SIFIVE)
		add_window(ret, paging, console->base, console->size, PT_READ | PT_WRITE | PT_DEVICE, &console->virt);
}

/* -- The pool ---------------------------------------------------------------- */

static uint64_t pool_alloc(void *ctx)
{
	struct paging *paging = ctx;
	uint64_t page = paging->pool;

	if (page == paging->pool_end)
		return 0;
	paging->pool += PT_PAGE_SIZE;
	memset((void *)page, 0, PT_PAGE_SIZE);
	return page;
}

/*
 * An upper bound on tables. A mapped range needs at each level below the root at most two tables that it fills
 * in part, at its ends, and those that it fills wholly and for which there is no larger leaf. Splitting a leaf at
 * both ends of a range needs at most two per level.
 */
static uint64_t count_tables(const struct boot *boot, const struct memmap *map)
{
	uint64_t ends = 2 * (boot->paging_levels - 1), tables, base, last;
	uint64_t ranges = SLACK_RUNS + 2 * MAX_WINDOWS + 2 * boot->kernel.image.segment_count;
	size_t at = 0;

	tables = 2 + boot->paging_levels; /* roots, and the way to the hand-over page */
	while (next_run(map, &at, &base, &last)) {
		ranges++;
		tables += (last - base) >> 39;
		if (boot->paging_max_leaf < 2)
			tables += (last - base) >> 30;
	}
	return tables + ranges * ends;
}

EFI_STATUS paging_prepare(struct boot *boot, const struct memmap *map, struct paging *ret)
{
	struct memory_request request = {.type = HELION_MEM_LOADER, .efi_type = EfiLoaderData};
	uint64_t highest = paging_highest(map);
	EFI_STATUS status;

	if (!arch_paging_choose(highest, &boot->paging_levels, &boot->paging_max_leaf))
		return print_refusal(EFI_UNSUPPORTED,
				     "memory reaches to 0x%llx, further than this CPU's page tables can map",
				     (unsigned long long)highest);
	request.size = count_tables(boot, map) * PT_PAGE_SIZE;
	status = memory_allocate(&request, &ret->pool);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot get %llu bytes of memory for page tables",
				   (unsigned long long)request.size);
	ret->pool_end = ret->pool + request.size;
	ret->direct_map = ARCH_DIRECT_MAP_BASE(boot->paging_levels);
	ret->direct_map_size = ARCH_DIRECT_MAP_SIZE(boot->paging_levels);
	return EFI_SUCCESS;
}

/* -- Building ---------------------------------------------------------------- */

static bool map_range(struct pagetable *pt, uint64_t virt, uint64_t phys, uint64_t size, unsigned flags)
{
	return pagetable_map(pt, virt, phys, size, flags, NULL, NULL) == PAGETABLE_OK;
}

/* Maps [base, last] without the windows in it. */
static bool map_run(struct paging *paging, const struct windows *windows, uint64_t base, uint64_t last)
{
	for (size_t i = 0; i < windows->count && base <= last; i++) {
		const struct window *window = &windows->of[i];

		if (window->base + window->size <= base || window->base > last)
			continue;
		if (window->base > base && !map_range(&paging->upper, paging->direct_map + base, base,
						      window->base - base, PT_READ | PT_WRITE))
			return false;
		base = window->base + window->size;
	}
	return base > last ||
	       map_range(&paging->upper, paging->direct_map + base, base, last - base + 1, PT_READ | PT_WRITE);
}

static bool map_direct(struct boot *boot, struct paging *paging, const struct memmap *map)
{
	struct windows windows;
	uint64_t base, last;
	size_t at = 0;

	collect_windows(boot, paging, &windows);
	while (next_run(map, &at, &base, &last))
		if (last >= paging->direct_map_size || !map_run(paging, &windows, base, last))
			return false;
	for (size_t i = 0; i < windows.count; i++) {
		const struct window *window = &windows.of[i];

		if (!map_range(&paging->upper, paging->direct_map + window->base, window->base, window->size,
			       window->flags))
			return false;
		*window->virt = paging->direct_map + window->exact_base;
	}
	return true;
}

static unsigned segment_flags(const struct helion_segment *segment)
{
	return PT_READ | (segment->flags & HELION_SEGMENT_WRITE ? PT_WRITE : 0u) |
	       (segment->flags & HELION_SEGMENT_EXEC ? PT_EXEC : 0u);
}

/* What the kernel cannot write at its own address cannot be written through the direct map either. */
static bool map_kernel(struct boot *boot, struct paging *paging)
{
	for (uint32_t i = 0; i < boot->kernel.image.segment_count; i++) {
		const struct helion_segment *segment = &boot->kernel.segments[i];
		uint64_t direct = paging->direct_map + segment->phys;

		if (!map_range(&paging->upper, segment->virt, segment->phys, segment->size, segment_flags(segment)))
			return false;
		if (segment->flags & HELION_SEGMENT_WRITE)
			continue;
		if (pagetable_cut(&paging->upper, direct, segment->size) != PAGETABLE_OK)
			return false;
		pagetable_protect(&paging->upper, direct, segment->size, PT_READ, NULL);
	}
	return true;
}

bool paging_build(struct boot *boot, struct paging *paging, const struct memmap *map, uint64_t handover_page)
{
	struct pagetable empty = {
		.levels = boot->paging_levels,
		.max_leaf_level = boot->paging_max_leaf,
		.alloc = pool_alloc,
		.ctx = paging,
	};

	paging->upper = paging->lower = empty;
	paging->upper.root = pool_alloc(paging);
	paging->lower.root = ARCH_SPLIT_ROOTS ? pool_alloc(paging) : paging->upper.root;
	if (!paging->upper.root || !paging->lower.root)
		return false;
	return map_direct(boot, paging, map) && map_kernel(boot, paging) &&
	       map_range(&paging->lower, handover_page, handover_page, PT_PAGE_SIZE, PT_READ | PT_EXEC);
}
