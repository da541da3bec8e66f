/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tests of lib/pagetable.c, for the encoding that test_pagetable_<isa>.c included
 * before. Tables lie in a pool that knows which of its pages are in use: a leak, a
 * double free or a walk into a freed table (which the address sanitizer finds) is a failure. A random test compares
 * every page of a window with a plain array.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/poison.h"
#include "tap.h"

#define KIB(n) ((uint64_t)(n) << 10)
#define MIB(n) ((uint64_t)(n) << 20)
#define GIB(n) ((uint64_t)(n) << 30)

#define POOL_PAGES 8192u
#define POOL_BASE  0x100000000ull /* physical address of the first table */

static uint64_t pool[POOL_PAGES][PT_ENTRIES] __attribute__((aligned(4096)));
static bool pool_used[POOL_PAGES];
static unsigned pool_count; /* pages in use */
static unsigned pool_hint;
static long pool_budget = -1; /* allocations until failure, -1: no limit */
static unsigned pool_errors;  /* frees of pages that are not in use */

static uint64_t pool_alloc(void *ctx)
{
	(void)ctx;
	if (pool_budget == 0)
		return 0;
	for (unsigned n = 0; n < POOL_PAGES; n++) {
		unsigned i = (pool_hint + n) % POOL_PAGES;

		if (!pool_used[i]) {
			pool_used[i] = true;
			pool_hint = i + 1;
			pool_count++;
			if (pool_budget > 0)
				pool_budget--;
			unpoison(pool[i], sizeof(pool[i]));
			memset(pool[i], 0, sizeof(pool[i]));
			return POOL_BASE + i * PT_PAGE_SIZE;
		}
	}
	return 0;
}

static unsigned pool_index(uint64_t phys)
{
	uint64_t i = (phys - POOL_BASE) / PT_PAGE_SIZE;

	if (phys < POOL_BASE || i >= POOL_PAGES || !pool_used[i] || phys % PT_PAGE_SIZE != 0) {
		pool_errors++;
		return POOL_PAGES;
	}
	return (unsigned)i;
}

static void pool_free(void *ctx, uint64_t phys)
{
	unsigned i = pool_index(phys);

	(void)ctx;
	if (i == POOL_PAGES)
		return;
	memset(pool[i], 0xa5, sizeof(pool[i]));
	poison(pool[i], sizeof(pool[i]));
	pool_used[i] = false;
	pool_count--;
}

static struct pagetable tables_new(unsigned levels, unsigned max_leaf_level)
{
	struct pagetable pt = {
		.levels = levels,
		.max_leaf_level = max_leaf_level,
		.alloc = pool_alloc,
		.free = pool_free,
		.direct = (uint64_t)pool - POOL_BASE,
	};

	pool_budget = -1;
	pt.root = pool_alloc(NULL);
	return pt;
}

/* -- The operations, as a kernel uses them: cut, and a part at a time -- */

/* A budget that may end an operation anywhere, or none. */
static unsigned *some_budget(void)
{
	static unsigned budget;

	budget = 1 + (unsigned)rand() % 2000;
	return rand() % 4 ? NULL : &budget;
}

static enum pagetable_error map(struct pagetable *pt, uint64_t virt, uint64_t phys, uint64_t size, unsigned flags,
				uint64_t *ret_done)
{
	enum pagetable_error error;
	uint64_t total = 0, done;

	do {
		error = pagetable_map(pt, virt + total, phys + total, size - total, flags, some_budget(), &done);
		total += done;
	} while (error == PAGETABLE_OK && total < size);
	if (ret_done)
		*ret_done = total;
	return error;
}

