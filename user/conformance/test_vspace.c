/* SPDX-License-Identifier: BSD-2-Clause */
/* Address spaces: what is mapped, unmapped and protected is exactly that, and whatever it took comes back. */
#include "user/conformance/conformance.h"
#include "user/conformance/foreign.h"

#define PAGE       ((uint64_t)HELION_PAGE_SIZE)
#define HUGE_PAGE  (2ull << 20)
#define READ       ((uint64_t)HELION_MAP_READ)
#define READ_WRITE ((uint64_t)(HELION_MAP_READ | HELION_MAP_WRITE))
#define READ_EXEC  ((uint64_t)(HELION_MAP_READ | HELION_MAP_EXEC))

/* Part of some Pages, in the program's own address space. */
static int map_part(uint64_t pages, uint64_t address, uint64_t offset, uint64_t size, uint64_t flags)
{
	return helion_vspace_map(world.vspace, pages, address, offset, size, flags);
}

static volatile uint64_t *word_at(uint64_t address)
{
	return (volatile uint64_t *)(uintptr_t)address;
}

static uint64_t page_size_at(uint64_t vspace, uint64_t address)
{
	struct helion_vspace_query query = {0};

	CHECK_CALL(helion_vspace_query(vspace, address, &query));
	return query.page_size;
}

/* Writes its number at the beginning of each page, through a mapping that is gone afterwards. */
static void number_pages(uint64_t pages, uint64_t size)
{
	uint64_t *words = map(pages, size, READ_WRITE);

	for (uint64_t i = 0; i < size / PAGE; i++)
		words[i * (PAGE / 8)] = i + 1;
	unmap(words, size);
}

/* -- What is seen ------------------------------------------------------------------ */

TEST(vspace, a_part_of_pages_is_that_part)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, 16 * PAGE), address = world_address(16 * PAGE, PAGE);

	number_pages(pages, 16 * PAGE);
	for (uint64_t offset = 0; offset < 16; offset++) {
		uint64_t count = 16 - offset;

		CHECK_CALL(map_part(pages, address, offset * PAGE, count * PAGE, READ));
		for (uint64_t i = 0; i < count; i++)
			CHECK_EQUAL(*word_at(address + i * PAGE), offset + i + 1);
		CHECK_EQUAL(flags_at(world.vspace, address + count * PAGE), 0);
		CHECK_CALL(helion_vspace_unmap(world.vspace, address, count * PAGE));
	}
}

TEST(vspace, two_mappings_show_the_same)
{
	uint64_t pages;
	volatile uint64_t *one = map_new(PAGE, &pages), *other = map(pages, PAGE, READ);

	for (uint64_t i = 0; i < 512; i++) {
		one[i] = i * 3;
		CHECK_EQUAL(other[i], i * 3);
	}
	CHECK_EQUAL(mappings_of(pages), 2);
	unmap((void *)(uintptr_t)one, PAGE);
	CHECK_EQUAL(mappings_of(pages), 1);
	CHECK_EQUAL(other[511], 511 * 3);
	unmap((void *)(uintptr_t)other, PAGE);
	CHECK_EQUAL(mappings_of(pages), 0);
}

TEST(vspace, query_tells_what_is_mapped)
{
	static const uint64_t flags[] = {READ, READ_WRITE, READ_EXEC};
	uint64_t pages = make_sized(HELION_TYPE_PAGES, 4 * PAGE), address = world_address(4 * PAGE, PAGE);
	struct helion_vspace_query query = {0};

	for (unsigned i = 0; i < 3; i++) {
		CHECK_CALL(map_part(pages, address, 0, 4 * PAGE, flags[i]));
		CHECK_CALL(helion_vspace_query(world.vspace, address + 2 * PAGE + 123, &query));
		CHECK_EQUAL(query.flags, flags[i]);
		CHECK_EQUAL(query.offset, (2 * PAGE + 123) % query.page_size);
		CHECK_CALL(helion_vspace_unmap(world.vspace, address, 4 * PAGE));
		CHECK_ERROR(helion_vspace_query(world.vspace, address, &query), HELION_ERR_MISSING);
	}
	CHECK_ERROR(helion_vspace_query(world.vspace, end_of_user_space(), &query), HELION_ERR_MISSING);
	CHECK_ERROR(helion_vspace_query(world.vspace, UINT64_MAX, &query), HELION_ERR_MISSING);
}

