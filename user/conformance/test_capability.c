/* SPDX-License-Identifier: BSD-2-Clause */
/* Capabilities: what a slot holds, copies with fewer rights and badges, moving, deleting, other CSpaces. */
#include "user/conformance/conformance.h"

#define ALL  HELION_RIGHT_ALL
#define READ HELION_RIGHT_READ

static int info_of(uint64_t slot)
{
	struct helion_cspace_info info;

	return helion_cspace_info(slot, &info);
}

TEST(capability, slot_0_is_never_valid)
{
	CHECK_ERROR(info_of(0), HELION_ERR_CAP);
	CHECK_ERROR(helion_cspace_delete(world.cspace, 0), HELION_ERR_CAP);
	CHECK_ERROR(helion_identify(0, NULL, NULL, NULL), HELION_ERR_CAP);
}

TEST(capability, slot_out_of_range)
{
	CHECK_ERROR(info_of(TEST_SLOTS), HELION_ERR_CAP);
	CHECK_ERROR(info_of(UINT64_MAX), HELION_ERR_CAP);
	CHECK_ERROR(helion_identify(1ull << 63, NULL, NULL, NULL), HELION_ERR_CAP);
}

/* A slot is a number of 64 bits: upper ones must not be lost. */
TEST(capability, slot_is_not_cut)
{
	for (unsigned bit = 16; bit < 64; bit++) {
		CHECK_ERROR(info_of(world.cspace | 1ull << bit), HELION_ERR_CAP);
		CHECK_ERROR(helion_cspace_delete(world.cspace, world.memory | 1ull << bit), HELION_ERR_CAP);
	}
}

TEST(capability, every_other_slot_is_empty)
{
	uint64_t empty = 0;

	for (uint64_t slot = 1; slot < TEST_SLOTS; slot++)
		empty += !is_cap(slot);
	CHECK_EQUAL(empty, free_slots());
}

TEST(capability, identify_tells_the_type)
{
	CHECK_EQUAL(type_of(world.cspace), HELION_TYPE_CSPACE);
	CHECK_EQUAL(type_of(world.vspace), HELION_TYPE_VSPACE);
	CHECK_EQUAL(type_of(world.task), HELION_TYPE_TASK);
	CHECK_EQUAL(type_of(world.memory), HELION_TYPE_MEMORY);
	CHECK_EQUAL(type_of(world.system), HELION_TYPE_SYSTEM);
	CHECK_EQUAL(type_of(world.irq_control), HELION_TYPE_IRQ_CONTROL);
	CHECK_EQUAL(type_of(make_sized(HELION_TYPE_PAGES, 4096)), HELION_TYPE_PAGES);
	CHECK_EQUAL(type_of(make(HELION_TYPE_ENDPOINT)), HELION_TYPE_ENDPOINT);
	CHECK_EQUAL(type_of(make(HELION_TYPE_NOTIFICATION)), HELION_TYPE_NOTIFICATION);
	CHECK_EQUAL(type_of(make(HELION_TYPE_TIMER)), HELION_TYPE_TIMER);
}

TEST(capability, a_new_object_comes_with_all_rights)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);

	CHECK_EQUAL(rights_of(endpoint), ALL);
	CHECK_EQUAL(badge_of(endpoint), 0);
}

TEST(capability, a_copy_has_the_rights_asked_for)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);

	for (uint64_t rights = 0; rights <= ALL; rights++) {
		uint64_t slot = copy(endpoint, rights, 0);

		CHECK_EQUAL(rights_of(slot), rights);
		CHECK_EQUAL(type_of(slot), HELION_TYPE_ENDPOINT);
		delete (slot);
	}
}

TEST(capability, a_copy_cannot_gain_rights)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), slot;

	for (uint64_t bit = 1; bit <= ALL; bit <<= 1) {
		uint64_t less = copy(endpoint, ALL & ~bit, 0), before = free_slots();

		CHECK_ERROR(helion_cspace_copy(world.cspace, less, ALL, 0, &slot), HELION_ERR_RIGHTS);
		CHECK_ERROR(helion_cspace_copy(world.cspace, less, bit, 0, &slot), HELION_ERR_RIGHTS);
		CHECK_EQUAL(free_slots(), before);
	}
}

TEST(capability, rights_that_do_not_exist)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), slot;

	for (unsigned bit = 0; bit < 64; bit++) {
		if (1ull << bit & ALL)
			continue;
		CHECK_ERROR(helion_cspace_copy(world.cspace, endpoint, 1ull << bit | READ, 0, &slot),
			    HELION_ERR_RIGHTS);
	}
}