/* The leaf nearest to an address, below it or above; *ret is its last or its first address. */
static bool nearest(struct pagetable *pt, uint64_t phys, unsigned level, uint64_t base, uint64_t virt, bool above,
		    uint64_t *ret)
{
	const uint64_t *table = (const uint64_t *)(phys + pt->direct);
	uint64_t size = pagetable_leaf_size(level);

	for (unsigned n = 0; n < PT_ENTRIES; n++) {
		unsigned i = above ? n : PT_ENTRIES - 1 - n;
		uint64_t start = base + i * size, end = start + size - 1;

		if (!arch_pte_present(table[i]) || (above ? end < virt : start > virt))
			continue;
		if (arch_pte_is_leaf(table[i], level)) {
			*ret = above ? start : end;
			return true;
		}
		if (nearest(pt, arch_pte_phys(table[i], level), level - 1, start, virt, above, ret))
			return true;
	}
	return false;
}

static enum pagetable_error unmap(struct pagetable *pt, uint64_t virt, uint64_t size)
{
	uint64_t span = PT_PAGE_SIZE << (9 * pt->levels), base = virt & ~(span - 1), last_of_range = virt + size - 1;
	uint64_t first = base, last = base + span - 1, border;
	enum pagetable_error error = size ? pagetable_cut(pt, virt, size) : PAGETABLE_OK;

	if (size == 0 || error != PAGETABLE_OK)
		return error;
	if (virt > base && nearest(pt, pt->root, pt->levels - 1, base, virt - 1, false, &border))
		first = border + 1;
	if (last_of_range < last && nearest(pt, pt->root, pt->levels - 1, base, last_of_range + 1, true, &border))
		last = border - 1;
	for (uint64_t done = 0; done < size;)
		done += pagetable_unmap(pt, virt + done, size - done, first, last, some_budget());
	return PAGETABLE_OK;
}

static enum pagetable_error protect(struct pagetable *pt, uint64_t virt, uint64_t size, unsigned flags)
{
	enum pagetable_error error = size ? pagetable_cut(pt, virt, size) : PAGETABLE_OK;

	for (uint64_t done = 0; error == PAGETABLE_OK && done < size;)
		done += pagetable_protect(pt, virt + done, size - done, flags, some_budget());
	return error;
}

/* Ends a test's tables: everything but the root must have gone already, or go now. */
static bool tables_end(struct pagetable *pt)
{
	uint64_t half = PT_PAGE_SIZE << (9 * pt->levels - 1);
	bool good;

	pool_budget = -1;
	pagetable_unmap(pt, 0, half, 0, half - 1, NULL);
	pagetable_unmap(pt, 0 - half, half, 0 - half, ~0ull, NULL);
	pool_free(NULL, pt->root);
	good = pool_count == 0 && pool_errors == 0;
	pool_errors = 0;
	return good;
}

static bool maps(struct pagetable *pt, uint64_t virt, uint64_t phys, uint64_t leaf_size, unsigned flags)
{
	struct pagetable_entry entry;

	return pagetable_query(pt, virt, &entry) && entry.phys == phys && entry.leaf_size == leaf_size &&
	       entry.flags == flags;
}

static bool maps_nothing(struct pagetable *pt, uint64_t virt)
{
	struct pagetable_entry entry;

	return !pagetable_query(pt, virt, &entry);
}

static void test_flags(void)
{
	static const unsigned types[] = {0, PT_DEVICE, PT_WRITECOMBINE};
	struct pagetable pt = tables_new(4, 2);
	unsigned bad = 0;

	for (unsigned level = 0; level <= 2; level++) {
		uint64_t size = pagetable_leaf_size(level);

		for (unsigned t = 0; t < 3; t++) {
			for (unsigned bits = 0; bits < 16; bits++) {
				unsigned flags = PT_READ | types[t] | (bits & 1 ? PT_WRITE : 0) |
						 (bits & 2 ? PT_EXEC : 0) | (bits & 4 ? PT_USER : 0) |
						 (bits & 8 ? PT_GLOBAL : 0);
				uint64_t phys = GIB(7) + size * 3;

				bad += map(&pt, GIB(8), phys, size, flags, NULL) != PAGETABLE_OK;
				bad += !maps(&pt, GIB(8) + size - 1, phys + size - 1, size, flags);
				bad += unmap(&pt, GIB(8), size) != PAGETABLE_OK;
			}
		}
	}
	tap_ok(bad == 0, "all flags come back from leaves of each size");
	tap_ok(pool_count == 1, "unmapping the only leaf frees its tables");
	tap_ok(tables_end(&pt), "nothing leaked");
}

