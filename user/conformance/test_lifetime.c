/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of objects: exact, whoever holds what; and taking back by badge. */
#include "user/conformance/conformance.h"

static const struct {
	enum helion_type type;
	uint64_t size;
} kinds[] = {
	[HELION_TYPE_MEMORY] = {HELION_TYPE_MEMORY, 65536},
	[HELION_TYPE_PAGES] = {HELION_TYPE_PAGES, 8192},
	[HELION_TYPE_CSPACE] = {HELION_TYPE_CSPACE, 64},
	[HELION_TYPE_VSPACE] = {HELION_TYPE_VSPACE, 0},
	[HELION_TYPE_TASK] = {HELION_TYPE_TASK, 0},
	[HELION_TYPE_ENDPOINT] = {HELION_TYPE_ENDPOINT, 0},
	[HELION_TYPE_NOTIFICATION] = {HELION_TYPE_NOTIFICATION, 0},
	[HELION_TYPE_TIMER] = {HELION_TYPE_TIMER, 0},
};

static uint64_t make_kind(enum helion_type type)
{
	return make_sized(type, kinds[type].size);
}

/* Ten copies, here and elsewhere: all gone, all given back. */
static void destroy_takes_all(enum helion_type type)
{
	uint64_t other = make_sized(HELION_TYPE_CSPACE, 64), bytes = free_bytes(), slots = free_slots(), first;
	uint64_t theirs = free_slots_of(other);

	first = make_kind(type);
	for (unsigned i = 0; i < 5; i++) {
		copy(first, HELION_RIGHT_READ, i + 1);
		give(other, first);
	}
	destroy(first);
	CHECK_EQUAL(free_bytes(), bytes);
	CHECK_EQUAL(free_slots(), slots);
	CHECK_EQUAL(free_slots_of(other), theirs);
}

/* Only the last one to be deleted ends it. */
static void delete_ends_with_the_last(enum helion_type type)
{
	uint64_t bytes = free_bytes(), objects = live_objects(), slots[5];

	slots[0] = make_kind(type);
	for (unsigned i = 1; i < 5; i++)
		slots[i] = copy(slots[0], HELION_RIGHT_READ, 0);
	for (unsigned i = 0; i < 5; i++) {
		CHECK_EQUAL(live_objects(), objects + 1);
		delete (slots[i]);
	}
	CHECK_EQUAL(live_objects(), objects);
	CHECK_EQUAL(free_bytes(), bytes);
}

/* As many as there is memory or slots for; then all back. */
static void fill_memory(enum helion_type type)
{
	uint64_t memory = make_sized(HELION_TYPE_MEMORY, 256 << 10), before = free_bytes_of(memory), slot, count = 0;
	int error;

	do {
		error = helion_memory_create(memory, type, kinds[type].size, 0, &slot);
		count += error == 0;
	} while (error == 0);
	CHECK(error == -HELION_ERR_MEMORY || error == -HELION_ERR_SLOTS);
	CHECK(count > 1);
	slot = free_slots();
	/* Destroying the Memory takes all of them. */
	(void)before;
	destroy(memory);
	CHECK_EQUAL(free_slots(), slot + count + 1);
}

