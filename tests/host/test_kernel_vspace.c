/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces and mappings.
 *
 * host-sources: kernel-core
 */
#include "tests/host/sim/sim_test.h"

#include "kernel/pages.h"

#define MAIN  (init->slot_memory)
#define R     HELION_MAP_READ
#define W     HELION_MAP_WRITE
#define X     HELION_MAP_EXEC
#define TOP   (1ull << 47)
#define LARGE (2ull << 20)

static int64_t unmap(uint64_t vspace, uint64_t virt, uint64_t size)
{
	return sim_invoke(vspace, HELION_VSPACE_UNMAP, NULL, virt, size);
}

static int64_t protect(uint64_t vspace, uint64_t virt, uint64_t size, uint64_t flags)
{
	return sim_invoke(vspace, HELION_VSPACE_PROTECT, NULL, virt, size, flags);
}

/* Flags of the page there, 0 when nothing is mapped. */
static uint64_t flags_at(uint64_t vspace, uint64_t virt, uint64_t *ret_size)
{
	uint64_t ret[4];

	if (sim_invoke(vspace, HELION_VSPACE_QUERY, ret, virt))
		return 0;
	if (ret_size)
		*ret_size = ret[1];
	return ret[2];
}

static void ranges_are_checked(void)
{
	uint64_t vspace = sim_create(MAIN, HELION_TYPE_VSPACE, 0), pages = sim_create(MAIN, HELION_TYPE_PAGES, 16384);

	CHECK_EQUAL(sim_map(vspace, pages, 0, 0, 4096, R), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 4096, 0, 0, R), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 4097, 0, 4096, R), -HELION_ERR_ALIGNMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 4096, 1, 4096, R), -HELION_ERR_ALIGNMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 4096, 0, 20480, R), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 4096, 16384, 4096, R), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 4096, -4096ull, 8192, R), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 4096, 4096, -4096ull, R), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, TOP, 0, 4096, R), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, TOP - 4096, 0, 8192, R), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 0xffff800000000000, 0, 4096, R), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 4096, 0, 4096, 0), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 4096, 0, 4096, W), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 4096, 0, 4096, R | 8), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, pages, 4096, 0, 4096, 1ull << 32 | R), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(unmap(vspace, 4096, 4096), -HELION_ERR_MISSING);
	CHECK_EQUAL(unmap(vspace, 4096, -4096ull), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(protect(vspace, 4096, 4096, R), -HELION_ERR_MISSING);
	CHECK_EQUAL(sim_map(vspace, pages, 4096, 0, 8192, R | W), 0);
	CHECK_EQUAL(sim_map(vspace, pages, 8192, 0, 4096, R), -HELION_ERR_OCCUPIED);
	CHECK_EQUAL(protect(vspace, 8192, 8192, R), -HELION_ERR_MISSING);
	CHECK_EQUAL(flags_at(vspace, 8192, NULL), R | W);
	CHECK_EQUAL(flags_at(vspace, 12288, NULL), 0);
	CHECK_EQUAL(flags_at(vspace, 0xffff800000000000, NULL), 0);
	CHECK_EQUAL(unmap(vspace, 4096, 1 << 20), 0);
	CHECK_EQUAL(sim_delete(pages), 0);
	CHECK_EQUAL(sim_delete(vspace), 0);
}