/* Code that is written through one mapping and run through another, and written again. */
TEST(vspace, code_runs_as_it_was_written)
{
	uint64_t pages, address = world_address(PAGE, PAGE);
	uint8_t *code = map_new(PAGE, &pages);

	for (unsigned round = 0; round < 8; round++) {
		uint64_t (*function)(void);

		foreign_write_function(code, (uint8_t)(round + 40));
		CHECK_CALL(map_part(pages, address, 0, PAGE, READ_EXEC));
		function = (uint64_t(*)(void))(uintptr_t)address;
		CHECK_EQUAL(function(), round + 40);
		CHECK_CALL(helion_vspace_unmap(world.vspace, address, PAGE));
	}
	/* protect, too, makes visible what was written. */
	CHECK_CALL(map_part(pages, address, 0, PAGE, READ));
	foreign_write_function(code, 99);
	CHECK_CALL(helion_vspace_protect(world.vspace, address, PAGE, READ_EXEC));
	CHECK_EQUAL(((uint64_t(*)(void))(uintptr_t)address)(), 99);
}

/* -- What is refused --------------------------------------------------------------- */

TEST(vspace, addresses_that_are_none)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, 2 * PAGE), top = end_of_user_space(), bytes = free_bytes();
	const uint64_t bad[] = {0, top - PAGE, top, top + PAGE, 1ull << 63, UINT64_MAX - PAGE + 1};

	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_ERROR(map_part(pages, bad[i], 0, PAGE, READ), HELION_ERR_ARGUMENT);
		CHECK_ERROR(helion_vspace_unmap(world.vspace, bad[i], PAGE), HELION_ERR_ARGUMENT);
		CHECK_ERROR(helion_vspace_protect(world.vspace, bad[i], PAGE, READ), HELION_ERR_ARGUMENT);
	}
	/* Begins well and ends badly. */
	CHECK_ERROR(map_part(pages, top - 2 * PAGE, 0, 2 * PAGE, READ), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_vspace_unmap(world.vspace, PAGE, UINT64_MAX - PAGE + 1), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_vspace_protect(world.vspace, top - 2 * PAGE, UINT64_MAX - PAGE + 1, READ),
		    HELION_ERR_ARGUMENT);
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST(vspace, the_first_and_the_last_page_that_can_be_used)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, PAGE), top = end_of_user_space();
	uint64_t vspace = make(HELION_TYPE_VSPACE), bytes = free_bytes();

	CHECK_CALL(helion_vspace_map(vspace, pages, PAGE, 0, PAGE, READ));
	CHECK_CALL(helion_vspace_map(vspace, pages, top - 2 * PAGE, 0, PAGE, READ_WRITE));
	CHECK_EQUAL(flags_at(vspace, PAGE), READ);
	CHECK_EQUAL(flags_at(vspace, top - PAGE - 1), READ_WRITE);
	CHECK_EQUAL(flags_at(vspace, top - PAGE), 0);
	CHECK_CALL(helion_vspace_unmap(vspace, PAGE, top - 2 * PAGE));
	CHECK_EQUAL(mappings_of(pages), 0);
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST(vspace, sizes_and_offsets_that_are_none)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, 4 * PAGE), at = world_address(8 * PAGE, PAGE);
	uint64_t bytes = free_bytes();

	CHECK_ERROR(map_part(pages, at, 0, 0, READ), HELION_ERR_ARGUMENT);
	CHECK_ERROR(map_part(pages, at, 0, 5 * PAGE, READ), HELION_ERR_ARGUMENT);
	CHECK_ERROR(map_part(pages, at, PAGE, 4 * PAGE, READ), HELION_ERR_ARGUMENT);
	CHECK_ERROR(map_part(pages, at, 4 * PAGE, PAGE, READ), HELION_ERR_ARGUMENT);
	CHECK_ERROR(map_part(pages, at, UINT64_MAX - PAGE + 1, 2 * PAGE, READ), HELION_ERR_ARGUMENT);
	CHECK_ERROR(map_part(pages, at, 0, UINT64_MAX - PAGE + 1, READ), HELION_ERR_ARGUMENT);
	CHECK_ERROR(map_part(pages, at + 1, 0, PAGE, READ), HELION_ERR_ALIGNMENT);
	CHECK_ERROR(map_part(pages, at, 8, PAGE, READ), HELION_ERR_ALIGNMENT);
	CHECK_ERROR(map_part(pages, at, 0, PAGE - 1, READ), HELION_ERR_ALIGNMENT);
	CHECK_ERROR(helion_vspace_unmap(world.vspace, at, 0), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_vspace_unmap(world.vspace, at + 16, PAGE), HELION_ERR_ALIGNMENT);
	CHECK_ERROR(helion_vspace_unmap(world.vspace, at, 100), HELION_ERR_ALIGNMENT);
	CHECK_ERROR(helion_vspace_protect(world.vspace, at, 0, READ), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_vspace_protect(world.vspace, at + 4, PAGE, READ), HELION_ERR_ALIGNMENT);
	CHECK_EQUAL(free_bytes(), bytes);
	CHECK_EQUAL(mappings_of(pages), 0);
}

