/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables: see pagetable.h.
 *
 * Every function walks with the path of tables from the root to the current one
 * in a fixed array and moves to the next table only at the end of one, so a long
 * range costs one store per entry. A range is cut at its two ends before anything
 * in it is changed: if that fails for lack of memory, nothing was changed.
 */
#include "lib/pagetable.h"

#include <stdbool.h>

#include <arch/paging.h>

#define LEVELS_MAX 5

/* The tables on the way to an address; valid from the root down to `level`. */
struct walk {
	const struct pagetable *pt;
	unsigned level;
	uint64_t phys[LEVELS_MAX];
	uint64_t *table[LEVELS_MAX];
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

static void walk_begin(struct walk *walk, const struct pagetable *pt)
{
	walk->pt = pt;
	walk->level = root_level(pt);
	walk->phys[walk->level] = pt->root;
	walk->table[walk->level] = pt->access(pt->ctx, pt->root);
}

static uint64_t *walk_entry(const struct walk *walk, uint64_t virt)
{
	return &walk->table[walk->level][index_of(virt, walk->level)];
}

/* Enters the table that an entry of the current one points to. */
static void walk_down(struct walk *walk, uint64_t entry)
{
	uint64_t phys = arch_pte_phys(entry, walk->level);

	walk->level--;
	walk->phys[walk->level] = phys;
	walk->table[walk->level] = walk->pt->access(walk->pt->ctx, phys);
}

static bool table_is_empty(const uint64_t *table)
{
	for (unsigned i = 0; i < PT_ENTRIES; i++)
		if (arch_pte_present(table[i]))
			return false;
	return true;
}

/*
 * Leaves the current table, which lies on the way to virt. If it is empty it is
 * freed; where nothing is ever freed it stays linked, to be used again.
 */
static void walk_up(struct walk *walk, uint64_t virt, bool prune)
{
	unsigned level = walk->level++;

	if (prune && walk->pt->keeps_top && level + 1 == root_level(walk->pt))
		return;
	if (prune && walk->pt->free && table_is_empty(walk->table[level])) {
		*walk_entry(walk, virt) = 0;
		walk->pt->free(walk->pt->ctx, walk->phys[level]);
	}
}

/* Whole pages, no wrap at 2^64, and not beyond what the root table spans. */
static bool range_is_good(const struct pagetable *pt, uint64_t virt, uint64_t size)
{
	uint64_t last = virt + size - 1;

	return offset_in_leaf(virt | size, 0) == 0 && last >= virt &&
	       (virt ^ last) >> (PT_PAGE_SHIFT + 9 * pt->levels) == 0;
}

static bool leaf_fits(const struct pagetable *pt, unsigned level, uint64_t virt, uint64_t phys, uint64_t size)
{
	return level <= pt->max_leaf_level && size >= pagetable_leaf_size(level) &&
	       offset_in_leaf(virt | phys, level) == 0;
}

enum pagetable_error pagetable_map(struct pagetable *pt, uint64_t virt, uint64_t phys, uint64_t size, unsigned flags,
				   uint64_t *ret_done)
{
	enum pagetable_error error = PAGETABLE_OK;
	struct walk walk;
	uint64_t done = 0;

	if (ret_done)
		*ret_done = 0;
	if (size == 0)
		return PAGETABLE_OK;
	if (!range_is_good(pt, virt, size) || offset_in_leaf(phys, 0) != 0)
		return PAGETABLE_UNALIGNED;

	walk_begin(&walk, pt);
	while (done < size) {
		uint64_t *entry = walk_entry(&walk, virt + done);

		if (arch_pte_present(*entry)) {
			if (arch_pte_is_leaf(*entry, walk.level)) {
				error = PAGETABLE_OCCUPIED;
				break;
			}
			walk_down(&walk, *entry);
			continue;
		}

		if (!leaf_fits(pt, walk.level, virt + done, phys + done, size - done)) {
			uint64_t table = pt->alloc(pt->ctx);

			if (table == 0) {
				error = PAGETABLE_NO_MEMORY;
				break;
			}
			*entry = arch_pte_table(table);
			walk_down(&walk, *entry);
			continue;
		}

		/* A run of free entries, to the end of the table at most: only there can a larger leaf begin. */
		uint64_t step = pagetable_leaf_size(walk.level);
		uint64_t leaf = arch_pte_leaf(phys + done, walk.level, flags), *first = entry;
		uint64_t run = (size - done) >> (PT_PAGE_SHIFT + 9 * walk.level);
		uint64_t left = PT_ENTRIES - index_of(virt + done, walk.level), next = 0;
		const uint64_t *end = entry + (run < left ? run : left);

		/* The address stands in one piece in an entry, so each is so much more than the one before. */
		if (run > 1)
			next = arch_pte_leaf(phys + done + step, walk.level, flags) - leaf;
		do {
			*entry++ = leaf;
			leaf += next;
		} while (entry < end && !arch_pte_present(*entry));
		done += (uint64_t)(entry - first) * step;

		/* Index 0 just after an entry was filled is the first of the next table. */
		while (walk.level < root_level(pt) && index_of(virt + done, walk.level) == 0)
			walk_up(&walk, virt, false);
	}

	/* A table made just before the failure holds nothing yet. */
	while (error != PAGETABLE_OK && walk.level < root_level(pt))
		walk_up(&walk, virt + done, true);

	if (ret_done)
		*ret_done = done;
	return error;
}

/* Makes the address the boundary of two leaves if it lies within one: the larger ones become tables of smaller ones. */
static enum pagetable_error split_at(struct pagetable *pt, uint64_t virt)
{
	struct walk walk;