TEST(capability, a_capability_without_rights_does_nothing)
{
	uint64_t memory = copy(world.memory, 0, 0), endpoint = copy(make(HELION_TYPE_ENDPOINT), 0, 0);
	struct helion_memory_info info;
	struct helion_message m;
	uint64_t slot;

	fill(&m, 1, 1);
	CHECK_ERROR(helion_memory_info(memory, &info), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_memory_create(memory, HELION_TYPE_ENDPOINT, 0, 0, &slot), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_nbsend(world.buffer, endpoint, &m), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_nbrecv(world.buffer, endpoint, &m), HELION_ERR_RIGHTS);
	/* To look at it and to delete it is up to the CSpace. */
	CHECK_EQUAL(rights_of(memory), 0);
	delete (memory);
}

TEST(capability, a_badge_is_minted_once)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), badged = copy(endpoint, ALL, 5), slot;

	CHECK_EQUAL(badge_of(badged), 5);
	CHECK_EQUAL(badge_of(copy(badged, ALL, 0)), 5);
	CHECK_EQUAL(badge_of(copy(badged, READ, 5)), 5);
	CHECK_ERROR(helion_cspace_copy(world.cspace, badged, ALL, 6, &slot), HELION_ERR_ARGUMENT);
	CHECK_EQUAL(badge_of(endpoint), 0);
}

TEST(capability, a_badge_has_64_bits)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);

	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t slot = copy(endpoint, READ, 1ull << bit);

		CHECK_EQUAL(badge_of(slot), 1ull << bit);
		delete (slot);
	}
	CHECK_EQUAL(badge_of(copy(endpoint, READ, UINT64_MAX)), UINT64_MAX);
}

TEST(capability, a_full_cspace_takes_no_copy)
{
	uint64_t last = 0, slot, count = free_slots();

	for (uint64_t i = 0; i < count; i++)
		last = copy(world.memory, READ, 0);
	CHECK_EQUAL(free_slots(), 0);
	CHECK_ERROR(helion_cspace_copy(world.cspace, world.memory, READ, 0, &slot), HELION_ERR_SLOTS);
	delete (last);
	CHECK_EQUAL(copy(world.memory, READ, 0), last);
}

TEST(capability, a_full_cspace_takes_no_new_object)
{
	uint64_t before, slot;

	while (free_slots() > 0)
		copy(world.memory, READ, 0);
	before = free_bytes();
	CHECK_ERROR(helion_memory_create(world.memory, HELION_TYPE_ENDPOINT, 0, 0, &slot), HELION_ERR_SLOTS);
	CHECK_ERROR(helion_memory_create(world.memory, HELION_TYPE_PAGES, 4096, 0, &slot), HELION_ERR_SLOTS);
	CHECK_EQUAL(free_bytes(), before);
}

TEST(capability, copy_needs_the_right_to_write)
{
	uint64_t read_only = copy(world.cspace, READ, 0), slot;

	CHECK_ERROR(helion_cspace_copy(read_only, world.memory, READ, 0, &slot), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_cspace_move(read_only, world.memory, TEST_SLOTS - 1), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_cspace_delete(read_only, world.memory), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_cspace_destroy(read_only, world.memory), HELION_ERR_RIGHTS);
	CHECK_EQUAL(free_slots_of(read_only), free_slots());
}

TEST(capability, move_takes_everything_along)
{
	uint64_t badged = copy(make(HELION_TYPE_ENDPOINT), READ | HELION_RIGHT_GRANT, 9), to = TEST_SLOTS - 1;
	uint64_t before = free_slots();

	CHECK_CALL(helion_cspace_move(world.cspace, badged, to));
	CHECK(!is_cap(badged));
	CHECK_EQUAL(rights_of(to), READ | HELION_RIGHT_GRANT);
	CHECK_EQUAL(badge_of(to), 9);
	CHECK_EQUAL(free_slots(), before);
}

TEST(capability, move_to_an_occupied_slot)
{
	uint64_t a = make(HELION_TYPE_ENDPOINT), b = make(HELION_TYPE_NOTIFICATION);

	CHECK_ERROR(helion_cspace_move(world.cspace, a, b), HELION_ERR_OCCUPIED);
	CHECK_ERROR(helion_cspace_move(world.cspace, a, a), HELION_ERR_OCCUPIED);
	CHECK_EQUAL(type_of(a), HELION_TYPE_ENDPOINT);
	CHECK_EQUAL(type_of(b), HELION_TYPE_NOTIFICATION);
}