/* None without reading, none that can be written and executed, none that does not exist. */
TEST(vspace, flags_that_are_none)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, PAGE), at = world_address(2 * PAGE, PAGE);

	CHECK_CALL(map_part(pages, at + PAGE, 0, PAGE, READ));
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t flags = 1ull << bit;

		if (flags & (READ_WRITE | READ_EXEC))
			continue;
		CHECK_ERROR(map_part(pages, at, 0, PAGE, READ | flags), HELION_ERR_ARGUMENT);
		CHECK_ERROR(helion_vspace_protect(world.vspace, at + PAGE, PAGE, READ | flags), HELION_ERR_ARGUMENT);
	}
	for (unsigned i = 0; i < 5; i++) {
		const uint64_t flags[] = {0, HELION_MAP_WRITE, HELION_MAP_EXEC, HELION_MAP_WRITE | HELION_MAP_EXEC,
					  READ_WRITE | HELION_MAP_EXEC};

		CHECK_ERROR(map_part(pages, at, 0, PAGE, flags[i]), HELION_ERR_ARGUMENT);
		CHECK_ERROR(helion_vspace_protect(world.vspace, at + PAGE, PAGE, flags[i]), HELION_ERR_ARGUMENT);
	}
	CHECK_EQUAL(flags_at(world.vspace, at), 0);
	CHECK_EQUAL(flags_at(world.vspace, at + PAGE), READ);
}

/* A mapping never has more than the capability it was made with, not even by protect, and whoever else has more. */
TEST(vspace, flags_need_rights)
{
	uint64_t all = make_sized(HELION_TYPE_PAGES, PAGE), at = world_address(PAGE, PAGE), pages;
	static const uint64_t flags[] = {READ, READ_WRITE, READ_EXEC};
	static const uint64_t rights[] = {HELION_RIGHT_READ, HELION_RIGHT_READ | HELION_RIGHT_WRITE,
					  HELION_RIGHT_READ | HELION_RIGHT_EXEC};

	for (unsigned has = 0; has < 3; has++) {
		pages = copy(all, rights[has], 0);
		for (unsigned wants = 0; wants < 3; wants++) {
			int expected = wants == 0 || wants == has ? 0 : -HELION_ERR_RIGHTS;

			CHECK_EQUAL(map_part(pages, at, 0, PAGE, flags[wants]), expected);
			if (expected == 0)
				CHECK_CALL(helion_vspace_unmap(world.vspace, at, PAGE));
			CHECK_CALL(map_part(pages, at, 0, PAGE, READ));
			CHECK_EQUAL(helion_vspace_protect(world.vspace, at, PAGE, flags[wants]), expected);
			CHECK_EQUAL(flags_at(world.vspace, at), expected == 0 ? flags[wants] : READ);
			CHECK_CALL(helion_vspace_unmap(world.vspace, at, PAGE));
		}
	}
	pages = copy(all, HELION_RIGHT_WRITE | HELION_RIGHT_EXEC, 0);
	CHECK_ERROR(map_part(pages, at, 0, PAGE, READ), HELION_ERR_RIGHTS);
}

TEST(vspace, changing_it_is_a_right)
{
	uint64_t vspace = make(HELION_TYPE_VSPACE), pages = make_sized(HELION_TYPE_PAGES, PAGE);
	uint64_t reader = copy(vspace, HELION_RIGHT_READ, 0), writer = copy(vspace, HELION_RIGHT_WRITE, 0);
	struct helion_vspace_query query;

	CHECK_ERROR(helion_vspace_map(reader, pages, PAGE, 0, PAGE, READ), HELION_ERR_RIGHTS);
	CHECK_CALL(helion_vspace_map(writer, pages, PAGE, 0, PAGE, READ));
	CHECK_CALL(helion_vspace_query(reader, PAGE, &query));
	CHECK_ERROR(helion_vspace_query(writer, PAGE, &query), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_vspace_protect(reader, PAGE, PAGE, READ), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_vspace_unmap(reader, PAGE, PAGE), HELION_ERR_RIGHTS);
	CHECK_CALL(helion_vspace_unmap(writer, PAGE, PAGE));
}

/* -- All or nothing ---------------------------------------------------------------- */

/* Where something is mapped nothing else comes, wherever in the range it is. */
TEST_WITH(vspace, nothing_is_mapped_over_another, .memory = 16u << 20)
{
	uint64_t size = 2048 * PAGE, pages = make_sized(HELION_TYPE_PAGES, size), at = world_address(size, PAGE);
	uint64_t other = make_sized(HELION_TYPE_PAGES, PAGE), bytes;

	*(uint64_t *)map(other, PAGE, READ_WRITE) = 4711;
	for (unsigned i = 0; i < 4; i++) {
		static const uint64_t places[] = {0, 1, 1500, 2047};
		uint64_t place = at + places[i] * PAGE;

		CHECK_CALL(map_part(other, place, 0, PAGE, READ));
		bytes = free_bytes();
		CHECK_ERROR(map_part(pages, at, 0, size, READ_WRITE), HELION_ERR_OCCUPIED);
		CHECK_EQUAL(free_bytes(), bytes);
		CHECK_EQUAL(mappings_of(pages), 0);
		CHECK_EQUAL(*word_at(place), 4711);
		CHECK_EQUAL(flags_at(world.vspace, place), READ);
		CHECK_CALL(helion_vspace_unmap(world.vspace, place, PAGE));
	}
	CHECK_CALL(map_part(pages, at, 0, size, READ_WRITE));
	CHECK_ERROR(map_part(other, at + 2047 * PAGE, 0, PAGE, READ), HELION_ERR_OCCUPIED);
	CHECK_ERROR(map_part(pages, at, 0, size, READ_WRITE), HELION_ERR_OCCUPIED);
	CHECK_CALL(helion_vspace_unmap(world.vspace, at, size));
}

