/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory and Pages: what is taken comes back, to the byte; what is given is zero. */
#include "user/conformance/conformance.h"

TEST(memory, info_adds_up)
{
	struct helion_memory_info info;

	CHECK_CALL(helion_memory_info(world.memory, &info));
	CHECK_EQUAL(info.size, TEST_MEMORY);
	CHECK(info.free < info.size && info.free % 4096 == 0);
	/* CSpace, task, Pages of stack and buffer, the event's notification. */
	CHECK_EQUAL(info.objects, 4);
	CHECK_EQUAL(info.base % 4096, 0);
}

static void comes_back(enum helion_type type, uint64_t size)
{
	uint64_t bytes = free_bytes(), objects = live_objects(), slots = free_slots(), slot;

	slot = make_sized(type, size);
	CHECK_EQUAL(live_objects(), objects + 1);
	CHECK_EQUAL(free_slots(), slots - 1);
	delete (slot);
	CHECK_EQUAL(free_bytes(), bytes);
	CHECK_EQUAL(live_objects(), objects);
	CHECK_EQUAL(free_slots(), slots);
	/* By destroying it, too. */
	destroy(make_sized(type, size));
	CHECK_EQUAL(free_bytes(), bytes);
	CHECK_EQUAL(live_objects(), objects);
	CHECK_EQUAL(free_slots(), slots);
}

TEST(memory, a_memory_comes_back)
{
	comes_back(HELION_TYPE_MEMORY, 65536);
}
TEST(memory, pages_come_back)
{
	comes_back(HELION_TYPE_PAGES, 65536);
}
TEST(memory, a_cspace_comes_back)
{
	comes_back(HELION_TYPE_CSPACE, 256);
}
TEST(memory, a_vspace_comes_back)
{
	comes_back(HELION_TYPE_VSPACE, 0);
}
TEST(memory, a_task_comes_back)
{
	comes_back(HELION_TYPE_TASK, 0);
}
TEST(memory, an_endpoint_comes_back)
{
	comes_back(HELION_TYPE_ENDPOINT, 0);
}
TEST(memory, a_notification_comes_back)
{
	comes_back(HELION_TYPE_NOTIFICATION, 0);
}
TEST(memory, a_timer_comes_back)
{
	comes_back(HELION_TYPE_TIMER, 0);
}

TEST(memory, pages_cost_their_size)
{
	uint64_t bytes, slot;

	/* The object itself shares a page with others. */
	make_sized(HELION_TYPE_PAGES, 4096);
	bytes = free_bytes();
	slot = make_sized(HELION_TYPE_PAGES, 65536);
	CHECK_EQUAL(free_bytes(), bytes - 65536);
	delete (slot);
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST(memory, pages_have_the_size_asked_for)
{
	struct helion_pages_info info;

	for (uint64_t size = 4096; size <= 65536; size += 4096) {
		uint64_t slot = make_sized(HELION_TYPE_PAGES, size);

		CHECK_CALL(helion_pages_info(slot, &info));
		CHECK_EQUAL(info.size, size);
		CHECK_EQUAL(info.kind, HELION_PAGES_RAM);
		CHECK_EQUAL(info.mappings, 0);
		delete (slot);
	}
}

TEST(memory, pages_lie_inside_of_their_memory)
{
	struct helion_memory_info info;
	uint64_t phys, last = 0;

	CHECK_CALL(helion_memory_info(world.memory, &info));
	for (unsigned i = 0; i < 20; i++) {
		CHECK_CALL(helion_pages_phys(make_sized(HELION_TYPE_PAGES, 8192), &phys));
		CHECK(phys >= info.base && phys + 8192 <= info.base + info.size);
		CHECK(phys % 4096 == 0 && phys != last);
		last = phys;
	}
}

TEST(memory, the_physical_address_is_a_right)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, 4096), phys;

	CHECK_ERROR(helion_pages_phys(copy(pages, HELION_RIGHT_ALL & ~HELION_RIGHT_PHYS, 0), &phys), HELION_ERR_RIGHTS);
	CHECK_CALL(helion_pages_phys(copy(pages, HELION_RIGHT_PHYS, 0), &phys));
}