TEST(capability, move_out_of_range)
{
	CHECK_ERROR(helion_cspace_move(world.cspace, world.memory, 0), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_cspace_move(world.cspace, world.memory, TEST_SLOTS), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_cspace_move(world.cspace, world.memory, UINT64_MAX), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_cspace_move(world.cspace, 0, TEST_SLOTS - 1), HELION_ERR_CAP);
	CHECK_ERROR(helion_cspace_move(world.cspace, TEST_SLOTS - 2, TEST_SLOTS - 1), HELION_ERR_CAP);
	CHECK_ERROR(helion_cspace_move(world.cspace, TEST_SLOTS, TEST_SLOTS - 1), HELION_ERR_CAP);
}

/* A free slot in the middle of the free list can be moved to, and the list stays whole. */
TEST(capability, move_takes_any_free_slot)
{
	uint64_t count = free_slots(), slot = world.event, to = TEST_SLOTS;

	while (to-- > 1) {
		if (is_cap(to))
			continue;
		CHECK_CALL(helion_cspace_move(world.cspace, slot, to));
		slot = to;
	}
	CHECK_EQUAL(type_of(slot), HELION_TYPE_NOTIFICATION);
	CHECK_EQUAL(free_slots(), count);
	for (uint64_t i = 0; i < count; i++)
		copy(world.memory, READ, 0);
	CHECK_EQUAL(free_slots(), 0);
}

TEST(capability, delete_empties_the_slot)
{
	uint64_t slot = copy(world.memory, READ, 0), before = free_slots();

	delete (slot);
	CHECK(!is_cap(slot));
	CHECK_EQUAL(free_slots(), before + 1);
	CHECK_ERROR(helion_cspace_delete(world.cspace, slot), HELION_ERR_CAP);
	CHECK_EQUAL(free_slots(), before + 1);
}

TEST(capability, delete_leaves_other_capabilities)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), other = copy(endpoint, READ, 3);
	struct helion_message m;

	delete (endpoint);
	CHECK_EQUAL(type_of(other), HELION_TYPE_ENDPOINT);
	CHECK_ERROR(helion_nbrecv(world.buffer, other, &m), HELION_ERR_WOULD_BLOCK);
}

TEST(capability, the_last_one_destroys_the_object)
{
	uint64_t bytes = free_bytes(), objects = live_objects();
	uint64_t pages = make_sized(HELION_TYPE_PAGES, 8192), other = copy(pages, READ, 0);

	delete (pages);
	CHECK(free_bytes() < bytes);
	CHECK_EQUAL(live_objects(), objects + 1);
	delete (other);
	CHECK_EQUAL(free_bytes(), bytes);
	CHECK_EQUAL(live_objects(), objects);
}

TEST(capability, destroy_takes_every_capability)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), slots[20], before;

	before = free_slots();
	for (unsigned i = 0; i < 20; i++)
		slots[i] = copy(endpoint, READ, i);
	destroy(endpoint);
	CHECK(!is_cap(endpoint));
	for (unsigned i = 0; i < 20; i++)
		CHECK(!is_cap(slots[i]));
	CHECK_EQUAL(free_slots(), before + 1);
}

TEST(capability, destroy_is_a_right)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), less = copy(endpoint, ALL & ~HELION_RIGHT_DESTROY, 0);

	CHECK_ERROR(helion_cspace_destroy(world.cspace, less), HELION_ERR_RIGHTS);
	CHECK(is_cap(endpoint));
	CHECK(is_cap(less));
}

TEST(capability, what_the_kernel_made_stays)
{
	CHECK_ERROR(helion_cspace_destroy(world.cspace, world.irq_control), HELION_ERR_BUSY);
	CHECK_EQUAL(type_of(world.irq_control), HELION_TYPE_IRQ_CONTROL);
}

TEST(capability, destroy_reaches_other_cspaces)
{
	uint64_t cspace = make_sized(HELION_TYPE_CSPACE, 16), endpoint = make(HELION_TYPE_ENDPOINT);

	for (unsigned i = 0; i < 15; i++)
		give(cspace, endpoint);
	CHECK_EQUAL(free_slots_of(cspace), 0);
	destroy(endpoint);
	CHECK_EQUAL(free_slots_of(cspace), 15);
}