/* With any amount of memory: a mapping comes whole or leaves nothing behind. */
TEST_WITH(vspace, no_memory_for_a_mapping, .memory = 16u << 20)
{
	/* Not aligned, so that there are five page tables. */
	uint64_t size = 2048 * PAGE, pages = make_sized(HELION_TYPE_PAGES, size);
	uint64_t address = 64 * HUGE_PAGE + PAGE, taken = 0;

	for (unsigned room = 4; taken == 0; room++) {
		uint64_t memory = make_sized(HELION_TYPE_MEMORY, room * PAGE), vspace, before;
		int error;

		vspace = make_from(memory, HELION_TYPE_VSPACE, 0);
		before = free_bytes_of(memory);
		error = helion_vspace_map(vspace, pages, address, 0, size, READ);
		if (error == 0) {
			CHECK_EQUAL(flags_at(vspace, address + size - 1), READ);
			CHECK_CALL(helion_vspace_unmap(vspace, address, size));
			taken = room;
		} else {
			CHECK_EQUAL(error, -HELION_ERR_MEMORY);
			for (uint64_t i = 0; i < size; i += PAGE)
				CHECK_EQUAL(flags_at(vspace, address + i), 0);
		}
		CHECK_EQUAL(mappings_of(pages), 0);
		CHECK_EQUAL(free_bytes_of(memory), before);
		destroy(memory);
	}
	CHECK(taken > 8);
}

/* A hole in the range that is protected: nothing changes, not even a thousand pages before it. */
TEST_WITH(vspace, protecting_a_hole_changes_nothing, .memory = 16u << 20)
{
	uint64_t size = 2048 * PAGE, pages = make_sized(HELION_TYPE_PAGES, size), at = world_address(size, PAGE);

	CHECK_CALL(map_part(pages, at, 0, size, READ_WRITE));
	CHECK_CALL(helion_vspace_unmap(world.vspace, at + 1800 * PAGE, PAGE));
	CHECK_ERROR(helion_vspace_protect(world.vspace, at, size, READ), HELION_ERR_MISSING);
	for (uint64_t i = 0; i < 2048; i++)
		CHECK_EQUAL(flags_at(world.vspace, at + i * PAGE), i == 1800 ? 0 : READ_WRITE);
	CHECK_CALL(helion_vspace_protect(world.vspace, at, 1800 * PAGE, READ));
	CHECK_EQUAL(flags_at(world.vspace, at + 1799 * PAGE), READ);
	CHECK_EQUAL(flags_at(world.vspace, at + 1801 * PAGE), READ_WRITE);
}

/* The same where one of many mappings, late in the range, has not the right. */
TEST(vspace, protecting_what_may_not_changes_nothing)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, PAGE), reader = copy(pages, HELION_RIGHT_READ, 0);
	uint64_t at = world_address(200 * PAGE, PAGE);

	for (uint64_t i = 0; i < 200; i++)
		CHECK_CALL(map_part(i == 190 ? reader : pages, at + i * PAGE, 0, PAGE, READ));
	CHECK_ERROR(helion_vspace_protect(world.vspace, at, 200 * PAGE, READ_WRITE), HELION_ERR_RIGHTS);
	for (uint64_t i = 0; i < 200; i++)
		CHECK_EQUAL(flags_at(world.vspace, at + i * PAGE), READ);
	CHECK_CALL(helion_vspace_protect(world.vspace, at, 190 * PAGE, READ_WRITE));
	CHECK_EQUAL(flags_at(world.vspace, at + 189 * PAGE), READ_WRITE);
}

