/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memories: what is made from them, and how all of it goes.
 *
 * host-sources: kernel-core
 */
#include "tests/host/sim/sim_test.h"

#include "kernel/memory.h"
#include "kernel/pages.h"

#define MAIN (init->slot_memory)

static int64_t create(uint64_t memory, uint64_t type, uint64_t size, uint64_t align)
{
	uint64_t ret[4];
	int64_t status = sim_invoke(memory, HELION_MEMORY_CREATE, ret, type, size, align);

	if (status == 0)
		CHECK_EQUAL(sim_delete(ret[0]), 0);
	return status;
}

static void sizes_are_checked(void)
{
	static const uint64_t types[] = {HELION_TYPE_PAGES, HELION_TYPE_MEMORY};

	for (unsigned i = 0; i < 2; i++) {
		CHECK(create(MAIN, types[i], 0, 0) < 0);
		CHECK_EQUAL(create(MAIN, types[i], 4097, 0), -HELION_ERR_ALIGNMENT);
		CHECK_EQUAL(create(MAIN, types[i], 8192, 3), -HELION_ERR_ALIGNMENT);
		CHECK_EQUAL(create(MAIN, types[i], 1ull << 63, 0), -HELION_ERR_MEMORY);
		CHECK_EQUAL(create(MAIN, types[i], -4096ull, 0), -HELION_ERR_MEMORY);
		CHECK_EQUAL(create(MAIN, types[i], 8192, 1ull << 63), -HELION_ERR_MEMORY);
		CHECK_EQUAL(create(MAIN, types[i], -4096ull, 1ull << 63), -HELION_ERR_MEMORY);
		CHECK_EQUAL(create(MAIN, types[i], 8192, 1), 0);
		CHECK_EQUAL(create(MAIN, types[i], 8192, 1 << 21), 0);
	}
	CHECK_EQUAL(create(MAIN, HELION_TYPE_MEMORY, 4096, 0), 0);
	CHECK_EQUAL(create(MAIN, HELION_TYPE_CSPACE, 15, 0), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(create(MAIN, HELION_TYPE_CSPACE, 24, 0), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(create(MAIN, HELION_TYPE_CSPACE, 1ull << 32 | 16, 0), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(create(MAIN, HELION_TYPE_CSPACE, 131072, 0), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(create(MAIN, HELION_TYPE_TASK, 1, 0), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(create(MAIN, HELION_TYPE_VSPACE, 0, 4096), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(create(MAIN, HELION_TYPE_IOPORT, 0, 0), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(create(MAIN, HELION_TYPE_SYSTEM, 0, 0), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(create(MAIN, 1ull << 32 | HELION_TYPE_PAGES, 4096, 0), -HELION_ERR_ARGUMENT);
}

/* The Memory at physical address 0, of which page 0 cannot be told from "none". */
static void every_page_can_be_had(void)
{
	const struct helion_record *records = (const void *)((const char *)init + init->records);

	for (uint64_t i = 0; i < init->record_count; i++) {
		uint64_t first[4], ret[4], slots[4096], count = 0;

		if (records[i].type != HELION_TYPE_MEMORY || records[i].size > 4 << 20)
			continue;
		sim_invoke(records[i].slot, HELION_MEMORY_INFO, first);
		while (count < 4000 && (slots[count] = sim_create(records[i].slot, HELION_TYPE_PAGES, 4096)))
			count++;
		sim_invoke(records[i].slot, HELION_MEMORY_INFO, ret);
		CHECK_EQUAL(ret[2], 0);
		CHECK_EQUAL(ret[3], count);
		while (count > 0)
			CHECK_EQUAL(sim_delete(slots[--count]), 0);
		sim_invoke(records[i].slot, HELION_MEMORY_INFO, ret);
		CHECK_EQUAL(ret[2], first[2]);
		CHECK_EQUAL(ret[2], first[1]);
	}
}

static void pages_are_zero(void)
{
	uint64_t slot = sim_create(MAIN, HELION_TYPE_PAGES, 16384);
	struct pages *pages = sim_object(slot);
	const uint8_t *bytes;
	bool zero = true;

	memset(sim_memory(pages->phys), 0xa5, pages->size);
	CHECK_EQUAL(sim_delete(slot), 0);
	slot = sim_create(MAIN, HELION_TYPE_PAGES, 16384);
	pages = sim_object(slot);
	bytes = sim_memory(pages->phys);
	for (unsigned i = 0; i < 16384; i++)
		zero = zero && bytes[i] == 0;
	CHECK(zero);
	CHECK_EQUAL(sim_delete(slot), 0);
}

/* Fails at each allocation in turn: an error gives everything back. */
static void every_type_fails_cleanly(void)
{
	static const struct {
		uint64_t type, size;
	} makes[] = {
		{HELION_TYPE_PAGES, 8192}, {HELION_TYPE_CSPACE, 256},   {HELION_TYPE_VSPACE, 0},
		{HELION_TYPE_TASK, 0},     {HELION_TYPE_MEMORY, 12288},
	};

	for (unsigned i = 0; i < sizeof(makes) / sizeof(makes[0]); i++) {
		bool failed = false, done = false;

		for (uint64_t pages = 1; pages < 12 && !done; pages++) {
			uint64_t memory = sim_create(MAIN, HELION_TYPE_MEMORY, pages * 4096);
			struct sim_state before = sim_state_of(sim_object(memory)), after;
			uint64_t made = sim_create(memory, makes[i].type, makes[i].size);

			if (made) {
				done = true;
				CHECK_EQUAL(sim_delete(made), 0);
			}
			failed = failed || !made;
			after = sim_state_of(sim_object(memory));
			CHECK_EQUAL(after.free_bytes, before.free_bytes);
			CHECK_EQUAL(after.objects, before.objects);
			CHECK_EQUAL(sim_delete(memory), 0);
		}
		CHECK(failed || makes[i].type == HELION_TYPE_TASK);
		CHECK(done);
	}
}

static void a_memory_takes_all_of_it_along(void)
{
	uint64_t memory = sim_create(MAIN, HELION_TYPE_MEMORY, 4 << 20),
		 outside = sim_create(MAIN, HELION_TYPE_VSPACE, 0);
	uint64_t other = sim_create(MAIN, HELION_TYPE_MEMORY, 1 << 20);
	uint64_t pages, vspace, cspace, task;

	for (unsigned round = 0; round < 2; round++) {
		uint64_t from = round ? sim_create(memory, HELION_TYPE_MEMORY, 1 << 20) : memory;

		pages = sim_create(from, HELION_TYPE_PAGES, 65536);
		vspace = sim_create(from, HELION_TYPE_VSPACE, 0);
		cspace = sim_create(from, HELION_TYPE_CSPACE, 128);
		task = sim_create(from, HELION_TYPE_TASK, 0);
		for (unsigned i = 0; i < 50; i++)
			CHECK(sim_create(from, HELION_TYPE_PAGES, 4096) != 0);
		CHECK_EQUAL(sim_map(vspace, pages, 0x10000, 0, 65536, HELION_MAP_READ), 0);
		/* Into an address space of another Memory, and Pages of another Memory into this. */
		CHECK_EQUAL(sim_map(outside, pages, 0x10000 + round * 0x100000, 0, 65536, HELION_MAP_READ), 0);
		CHECK_EQUAL(sim_map(vspace, init->slot_ipc_buffer, 0x100000, 0, 4096, HELION_MAP_READ), 0);
		CHECK_EQUAL(sim_configure(task, cspace, vspace, pages), 0);
		sim_give(cspace, cspace);
		sim_give(cspace, task);
		sim_give(cspace, other);
	}
	CHECK_EQUAL(sim_destroy(other), 0);
	CHECK_EQUAL(sim_destroy(memory), 0);
	CHECK_EQUAL(sim_delete(task), -HELION_ERR_CAP);
	CHECK_EQUAL(sim_delete(outside), 0);
}

/* No recursion, and no time that grows with the square of the depth. */
static void memories_nest_deeply(void)
{
	uint64_t first = sim_create(MAIN, HELION_TYPE_MEMORY, 16 << 20), at = first, depth = 0, size = 16 << 20;

	/* Each keeps a page for the slab of the next. */
	while ((at = sim_create(at, HELION_TYPE_MEMORY, size -= 8192)) && size > 8192 && depth < 1900)
		depth++;
	CHECK(depth > 1000);
	CHECK_EQUAL(sim_destroy(first), 0);
}

static void a_memory_dies_with_its_last_capability(void)
{
	struct sim_world world = sim_world(1 << 20, 0);
	struct task *self = sim_current();

	CHECK(sim_switch(sim_object(world.task)));
	CHECK(sim_switch(self));
	/* Slot 4 of the world's CSpace keeps it alive. */
	CHECK_EQUAL(sim_delete(world.memory), 0);
	CHECK(sim_switch(sim_object(world.task)));
	/* Its last capability goes by its own hand: the caller, its CSpace and all it ran on are gone. */
	CHECK_EQUAL(sim_invoke(1, HELION_CSPACE_DELETE, NULL, 4), 0);
}

int main(void)
{
	sim_test_begin();
	TEST(sizes_are_checked);
	TEST(every_page_can_be_had);
	TEST(pages_are_zero);
	TEST(every_type_fails_cleanly);
	TEST(a_memory_takes_all_of_it_along);
	TEST(memories_nest_deeply);
	TEST(a_memory_dies_with_its_last_capability);
	return tap_finish();
}