static void test_sizes(void)
{
	const unsigned rw = PT_READ | PT_WRITE;
	struct pagetable pt = tables_new(4, 2);
	uint64_t virt = GIB(1) - MIB(2) - KIB(4), phys = GIB(5) - MIB(2) - KIB(4);
	uint64_t size = GIB(1) + 2 * (MIB(2) + KIB(4)), done = 1;

	tap_ok(map(&pt, virt, phys, size, rw, &done) == PAGETABLE_OK && done == size, "map across boundaries");
	tap_ok(maps(&pt, virt, phys, KIB(4), rw), "4 KiB at the start");
	tap_ok(maps(&pt, GIB(1) - 1, GIB(5) - 1, MIB(2), rw), "2 MiB where it becomes aligned");
	tap_ok(maps(&pt, GIB(1) + 12345, GIB(5) + 12345, GIB(1), rw), "1 GiB in the middle");
	tap_ok(maps(&pt, GIB(2), GIB(6), MIB(2), rw), "2 MiB after it");
	tap_ok(maps(&pt, virt + size - 1, phys + size - 1, KIB(4), rw), "4 KiB at the end");
	tap_ok(maps_nothing(&pt, virt - 1) && maps_nothing(&pt, virt + size), "nothing beside it");
	tap_ok(pool_count == 1 + 1 + 2 + 2, "as many tables as it needs");
	tap_ok(unmap(&pt, virt, size) == PAGETABLE_OK && pool_count == 1, "unmap frees them all");

	tap_ok(map(&pt, GIB(1), GIB(1) + MIB(2), GIB(1), rw, NULL) == PAGETABLE_OK &&
		       maps(&pt, GIB(1), GIB(1) + MIB(2), MIB(2), rw),
	       "a physical address aligned to 2 MiB only");
	unmap(&pt, GIB(1), GIB(1));
	pt.max_leaf_level = 1;
	tap_ok(map(&pt, GIB(1), GIB(1), GIB(1), rw, NULL) == PAGETABLE_OK && maps(&pt, GIB(1), GIB(1), MIB(2), rw),
	       "no larger leaf than allowed (2 MiB)");
	unmap(&pt, GIB(1), GIB(1));
	pt.max_leaf_level = 0;
	tap_ok(map(&pt, GIB(1), GIB(1), MIB(4), rw, NULL) == PAGETABLE_OK && maps(&pt, GIB(1), GIB(1), KIB(4), rw),
	       "no larger leaf than allowed (4 KiB)");
	tap_ok(tables_end(&pt), "nothing leaked");
}