/* A piece out of the middle of a mapping needs a record more, a piece out of a huge page a table. */
TEST_WITH(vspace, no_memory_for_a_piece, .memory = 16u << 20)
{
	uint64_t memory = make_sized(HELION_TYPE_MEMORY, 64 * PAGE), vspace = make_from(memory, HELION_TYPE_VSPACE, 0);
	uint64_t address = 8 * HUGE_PAGE, pages, filler;

	CHECK_CALL(helion_memory_create(world.memory, HELION_TYPE_PAGES, HUGE_PAGE, HUGE_PAGE, &pages));
	CHECK_CALL(helion_vspace_map(vspace, pages, address, 0, HUGE_PAGE, READ_WRITE));
	filler = make_from(memory, HELION_TYPE_PAGES, free_bytes_of(memory));
	CHECK_ERROR(helion_vspace_unmap(vspace, address + 5 * PAGE, PAGE), HELION_ERR_MEMORY);
	CHECK_ERROR(helion_vspace_protect(vspace, address + 5 * PAGE, PAGE, READ), HELION_ERR_MEMORY);
	for (uint64_t i = 0; i < 512; i++)
		CHECK_EQUAL(flags_at(vspace, address + i * PAGE), READ_WRITE);
	/* All of it needs none. */
	CHECK_CALL(helion_vspace_protect(vspace, address, HUGE_PAGE, READ));
	CHECK_CALL(helion_vspace_unmap(vspace, address, HUGE_PAGE));
	CHECK_EQUAL(mappings_of(pages), 0);
	delete (filler);
}

/* -- Huge pages -------------------------------------------------------------------- */

/* Used where both sides are aligned, and divided where only a part is changed; the contents stay. */
TEST_WITH(vspace, huge_pages_come_and_are_divided, .memory = 16u << 20)
{
	uint64_t size = 2 * HUGE_PAGE, vspace = make(HELION_TYPE_VSPACE), address = 16 * HUGE_PAGE, pages, bytes;

	CHECK_CALL(helion_memory_create(world.memory, HELION_TYPE_PAGES, size, HUGE_PAGE, &pages));
	bytes = free_bytes();
	CHECK_CALL(helion_vspace_map(vspace, pages, address, 0, size, READ_WRITE));
	CHECK_EQUAL(page_size_at(vspace, address), HUGE_PAGE);
	CHECK_EQUAL(page_size_at(vspace, address + size - 1), HUGE_PAGE);
	CHECK_CALL(helion_vspace_protect(vspace, address + 7 * PAGE, 3 * PAGE, READ));
	CHECK_EQUAL(page_size_at(vspace, address), PAGE);
	CHECK_EQUAL(page_size_at(vspace, address + HUGE_PAGE), HUGE_PAGE);
	for (uint64_t i = 0; i < 512; i++)
		CHECK_EQUAL(flags_at(vspace, address + i * PAGE), i >= 7 && i < 10 ? READ : READ_WRITE);
	CHECK_CALL(helion_vspace_unmap(vspace, address + HUGE_PAGE + PAGE, HUGE_PAGE - 2 * PAGE));
	CHECK_EQUAL(flags_at(vspace, address + HUGE_PAGE), READ_WRITE);
	CHECK_EQUAL(flags_at(vspace, address + HUGE_PAGE + PAGE), 0);
	CHECK_EQUAL(flags_at(vspace, address + size - PAGE - 1), 0);
	CHECK_EQUAL(flags_at(vspace, address + size - 1), READ_WRITE);
	CHECK_CALL(helion_vspace_unmap(vspace, address, size));
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST_WITH(vspace, dividing_a_huge_page_keeps_its_contents, .memory = 16u << 20)
{
	uint64_t address = world_address(2 * HUGE_PAGE, HUGE_PAGE), pages;

	CHECK_CALL(helion_memory_create(world.memory, HELION_TYPE_PAGES, HUGE_PAGE, HUGE_PAGE, &pages));
	number_pages(pages, HUGE_PAGE);
	CHECK_CALL(map_part(pages, address, 0, HUGE_PAGE, READ_WRITE));
	CHECK_EQUAL(page_size_at(world.vspace, address), HUGE_PAGE);
	for (uint64_t piece = 0; piece < 512; piece += 64) {
		CHECK_CALL(helion_vspace_protect(world.vspace, address + piece * PAGE, PAGE, READ));
		CHECK_CALL(helion_vspace_unmap(world.vspace, address + (piece + 32) * PAGE, PAGE));
	}
	for (uint64_t i = 0; i < 512; i++) {
		if (i % 64 == 32)
			continue;
		CHECK_EQUAL(*word_at(address + i * PAGE), i + 1);
		if (i % 64 != 0)
			*word_at(address + i * PAGE + 8) = ~i;
	}
	/* An offset that does not fit the address: small pages. */
	CHECK_CALL(map_part(pages, address + HUGE_PAGE, PAGE, HUGE_PAGE - PAGE, READ));
	CHECK_EQUAL(page_size_at(world.vspace, address + HUGE_PAGE), PAGE);
	for (uint64_t i = 1; i < 512; i++) {
		CHECK_EQUAL(*word_at(address + HUGE_PAGE + (i - 1) * PAGE), i + 1);
		if (i % 32 != 0)
			CHECK_EQUAL(*word_at(address + HUGE_PAGE + (i - 1) * PAGE + 8), ~i);
	}
}

/* -- What it takes comes back ------------------------------------------------------ */

/* Mappings far from each other, each with tables of its own, go in any order. */
TEST(vspace, tables_come_back_in_any_order)
{
	enum { COUNT = 24 };
	uint64_t vspace = make(HELION_TYPE_VSPACE), pages = make_sized(HELION_TYPE_PAGES, PAGE), bytes;
	uint64_t addresses[COUNT], seed = world.seed, room = end_of_user_space() / PAGE / COUNT;
	struct helion_vspace_info info;

	CHECK_CALL(helion_vspace_info(vspace, &info));
	bytes = free_bytes();
	for (unsigned round = 0; round < 4; round++) {
		unsigned count = 0;

		for (uint64_t i = 0; i < COUNT; i++) {
			uint64_t address = (i * room + 1 + draw(&seed) % (room - 2)) * PAGE;

			if (address - info.window < info.window_size)
				continue;
			CHECK_CALL(helion_vspace_map(vspace, pages, address, 0, PAGE, READ));
			addresses[count++] = address;
		}
		CHECK(free_bytes() < bytes - count * PAGE);
		for (unsigned left = count; left > 0; left--) {
			unsigned i = (unsigned)(draw(&seed) % left);

			CHECK_CALL(helion_vspace_unmap(vspace, addresses[i], PAGE));
			addresses[i] = addresses[left - 1];
		}
		CHECK_EQUAL(free_bytes(), bytes);
	}
}

TEST(vspace, one_unmap_takes_many_mappings_and_holes)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, 4 * PAGE), at = world_address(700 * PAGE, PAGE);
	uint64_t bytes = free_bytes();

	for (uint64_t i = 0; i < 100; i++)
		CHECK_CALL(map_part(pages, at + 7 * i * PAGE, 0, (1 + i % 4) * PAGE, READ));
	CHECK_EQUAL(mappings_of(pages), 100);
	/* From inside of the first to inside of the last. */
	CHECK_CALL(helion_vspace_unmap(world.vspace, at + 7 * PAGE + PAGE, (7 * 98 - 1) * PAGE + PAGE));
	CHECK_EQUAL(mappings_of(pages), 3);
	CHECK_EQUAL(flags_at(world.vspace, at), READ);
	CHECK_EQUAL(flags_at(world.vspace, at + 7 * PAGE), READ);
	CHECK_EQUAL(flags_at(world.vspace, at + 8 * PAGE), 0);
	CHECK_EQUAL(flags_at(world.vspace, at + 7 * 99 * PAGE), 0);
	CHECK_EQUAL(flags_at(world.vspace, at + 7 * 99 * PAGE + PAGE), READ);
	CHECK_CALL(helion_vspace_unmap(world.vspace, at, 700 * PAGE));
	CHECK_ERROR(helion_vspace_unmap(world.vspace, at, 700 * PAGE), HELION_ERR_MISSING);
	CHECK_EQUAL(mappings_of(pages), 0);
	CHECK_EQUAL(free_bytes(), bytes);
}

