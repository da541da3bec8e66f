/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address space of the process: where to map things, and memory in one call.
 *
 * The lowest free addresses from VM_BASE on are handed out first, so that page tables that are there get used again.
 * Program, stack, manifest and initramfs lie below VM_BASE.
 */
#ifndef USER_LIB_VM_H
#define USER_LIB_VM_H

#include <stdint.h>

#define VM_BASE 0x1000000000ull /* 64 GiB; Sv39 ends at 256 GiB */
#define VM_END  0x3800000000ull

/* An unused range of `size` bytes whose address is a multiple of `alignment` (a power of two of at least a page),
 * with an unmapped page on either side. 0 when the address space is used up. */
uint64_t vm_reserve(uint64_t size, uint64_t alignment);

/* Gives such a range back. Nothing may be mapped there any more. */
void vm_release(uint64_t address, uint64_t size);

/* Something mapped, with all that is needed to undo it. */
struct vm_mapping {
	void *address;
	uint64_t size;  /* bytes, a multiple of the page size */
	uint64_t pages; /* slot of the Pages */
};

/* Maps [offset, offset + size) of the Pages at an address of the library's choice. */
int helion_pages_map(uint64_t pages, uint64_t offset, uint64_t size, uint64_t flags, struct vm_mapping *ret);

/* Makes new, zeroed Pages of at least `size` bytes from helion_process.memory and maps them readable and writable. */
int helion_pages_map_new(uint64_t size, struct vm_mapping *ret);

/* Unmaps all of what was mapped by one of the two above, whose address is free again; the Pages stay. */
int helion_pages_unmap(const struct vm_mapping *mapping);

/* Unmaps it and deletes the capability to the Pages. */
int helion_pages_release(const struct vm_mapping *mapping);

#endif