static void test_levels(void)
{
	for (unsigned levels = 3; levels <= 5; levels++) {
		struct pagetable pt = tables_new(levels, 2);
		uint64_t upper = ~0ull << (9 * levels + 11);
		uint64_t low_top = 1ull << (9 * levels + 11);
		uint64_t end_size = GIB(1) + KIB(8), end_virt = 0 - end_size;

		tap_ok(map(&pt, end_virt, GIB(3) - KIB(8), end_size, PT_READ, NULL) == PAGETABLE_OK &&
			       maps(&pt, ~0ull, GIB(4) - 1, GIB(1), PT_READ) &&
			       maps(&pt, end_virt, GIB(3) - KIB(8), KIB(4), PT_READ),
		       "%u levels: up to the end of the address space", levels);
		tap_ok(map(&pt, upper, 0, MIB(2), PT_READ, NULL) == PAGETABLE_OK &&
			       maps(&pt, upper + 5, 5, MIB(2), PT_READ),
		       "%u levels: first of the upper half", levels);
		tap_ok(map(&pt, low_top - KIB(4), MIB(1), KIB(4), PT_READ, NULL) == PAGETABLE_OK &&
			       maps(&pt, low_top - 1, MIB(1) + KIB(4) - 1, KIB(4), PT_READ),
		       "%u levels: last of the lower half", levels);
		tap_ok(unmap(&pt, end_virt, end_size) == PAGETABLE_OK && maps_nothing(&pt, ~0ull) &&
			       maps_nothing(&pt, end_virt),
		       "%u levels: unmap up to the end", levels);
		tap_ok(unmap(&pt, 0, low_top) == PAGETABLE_OK && maps_nothing(&pt, low_top - 1),
		       "%u levels: unmap a whole half", levels);
		tap_ok(unmap(&pt, upper, low_top) == PAGETABLE_OK && pool_count == 1,
		       "%u levels: and the other one; no table is left", levels);
		tap_ok(tables_end(&pt), "%u levels: nothing leaked", levels);
	}
}

static void test_refusals(void)
{
	struct pagetable pt = tables_new(4, 2);
	uint64_t done = 99;

	tap_ok(map(&pt, 1, 0, KIB(4), PT_READ, &done) == PAGETABLE_UNALIGNED && done == 0, "unaligned address");
	tap_ok(map(&pt, 0, 8, KIB(4), PT_READ, NULL) == PAGETABLE_UNALIGNED, "unaligned physical address");
	tap_ok(map(&pt, 0, 0, KIB(4) + 1, PT_READ, NULL) == PAGETABLE_UNALIGNED, "unaligned size");
	tap_ok(map(&pt, 0 - KIB(4), 0, KIB(8), PT_READ, NULL) == PAGETABLE_UNALIGNED, "range wraps");
	tap_ok(map(&pt, 1ull << 47, 0, 1ull << 48, PT_READ, NULL) == PAGETABLE_UNALIGNED,
	       "range beyond the root table");
	tap_ok(unmap(&pt, 1, KIB(4)) == PAGETABLE_UNALIGNED && protect(&pt, 0, 3, PT_READ) == PAGETABLE_UNALIGNED,
	       "unmap and protect unaligned");
	tap_ok(map(&pt, 0, 0, 0, PT_READ, NULL) == PAGETABLE_OK && unmap(&pt, 0, 0) == PAGETABLE_OK &&
		       protect(&pt, 0, 0, PT_READ) == PAGETABLE_OK && pool_count == 1,
	       "empty ranges do nothing");
	tap_ok(unmap(&pt, 0, GIB(512)) == PAGETABLE_OK && protect(&pt, 0, GIB(512), PT_READ) == PAGETABLE_OK &&
		       pool_count == 1,
	       "holes are no error");

	map(&pt, MIB(4), MIB(8), MIB(2), PT_READ, NULL);
	tap_ok(map(&pt, MIB(4) + KIB(4), 0, KIB(4), PT_READ, &done) == PAGETABLE_OCCUPIED && done == 0,
	       "a page in a large leaf is occupied");
	tap_ok(map(&pt, MIB(4) - KIB(8), 0, KIB(16), PT_READ, &done) == PAGETABLE_OCCUPIED && done == KIB(8),
	       "the part before the occupied page is done");
	tap_ok(maps(&pt, MIB(4) - KIB(4), KIB(4), KIB(4), PT_READ) && maps(&pt, MIB(4), MIB(8), MIB(2), PT_READ),
	       "and stays, as does what was there");
	tap_ok(map(&pt, 0, GIB(1), GIB(1), PT_READ, &done) == PAGETABLE_OCCUPIED && done == MIB(4) - KIB(8) &&
		       maps(&pt, 0, GIB(1), MIB(2), PT_READ),
	       "a large leaf gives way to a table that is there");
	tap_ok(unmap(&pt, 0, GIB(1)) == PAGETABLE_OK && pool_count == 1, "all gone");
	tap_ok(tables_end(&pt), "nothing leaked");
}