/* Pages that are mapped thousands of times, in many address spaces, go at once from all. */
TEST_WITH(vspace, destroyed_pages_go_from_many_places, .memory = 8u << 20)
{
	enum { SPACES = 8, EACH = 100 };
	uint64_t spaces[SPACES], bytes[SPACES], pages = make_sized(HELION_TYPE_PAGES, PAGE);

	for (unsigned i = 0; i < SPACES; i++) {
		uint64_t memory = make_sized(HELION_TYPE_MEMORY, 128 * PAGE);

		spaces[i] = make_from(memory, HELION_TYPE_VSPACE, 0);
		bytes[i] = free_bytes_of(memory);
		for (uint64_t j = 0; j < EACH; j++)
			CHECK_CALL(helion_vspace_map(spaces[i], pages, (j + 1) * 3 * PAGE, 0, PAGE, READ));
		CHECK(free_bytes_of(memory) < bytes[i]);
	}
	CHECK_EQUAL(mappings_of(pages), SPACES * EACH);
	destroy(pages);
	for (unsigned i = 0; i < SPACES; i++)
		for (uint64_t j = 0; j < EACH; j++)
			CHECK_EQUAL(flags_at(spaces[i], (j + 1) * 3 * PAGE), 0);
}

TEST_WITH(vspace, an_address_space_goes_with_all_that_is_in_it, .memory = 16u << 20)
{
	uint64_t bytes = free_bytes(), objects = live_objects(), pages = make_sized(HELION_TYPE_PAGES, 1024 * PAGE);

	for (unsigned round = 0; round < 3; round++) {
		uint64_t vspace = make(HELION_TYPE_VSPACE);

		for (uint64_t i = 0; i < 10; i++)
			CHECK_CALL(helion_vspace_map(vspace, pages, (i * 1030 + 1) * PAGE, 0, 1024 * PAGE, READ));
		CHECK_EQUAL(mappings_of(pages), 10);
		if (round == 0)
			delete (vspace);
		else
			destroy(vspace);
		CHECK_EQUAL(mappings_of(pages), 0);
	}
	delete (pages);
	CHECK_EQUAL(free_bytes(), bytes);
	CHECK_EQUAL(live_objects(), objects);
}

