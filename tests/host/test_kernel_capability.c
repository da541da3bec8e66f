/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Capabilities and CSpaces, as user code sees them.
 *
 * host-sources: kernel-core
 */
#include "kernel/cspace.h"
#include "tests/host/sim/sim_test.h"

static void an_empty_slot_is_no_capability(void)
{
	uint64_t zero[4] = {0};

	CHECK_EQUAL(sim_invoke(0, 1, NULL), -HELION_ERR_CAP);
	CHECK_EQUAL(sim_invoke(UINT64_MAX, 1, NULL), -HELION_ERR_CAP);
	/* A number that is cut to 32 bits would name the CSpace. */
	CHECK_EQUAL(sim_invoke(1ull << 32 | init->slot_cspace, HELION_CSPACE_INFO, NULL), -HELION_ERR_CAP);
	CHECK_EQUAL(sim_delete(1ull << 32 | init->slot_system), -HELION_ERR_CAP);
	CHECK_EQUAL(sim_invoke(init->slot_cspace, HELION_CSPACE_MOVE, NULL, init->slot_system, 1ull << 32 | 4000),
		    -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_system_call(HELION_SYS_IDENTIFY, 1ull << 32 | init->slot_cspace, 0, zero, NULL),
		    -HELION_ERR_CAP);
	CHECK_EQUAL(sim_system_call(77, 0, 0, zero, NULL), -HELION_ERR_SYSCALL);
}

static void the_list_of_invocations_is_checked_first(void)
{
	uint64_t cspace = init->slot_cspace;
	struct sim_message message = {cspace, HELION_CSPACE_INFO, 1, 0, {0}, {0}};

	CHECK_EQUAL(sim_invoke(cspace, 99, NULL), -HELION_ERR_INVOCATION);
	CHECK_EQUAL(sim_invoke(cspace, 1ull << 16 | HELION_CSPACE_INFO, NULL), -HELION_ERR_INVOCATION);
	CHECK_EQUAL(sim_call(&message, NULL), -HELION_ERR_MESSAGE);
	message.words = 0;
	message.caps = 1;
	CHECK_EQUAL(sim_call(&message, NULL), -HELION_ERR_MESSAGE);
	message.caps = 255;
	CHECK_EQUAL(sim_call(&message, NULL), -HELION_ERR_MESSAGE);
	message.caps = 0;
	message.words = 255;
	CHECK_EQUAL(sim_call(&message, NULL), -HELION_ERR_MESSAGE);
}