static void test_split(void)
{
	const unsigned rwx = PT_READ | PT_WRITE | PT_EXEC | PT_USER, ro = PT_READ | PT_USER;
	struct pagetable pt = tables_new(4, 2);

	map(&pt, GIB(1), GIB(2), GIB(1), rwx | PT_DEVICE, NULL);
	tap_ok(unmap(&pt, GIB(1) + MIB(4) + KIB(4), KIB(4)) == PAGETABLE_OK, "a page out of 1 GiB");
	tap_ok(maps_nothing(&pt, GIB(1) + MIB(4) + KIB(4)) &&
		       maps(&pt, GIB(1) + MIB(4), GIB(2) + MIB(4), KIB(4), rwx | PT_DEVICE) &&
		       maps(&pt, GIB(1) + MIB(4) + KIB(8), GIB(2) + MIB(4) + KIB(8), KIB(4), rwx | PT_DEVICE) &&
		       maps(&pt, GIB(1) + MIB(2), GIB(2) + MIB(2), MIB(2), rwx | PT_DEVICE) &&
		       maps(&pt, GIB(2) - 1, GIB(3) - 1, MIB(2), rwx | PT_DEVICE),
	       "its neighbours are as they were");
	tap_ok(protect(&pt, GIB(1) + MIB(8), MIB(4), ro) == PAGETABLE_OK &&
		       maps(&pt, GIB(1) + MIB(8), GIB(2) + MIB(8), MIB(2), ro) &&
		       maps(&pt, GIB(1) + MIB(12), GIB(2) + MIB(12), MIB(2), rwx | PT_DEVICE),
	       "protect whole leaves without a split");
	tap_ok(protect(&pt, GIB(1) + MIB(14) - KIB(4), KIB(8), ro) == PAGETABLE_OK &&
		       maps(&pt, GIB(1) + MIB(14) - KIB(8), GIB(2) + MIB(14) - KIB(8), KIB(4), rwx | PT_DEVICE) &&
		       maps(&pt, GIB(1) + MIB(14) - KIB(4), GIB(2) + MIB(14) - KIB(4), KIB(4), ro) &&
		       maps(&pt, GIB(1) + MIB(14), GIB(2) + MIB(14), KIB(4), ro) &&
		       maps(&pt, GIB(1) + MIB(14) + KIB(4), GIB(2) + MIB(14) + KIB(4), KIB(4), rwx | PT_DEVICE),
	       "protect across two leaves splits both");
	tap_ok(unmap(&pt, GIB(1), GIB(1)) == PAGETABLE_OK && pool_count == 1, "all gone");
	tap_ok(tables_end(&pt), "nothing leaked");
}

/* Without memory for a split nothing that is mapped may change. */
static void test_split_failure(void)
{
	unsigned bad = 0, succeeded = 0;

	for (long budget = 0; budget <= 5; budget++) {
		for (unsigned remove = 0; remove < 2; remove++) {
			struct pagetable pt = tables_new(4, 2);
			enum pagetable_error error;
			uint64_t virt = GIB(2) - KIB(4), size = GIB(1) + KIB(8);

			map(&pt, GIB(1), GIB(1), GIB(3), PT_READ | PT_WRITE, NULL);
			pool_budget = budget;
			error = remove ? unmap(&pt, virt, size) : protect(&pt, virt, size, PT_READ);
			if (error == PAGETABLE_NO_MEMORY) {
				for (uint64_t at = GIB(1); at < GIB(4); at += KIB(508)) {
					struct pagetable_entry entry;

					bad += !pagetable_query(&pt, at, &entry) || entry.phys != at ||
					       entry.flags != (PT_READ | PT_WRITE);
				}
			} else {
				succeeded++;
				bad += error != PAGETABLE_OK || budget < 4;
			}
			bad += !tables_end(&pt);
		}
	}
	tap_ok(bad == 0, "a split that fails changes nothing");
	tap_ok(succeeded == 4, "four tables are enough for two splits of 1 GiB");
}