TEST(capability, grant_copies_rights_and_badge)
{
	uint64_t cspace = make_sized(HELION_TYPE_CSPACE, 16), endpoint = make(HELION_TYPE_ENDPOINT), slot;
	struct partner p;

	CHECK_CALL(helion_cspace_grant(world.cspace, cspace, endpoint, HELION_RIGHT_WRITE, 21, &slot));
	CHECK(slot > 0 && slot < 16);
	CHECK_EQUAL(free_slots_of(cspace), 14);
	/* Who sends through it is told apart by the badge. */
	partner_create_in(&p, cspace);
	fill(&p.message, 4, 2);
	p.a = slot;
	partner_start(&p, partner_send);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &p.message));
	CHECK_EQUAL(p.message.badge, 21);
	partner_join(&p);
	CHECK_CALL(p.error);
}

TEST(capability, grant_needs_both_rights)
{
	uint64_t cspace = make_sized(HELION_TYPE_CSPACE, 16), slot;

	CHECK_ERROR(helion_cspace_grant(copy(world.cspace, READ, 0), cspace, world.memory, READ, 0, &slot),
		    HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_cspace_grant(world.cspace, copy(cspace, READ, 0), world.memory, READ, 0, &slot),
		    HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_cspace_grant(world.cspace, world.memory, world.memory, READ, 0, &slot), HELION_ERR_TYPE);
	CHECK_EQUAL(free_slots_of(cspace), 15);
}

TEST(capability, grant_to_a_full_cspace)
{
	uint64_t cspace = make_sized(HELION_TYPE_CSPACE, 16), slot;

	for (unsigned i = 0; i < 15; i++)
		give(cspace, world.memory);
	CHECK_ERROR(helion_cspace_grant(world.cspace, cspace, world.memory, READ, 0, &slot), HELION_ERR_SLOTS);
	CHECK_EQUAL(free_slots_of(cspace), 0);
}

TEST(capability, a_cspace_has_a_power_of_two_of_slots)
{
	uint64_t slot;

	for (uint64_t slots = 0; slots <= 300; slots++) {
		bool good = slots >= 16 && (slots & (slots - 1)) == 0;
		int error = helion_memory_create(world.memory, HELION_TYPE_CSPACE, slots, 0, &slot);

		CHECK_EQUAL(error, good ? 0 : -HELION_ERR_ARGUMENT);
		if (good) {
			CHECK_EQUAL(free_slots_of(slot), slots - 1);
			delete (slot);
		}
	}
}

TEST_WITH(capability, the_largest_cspace, .memory = 8u << 20)
{
	uint64_t cspace = make_sized(HELION_TYPE_CSPACE, 65536), slot;

	CHECK_EQUAL(free_slots_of(cspace), 65535);
	CHECK_ERROR(helion_memory_create(world.memory, HELION_TYPE_CSPACE, 131072, 0, &slot), HELION_ERR_ARGUMENT);
}

TEST(capability, a_cspace_may_hold_itself)
{
	uint64_t bytes = free_bytes(), cspace = make_sized(HELION_TYPE_CSPACE, 16);

	give(cspace, cspace);
	give(cspace, cspace);
	destroy(cspace);
	CHECK_EQUAL(free_bytes(), bytes);
}

/* Each CSpace holds the only capability to the next: nothing may be as deep as a user likes. */
TEST_WITH(capability, a_chain_of_cspaces_dies, .memory = 16u << 20)
{
	uint64_t bytes = free_bytes(), objects = live_objects(), first = make_sized(HELION_TYPE_CSPACE, 16);
	uint64_t last = first;

	for (unsigned i = 0; i < 1000; i++) {
		uint64_t next = make_sized(HELION_TYPE_CSPACE, 16);

		give(last, next);
		if (last != first)
			delete (last);
		last = next;
	}
	delete (last);
	CHECK_EQUAL(live_objects(), objects + 1001);
	delete (first);
	CHECK_EQUAL(live_objects(), objects);
	CHECK_EQUAL(free_bytes(), bytes);
}

TEST(capability, delete_through_the_slot_that_is_deleted)
{
	uint64_t self = copy(world.cspace, ALL, 0);

	CHECK_CALL(helion_cspace_delete(self, self));
	CHECK(!is_cap(self));
	CHECK_ERROR(helion_cspace_delete(self, world.memory), HELION_ERR_CAP);
}