	walk_begin(&walk, pt);
	while (offset_in_leaf(virt, walk.level) != 0) {
		uint64_t *entry = walk_entry(&walk, virt);

		if (!arch_pte_present(*entry))
			break;
		if (arch_pte_is_leaf(*entry, walk.level)) {
			uint64_t phys = arch_pte_phys(*entry, walk.level);
			unsigned flags = arch_pte_flags(*entry, walk.level);
			unsigned level = walk.level - 1;
			uint64_t table = pt->alloc(pt->ctx);

			if (table == 0)
				return PAGETABLE_NO_MEMORY;
			uint64_t *entries = pt->access(pt->ctx, table);
			for (unsigned i = 0; i < PT_ENTRIES; i++)
				entries[i] = arch_pte_leaf(phys + i * pagetable_leaf_size(level), level, flags);
			*entry = arch_pte_table(table);
		}
		walk_down(&walk, *entry);
	}
	return PAGETABLE_OK;
}

enum pagetable_error pagetable_cut(struct pagetable *pt, uint64_t virt, uint64_t size)
{
	if (!range_is_good(pt, virt, size))
		return PAGETABLE_UNALIGNED;
	if (split_at(pt, virt) != PAGETABLE_OK || split_at(pt, virt + size) != PAGETABLE_OK)
		return PAGETABLE_NO_MEMORY;
	return PAGETABLE_OK;
}

/* Whether split_at(virt) makes a table of the leaf of this level that the address lies in, if there is one. */
static bool splits(uint64_t virt, unsigned level)
{
	return offset_in_leaf(virt, level) != 0;
}

/* Tables that split_at(virt) takes, without those that split_at(before) makes. */
static unsigned split_cost(const struct pagetable *pt, uint64_t virt, uint64_t before)
{
	unsigned cost = 0;
	struct walk walk;

	walk_begin(&walk, pt);
	while (splits(virt, walk.level)) {
		uint64_t entry = *walk_entry(&walk, virt);

		if (!arch_pte_present(entry))
			break;
		if (!arch_pte_is_leaf(entry, walk.level)) {
			walk_down(&walk, entry);
			continue;
		}
		for (unsigned level = walk.level; splits(virt, level); level--) {
			bool same = (virt ^ before) >> (PT_PAGE_SHIFT + 9 * level) == 0;

			cost += !(same && splits(before, level));
		}
		break;
	}
	return cost;
}

unsigned pagetable_cut_cost(const struct pagetable *pt, uint64_t virt, uint64_t size)
{
	/* Address 0 is the border of everything. */
	return split_cost(pt, virt, 0) + split_cost(pt, virt + size, virt);
}

/* Removes every leaf of the range, or gives each new flags. */
static enum pagetable_error change(struct pagetable *pt, uint64_t virt, uint64_t size, bool remove, unsigned flags)
{
	enum pagetable_error error;
	struct walk walk;
	uint64_t done = 0;

