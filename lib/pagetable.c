/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables: see pagetable.h.
 *
 * Every function looks an address up from the root, and then does all it can in the
 * table that it came to: a long range costs one store per entry. No path is
 * remembered, as looking up again costs little for a table's worth of entries; but one
 * table is, for those who come page by page, until any table is freed.
 */
#include "lib/pagetable.h"

#include <stdatomic.h>
#include <stdbool.h>

#include <arch/paging.h>

/* An entry in a table of some level. */
struct spot {
	uint64_t *entry;
	unsigned level;
};

static unsigned index_of(uint64_t virt, unsigned level)
{
	return (virt >> (PT_PAGE_SHIFT + 9 * level)) & (PT_ENTRIES - 1);
}

/* Bytes from the start of the leaf of this level that would map the address. */
static uint64_t offset_in_leaf(uint64_t address, unsigned level)
{
	return address & (pagetable_leaf_size(level) - 1);
}

static unsigned root_level(const struct pagetable *pt)
{
	return pt->levels - 1;
}

static uint64_t *table_at(const struct pagetable *pt, uint64_t phys)
{
	return (uint64_t *)(phys + pt->direct);
}

static bool is_table(uint64_t entry, unsigned level)
{
	return arch_pte_present(entry) && !arch_pte_is_leaf(entry, level);
}

/* The entry that serves an address: the first on the way that refers to no table, or that of the level `lowest`. */
static inline struct spot find(const struct pagetable *pt, uint64_t virt, unsigned lowest)
{
	unsigned level = root_level(pt), shift = PT_PAGE_SHIFT + 9 * level;
	uint64_t *entry = table_at(pt, pt->root) + ((virt >> shift) & (PT_ENTRIES - 1));

	while (level > lowest && is_table(*entry, level)) {
		uint64_t *table = table_at(pt, arch_pte_phys(*entry, level));

		shift -= 9;
		level--;
		entry = table + ((virt >> shift) & (PT_ENTRIES - 1));
	}
	return (struct spot){entry, level};
}

/* Whole pages, no wrap at 2^64, and not beyond what the root table spans. */
static bool range_is_good(const struct pagetable *pt, uint64_t virt, uint64_t size)
{
	uint64_t last = virt + size - 1;

	return offset_in_leaf(virt | size, 0) == 0 && last >= virt &&
	       (virt ^ last) >> (PT_PAGE_SHIFT + 9 * pt->levels) == 0;
}

static void spend(unsigned *left, unsigned work)
{
	*left = *left > work ? *left - work : 0;
}

/* -- Mapping --------------------------------------------------------------------- */

static bool leaf_fits(const struct pagetable *pt, unsigned level, uint64_t virt, uint64_t phys, uint64_t size)
{
	return level <= pt->max_leaf_level && size >= pagetable_leaf_size(level) &&
	       offset_in_leaf(virt | phys, level) == 0;
}

/* Clears an entry and frees the tables behind it, which hold nothing but the way to an address. */
static void free_way(struct pagetable *pt, struct spot spot, uint64_t virt, unsigned *left)
{
	uint64_t entry = *spot.entry;

	pt->recent_place = 0;
	*spot.entry = 0;
	while (is_table(entry, spot.level)) {
		uint64_t table = arch_pte_phys(entry, spot.level--);

		entry = table_at(pt, table)[index_of(virt, spot.level)];
		pt->free(pt->ctx, table);
		spend(left, PT_TABLE_FREED);
	}
}

/* Makes the tables that the rest of a range needs to begin with, and goes there. False: there is no memory. */
static bool make_way(struct pagetable *pt, struct spot *spot, uint64_t virt, uint64_t phys, uint64_t size,
		     unsigned *left)
{
	struct spot first = *spot;

	while (!leaf_fits(pt, spot->level, virt, phys, size)) {
		uint64_t table = pt->alloc(pt->ctx);

		if (table == 0) {
			/* Where nothing is ever freed those that were made stay linked, to be used again. */
			if (pt->free)
				free_way(pt, first, virt, left);
			return false;
		}
		*spot->entry = arch_pte_table(table);
		spot->level--;
		spot->entry = table_at(pt, table) + index_of(virt, spot->level);
		spend(left, PT_TABLE_MADE);
	}
	return true;
}

