/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables, for the loader, the kernel's own half and every address space.
 *
 * All three architectures use tables of 512 entries of 8 bytes over pages of
 * 4 KiB; they differ in how an entry is encoded (<arch/paging.h>) and in how
 * many levels there are. Level 0 is the level of 4 KiB pages.
 *
 * Nothing here flushes a TLB or orders stores: the caller does.
 */
#ifndef LIB_PAGETABLE_H
#define LIB_PAGETABLE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/pagetable_flags.h"

#define PT_PAGE_SHIFT 12
#define PT_PAGE_SIZE  4096ull
#define PT_ENTRIES    512u

enum pagetable_error {
	PAGETABLE_OK,
	PAGETABLE_NO_MEMORY, /* alloc returned 0; what was mapped before stays mapped */
	PAGETABLE_OCCUPIED,  /* something is mapped there already */
	PAGETABLE_UNALIGNED, /* address or size is not a multiple of 4 KiB, or the range wraps */
};

struct pagetable {
	uint64_t root;           /* physical address of the root table */
	unsigned levels;         /* 3, 4 or 5 */
	unsigned max_leaf_level; /* largest page: 0 = 4 KiB, 1 = 2 MiB, 2 = 1 GiB */
	int keeps_top;           /* tables directly below the root stay when they become empty: others refer to them */

	/* Gives one zeroed 4 KiB page for a table; physical address, 0 when there is none. */
	uint64_t (*alloc)(void *ctx);
	/* Takes back a page that alloc gave; may be NULL when nothing is ever freed. */
	void (*free)(void *ctx, uint64_t phys);
	/* Pointer by which a table can be read and written. */
	uint64_t *(*access)(void *ctx, uint64_t phys);
	void *ctx;
};

/* Bytes that a leaf of the given level maps. */
static inline uint64_t pagetable_leaf_size(unsigned level)
{
	return PT_PAGE_SIZE << (9 * level);
}

/*
 * Maps [virt, virt + size) to [phys, phys + size) with the largest pages that
 * alignment and max_leaf_level allow. On error the part before *ret_done bytes
 * is mapped (ret_done may be NULL).
 */
enum pagetable_error pagetable_map(struct pagetable *pt, uint64_t virt, uint64_t phys, uint64_t size, unsigned flags,
				   uint64_t *ret_done);

/*
 * Makes both ends of the range borders of leaves, as the two functions below do first. pagetable_cut_cost() says how many
 * tables that takes: with so many to be had, none of the three fails.
 */
enum pagetable_error pagetable_cut(struct pagetable *pt, uint64_t virt, uint64_t size);
unsigned pagetable_cut_cost(const struct pagetable *pt, uint64_t virt, uint64_t size);

/*
 * Removes every leaf that lies wholly in [virt, virt + size); a larger leaf that
 * sticks out is split first (PAGETABLE_NO_MEMORY when that fails). Tables that
 * became empty are freed. Holes are no error.
 */
enum pagetable_error pagetable_unmap(struct pagetable *pt, uint64_t virt, uint64_t size);

/* Changes the flags of everything mapped in the range; splits like pagetable_unmap(). */
enum pagetable_error pagetable_protect(struct pagetable *pt, uint64_t virt, uint64_t size, unsigned flags);

struct pagetable_entry {
	uint64_t phys;      /* of the byte that was asked for */
	uint64_t leaf_size; /* bytes of the page that maps it */
	unsigned flags;     /* PT_* */
};

/* Looks one address up; returns 0 and leaves *ret alone when nothing is mapped there. */
int pagetable_query(struct pagetable *pt, uint64_t virt, struct pagetable_entry *ret);

/* Makes the table directly below the root that serves this address, if there is none yet. The root must have no leaf there. */
enum pagetable_error pagetable_make_top(struct pagetable *pt, uint64_t virt);

/*
 * Frees all tables below the root whose entries lie in root slots
 * [first, last); leaves are forgotten, the root itself stays.
 */
void pagetable_free_tables(struct pagetable *pt, unsigned first, unsigned last);

/* Number of tables that mapping a range of this size could need at the most. */
uint64_t pagetable_worst_case(uint64_t size, unsigned levels);

#endif
