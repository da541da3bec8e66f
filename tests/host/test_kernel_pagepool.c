/* SPDX-License-Identifier: BSD-2-Clause */
/* Free pages of a Memory, compared with an array that says whose each page is. host-sources: kernel-core */
#include <string.h>

#include "kernel/lock.h"
#include "kernel/pagepool.h"
#include "tests/host/sim/sim.h"
#include "tests/host/tap.h"

#define PAGE  4096ull
#define FIRST 0x800000ull
#define PAGES 2048u

static struct pagepool pool;
static uint8_t taken[PAGES];
static uint64_t state = 88172645463325252ull;

static uint64_t next_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

/* Whether the pages lie in the pool and are nobody's; they are somebody's then. */
static bool claim(uint64_t phys, uint64_t pages)
{
	uint64_t first = (phys - FIRST) / PAGE;

	if (phys < FIRST || phys % PAGE || first + pages > PAGES)
		return false;
	for (uint64_t i = first; i < first + pages; i++)
		if (taken[i]++)
			return false;
	return true;
}

static void release(uint64_t phys, uint64_t pages)
{
	memset(taken + (phys - FIRST) / PAGE, 0, pages);
	pagepool_free(&pool, phys, pages);
}

static void begin(void)
{
	pagepool_init(&pool, FIRST, PAGES);
	memset(taken, 0, sizeof(taken));
}

static void all_of_it_can_be_had(void)
{
	begin();
	CHECK_EQUAL(pagepool_alloc(&pool, PAGES, 0), FIRST);
	CHECK_EQUAL(pagepool_alloc(&pool, 1, 0), 0);
	pagepool_free(&pool, FIRST, PAGES);
	for (unsigned i = 0; i < PAGES; i++)
		CHECK(claim(pagepool_alloc(&pool, 1, 0), 1));
	CHECK_EQUAL(pagepool_alloc(&pool, 1, 0), 0);
	CHECK_EQUAL(pool.free, 0);
	/* Given back in any order they are one run again. */
	for (unsigned i = 0; i < PAGES; i++)
		release(FIRST + (i * 1021ull) % PAGES * PAGE, 1);
	CHECK_EQUAL(pagepool_alloc(&pool, PAGES, 0), FIRST);
}

static void alignment_is_kept(void)
{
	begin();
	for (uint64_t align = PAGE; align <= 256 * PAGE; align *= 2) {
		uint64_t phys = pagepool_alloc(&pool, 3, align);

		CHECK(phys % align == 0 && claim(phys, 3));
	}
	CHECK_EQUAL(pagepool_alloc(&pool, 1, 1ull << 63), 0);
	CHECK_EQUAL(pagepool_alloc(&pool, 0, 0), 0);
	CHECK_EQUAL(pagepool_alloc(&pool, 1ull << 52, 0), 0);
}

static void random_requests_agree_with_an_array(void)
{
	struct {
		uint64_t phys, pages;
	} held[256] = {0};
	bool sound = true;

	begin();
	for (unsigned i = 0; i < 100000 && sound; i++) {
		unsigned at = next_random() % 256;

		if (held[at].pages) {
			release(held[at].phys, held[at].pages);
			held[at].pages = 0;
			continue;
		}
		held[at].pages = next_random() % 4 ? 1 : next_random() % 64 + 1;
		held[at].phys = pagepool_alloc(&pool, held[at].pages, PAGE << next_random() % 4);
		if (held[at].phys)
			sound = claim(held[at].phys, held[at].pages);
		else
			held[at].pages = 0;
	}
	CHECK(sound);
	for (unsigned i = 0; i < 256; i++)
		if (held[i].pages)
			release(held[i].phys, held[i].pages);
	CHECK_EQUAL(pool.free, PAGES);
	CHECK_EQUAL(pagepool_alloc(&pool, PAGES, 0), FIRST);
}

int main(void)
{
	sim_boot(sim_context());
	RUN(all_of_it_can_be_had);
	RUN(alignment_is_kept);
	RUN(random_requests_agree_with_an_array);
	return tap_finish();
}