enum pagetable_error pagetable_map(struct pagetable *pt, uint64_t virt, uint64_t phys, uint64_t size, unsigned flags,
				   unsigned *budget, uint64_t *ret_done)
{
	unsigned left = budget ? *budget : ~0u;
	enum pagetable_error error = PAGETABLE_OK;
	uint64_t done = 0;

	if (size != 0 && (!range_is_good(pt, virt, size) || offset_in_leaf(phys, 0) != 0))
		error = PAGETABLE_UNALIGNED;
	while (error == PAGETABLE_OK && done < size && left > 0) {
		struct spot spot = find(pt, virt + done, 0);

		if (arch_pte_present(*spot.entry)) {
			error = PAGETABLE_OCCUPIED;
			break;
		}
		if (!make_way(pt, &spot, virt + done, phys + done, size - done, &left)) {
			error = PAGETABLE_NO_MEMORY;
			break;
		}

		/* A run of free entries, to the end of the table at most: only there can a larger leaf begin. */
		unsigned shift = PT_PAGE_SHIFT + 9 * spot.level;
		uint64_t leaf = arch_pte_leaf(phys + done, spot.level, flags), next = 0;
		uint64_t run = (size - done) >> shift, rest = PT_ENTRIES - index_of(virt + done, spot.level);
		uint64_t *entry = spot.entry, *end = entry + (run < rest ? run : rest);

		/* The address stands in one piece in an entry, so each is so much more than the one before. */
		if (run > 1)
			next = arch_pte_leaf(phys + done + (1ull << shift), spot.level, flags) - leaf;
		do {
			*entry++ = leaf;
			leaf += next;
		} while (entry < end && !arch_pte_present(*entry));
		spend(&left, (unsigned)(entry - spot.entry));
		done += (uint64_t)(entry - spot.entry) << shift;
	}
	if (budget)
		*budget = left;
	if (ret_done)
		*ret_done = done;
	return error;
}

/* -- Cutting --------------------------------------------------------------------- */

/* Makes a table of smaller leaves of a larger one. */
static bool split(struct pagetable *pt, struct spot spot)
{
	unsigned level = spot.level - 1;
	uint64_t phys = arch_pte_phys(*spot.entry, spot.level), table = pt->alloc(pt->ctx), *entries, leaf, next;
	unsigned flags = arch_pte_flags(*spot.entry, spot.level);

	if (table == 0)
		return false;
	entries = table_at(pt, table);
	leaf = arch_pte_leaf(phys, level, flags);
	next = arch_pte_leaf(phys + pagetable_leaf_size(level), level, flags) - leaf;
	for (unsigned i = 0; i < PT_ENTRIES; i++, leaf += next)
		entries[i] = leaf;
	/* Other CPUs go through it as soon as they see it. */
	atomic_thread_fence(memory_order_release);
	*spot.entry = arch_pte_table(table);
	return true;
}

/* Makes the address the border of two leaves if it lies within one. */
static bool split_at(struct pagetable *pt, uint64_t virt)
{
	for (;;) {
		struct spot spot = find(pt, virt, 0);

		if (!arch_pte_present(*spot.entry) || offset_in_leaf(virt, spot.level) == 0)
			return true;
		if (!split(pt, spot))
			return false;
	}
}

enum pagetable_error pagetable_cut(struct pagetable *pt, uint64_t virt, uint64_t size)
{
	if (!range_is_good(pt, virt, size))
		return PAGETABLE_UNALIGNED;
	return split_at(pt, virt) && split_at(pt, virt + size) ? PAGETABLE_OK : PAGETABLE_NO_MEMORY;
}

/* Whether split_at(virt) makes a table of the leaf of this level that the address lies in, if there is one. */
static bool splits(uint64_t virt, unsigned level)
{
	return offset_in_leaf(virt, level) != 0;
}

/* Tables that split_at(virt) takes, without those that split_at(before) makes. */
static unsigned split_cost(const struct pagetable *pt, uint64_t virt, uint64_t before)
{
	struct spot spot = find(pt, virt, 0);
	unsigned cost = 0;

	if (!arch_pte_present(*spot.entry))
		return 0;
	for (unsigned level = spot.level; splits(virt, level); level--) {
		bool same = (virt ^ before) >> (PT_PAGE_SHIFT + 9 * level) == 0;

		cost += !(same && splits(before, level));
	}
	return cost;
}

unsigned pagetable_cut_cost(const struct pagetable *pt, uint64_t virt, uint64_t size)
{
	/* Address 0 is the border of everything. */
	return split_cost(pt, virt, 0) + split_cost(pt, virt + size, virt);
}

/* -- Changing -------------------------------------------------------------------- */

/* Entries of a table from this address on that an operation may go through: to the end of the range, of the table, of the budget. */
static uint64_t entries_for(uint64_t virt, uint64_t size, unsigned level, unsigned left)
{
	uint64_t run = ((offset_in_leaf(virt, level) + size - 1) >> (PT_PAGE_SHIFT + 9 * level)) + 1;
	uint64_t rest = PT_ENTRIES - index_of(virt, level);

	run = run < rest ? run : rest;
	return run < left ? run : left;
}

/* How far an operation is after so many entries; a hole may begin before the range and reach beyond it. */
static uint64_t advance(uint64_t virt, uint64_t done, uint64_t size, unsigned level, uint64_t entries)
{
	done += (entries << (PT_PAGE_SHIFT + 9 * level)) - offset_in_leaf(virt + done, level);
	return done < size ? done : size;
}

