/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages mapped one by one, beside the one before: the kernel has a way of its own for them, which remembers a place. It must
 * refuse what any way refuses, and nothing that it remembers may outlive what it is of.
 */
#include "user/conformance/conformance.h"

#define PAGE       ((uint64_t)HELION_PAGE_SIZE)
#define READ       ((uint64_t)HELION_MAP_READ)
#define WRITE      ((uint64_t)HELION_MAP_WRITE)
#define EXEC       ((uint64_t)HELION_MAP_EXEC)
#define READ_WRITE (READ | WRITE)

/* In the middle of a page table of 4 KiB pages. */
#define PLACE 0x40100000ull

TEST(vspace, a_page_beside_another_is_checked)
{
	uint64_t vspace = make(HELION_TYPE_VSPACE), pages = make_sized(HELION_TYPE_PAGES, 2 * PAGE), at = PLACE + PAGE;
	uint64_t reader = copy(pages, HELION_RIGHT_READ, 0), writer = copy(pages, HELION_RIGHT_WRITE, 0), before;
	const struct {
		uint64_t pages, address, offset, flags;
		int error;
	} wrong[] = {
		{pages, at + 8, 0, READ, HELION_ERR_ALIGNMENT},
		{pages, at, 8, READ, HELION_ERR_ALIGNMENT},
		{pages, at, 2 * PAGE, READ, HELION_ERR_ARGUMENT},
		{pages, at, 0 - PAGE, READ, HELION_ERR_ARGUMENT},
		{pages, at, 0, 0, HELION_ERR_ARGUMENT},
		{pages, at, 0, WRITE, HELION_ERR_ARGUMENT},
		{pages, at, 0, READ_WRITE | EXEC, HELION_ERR_ARGUMENT},
		{pages, at, 0, READ | 8, HELION_ERR_ARGUMENT},
		{pages, at, 0, READ | 1ull << 63, HELION_ERR_ARGUMENT},
		{reader, at, 0, READ_WRITE, HELION_ERR_RIGHTS},
		{writer, at, 0, READ, HELION_ERR_RIGHTS},
		{writer, at, 0, READ_WRITE, HELION_ERR_RIGHTS},
		{world.event, at, 0, READ, HELION_ERR_TYPE},
		{pages, PLACE, 0, READ, HELION_ERR_OCCUPIED},
		{pages, PLACE - PAGE, 0, READ, HELION_ERR_OCCUPIED},
	};

	CHECK_CALL(helion_vspace_map(vspace, pages, PLACE - PAGE, 0, PAGE, READ));
	CHECK_CALL(helion_vspace_map(vspace, pages, PLACE, 0, PAGE, READ));
	before = free_bytes();
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		CHECK_ERROR(helion_vspace_map(vspace, wrong[i].pages, wrong[i].address, wrong[i].offset, PAGE,
					      wrong[i].flags),
			    wrong[i].error);
		CHECK_EQUAL(flags_at(vspace, at), 0);
		CHECK_EQUAL(mappings_of(pages), 2);
	}
	CHECK_EQUAL(free_bytes(), before);
	CHECK_CALL(helion_vspace_map(vspace, reader, at, PAGE, PAGE, READ));
	CHECK_EQUAL(flags_at(vspace, at), READ);
	CHECK_CALL(helion_vspace_map(vspace, pages, at + PAGE, 0, PAGE, READ_WRITE));
	CHECK_EQUAL(flags_at(vspace, at + PAGE), READ_WRITE);
	CHECK_EQUAL(mappings_of(pages), 4);
	/* A capability without the right to write keeps its mapping from being made writable. */
	CHECK_ERROR(helion_vspace_protect(vspace, at, PAGE, READ_WRITE), HELION_ERR_RIGHTS);
	CHECK_CALL(helion_vspace_unmap(vspace, PLACE - PAGE, 4 * PAGE));
	CHECK_EQUAL(mappings_of(pages), 0);
}