/* -- Against a model --------------------------------------------------------------- */

#define MODEL_PAGES 1536u

/* What each page of a range shows: the page of the Pages there, from 1; 0: none. */
struct model {
	uint64_t vspace, pages[2], address;
	struct {
		uint16_t number;
		uint8_t flags, which;
	} entries[MODEL_PAGES];
};

static void model_check(const struct model *model)
{
	for (uint64_t i = 0; i < MODEL_PAGES; i++) {
		uint64_t address = model->address + i * PAGE, flags = model->entries[i].flags;

		CHECK_EQUAL(flags_at(model->vspace, address), flags);
		if (flags)
			CHECK_EQUAL(*word_at(address),
				    model->entries[i].number + (model->entries[i].which ? 10000u : 0));
	}
}

static void model_map(struct model *model, uint64_t first, uint64_t count, uint64_t number, unsigned which,
		      uint64_t flags)
{
	bool occupied = false;
	int error = helion_vspace_map(model->vspace, model->pages[which], model->address + first * PAGE, number * PAGE,
				      count * PAGE, flags);

	for (uint64_t i = first; i < first + count; i++)
		occupied = occupied || model->entries[i].flags;
	CHECK_EQUAL(error, occupied ? -HELION_ERR_OCCUPIED : 0);
	for (uint64_t i = 0; i < count && !occupied; i++) {
		model->entries[first + i].number = (uint16_t)(number + i + 1);
		model->entries[first + i].flags = (uint8_t)flags;
		model->entries[first + i].which = (uint8_t)which;
	}
}

static void model_unmap(struct model *model, uint64_t first, uint64_t count)
{
	bool any = false;
	int error = helion_vspace_unmap(model->vspace, model->address + first * PAGE, count * PAGE);

	for (uint64_t i = first; i < first + count; i++) {
		any = any || model->entries[i].flags;
		model->entries[i].flags = 0;
	}
	CHECK_EQUAL(error, any ? 0 : -HELION_ERR_MISSING);
}

static void model_protect(struct model *model, uint64_t first, uint64_t count, uint64_t flags)
{
	bool hole = false;
	int error = helion_vspace_protect(model->vspace, model->address + first * PAGE, count * PAGE, flags);

	for (uint64_t i = first; i < first + count; i++)
		hole = hole || !model->entries[i].flags;
	CHECK_EQUAL(error, hole ? -HELION_ERR_MISSING : 0);
	for (uint64_t i = first; i < first + count && !hole; i++)
		model->entries[i].flags = (uint8_t)flags;
}

/* A part of so many: of any length, and often one that huge pages fit. */
static uint64_t draw_part(uint64_t *seed, uint64_t limit, uint64_t *ret_count)
{
	uint64_t first = draw(seed) % limit, most = limit - first;

	switch (draw(seed) % 4) {
	case 0: *ret_count = 1; return first;
	case 1:
		first = first / 512 * 512;
		most = limit - first;
		*ret_count = most < 512 ? most : 512;
		return first;
	case 2: *ret_count = 1 + draw(seed) % (most < 40 ? most : 40); return first;
	default: *ret_count = 1 + draw(seed) % most; return first;
	}
}

TEST_WITH(vspace, random_operations_against_a_model, .memory = 24u << 20, .seconds = 600)
{
	static const uint64_t flags[] = {READ, READ_WRITE, READ_EXEC};
	static struct model model;
	uint64_t seed = world.seed, bytes;

	model = (struct model){.vspace = world.vspace, .address = world_address(MODEL_PAGES * PAGE, HUGE_PAGE)};
	for (unsigned which = 0; which < 2; which++) {
		uint64_t *words;

		CHECK_CALL(helion_memory_create(world.memory, HELION_TYPE_PAGES, 1024 * PAGE, HUGE_PAGE,
						&model.pages[which]));
		words = map(model.pages[which], 1024 * PAGE, READ_WRITE);
		for (uint64_t i = 0; i < 1024; i++)
			words[i * (PAGE / 8)] = i + 1 + (which ? 10000u : 0);
		unmap(words, 1024 * PAGE);
	}
	bytes = free_bytes();
	for (unsigned round = 0; round < 150; round++) {
		uint64_t count, number, part, first = draw_part(&seed, MODEL_PAGES, &count);

		switch (draw(&seed) % 5) {
		case 0: model_unmap(&model, first, count); break;
		case 1: model_protect(&model, first, count, flags[draw(&seed) % 3]); break;
		default:
			number = draw_part(&seed, 1024, &part);
			if (part > MODEL_PAGES - first)
				part = MODEL_PAGES - first;
			model_map(&model, first, part, number, draw(&seed) % 2, flags[draw(&seed) % 3]);
		}
		if (round % 5 == 4)
			model_check(&model);
	}
	model_unmap(&model, 0, MODEL_PAGES);
	CHECK_EQUAL(free_bytes(), bytes);
}

