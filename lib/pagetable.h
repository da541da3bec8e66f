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

#include <stdbool.h>
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
	uint64_t direct;         /* added to a table's physical address: where it can be read and written */

	/* The table of 4 KiB pages that pagetable_remember() came to last, and of which 2 MiB it is, counted from 1. 0: none. */
	uint64_t *recent;
	uint64_t recent_place;

	/* Gives one zeroed 4 KiB page for a table, which others see zeroed before they see it linked; physical address, 0 when
	 * there is none. */
	uint64_t (*alloc)(void *ctx);
	/* Takes back a page that alloc gave, with what is still in it. Not needed where nothing is unmapped. */
	void (*free)(void *ctx, uint64_t phys);
	void *ctx;
};

/*
 * Functions that take a budget, of entries that they may write, stop at the first leaf after it is used up, and take from it what
 * they used: a table that is made counts as PT_TABLE_MADE entries, one that is freed as PT_TABLE_FREED. NULL: no limit.
 */
#define PT_TABLE_MADE  256u
#define PT_TABLE_FREED 64u

/* Bytes that a leaf of the given level maps. */
static inline uint64_t pagetable_leaf_size(unsigned level)
{
	return PT_PAGE_SIZE << (9 * level);
}

/*
 * Maps [virt, virt + size) to [phys, phys + size) with the largest pages that
 * alignment and max_leaf_level allow. *ret_done bytes are mapped (ret_done may be NULL): all, or less because of
 * the budget or an error.
 */
enum pagetable_error pagetable_map(struct pagetable *pt, uint64_t virt, uint64_t phys, uint64_t size, unsigned flags,
				   unsigned *budget, uint64_t *ret_done);

/*
 * Makes both ends of the range borders of leaves, which unmapping and protecting require. pagetable_cut_cost() says how many
 * tables that takes: with so many to be had, it does not fail.
 */
enum pagetable_error pagetable_cut(struct pagetable *pt, uint64_t virt, uint64_t size);
unsigned pagetable_cut_cost(const struct pagetable *pt, uint64_t virt, uint64_t size);

/*
 * Removes every leaf of the range, from its beginning; holes are no error. Returns how many bytes are done. In [first, last], which is more than the range if it
 * can be, nothing is mapped outside of the range: tables that lie wholly in there are freed. No table is searched for that.
 */
uint64_t pagetable_unmap(struct pagetable *pt, uint64_t virt, uint64_t size, uint64_t first, uint64_t last,
			 unsigned *budget);

/* Changes the flags of everything mapped in the range, from its beginning. Returns how many bytes are done. */
uint64_t pagetable_protect(struct pagetable *pt, uint64_t virt, uint64_t size, unsigned flags, unsigned *budget);

struct pagetable_entry {
	uint64_t phys;      /* of the byte that was asked for */
	uint64_t leaf_size; /* bytes of the page that maps it */
	unsigned flags;     /* PT_* */
};

/* Looks one address up; returns 0 and leaves *ret alone when nothing is mapped there. */
int pagetable_query(struct pagetable *pt, uint64_t virt, struct pagetable_entry *ret);

/* Looks for the table of 4 KiB pages that serves an address, if there is one, for pagetable_recent_entry(). */
void pagetable_remember(struct pagetable *pt, uint64_t virt);

/* The entry that is, or would be, of the 4 KiB page at this address; NULL: it is not in the table that was remembered last. */
static inline uint64_t *pagetable_recent_entry(const struct pagetable *pt, uint64_t virt)
{
	if (pt->recent_place != (virt >> (PT_PAGE_SHIFT + 9)) + 1)
		return NULL;
	return pt->recent + ((virt >> PT_PAGE_SHIFT) & (PT_ENTRIES - 1));
}

/* Makes the table directly below the root that serves this address, if there is none yet. The root must have no leaf there. */
enum pagetable_error pagetable_make_top(struct pagetable *pt, uint64_t virt);

/* The end of tables in which nothing is mapped: frees those directly below the root that were kept, of its first `count` entries. */
void pagetable_free_top(struct pagetable *pt, unsigned count);

#endif
