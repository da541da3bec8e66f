/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/vm.h"

#include <stdbool.h>
#include <stddef.h>

#include "lib/checked.h"
#include "lib/string.h"
#include "user/lib/invoke.h"
#include "user/lib/start.h"
#include "user/lib/sync.h"

#define LARGE_PAGE (2u << 20)

/* -- Addresses ---------------------------------------------------------------------------------------------- */

/* More pieces than this are not remembered: what lies between two others is then never used again. */
#define FREE_RANGES 256

struct free_range {
	uint64_t base, end;
};

/* Free ranges in ascending order, none of which touch. */
static struct mutex lock;
static struct free_range ranges[FREE_RANGES] = {{VM_BASE, VM_END}};
static size_t range_count = 1;

static void remove_range(size_t index)
{
	range_count--;
	memmove(&ranges[index], &ranges[index + 1], (range_count - index) * sizeof(ranges[0]));
}

static void insert_range(size_t index, uint64_t base, uint64_t end)
{
	if (range_count == FREE_RANGES)
		return;
	memmove(&ranges[index + 1], &ranges[index], (range_count - index) * sizeof(ranges[0]));
	ranges[index] = (struct free_range){base, end};
	range_count++;
}

/* Takes [base, end) out of a range that contains it. */
static void take(size_t index, uint64_t base, uint64_t end)
{
	struct free_range *range = &ranges[index];
	uint64_t old_end = range->end;

	range->end = base;
	if (end != old_end)
		insert_range(index + 1, end, old_end);
	if (range->base == range->end)
		remove_range(index);
}

/* The page below belongs to the range: so there is always one between two. */
uint64_t vm_reserve(uint64_t size, uint64_t alignment)
{
	uint64_t address = 0, result = 0, end;

	if (size == 0 || size > VM_END - VM_BASE || !checked_align_up(size, HELION_PAGE_SIZE, &size))
		return 0;
	mutex_lock(&lock);
	for (size_t i = 0; i < range_count && result == 0; i++) {
		if (!checked_align_up(ranges[i].base + HELION_PAGE_SIZE, alignment, &address) ||
		    !checked_add_u64(address, size, &end) || end > ranges[i].end)
			continue;
		take(i, address - HELION_PAGE_SIZE, end);
		result = address;
	}
	mutex_unlock(&lock);
	return result;
}

void vm_release(uint64_t address, uint64_t size)
{
	uint64_t base = address - HELION_PAGE_SIZE,
		 end = align_down(address + size + HELION_PAGE_SIZE - 1, HELION_PAGE_SIZE);
	size_t i = 0;
	bool joins_before, joins_after;

	mutex_lock(&lock);
	while (i < range_count && ranges[i].end < base)
		i++;
	joins_before = i < range_count && ranges[i].end == base;
	if (joins_before)
		ranges[i].end = end;
	else
		insert_range(i, base, end);
	joins_after = i + 1 < range_count && ranges[i + 1].base == ranges[i].end;
	if (joins_after) {
		ranges[i].end = ranges[i + 1].end;
		remove_range(i + 1);
	}
	mutex_unlock(&lock);
}

/* -- Mappings ------------------------------------------------------------------------------------------------ */

int helion_pages_map(uint64_t pages, uint64_t offset, uint64_t size, uint64_t flags, struct vm_mapping *ret)
{
	uint64_t address, phys = 0;
	int error;

	/* At the same place within 2 MiB as the frames, so that the kernel can use large pages. Without the right to
	 * know where they are, the start of 2 MiB is as good as any. */
	if (size >= LARGE_PAGE) {
		helion_pages_phys(pages, &phys);
		phys = (phys + offset) % LARGE_PAGE;
		address = vm_reserve(size + phys, LARGE_PAGE);
	} else {
		address = vm_reserve(size, HELION_PAGE_SIZE);
	}
	if (address == 0)
		return -HELION_ERR_MEMORY;
	error = helion_vspace_map(helion_process.vspace, pages, address + phys, offset, size, flags);
	if (error < 0) {
		vm_release(address, size + phys);
		return error;
	}
	*ret = (struct vm_mapping){(void *)(uintptr_t)(address + phys), size, pages};
	return 0;
}

int helion_pages_map_new(uint64_t size, struct vm_mapping *ret)
{
	uint64_t pages;
	int error;

	if (!checked_align_up(size, HELION_PAGE_SIZE, &size))
		return -HELION_ERR_ARGUMENT;
	error = helion_memory_create(helion_process.memory, HELION_TYPE_PAGES, size, 0, &pages);
	if (error < 0)
		return error;
	error = helion_pages_map(pages, 0, size, HELION_MAP_READ | HELION_MAP_WRITE, ret);
	if (error < 0)
		helion_cspace_delete(helion_process.cspace, pages);
	return error;
}

int helion_pages_unmap(const struct vm_mapping *mapping)
{
	uint64_t address = (uint64_t)(uintptr_t)mapping->address, size = mapping->size, before = 0;
	int error = helion_vspace_unmap(helion_process.vspace, address, size);

	if (error < 0)
		return error;
	/* What helion_pages_map() reserved begins at a multiple of 2 MiB. */
	if (size >= LARGE_PAGE)
		before = address % LARGE_PAGE;
	vm_release(address - before, size + before);
	return 0;
}

int helion_pages_release(const struct vm_mapping *mapping)
{
	int error = helion_pages_unmap(mapping);

	if (error < 0)
		return error;
	return helion_cspace_delete(helion_process.cspace, mapping->pages);
}