#define KIND_TESTS(name, type)                                                           \
	TEST(lifetime, destroy_takes_every_##name)                                       \
	{                                                                                \
		destroy_takes_all(type);                                                 \
	}                                                                                \
	TEST(lifetime, delete_ends_##name##_with_the_last)                               \
	{                                                                                \
		delete_ends_with_the_last(type);                                         \
	}                                                                                \
	TEST_WITH(exhaustion, a_memory_full_of_##name, .slots = 4096, .memory = 2 << 20) \
	{                                                                                \
		fill_memory(type);                                                       \
	}
KIND_TESTS(memory, HELION_TYPE_MEMORY)
KIND_TESTS(pages, HELION_TYPE_PAGES)
KIND_TESTS(cspace, HELION_TYPE_CSPACE)
KIND_TESTS(vspace, HELION_TYPE_VSPACE)
KIND_TESTS(task, HELION_TYPE_TASK)
KIND_TESTS(endpoint, HELION_TYPE_ENDPOINT)
KIND_TESTS(notification, HELION_TYPE_NOTIFICATION)
KIND_TESTS(timer, HELION_TYPE_TIMER)

TEST(exhaustion, no_memory_for_an_object_of_any_kind)
{
	uint64_t memory = make_sized(HELION_TYPE_MEMORY, 4096), slot, left = 0;
	struct helion_memory_info info;

	/* Its only page is given away. */
	CHECK_CALL(helion_memory_create(memory, HELION_TYPE_ENDPOINT, 0, 0, &slot));
	CHECK_CALL(helion_memory_info(memory, &info));
	CHECK_EQUAL(info.free, left);
	CHECK_ERROR(helion_memory_create(memory, HELION_TYPE_PAGES, 4096, 0, &slot), HELION_ERR_MEMORY);
	CHECK_ERROR(helion_memory_create(memory, HELION_TYPE_VSPACE, 0, 0, &slot), HELION_ERR_MEMORY);
	CHECK_ERROR(helion_memory_create(memory, HELION_TYPE_TASK, 0, 0, &slot), HELION_ERR_MEMORY);
	CHECK_ERROR(helion_memory_create(memory, HELION_TYPE_CSPACE, 64, 0, &slot), HELION_ERR_MEMORY);
	CHECK_ERROR(helion_memory_create(memory, HELION_TYPE_MEMORY, 4096, 0, &slot), HELION_ERR_MEMORY);
}

TEST(exhaustion, no_memory_for_page_tables)
{
	uint64_t memory = make_sized(HELION_TYPE_MEMORY, 8 * 4096), vspace = make_from(memory, HELION_TYPE_VSPACE, 0);
	uint64_t pages = make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE), before, at = 1ull << 30;
	int error;

	do {
		before = free_bytes_of(memory);
		error = helion_vspace_map(vspace, pages, at, 0, HELION_PAGE_SIZE, HELION_MAP_READ);
		at += 1ull << 30;
	} while (error == 0);
	CHECK_EQUAL(error, -HELION_ERR_MEMORY);
	CHECK_EQUAL(free_bytes_of(memory), before);
}

/* -- Taking back ------------------------------------------------------------------------ */

static void revoke_many(unsigned count)
{
	uint64_t object = make(HELION_TYPE_ENDPOINT), other = make_sized(HELION_TYPE_CSPACE, 64), slots, kept, theirs;

	slots = free_slots();
	theirs = free_slots_of(other);
	kept = copy(object, HELION_RIGHT_WRITE, 6);
	for (unsigned i = 0; i < count; i++)
		copy(object, HELION_RIGHT_WRITE, 5);
	CHECK(helion_cspace_grant(world.cspace, other, object, HELION_RIGHT_WRITE, 5, &(uint64_t){0}) == 0);
	CHECK_CALL(helion_cspace_revoke(world.cspace, object, 5));
	CHECK_EQUAL(free_slots(), slots - 1);
	CHECK_EQUAL(free_slots_of(other), theirs);
	CHECK_EQUAL(badge_of(kept), 6);
	CHECK_EQUAL(badge_of(object), 0);
}

TEST(revoke, of_one)
{
	revoke_many(1);
}
TEST(revoke, of_ten)
{
	revoke_many(10);
}
TEST(revoke, of_a_hundred)
{
	revoke_many(100);
}
TEST_WITH(revoke, of_two_thousand, .slots = 4096)
{
	revoke_many(2000);
}

TEST(revoke, of_a_badge_that_nobody_has)
{
	uint64_t object = make(HELION_TYPE_ENDPOINT), kept = copy(object, HELION_RIGHT_READ, 9);

	CHECK_CALL(helion_cspace_revoke(world.cspace, object, 8));
	CHECK(is_cap(kept));
}

TEST(revoke, of_no_badge)
{
	CHECK_ERROR(helion_cspace_revoke(world.cspace, make(HELION_TYPE_ENDPOINT), 0), HELION_ERR_ARGUMENT);
}

TEST(revoke, needs_the_right_to_destroy)
{
	uint64_t object = copy(make(HELION_TYPE_ENDPOINT), HELION_RIGHT_READ | HELION_RIGHT_WRITE, 0);

	CHECK_ERROR(helion_cspace_revoke(world.cspace, object, 1), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_cspace_revoke(world.cspace, 250, 1), HELION_ERR_CAP);
}

TEST(revoke, of_the_last_capability_ends_the_object)
{
	uint64_t bytes = free_bytes(), objects = live_objects(), object = make(HELION_TYPE_ENDPOINT), only;

	only = copy(object, HELION_RIGHT_ALL, 3);
	delete (object);
	CHECK_EQUAL(live_objects(), objects + 1);
	CHECK_CALL(helion_cspace_revoke(world.cspace, only, 3));
	CHECK(!is_cap(only));
	CHECK_EQUAL(live_objects(), objects);
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST(revoke, a_sender_that_waits_keeps_its_place)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message;
	struct partner partner;

	partner_create(&partner);
	partner.a = copy(endpoint, HELION_RIGHT_WRITE, 4);
	partner.message = (struct helion_message){.label = 2};
	partner_start_waiting(&partner, partner_send);
	CHECK_CALL(helion_cspace_revoke(world.cspace, endpoint, 4));
	CHECK(!is_cap(partner.a));
	/* What was sent while it might be was sent. */
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	CHECK_EQUAL(message.label, 2);
	partner_join(&partner);
}

/* -- Circles and depth ----------------------------------------------------------------------- */

TEST(lifetime, two_cspaces_that_hold_each_other)
{
	uint64_t memory = make_sized(HELION_TYPE_MEMORY, 65536), objects = live_objects();
	uint64_t first = make_from(memory, HELION_TYPE_CSPACE, 64), second = make_from(memory, HELION_TYPE_CSPACE, 64);

	give(first, second);
	give(second, first);
	delete (first);
	delete (second);
	/* They keep each other; the Memory takes both along. */
	destroy(memory);
	CHECK_EQUAL(live_objects(), objects - 1);
}

TEST(lifetime, a_task_that_holds_the_cspace_that_holds_it)
{
	uint64_t objects = live_objects(), cspace = make_sized(HELION_TYPE_CSPACE, 64), theirs;
	struct partner partner;

	partner_create_in(&partner, cspace);
	theirs = give(cspace, partner.task);
	CHECK(theirs != 0);
	delete (cspace);
	/* Task and CSpace live, and the Pages of stack and buffer. */
	CHECK_EQUAL(live_objects(), objects + 3);
	destroy(partner.task);
	CHECK_EQUAL(live_objects(), objects + 1);
}

TEST(lifetime, pages_live_while_they_are_mapped)
{
	uint64_t objects = live_objects(), pages;
	char *page = map_new(HELION_PAGE_SIZE, &pages);

	page[5] = 5;
	delete (pages);
	CHECK_EQUAL(live_objects(), objects + 1);
	CHECK_EQUAL(page[5], 5);
	unmap(page, HELION_PAGE_SIZE);
	CHECK_EQUAL(live_objects(), objects);
}

TEST(lifetime, destroyed_pages_are_unmapped_everywhere)
{
	uint64_t vspaces[4], pages = make_sized(HELION_TYPE_PAGES, 4 * HELION_PAGE_SIZE);
	struct helion_vspace_query query;

	for (unsigned i = 0; i < 4; i++) {
		vspaces[i] = make(HELION_TYPE_VSPACE);
		for (unsigned j = 0; j < 4; j++)
			CHECK_CALL(helion_vspace_map(vspaces[i], pages, 0x100000 * (j + 1), 0, 4 * HELION_PAGE_SIZE,
						     HELION_MAP_READ));
	}
	destroy(pages);
	for (unsigned i = 0; i < 4; i++)
		for (unsigned j = 0; j < 4; j++)
			CHECK_ERROR(helion_vspace_query(vspaces[i], 0x100000 * (j + 1), &query), HELION_ERR_MISSING);
}
