/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/pagepool.h"

#include <helion/abi.h>

#include "kernel/log.h"
#include "kernel/poison.h"
#include "kernel/vm.h"

/* Runs that are tried for an alignment. */
#define TRIES 16u

static uint64_t bytes(uint64_t pages)
{
	return pages * HELION_PAGE_SIZE;
}

/* -- Runs in the trees --------------------------------------------------------- */

static struct page_run *run_of_size(struct tree_node *node)
{
	return node ? tree_entry(node, struct page_run, by_size) : NULL;
}

static struct page_run *run_at(struct tree_node *node)
{
	return node ? tree_entry(node, struct page_run, by_address) : NULL;
}

static uint64_t run_end(const struct page_run *run)
{
	return run->by_address.key + bytes(run->by_size.key);
}

static void add(struct pagepool *pool, uint64_t phys, uint64_t pages)
{
	struct page_run *run = vm_direct(phys);

	unpoison(run, sizeof(*run));
	run->by_address.key = phys;
	run->by_size.key = pages;
	tree_insert(&pool->by_address, &run->by_address);
	tree_insert(&pool->by_size, &run->by_size);
}

static void take(struct pagepool *pool, struct page_run *run)
{
	tree_remove(&pool->by_address, &run->by_address);
	tree_remove(&pool->by_size, &run->by_size);
	poison(run, sizeof(*run));
}

/* Puts pages into the trees, joined with the runs that they touch. */
static void give_back(struct pagepool *pool, uint64_t phys, uint64_t pages)
{
	struct page_run *before = run_at(tree_at_or_before(&pool->by_address, phys));
	struct page_run *after = run_at(before ? tree_next(&before->by_address) : tree_first(&pool->by_address));

	kassert(!before || run_end(before) <= phys);
	kassert(!after || phys + bytes(pages) <= after->by_address.key);
	if (after && phys + bytes(pages) == after->by_address.key) {
		pages += after->by_size.key;
		take(pool, after);
	}
	if (before && run_end(before) == phys)
		tree_rekey(&pool->by_size, &before->by_size, before->by_size.key + pages);
	else
		add(pool, phys, pages);
}

/* Takes [phys, phys + pages) out of a run; what is left on both sides stays in the trees. */
static uint64_t carve(struct pagepool *pool, struct page_run *run, uint64_t phys, uint64_t pages)
{
	uint64_t start = run->by_address.key, end = run_end(run);

	if (phys == start)
		take(pool, run);
	else
		tree_rekey(&pool->by_size, &run->by_size, (phys - start) / HELION_PAGE_SIZE);
	if (phys + bytes(pages) < end)
		add(pool, phys + bytes(pages), (end - phys) / HELION_PAGE_SIZE - pages);
	return phys;
}

/* From the end of a run, so that the rest of it stays where it is in one of the trees. */
static uint64_t take_run(struct pagepool *pool, uint64_t pages, uint64_t align)
{
	struct page_run *run = run_of_size(tree_at_or_after(&pool->by_size, pages));

	for (unsigned i = 0; run && i < TRIES; i++) {
		uint64_t phys = (run_end(run) - bytes(pages)) & ~(align - 1);

		if (phys >= run->by_address.key)
			return carve(pool, run, phys, pages);
		run = run_of_size(tree_next(&run->by_size));
	}
	/* One so long that it has to fit. */
	run = run_of_size(tree_at_or_after(&pool->by_size, pages + align / HELION_PAGE_SIZE - 1));
	if (!run)
		return 0;
	return carve(pool, run, (run_end(run) - bytes(pages)) & ~(align - 1), pages);
}

/* -- Single pages --------------------------------------------------------------- */

static void keep(struct pagepool *pool, uint64_t phys)
{
	uint64_t *next = vm_direct(phys);

	unpoison(next, sizeof(*next));
	*next = pool->kept;
	pool->kept = phys;
	pool->kept_count++;
}

static uint64_t unkeep(struct pagepool *pool)
{
	uint64_t phys = pool->kept;
	uint64_t *next = vm_direct(phys);

	pool->kept = *next;
	pool->kept_count--;
	poison(next, sizeof(*next));
	return phys;
}

/* Sets a part of the smallest run aside. False: there is none. */
static bool set_aside(struct pagepool *pool)
{
	struct page_run *run = run_of_size(tree_first(&pool->by_size));

	if (!run)
		return false;
	pool->aside_left = run->by_size.key < PAGEPOOL_ASIDE ? run->by_size.key : PAGEPOOL_ASIDE;
	pool->aside = carve(pool, run, run_end(run) - bytes(pool->aside_left), pool->aside_left);
	return true;
}

static uint64_t take_single(struct pagepool *pool)
{
	if (pool->kept)
		return unkeep(pool);
	if (!pool->aside_left && !set_aside(pool))
		return 0;
	/* From the end, as runs are: what is left goes on joining the run that it came from. */
	pool->aside_left--;
	return pool->aside + bytes(pool->aside_left);
}

/* Everything is in the trees afterwards. */
static void gather(struct pagepool *pool)
{
	while (pool->kept)
		give_back(pool, unkeep(pool), 1);
	if (pool->aside_left)
		give_back(pool, pool->aside, pool->aside_left);
	pool->aside_left = 0;
}

/* -- The pool -------------------------------------------------------------------- */

void pagepool_init(struct pagepool *pool, uint64_t phys, uint64_t pages)
{
	*pool = (struct pagepool){.free = pages};
	poison(vm_direct(phys), bytes(pages));
	add(pool, phys, pages);
}

uint64_t pagepool_alloc(struct pagepool *pool, uint64_t pages, uint64_t align)
{
	uint64_t phys;

	if (pages == 0 || pages > pool->free)
		return 0;
	if (align < HELION_PAGE_SIZE)
		align = HELION_PAGE_SIZE;
	if (pages == 1 && align == HELION_PAGE_SIZE) {
		phys = take_single(pool);
	} else {
		phys = take_run(pool, pages, align);
		if (!phys && (pool->kept || pool->aside_left)) {
			gather(pool);
			phys = take_run(pool, pages, align);
		}
	}
	if (!phys)
		return 0;
	pool->free -= pages;
	unpoison(vm_direct(phys), bytes(pages));
	return phys;
}

void pagepool_free(struct pagepool *pool, uint64_t phys, uint64_t pages)
{
	poison(vm_direct(phys), bytes(pages));
	pool->free += pages;
	if (pages == 1 && pool->kept_count < PAGEPOOL_KEPT)
		keep(pool, phys);
	else
		give_back(pool, phys, pages);
}