TEST(memory, pages_are_aligned_as_asked_for)
{
	for (uint64_t alignment = 4096; alignment <= 262144; alignment *= 2) {
		uint64_t pages, phys;

		CHECK_CALL(helion_memory_create(world.memory, HELION_TYPE_PAGES, 4096, alignment, &pages));
		CHECK_CALL(helion_pages_phys(pages, &phys));
		CHECK_EQUAL(phys % alignment, 0);
	}
}

TEST(memory, a_memory_is_aligned_as_asked_for)
{
	struct helion_memory_info info;
	uint64_t memory;

	CHECK_CALL(helion_memory_create(world.memory, HELION_TYPE_MEMORY, 65536, 65536, &memory));
	CHECK_CALL(helion_memory_info(memory, &info));
	CHECK_EQUAL(info.base % 65536, 0);
	CHECK_EQUAL(info.size, 65536);
}

TEST(memory, odd_sizes_and_alignments)
{
	uint64_t bytes = free_bytes(), slot;

	CHECK_ERROR(helion_memory_create(world.memory, HELION_TYPE_PAGES, 1, 0, &slot), HELION_ERR_ALIGNMENT);
	CHECK_ERROR(helion_memory_create(world.memory, HELION_TYPE_PAGES, 4095, 0, &slot), HELION_ERR_ALIGNMENT);
	CHECK_ERROR(helion_memory_create(world.memory, HELION_TYPE_PAGES, 4096, 3, &slot), HELION_ERR_ALIGNMENT);
	CHECK_ERROR(helion_memory_create(world.memory, HELION_TYPE_MEMORY, 12345, 0, &slot), HELION_ERR_ALIGNMENT);
	CHECK_ERROR(helion_memory_create(world.memory, HELION_TYPE_MEMORY, 0, 0, &slot), HELION_ERR_ALIGNMENT);
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST(memory, new_pages_are_zero)
{
	uint64_t pages, size = 65536;
	const uint64_t *words = map_new(size, &pages);

	for (uint64_t i = 0; i < size / 8; i++)
		CHECK_EQUAL(words[i], 0);
}

/* Not even what the same task left there can be seen. */
TEST(memory, used_pages_are_zero_again)
{
	uint64_t pages, size = 256 << 10, bytes = free_bytes();
	uint64_t *words = map_new(size, &pages);

	memset(words, 0xa5, size);
	unmap(words, size);
	delete (pages);
	words = map_new(size, &pages);
	for (uint64_t i = 0; i < size / 8; i++)
		CHECK_EQUAL(words[i], 0);
	unmap(words, size);
	delete (pages);
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST(memory, pages_do_not_overlap)
{
	enum { COUNT = 32 };
	uint64_t *pages[COUNT];

	for (uint64_t i = 0; i < COUNT; i++) {
		pages[i] = map_new(4096, NULL);
		pages[i][0] = i;
		pages[i][511] = ~i;
	}
	for (uint64_t i = 0; i < COUNT; i++) {
		CHECK_EQUAL(pages[i][0], i);
		CHECK_EQUAL(pages[i][511], ~i);
	}
}

TEST(memory, a_memory_in_a_memory)
{
	uint64_t bytes = free_bytes(), inner = make_sized(HELION_TYPE_MEMORY, 256 << 10), left = free_bytes();
	uint64_t full = free_bytes_of(inner);

	for (unsigned i = 0; i < 8; i++)
		make_from(inner, HELION_TYPE_PAGES, 8192);
	CHECK(free_bytes_of(inner) <= full - 65536);
	/* The outer one has nothing to do with it. */
	CHECK_EQUAL(free_bytes(), left);
	destroy(inner);
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST_WITH(memory, memories_nest_deeply, .memory = 4u << 20)
{
	uint64_t bytes = free_bytes(), slots = free_slots(), size = 3u << 20, first = 0, memory = world.memory;

	for (unsigned depth = 0; depth < 60; depth++) {
		memory = make_from(memory, HELION_TYPE_MEMORY, size);
		first = first != 0 ? first : memory;
		size -= 20480;
		make_from(memory, HELION_TYPE_PAGES, 4096);
	}
	destroy(first);
	CHECK_EQUAL(free_bytes(), bytes);
	CHECK_EQUAL(free_slots(), slots);
}

TEST(memory, destroying_it_takes_all_that_was_made_from_it)
{
	static const enum helion_type types[] = {HELION_TYPE_VSPACE, HELION_TYPE_TASK, HELION_TYPE_ENDPOINT,
						 HELION_TYPE_NOTIFICATION, HELION_TYPE_TIMER};
	uint64_t bytes = free_bytes(), slots = free_slots(), inner = make_sized(HELION_TYPE_MEMORY, 256 << 10);
	uint64_t made[7];

	for (unsigned i = 0; i < 5; i++)
		made[i] = make_from(inner, types[i], 0);
	made[5] = make_from(inner, HELION_TYPE_CSPACE, 64);
	made[6] = make_from(inner, HELION_TYPE_PAGES, 8192);
	destroy(inner);
	for (unsigned i = 0; i < 7; i++)
		CHECK(!is_cap(made[i]));
	CHECK_EQUAL(free_bytes(), bytes);
	CHECK_EQUAL(free_slots(), slots);
}

/* The last capability to a Memory goes, but not those to what was made from it. */
TEST(memory, deleting_it_takes_all_that_was_made_from_it)
{
	uint64_t bytes = free_bytes(), inner = make_sized(HELION_TYPE_MEMORY, 65536);
	uint64_t pages = make_from(inner, HELION_TYPE_PAGES, 4096);

	delete (inner);
	CHECK(!is_cap(pages));
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST(memory, a_memory_gives_its_free_pages_in_any_order)
{
	enum { COUNT = 64 };
	uint64_t slots[COUNT], seed = world.seed, bytes = free_bytes();

	for (unsigned i = 0; i < COUNT; i++)
		slots[i] = make_sized(HELION_TYPE_PAGES, 4096 * (1 + draw(&seed) % 3));
	for (unsigned left = COUNT; left > 0; left--) {
		unsigned i = (unsigned)(draw(&seed) % left);

		delete (slots[i]);
		slots[i] = slots[left - 1];
	}
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST(memory, small_objects_share_pages)
{
	uint64_t bytes = free_bytes();

	for (unsigned i = 0; i < 100; i++)
		make(HELION_TYPE_NOTIFICATION);
	CHECK(bytes - free_bytes() <= 100 * 1024);
	CHECK_EQUAL((bytes - free_bytes()) % 4096, 0);
}

TEST(memory, small_objects_come_back_in_any_order)
{
	enum { COUNT = 150 };
	static const enum helion_type types[] = {HELION_TYPE_NOTIFICATION, HELION_TYPE_TASK, HELION_TYPE_TIMER,
						 HELION_TYPE_ENDPOINT};
	uint64_t slots[COUNT], seed = world.seed, bytes = free_bytes(), objects = live_objects();

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < COUNT; i++)
			slots[i] = make(types[draw(&seed) % 4]);
		for (unsigned left = COUNT; left > 0; left--) {
			unsigned i = (unsigned)(draw(&seed) % left);

			delete (slots[i]);
			slots[i] = slots[left - 1];
		}
		CHECK_EQUAL(free_bytes(), bytes);
		CHECK_EQUAL(live_objects(), objects);
	}
}

TEST(memory, create_needs_the_right_to_write)
{
	uint64_t memory = copy(world.memory, HELION_RIGHT_ALL & ~HELION_RIGHT_WRITE, 0), bytes = free_bytes(), slot;

	CHECK_ERROR(helion_memory_create(memory, HELION_TYPE_PAGES, 4096, 0, &slot), HELION_ERR_RIGHTS);
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST(memory, types_that_nobody_makes)
{
	uint64_t slot;

	for (uint64_t type = 0; type < 64; type++) {
		switch (type) {
		case HELION_TYPE_MEMORY:
		case HELION_TYPE_PAGES:
		case HELION_TYPE_CSPACE:
		case HELION_TYPE_VSPACE:
		case HELION_TYPE_TASK:
		case HELION_TYPE_ENDPOINT:
		case HELION_TYPE_NOTIFICATION:
		case HELION_TYPE_TIMER: continue;
		default:
			CHECK_ERROR(helion_memory_create(world.memory, (enum helion_type)type, 4096, 0, &slot),
				    HELION_ERR_ARGUMENT);
		}
	}
}