TEST(vspace, each_page_is_the_one_that_was_asked_for)
{
	enum { COUNT = 64 };
	uint64_t pages, address = world_address((COUNT + 1) * PAGE, PAGE), state = world.seed;
	uint64_t *words = map_new(COUNT * PAGE, &pages);
	uint8_t order[COUNT];

	for (unsigned i = 0; i < COUNT; i++) {
		words[i * PAGE / 8] = i + 1000;
		order[i] = (uint8_t)i;
	}
	for (unsigned round = 0; round < 3; round++) {
		/* Upwards, downwards, at random. */
		for (unsigned i = 0; i < COUNT && round > 0; i++) {
			unsigned other = round == 1 ? COUNT - 1 - i : (unsigned)(draw(&state) % COUNT);
			uint8_t kept = order[i];

			if (round == 1 && other <= i)
				break;
			order[i] = order[other];
			order[other] = kept;
		}
		for (unsigned i = 0; i < COUNT; i++)
			CHECK_CALL(helion_vspace_map(world.vspace, pages, address + order[i] * PAGE,
						     (COUNT - 1 - order[i]) * PAGE, PAGE, i % 2 ? READ : READ_WRITE));
		for (unsigned i = 0; i < COUNT; i++) {
			CHECK_EQUAL(*(volatile uint64_t *)(uintptr_t)(address + order[i] * PAGE),
				    COUNT - 1 - order[i] + 1000);
			CHECK_EQUAL(flags_at(world.vspace, address + order[i] * PAGE), i % 2 ? READ : READ_WRITE);
		}
		for (unsigned i = 0; i < COUNT; i++)
			CHECK_CALL(
				helion_vspace_unmap(world.vspace, address + order[(i + round) % COUNT] * PAGE, PAGE));
		CHECK_EQUAL(mappings_of(pages), 1);
	}
}

/* Its table goes, and its frame to somebody else. */
TEST(vspace, a_page_where_its_table_went)
{
	uint64_t vspace = make(HELION_TYPE_VSPACE), pages = make_sized(HELION_TYPE_PAGES, PAGE), all;

	/* One that stays, far below. */
	CHECK_CALL(helion_vspace_map(vspace, pages, PAGE, 0, PAGE, READ));
	all = free_bytes();
	for (unsigned i = 0; i < 3; i++) {
		uint64_t user[8], *words[8];

		CHECK_CALL(helion_vspace_map(vspace, pages, PLACE, 0, PAGE, READ));
		CHECK_CALL(helion_vspace_map(vspace, pages, PLACE + PAGE, 0, PAGE, READ));
		CHECK_CALL(helion_vspace_unmap(vspace, PLACE, 2 * PAGE));
		for (unsigned j = 0; j < 8; j++)
			words[j] = map_new(PAGE, &user[j]);
		CHECK_CALL(helion_vspace_map(vspace, pages, PLACE + 2 * PAGE, 0, PAGE, READ_WRITE));
		CHECK_EQUAL(flags_at(vspace, PLACE + 2 * PAGE), READ_WRITE);
		for (unsigned j = 0; j < 8; j++) {
			for (unsigned word = 0; word < PAGE / 8; word++)
				CHECK_EQUAL(words[j][word], 0);
			unmap(words[j], PAGE);
			delete (user[j]);
		}
		CHECK_CALL(helion_vspace_unmap(vspace, PLACE + 2 * PAGE, PAGE));
	}
	CHECK_EQUAL(free_bytes(), all);
}

/* What was mapped last is taken away: by unmapping, with its Pages, or in its middle. */
TEST(vspace, a_page_beside_one_that_went)
{
	uint64_t vspace = make(HELION_TYPE_VSPACE), pages = make_sized(HELION_TYPE_PAGES, 4 * PAGE);

	CHECK_CALL(helion_vspace_map(vspace, pages, PLACE, 0, PAGE, READ));
	for (unsigned how = 0; how < 3; how++) {
		uint64_t other = make_sized(HELION_TYPE_PAGES, 3 * PAGE), at = PLACE + PAGE;

		CHECK_CALL(helion_vspace_map(vspace, other, at, 0, how == 2 ? 3 * PAGE : PAGE, READ));
		if (how == 0)
			CHECK_CALL(helion_vspace_unmap(vspace, at, PAGE));
		else if (how == 1)
			destroy(other);
		else
			CHECK_CALL(helion_vspace_unmap(vspace, at + PAGE, PAGE));
		CHECK_CALL(helion_vspace_map(vspace, pages, at + (how == 2) * PAGE, how * PAGE, PAGE, READ_WRITE));
		CHECK_EQUAL(flags_at(vspace, at + (how == 2) * PAGE), READ_WRITE);
		CHECK_EQUAL(mappings_of(pages), 2);
		if (how == 2)
			CHECK_EQUAL(mappings_of(other), 2);
		CHECK_CALL(helion_vspace_unmap(vspace, at, 3 * PAGE));
	}
	CHECK_EQUAL(flags_at(vspace, PLACE), READ);
	CHECK_EQUAL(mappings_of(pages), 1);
}