static void test_map_failure(void)
{
	const uint64_t virt = GIB(512) - MIB(2) - KIB(4), size = MIB(4) + KIB(8);
	unsigned bad = 0;
	enum pagetable_error error = PAGETABLE_NO_MEMORY;

	for (long budget = 0; error != PAGETABLE_OK && budget < 20; budget++) {
		struct pagetable pt = tables_new(5, 2);
		uint64_t done;

		pool_budget = budget;
		error = map(&pt, virt, virt, size, PT_READ, &done);
		bad += (error == PAGETABLE_OK) != (done == size);
		for (uint64_t at = 0; at < size; at += KIB(4)) {
			struct pagetable_entry entry;

			if (at < done)
				bad += !pagetable_query(&pt, virt + at, &entry) || entry.phys != virt + at;
			else
				bad += !maps_nothing(&pt, virt + at);
		}
		/* What was begun can be finished. */
		pool_budget = -1;
		bad += map(&pt, virt + done, virt + done, size - done, PT_READ, NULL) != PAGETABLE_OK;
		bad += pool_count != 1 + 7;
		bad += unmap(&pt, virt, size) != PAGETABLE_OK || pool_count != 1;
		bad += !tables_end(&pt);
	}
	tap_ok(bad == 0 && error == PAGETABLE_OK, "map without memory: what was done stays, the rest can follow");

	struct pagetable pt = tables_new(4, 2);
	pool_budget = 2;
	tap_ok(map(&pt, 0, 0, KIB(4), PT_READ, NULL) == PAGETABLE_NO_MEMORY && pool_count == 1,
	       "no empty table is left behind by a failure");
	tap_ok(tables_end(&pt), "nothing leaked");
}

/* Random changes of a window around a boundary of every level, against an array of its pages. */
#define WINDOW_BASE  (GIB(512) - GIB(1) - MIB(2))
#define WINDOW_PAGES ((unsigned)((GIB(2) + MIB(4)) / KIB(4)))

static struct {
	uint64_t phys;
	unsigned flags;
} model[WINDOW_PAGES]; /* flags 0: nothing mapped */

static unsigned model_differences(struct pagetable *pt)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < WINDOW_PAGES; i++) {
		struct pagetable_entry entry;
		uint64_t virt = WINDOW_BASE + i * PT_PAGE_SIZE;

		if (pagetable_query(pt, virt, &entry))
			bad += model[i].flags == 0 || entry.phys != model[i].phys || entry.flags != model[i].flags;
		else
			bad += model[i].flags != 0;
	}
	return bad;
}

