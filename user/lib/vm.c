/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/vm.h"

#include "lib/checked.h"
#include "user/lib/invoke.h"
#include "user/lib/start.h"

uint64_t vm_reserve(uint64_t size, uint64_t alignment)
{
	static uint64_t next = VM_BASE;
	uint64_t address, end;

	if (size > VM_END - VM_BASE || !checked_align_up(next + HELION_PAGE_SIZE, alignment, &address) ||
	    !checked_add_u64(address, size, &end) || !checked_align_up(end, HELION_PAGE_SIZE, &end) || end > VM_END)
		return 0;
	next = end;
	return address;
}

#define LARGE_PAGE (2u << 20)

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
	address += phys;
	error = helion_vspace_map(helion_process.vspace, pages, address, offset, size, flags);
	if (error < 0)
		return error;
	*ret = (struct vm_mapping){(void *)(uintptr_t)address, size, pages};
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
	return helion_vspace_unmap(helion_process.vspace, (uint64_t)(uintptr_t)mapping->address, mapping->size);
}

int helion_pages_release(const struct vm_mapping *mapping)
{
	int error = helion_pages_unmap(mapping);

	if (error < 0)
		return error;
	return helion_cspace_delete(helion_process.cspace, mapping->pages);
}