TEST(vspace, a_page_beside_the_end)
{
	uint64_t vspace = make(HELION_TYPE_VSPACE), pages = make_sized(HELION_TYPE_PAGES, PAGE),
		 top = end_of_user_space();

	CHECK_CALL(helion_vspace_map(vspace, pages, top - 3 * PAGE, 0, PAGE, READ));
	CHECK_CALL(helion_vspace_map(vspace, pages, top - 2 * PAGE, 0, PAGE, READ));
	CHECK_ERROR(helion_vspace_map(vspace, pages, top - PAGE, 0, PAGE, READ), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_vspace_map(vspace, pages, top, 0, PAGE, READ), HELION_ERR_ARGUMENT);
	CHECK_CALL(helion_vspace_map(vspace, pages, 2 * PAGE, 0, PAGE, READ));
	CHECK_CALL(helion_vspace_map(vspace, pages, PAGE, 0, PAGE, READ));
	CHECK_ERROR(helion_vspace_map(vspace, pages, 0, 0, PAGE, READ), HELION_ERR_ARGUMENT);
	CHECK_EQUAL(mappings_of(pages), 4);
}

TEST(vspace, a_page_without_memory_for_its_record)
{
	uint64_t memory = make_sized(HELION_TYPE_MEMORY, 64 * PAGE), vspace = make_from(memory, HELION_TYPE_VSPACE, 0);
	uint64_t pages = make_sized(HELION_TYPE_PAGES, PAGE), slot, count = 0;
	int error = 0;

	CHECK_CALL(helion_vspace_map(vspace, pages, PLACE, 0, PAGE, READ));
	while (helion_memory_create(memory, HELION_TYPE_PAGES, PAGE, 0, &slot) == 0)
		;
	while (error == 0 && count < 200)
		error = helion_vspace_map(vspace, pages, PLACE + ++count * PAGE, 0, PAGE, READ);
	CHECK_EQUAL(error, -HELION_ERR_MEMORY);
	CHECK_EQUAL(flags_at(vspace, PLACE + count * PAGE), 0);
	CHECK_EQUAL(mappings_of(pages), count);
	/* With the storage of one that goes there is room again. */
	CHECK_CALL(helion_vspace_unmap(vspace, PLACE, PAGE));
	CHECK_CALL(helion_vspace_map(vspace, pages, PLACE + count * PAGE, 0, PAGE, READ));
}

TEST(window, a_page_beside_its_border)
{
	uint64_t window = make(HELION_TYPE_VSPACE), host = make(HELION_TYPE_VSPACE);
	uint64_t pages = make_sized(HELION_TYPE_PAGES, PAGE), first, end;
	struct helion_vspace_info info = {0};

	CHECK_CALL(helion_vspace_info(host, &info));
	first = info.window;
	end = info.window + info.window_size;
	CHECK_CALL(helion_vspace_attach_window(host, window));
	CHECK_CALL(helion_vspace_map(host, pages, first - 2 * PAGE, 0, PAGE, READ));
	CHECK_CALL(helion_vspace_map(host, pages, first - PAGE, 0, PAGE, READ));
	CHECK_ERROR(helion_vspace_map(host, pages, first, 0, PAGE, READ), HELION_ERR_ARGUMENT);
	CHECK_CALL(helion_vspace_map(host, pages, end, 0, PAGE, READ));
	CHECK_ERROR(helion_vspace_map(host, pages, end - PAGE, 0, PAGE, READ), HELION_ERR_ARGUMENT);
	CHECK_CALL(helion_vspace_map(window, pages, first, 0, PAGE, READ));
	CHECK_CALL(helion_vspace_map(window, pages, first + PAGE, 0, PAGE, READ_WRITE));
	CHECK_ERROR(helion_vspace_map(window, pages, first - PAGE, 0, PAGE, READ), HELION_ERR_ARGUMENT);
	CHECK_CALL(helion_vspace_map(window, pages, end - 2 * PAGE, 0, PAGE, READ));
	CHECK_CALL(helion_vspace_map(window, pages, end - PAGE, 0, PAGE, READ));
	CHECK_ERROR(helion_vspace_map(window, pages, end, 0, PAGE, READ), HELION_ERR_ARGUMENT);
	/* Seen through the window; and when it is gone both are as any other. */
	CHECK_EQUAL(flags_at(window, first + PAGE), READ_WRITE);
	CHECK_CALL(helion_vspace_detach_window(host));
	CHECK_CALL(helion_vspace_map(host, pages, first, 0, PAGE, READ));
	CHECK_CALL(helion_vspace_map(host, pages, end - PAGE, 0, PAGE, READ));
	CHECK_CALL(helion_vspace_map(window, pages, first - PAGE, 0, PAGE, READ));
	CHECK_CALL(helion_vspace_map(window, pages, end, 0, PAGE, READ));
}