static void a_copy_has_at_most_the_rights_of_its_source(void)
{
	uint64_t read = sim_copy(init->slot_memory, HELION_RIGHT_READ, 0);

	CHECK(read != 0);
	CHECK_EQUAL(sim_create(read, HELION_TYPE_TASK, 0), 0);
	CHECK_EQUAL(sim_invoke(init->slot_cspace, HELION_CSPACE_COPY, NULL, read,
			       HELION_RIGHT_READ | HELION_RIGHT_WRITE, 0),
		    -HELION_ERR_RIGHTS);
	CHECK_EQUAL(sim_invoke(init->slot_cspace, HELION_CSPACE_COPY, NULL, read, 0x100, 0), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(sim_invoke(init->slot_cspace, HELION_CSPACE_COPY, NULL, read, 1ull << 32, 0), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(sim_destroy(read), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(sim_delete(read), 0);
}

static void a_badge_is_set_once(void)
{
	uint64_t badged = sim_copy(init->slot_system, HELION_RIGHT_READ, 5);
	uint64_t same = sim_copy(badged, HELION_RIGHT_READ, 0), ret[4], zero[4] = {0};

	CHECK_EQUAL(sim_system_call(HELION_SYS_IDENTIFY, same, 0, zero, ret), 0);
	CHECK_EQUAL(ret[0], HELION_RIGHT_READ);
	CHECK_EQUAL(ret[1], 5);
	CHECK_EQUAL(sim_invoke(init->slot_cspace, HELION_CSPACE_COPY, NULL, badged, HELION_RIGHT_READ, 6),
		    -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(sim_invoke(init->slot_cspace, HELION_CSPACE_MOVE, NULL, badged, same), -HELION_ERR_OCCUPIED);
	CHECK_EQUAL(sim_invoke(init->slot_cspace, HELION_CSPACE_MOVE, NULL, badged, badged), -HELION_ERR_OCCUPIED);
	CHECK_EQUAL(sim_delete(same), 0);
	CHECK_EQUAL(sim_invoke(init->slot_cspace, HELION_CSPACE_MOVE, NULL, badged, same), 0);
	CHECK_EQUAL(sim_system_call(HELION_SYS_IDENTIFY, same, 0, zero, ret), 0);
	CHECK_EQUAL(ret[1], 5);
	CHECK_EQUAL(sim_delete(badged), -HELION_ERR_CAP);
	CHECK_EQUAL(sim_delete(same), 0);
}

static void a_full_cspace_takes_nothing(void)
{
	struct sim_world world = sim_world(1 << 20, 0);
	struct task *self = sim_current();
	struct sim_state before;
	uint64_t ret[4], last = 0;

	CHECK(sim_switch(sim_object(world.task)));
	while (sim_invoke(1, HELION_CSPACE_COPY, ret, 1, HELION_RIGHT_READ, 0) == 0)
		last = ret[0];
	CHECK_EQUAL(last, 63);
	before = sim_state_of(sim_object(4));
	CHECK_EQUAL(sim_invoke(1, HELION_CSPACE_COPY, NULL, 1, 1, 0), -HELION_ERR_SLOTS);
	CHECK_EQUAL(sim_invoke(4, HELION_MEMORY_CREATE, NULL, HELION_TYPE_PAGES, 4096, 0), -HELION_ERR_SLOTS);
	CHECK_EQUAL(sim_invoke(1, HELION_CSPACE_MOVE, NULL, 4, 63), -HELION_ERR_OCCUPIED);
	CHECK_EQUAL(sim_invoke(1, HELION_CSPACE_DELETE, NULL, 40), 0);
	CHECK_EQUAL(sim_invoke(1, HELION_CSPACE_MOVE, NULL, 63, 40), 0);
	CHECK_EQUAL(sim_state_of(sim_object(4)).free_bytes, before.free_bytes);
	CHECK(sim_switch(self));
	CHECK_EQUAL(sim_destroy(world.memory), 0);
}

static void a_cspace_may_hold_itself(void)
{
	uint64_t memory = sim_create(init->slot_memory, HELION_TYPE_MEMORY, 1 << 20);
	uint64_t cspace = sim_create(memory, HELION_TYPE_CSPACE, 16);

	sim_give(cspace, cspace);
	sim_give(cspace, memory);
	CHECK_EQUAL(sim_destroy(cspace), 0);
	cspace = sim_create(memory, HELION_TYPE_CSPACE, 16);
	sim_give(cspace, cspace);
	/* By its own capability: the slot that it is in goes first. */
	CHECK_EQUAL(sim_invoke(cspace, HELION_CSPACE_DESTROY, NULL, 1), 0);
	cspace = sim_create(memory, HELION_TYPE_CSPACE, 16);
	sim_give(cspace, memory);
	sim_give(cspace, cspace);
	CHECK_EQUAL(sim_invoke(cspace, HELION_CSPACE_DELETE, NULL, 2), 0);
	CHECK_EQUAL(sim_invoke(cspace, HELION_CSPACE_DESTROY, NULL, 1), 0);
	CHECK_EQUAL(sim_delete(cspace), -HELION_ERR_CAP);
	CHECK_EQUAL(sim_delete(memory), -HELION_ERR_CAP);
}

static int64_t grant(uint64_t to, uint64_t slot, uint64_t rights, uint64_t badge, uint64_t *ret_slot)
{
	struct sim_message message = {init->slot_cspace, HELION_CSPACE_GRANT, 3, 1, {slot, rights, badge}, {to}};
	uint64_t ret[4] = {0};
	int64_t status = sim_call(&message, ret);

	*ret_slot = ret[0];
	return status;
}

static void a_grant_is_a_copy_in_another_cspace(void)
{
	uint64_t memory = sim_create(init->slot_memory, HELION_TYPE_MEMORY, 1 << 20), slot;
	uint64_t cspace = sim_create(memory, HELION_TYPE_CSPACE, 16);
	uint64_t read_only = sim_copy(cspace, HELION_RIGHT_READ, 0), badged = sim_copy(memory, HELION_RIGHT_READ, 5);
	const struct cspace *there = sim_object(cspace);

	CHECK_EQUAL(grant(memory, memory, 1, 0, &slot), -HELION_ERR_TYPE);
	CHECK_EQUAL(grant(read_only, memory, 1, 0, &slot), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(grant(cspace, 0, 1, 0, &slot), -HELION_ERR_CAP);
	CHECK_EQUAL(grant(cspace, badged, HELION_RIGHT_WRITE, 0, &slot), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(grant(cspace, badged, HELION_RIGHT_READ, 6, &slot), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(there->free_count, 15);
	CHECK_EQUAL(grant(cspace, memory, HELION_RIGHT_READ, 9, &slot), 0);
	CHECK(there->slots[slot].object == sim_object(memory));
	CHECK_EQUAL(there->slots[slot].rights, HELION_RIGHT_READ);
	CHECK_EQUAL(there->slots[slot].badge, 9);
	while (grant(cspace, badged, HELION_RIGHT_READ, 0, &slot) == 0)
		CHECK_EQUAL(there->slots[slot].badge, 5);
	CHECK_EQUAL(grant(cspace, badged, HELION_RIGHT_READ, 0, &slot), -HELION_ERR_SLOTS);
	CHECK_EQUAL(there->free_count, 0);
	CHECK_EQUAL(sim_destroy(memory), 0);
}

static void permanent_objects_stay(void)
{
	uint64_t copy = sim_copy(init->slot_system, HELION_RIGHT_ALL, 0);

	CHECK_EQUAL(sim_destroy(init->slot_system), -HELION_ERR_BUSY);
	CHECK_EQUAL(sim_destroy(init->slot_memory), -HELION_ERR_BUSY);
	CHECK_EQUAL(sim_delete(copy), 0);
	copy = sim_copy(init->slot_ioport_control, HELION_RIGHT_ALL, 0);
	CHECK_EQUAL(sim_delete(copy), 0);
}

int main(void)
{
	sim_test_begin();
	TEST(an_empty_slot_is_no_capability);
	TEST(the_list_of_invocations_is_checked_first);
	TEST(a_copy_has_at_most_the_rights_of_its_source);
	TEST(a_badge_is_set_once);
	TEST(a_full_cspace_takes_nothing);
	TEST(a_grant_is_a_copy_in_another_cspace);
	TEST(a_cspace_may_hold_itself);
	TEST(permanent_objects_stay);
	return tap_finish();
}