	if (size == 0)
		return PAGETABLE_OK;
	error = pagetable_cut(pt, virt, size);
	if (error != PAGETABLE_OK)
		return error;

	walk_begin(&walk, pt);
	while (done < size) {
		uint64_t at = virt + done;
		uint64_t *entry = walk_entry(&walk, at);

		if (arch_pte_present(*entry)) {
			if (!arch_pte_is_leaf(*entry, walk.level)) {
				walk_down(&walk, *entry);
				continue;
			}
			if (remove)
				*entry = 0;
			else
				*entry = arch_pte_leaf(arch_pte_phys(*entry, walk.level), walk.level, flags);
		}

		/* A hole may begin before and reach beyond the range. */
		done += pagetable_leaf_size(walk.level) - offset_in_leaf(at, walk.level);
		while (walk.level < root_level(pt) && (done >= size || index_of(virt + done, walk.level) == 0))
			walk_up(&walk, at, remove);
	}
	return PAGETABLE_OK;
}

enum pagetable_error pagetable_unmap(struct pagetable *pt, uint64_t virt, uint64_t size)
{
	return change(pt, virt, size, true, 0);
}

enum pagetable_error pagetable_protect(struct pagetable *pt, uint64_t virt, uint64_t size, unsigned flags)
{
	return change(pt, virt, size, false, flags);
}

enum pagetable_error pagetable_make_top(struct pagetable *pt, uint64_t virt)
{
	struct walk walk;
	uint64_t *entry, table;

	walk_begin(&walk, pt);
	entry = walk_entry(&walk, virt);
	if (arch_pte_present(*entry))
		return arch_pte_is_leaf(*entry, walk.level) ? PAGETABLE_OCCUPIED : PAGETABLE_OK;
	table = pt->alloc(pt->ctx);
	if (table == 0)
		return PAGETABLE_NO_MEMORY;
	*entry = arch_pte_table(table);
	return PAGETABLE_OK;
}

int pagetable_query(struct pagetable *pt, uint64_t virt, struct pagetable_entry *ret)
{
	struct walk walk;

	walk_begin(&walk, pt);
	for (;;) {
		uint64_t entry = *walk_entry(&walk, virt);

		if (!arch_pte_present(entry))
			return 0;
		if (arch_pte_is_leaf(entry, walk.level)) {
			ret->phys = arch_pte_phys(entry, walk.level) + offset_in_leaf(virt, walk.level);
			ret->leaf_size = pagetable_leaf_size(walk.level);
			ret->flags = arch_pte_flags(entry, walk.level);
			return 1;
		}
		walk_down(&walk, entry);
	}
}

void pagetable_free_tables(struct pagetable *pt, unsigned first, unsigned last)
{
	struct walk walk;
	unsigned next[LEVELS_MAX]; /* next entry to look at in the table of each level */
	unsigned top = root_level(pt);

	walk_begin(&walk, pt);
	next[top] = first;
	while (next[top] < last || walk.level < top) {
		unsigned level = walk.level;

		if (next[level] == PT_ENTRIES) {
			if (pt->free)
				pt->free(pt->ctx, walk.phys[level]);
			walk.level++;
			continue;
		}

		uint64_t *entry = &walk.table[level][next[level]++];
		uint64_t old = *entry;

		if (!arch_pte_present(old))
			continue;
		*entry = 0;
		if (!arch_pte_is_leaf(old, level)) {
			walk_down(&walk, old);
			next[walk.level] = 0;
		}
	}
}

uint64_t pagetable_worst_case(uint64_t size, unsigned levels)
{
	uint64_t pages = size / PT_PAGE_SIZE + (size % PT_PAGE_SIZE != 0);
	uint64_t tables = 0;

	/* n pages, placed as badly as can be, touch at most 1 + ceil((n - 1) / s) stretches of s pages. */
	for (unsigned level = 0; pages != 0 && level + 1 < levels; level++) {
		uint64_t stretch = (uint64_t)PT_ENTRIES << (9 * level);

		tables += 1 + (pages - 1) / stretch + ((pages - 1) % stretch != 0);
	}
	return tables;
}