static void test_random(bool failing)
{
	static const uint64_t grains[] = {KIB(4), KIB(4), MIB(2), MIB(2) + KIB(4), GIB(1)};
	struct pagetable pt = tables_new(5, 2);
	unsigned bad = 0, failures = 0;

	memset(model, 0, sizeof(model));
	srand(failing ? 7 : 1);
	for (unsigned n = 0; n < 3000; n++) {
		uint64_t grain = grains[rand() % 5];
		unsigned first = (unsigned)((uint64_t)rand() * grain / KIB(4) % WINDOW_PAGES);
		unsigned count = (unsigned)((uint64_t)(rand() % 4 + 1) * grain / KIB(4));
		uint64_t virt = WINDOW_BASE + first * PT_PAGE_SIZE, done = 0;
		uint64_t phys = GIB(64) + virt + (uint64_t)(rand() % 3) * MIB(2) * (uint64_t)(rand() % 3);
		unsigned flags = PT_READ | (rand() & 1 ? PT_WRITE : 0) | (rand() & 1 ? PT_USER : 0);
		enum pagetable_error error, expected = PAGETABLE_OK;
		unsigned covered = 0;

		if (first + count > WINDOW_PAGES)
			count = WINDOW_PAGES - first;
		pool_budget = failing && rand() % 2 ? rand() % 4 : -1;

		switch (rand() % 4) {
		case 0:
		case 1:
			while (covered < count && model[first + covered].flags == 0)
				covered++;
			if (covered < count)
				expected = PAGETABLE_OCCUPIED;
			error = map(&pt, virt, phys, count * PT_PAGE_SIZE, flags, &done);
			if (error == PAGETABLE_NO_MEMORY && failing) {
				failures++;
				bad += done > covered * PT_PAGE_SIZE;
				covered = (unsigned)(done / PT_PAGE_SIZE);
			} else {
				bad += error != expected || done != covered * PT_PAGE_SIZE;
			}
			for (unsigned i = 0; i < covered; i++) {
				model[first + i].phys = phys + i * PT_PAGE_SIZE;
				model[first + i].flags = flags;
			}
			break;
		default:
			if (rand() % 3)
				flags = 0;
			error = flags ? protect(&pt, virt, count * PT_PAGE_SIZE, flags)
				      : unmap(&pt, virt, count * PT_PAGE_SIZE);
			if (error == PAGETABLE_NO_MEMORY && failing) {
				failures++;
				break;
			}
			bad += error != PAGETABLE_OK;
			for (unsigned i = first; i < first + count; i++)
				if (model[i].flags)
					model[i].flags = flags;
		}
		if (n % 100 == 0)
			bad += model_differences(&pt);
	}
	bad += model_differences(&pt);
	tap_ok(bad == 0,
	       failing ? "random changes with failures agree with the model" : "random changes agree with the model");
	tap_ok((failures != 0) == failing, failing ? "and there were failures" : "and none failed");
	pool_budget = -1;
	tap_ok(unmap(&pt, WINDOW_BASE, WINDOW_PAGES * PT_PAGE_SIZE) == PAGETABLE_OK && pool_count == 1,
	       "unmapping the window frees every table");
	tap_ok(tables_end(&pt), "nothing leaked");
}

/* The cost is exact: cutting takes so many tables, and none when there are none to be had. */
static void test_cut_cost(void)
{
	static const uint64_t ends[] = {0,      KIB(4),          MIB(2), MIB(2) + KIB(4), MIB(4) - KIB(4),
					MIB(8), GIB(1) - KIB(4), GIB(1), GIB(1) + KIB(4), GIB(1) + MIB(2),
					GIB(2)};
	const unsigned count = sizeof(ends) / sizeof(ends[0]);
	unsigned bad = 0;

	for (unsigned i = 0; i < count; i++) {
		for (unsigned j = i + 1; j < count; j++) {
			struct pagetable pt = tables_new(4, 2);
			uint64_t base = GIB(4), size = ends[j] - ends[i];

			map(&pt, base, 0, GIB(2), PT_READ | PT_USER, NULL);
			unsigned before = pool_count, cost = pagetable_cut_cost(&pt, base + ends[i], size);

			pool_budget = (long)cost;
			bad += pagetable_cut(&pt, base + ends[i], size) != PAGETABLE_OK;
			bad += pool_count != before + cost;
			bad += pagetable_cut_cost(&pt, base + ends[i], size) != 0;
			pool_budget = -1;
			unmap(&pt, base, GIB(2));
			bad += !tables_end(&pt);
		}
	}
	tap_ok(bad == 0, "cutting takes as many tables as foretold");
}

int main(void)
{
	test_flags();
	test_sizes();
	test_levels();
	test_refusals();
	test_split();
	test_split_failure();
	test_map_failure();
	test_cut_cost();
	test_random(false);
	test_random(true);
	return tap_done();
}