/* -- While others change the same -------------------------------------------------- */

#define SHARED_SIZE (2048 * PAGE)

/* Maps Pages (a) at an address (c) and takes them away again, until there is an error that is not its partner's doing. */
static void map_and_unmap(struct partner *partner)
{
	while (partner->error == 0) {
		int error = map_part(partner->a, partner->c, 0, SHARED_SIZE, READ_WRITE);

		if (error != 0 && error != -HELION_ERR_BUSY && error != -HELION_ERR_OCCUPIED) {
			partner->error = error;
			return;
		}
		__atomic_fetch_add(&partner->b, 1, __ATOMIC_SEQ_CST);
		error = helion_vspace_unmap(world.vspace, partner->c, SHARED_SIZE);
		if (error != 0 && error != -HELION_ERR_MISSING)
			partner->error = error;
	}
}

static void start_mapper(struct partner *partner, uint64_t pages, uint64_t address)
{
	partner_create(partner);
	CHECK_CALL(helion_task_set_affinity(partner->task, 2));
	partner->a = pages;
	partner->c = address;
	partner_start(partner, map_and_unmap);
	while (__atomic_load_n(&partner->b, __ATOMIC_SEQ_CST) == 0)
		helion_yield();
}

/* What is in the range, whatever it is. */
static void clear(uint64_t address)
{
	int error = helion_vspace_unmap(world.vspace, address, SHARED_SIZE);

	CHECK(error == 0 || error == -HELION_ERR_MISSING);
}

TEST_WITH(vspace, two_change_the_same_range, .memory = 16u << 20, .cpus = 2)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, SHARED_SIZE), address = world_address(SHARED_SIZE, PAGE), bytes;
	uint64_t seed = world.seed;
	struct partner partner;

	partner_create(&partner);
	partner_delete(&partner);
	bytes = free_bytes();
	start_mapper(&partner, pages, address);
	for (unsigned round = 0; round < 100; round++) {
		uint64_t first = draw(&seed) % 2048, count = 1 + draw(&seed) % (2048 - first);
		int error;

		if (round % 2) {
			error = helion_vspace_unmap(world.vspace, address + first * PAGE, count * PAGE);
			CHECK(error == 0 || error == -HELION_ERR_MISSING);
		} else {
			error = helion_vspace_protect(world.vspace, address + first * PAGE, count * PAGE, READ);
			CHECK(error == 0 || error == -HELION_ERR_MISSING);
		}
	}
	__atomic_store_n(&partner.error, 1, __ATOMIC_SEQ_CST);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 1);
	partner_delete(&partner);
	clear(address);
	CHECK_EQUAL(mappings_of(pages), 0);
	CHECK_EQUAL(free_bytes(), bytes);
}

/* Deleted in the middle of it, it leaves a part, which is a mapping as any other. */
TEST_WITH(vspace, a_task_is_deleted_while_it_maps, .memory = 16u << 20, .cpus = 2)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, SHARED_SIZE), address = world_address(SHARED_SIZE, PAGE), bytes;
	uint64_t seed = world.seed;
	struct partner partner;

	partner_create(&partner);
	partner_delete(&partner);
	bytes = free_bytes();
	for (unsigned round = 0; round < 20; round++) {
		start_mapper(&partner, pages, address);
		for (uint64_t spin = draw(&seed) % 20000; spin > 0; spin--)
			__asm__ volatile("");
		partner_delete(&partner);
		CHECK(mappings_of(pages) <= 1);
		clear(address);
		CHECK_EQUAL(mappings_of(pages), 0);
		CHECK_EQUAL(free_bytes(), bytes);
	}
}

TEST_WITH(vspace, pages_are_destroyed_while_they_are_mapped, .memory = 16u << 20, .cpus = 2)
{
	uint64_t address = world_address(SHARED_SIZE, PAGE), bytes;
	struct partner partner;

	partner_create(&partner);
	partner_delete(&partner);
	bytes = free_bytes();
	for (unsigned round = 0; round < 20; round++) {
		uint64_t pages = make_sized(HELION_TYPE_PAGES, SHARED_SIZE);

		start_mapper(&partner, pages, address);
		destroy(pages);
		partner_join(&partner);
		CHECK_EQUAL(partner.error, -HELION_ERR_CAP);
		CHECK_EQUAL(flags_at(world.vspace, address), 0);
		partner_delete(&partner);
		CHECK_EQUAL(free_bytes(), bytes);
	}
}