static void nothing_is_writable_and_executable(void)
{
	uint64_t vspace = sim_create(MAIN, HELION_TYPE_VSPACE, 0), pages = sim_create(MAIN, HELION_TYPE_PAGES, 16384);
	uint64_t read = sim_copy(pages, HELION_RIGHT_READ, 0),
		 code = sim_copy(pages, HELION_RIGHT_READ | HELION_RIGHT_EXEC, 0);
	uint64_t device = sim_record("device")->slot;

	CHECK_EQUAL(sim_map(vspace, pages, 4096, 0, 4096, R | W | X), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, read, 4096, 0, 4096, R | W), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(sim_map(vspace, read, 4096, 0, 4096, R | X), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(sim_map(vspace, code, 4096, 0, 4096, R | X), 0);
	CHECK_EQUAL(sim_map(vspace, pages, 8192, 0, 4096, R | W), 0);
	CHECK_EQUAL(protect(vspace, 4096, 4096, R | W), -HELION_ERR_RIGHTS);
	/* One of two may not be: neither changes. */
	CHECK_EQUAL(protect(vspace, 4096, 8192, R | W), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(protect(vspace, 8192, 4096, R | W | X), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(flags_at(vspace, 4096, NULL), R | X);
	CHECK_EQUAL(flags_at(vspace, 8192, NULL), R | W);
	CHECK_EQUAL(protect(vspace, 4096, 8192, R | X), 0);
	CHECK_EQUAL(flags_at(vspace, 8192, NULL), R | X);
	CHECK_EQUAL(sim_map(vspace, device, 0x10000, 0, 4096, R | X), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_map(vspace, device, 0x10000, 0, 4096, R | W), 0);
	CHECK_EQUAL(protect(vspace, 0x10000, 4096, R | X), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_delete(pages), 0);
	CHECK_EQUAL(sim_delete(read), 0);
	CHECK_EQUAL(sim_delete(code), 0);
	CHECK_EQUAL(sim_delete(vspace), 0);
}

static void mappings_keep_pages_alive(void)
{
	uint64_t vspace = sim_create(MAIN, HELION_TYPE_VSPACE, 0), pages = sim_create(MAIN, HELION_TYPE_PAGES, 16384);

	CHECK_EQUAL(sim_map(vspace, pages, 0x1000, 0, 16384, R), 0);
	CHECK_EQUAL(sim_delete(pages), 0);
	CHECK_EQUAL(flags_at(vspace, 0x1000, NULL), R);
	CHECK_EQUAL(unmap(vspace, 0x2000, 0x1000), 0);
	CHECK_EQUAL(flags_at(vspace, 0x2000, NULL), 0);
	CHECK_EQUAL(flags_at(vspace, 0x3000, NULL), R);
	CHECK_EQUAL(unmap(vspace, 0x1000, 0x10000), 0);
	CHECK_EQUAL(sim_delete(vspace), 0);
}

static void destroyed_pages_are_unmapped_everywhere(void)
{
	uint64_t memory = sim_create(MAIN, HELION_TYPE_MEMORY, 1 << 20), spaces[2];
	uint64_t pages = sim_create(memory, HELION_TYPE_PAGES, 16384);

	for (unsigned i = 0; i < 2; i++) {
		spaces[i] = sim_create(i ? memory : MAIN, HELION_TYPE_VSPACE, 0);
		CHECK_EQUAL(sim_map(spaces[i], pages, 0x1000, 0, 16384, R), 0);
		CHECK_EQUAL(sim_map(spaces[i], pages, 0x40000000, 4096, 8192, R), 0);
		CHECK_EQUAL(unmap(spaces[i], 0x2000, 4096), 0);
	}
	CHECK_EQUAL(sim_destroy(pages), 0);
	CHECK_EQUAL(flags_at(spaces[0], 0x1000, NULL), 0);
	CHECK_EQUAL(flags_at(spaces[1], 0x40000000, NULL), 0);
	CHECK_EQUAL(sim_delete(spaces[0]), 0);
	CHECK_EQUAL(sim_destroy(memory), 0);
}

/* A large page is cut where it has to be, and only there. */
static void large_pages_are_cut(void)
{
	uint64_t vspace = sim_create(MAIN, HELION_TYPE_VSPACE, 0), ret[4], size = 0;
	uint64_t pages = sim_invoke(MAIN, HELION_MEMORY_CREATE, ret, HELION_TYPE_PAGES, 3 * LARGE, LARGE) ? 0 : ret[0];

	CHECK_EQUAL(sim_map(vspace, pages, LARGE, 0, 3 * LARGE, R | W), 0);
	CHECK_EQUAL(flags_at(vspace, LARGE, &size), R | W);
	CHECK_EQUAL(size, LARGE);
	CHECK_EQUAL(protect(vspace, LARGE, LARGE, R), 0);
	flags_at(vspace, LARGE, &size);
	CHECK_EQUAL(size, LARGE);
	CHECK_EQUAL(protect(vspace, 2 * LARGE + 0x10000, 0x1000, R), 0);
	flags_at(vspace, 2 * LARGE, &size);
	CHECK_EQUAL(size, 4096);
	flags_at(vspace, 3 * LARGE, &size);
	CHECK_EQUAL(size, LARGE);
	CHECK_EQUAL(unmap(vspace, 3 * LARGE + 0x5000, 0x3000), 0);
	CHECK_EQUAL(flags_at(vspace, 3 * LARGE + 0x4000, NULL), R | W);
	CHECK_EQUAL(flags_at(vspace, 3 * LARGE + 0x5000, NULL), 0);
	CHECK_EQUAL(sim_destroy(pages), 0);
	CHECK_EQUAL(sim_delete(vspace), 0);
}

/* Every operation with every amount of memory from none to enough: what fails has changed nothing. */
enum operation { MAP, MAP_FAR, UNMAP_MIDDLE, UNMAP_ACROSS, PROTECT_MIDDLE, PROTECT_ACROSS, OPERATIONS };

static int64_t operate(enum operation operation, uint64_t vspace, uint64_t pages)
{
	switch (operation) {
	case MAP: return sim_map(vspace, pages, 0x4000000000, 0, 0x10000, R);
	case MAP_FAR:
		/* The end of one table of each level, and the beginning of the next. */
		return sim_map(vspace, pages, (1ull << 39) - 0x2000, 0, 0x4000, R);
	case UNMAP_MIDDLE: return unmap(vspace, LARGE + 0x10000, 0x2000);
	case UNMAP_ACROSS: return unmap(vspace, LARGE + 0x10000, LARGE);
	case PROTECT_MIDDLE: return protect(vspace, LARGE + 0x10000, 0x2000, R);
	default:
		/* The end of one record and the beginning of another. */
		return protect(vspace, 2 * LARGE + 0x10000, LARGE, R);
	}
}

struct look {
	uint64_t free_bytes, mappings, flags[3], size[3];
};

static struct look look(uint64_t memory, uint64_t vspace, uint64_t pages)
{
	static const uint64_t at[3] = {LARGE + 0x10000, 2 * LARGE + 0x10000, 3 * LARGE};
	struct look look = {.free_bytes = sim_state_of(sim_object(memory)).free_bytes};

	look.mappings = ((struct pages *)sim_object(pages))->mappings;
	for (unsigned i = 0; i < 3; i++)
		look.flags[i] = flags_at(vspace, at[i], &look.size[i]);
	return look;
}

/* Leaves so many pages of a Memory, and none in the slabs. */
static void leave(uint64_t memory, uint64_t pages)
{
	const struct memory *from = sim_object(memory);

	while (sim_state_of(from).free_bytes > pages * 4096)
		CHECK(sim_create(memory, HELION_TYPE_PAGES, 4096) != 0);
}

static void what_fails_changes_nothing(void)
{
	for (enum operation operation = 0; operation < OPERATIONS; operation++) {
		int64_t status = -1;

		for (uint64_t left = 0; left < 16 && status; left++) {
			uint64_t memory = sim_create(MAIN, HELION_TYPE_MEMORY, 128 << 10), ret[4];
			uint64_t vspace = sim_create(memory, HELION_TYPE_VSPACE, 0), pages;
			struct look before, after;

			CHECK_EQUAL(sim_invoke(MAIN, HELION_MEMORY_CREATE, ret, HELION_TYPE_PAGES, 3 * LARGE, LARGE),
				    0);
			pages = ret[0];
			CHECK_EQUAL(sim_map(vspace, pages, LARGE, 0, 2 * LARGE, R | W), 0);
			CHECK_EQUAL(sim_map(vspace, pages, 3 * LARGE, 2 * LARGE, LARGE, R | W), 0);
			leave(memory, left);
			before = look(memory, vspace, pages);
			status = operate(operation, vspace, pages);
			CHECK(status == 0 || status == -HELION_ERR_MEMORY);
			after = look(memory, vspace, pages);
			if (status && !CHECK(memcmp(&before, &after, sizeof(before)) == 0))
				printf("# operation %d with %llu pages\n", (int)operation, (unsigned long long)left);
			/* Whatever happened, the Pages can go without memory. */
			CHECK_EQUAL(sim_destroy(pages), 0);
			CHECK_EQUAL(flags_at(vspace, LARGE, NULL), 0);
			CHECK_EQUAL(sim_destroy(memory), 0);
		}
		CHECK_EQUAL(status, 0);
	}
}

int main(void)
{
	sim_test_begin();
	TEST(ranges_are_checked);
	TEST(nothing_is_writable_and_executable);
	TEST(mappings_keep_pages_alive);
	TEST(destroyed_pages_are_unmapped_everywhere);
	TEST(large_pages_are_cut);
	TEST(what_fails_changes_nothing);
	return tap_finish();
}