/* Whether all that an entry of this level serves around the address is in [first, last]. */
static bool lies_within(uint64_t virt, unsigned level, uint64_t first, uint64_t last)
{
	return virt - offset_in_leaf(virt, level) >= first && (virt | (pagetable_leaf_size(level) - 1)) <= last;
}

/* Everything up to `next` is removed, all of the range if that is `end`: frees the tables on the way to `at` that became empty. */
static void prune(struct pagetable *pt, uint64_t at, uint64_t next, bool end, uint64_t first, uint64_t last,
		  unsigned *left)
{
	unsigned level = pt->keeps_top ? root_level(pt) - 1 : root_level(pt);

	while (level > 0 && !(lies_within(at, level, first, last) && (end || offset_in_leaf(next, level) == 0)))
		level--;
	if (level > 0)
		free_way(pt, find(pt, at, level), at, left);
}

uint64_t pagetable_unmap(struct pagetable *pt, uint64_t virt, uint64_t size, uint64_t first, uint64_t last,
			 unsigned *budget)
{
	unsigned left = budget ? *budget : ~0u;
	uint64_t done = 0;

	while (done < size && left > 0) {
		uint64_t at = virt + done, *entry;
		/* A table of the lowest level that becomes empty goes with the leaves that are in it. */
		bool whole = lies_within(at, 1, first, last);
		struct spot spot = find(pt, at, whole);

		entry = spot.entry;
		if (is_table(*entry, spot.level)) {
			entry++;
			free_way(pt, spot, at, &left);
		} else {
			const uint64_t *end = entry + entries_for(at, size - done, spot.level, left);

			do
				*entry++ = 0;
			while (entry < end && (spot.level == 0 || !is_table(*entry, spot.level)));
			left -= (unsigned)(entry - spot.entry);
		}
		done = advance(virt, done, size, spot.level, (uint64_t)(entry - spot.entry));
		if (whole)
			prune(pt, at, virt + done, done == size, first, last, &left);
	}
	if (budget)
		*budget = left;
	return done;
}

uint64_t pagetable_protect(struct pagetable *pt, uint64_t virt, uint64_t size, unsigned flags, unsigned *budget)
{
	unsigned left = budget ? *budget : ~0u;
	uint64_t done = 0;

	while (done < size && left > 0) {
		struct spot spot = find(pt, virt + done, 0);
		uint64_t *entry = spot.entry;
		const uint64_t *end = entry + entries_for(virt + done, size - done, spot.level, left);

		/* What an entry is without an address, and what each page adds to that. */
		uint64_t none = arch_pte_leaf(0, spot.level, flags);
		const uint64_t page = arch_pte_leaf(PT_PAGE_SIZE, 0, PT_READ) - arch_pte_leaf(0, 0, PT_READ);

		for (; entry < end && (spot.level == 0 || !is_table(*entry, spot.level)); entry++)
			if (arch_pte_present(*entry))
				*entry = none + (arch_pte_phys(*entry, spot.level) >> PT_PAGE_SHIFT) * page;
		left -= (unsigned)(entry - spot.entry);
		done = advance(virt, done, size, spot.level, (uint64_t)(entry - spot.entry));
	}
	if (budget)
		*budget = left;
	return done;
}

/* -- The rest -------------------------------------------------------------------- */

enum pagetable_error pagetable_make_top(struct pagetable *pt, uint64_t virt)
{
	struct spot spot = find(pt, virt, root_level(pt));
	uint64_t table;

	if (arch_pte_present(*spot.entry))
		return is_table(*spot.entry, spot.level) ? PAGETABLE_OK : PAGETABLE_OCCUPIED;
	table = pt->alloc(pt->ctx);
	if (table == 0)
		return PAGETABLE_NO_MEMORY;
	*spot.entry = arch_pte_table(table);
	return PAGETABLE_OK;
}

void pagetable_free_top(struct pagetable *pt, unsigned count)
{
	const uint64_t *root = table_at(pt, pt->root);

	pt->recent_place = 0;
	for (unsigned i = 0; i < count; i++)
		if (is_table(root[i], root_level(pt)))
			pt->free(pt->ctx, arch_pte_phys(root[i], root_level(pt)));
}

void pagetable_remember(struct pagetable *pt, uint64_t virt)
{
	struct spot spot = find(pt, virt, 0);

	if (spot.level > 0)
		return;
	pt->recent = spot.entry - index_of(virt, 0);
	pt->recent_place = (virt >> (PT_PAGE_SHIFT + 9)) + 1;
}

int pagetable_query(struct pagetable *pt, uint64_t virt, struct pagetable_entry *ret)
{
	struct spot spot = find(pt, virt, 0);

	if (!arch_pte_present(*spot.entry))
		return 0;
	ret->phys = arch_pte_phys(*spot.entry, spot.level) + offset_in_leaf(virt, spot.level);
	ret->leaf_size = pagetable_leaf_size(spot.level);
	ret->flags = arch_pte_flags(*spot.entry, spot.level);
	return 1;
}
