/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks: their states, what they stand on, their registers. */
#include <arch/registers.h>

#include "user/conformance/conformance.h"

static uint64_t pages(void)
{
	return make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE);
}

TEST(task, a_new_one_has_not_started)
{
	CHECK_EQUAL(task_state(make(HELION_TYPE_TASK)), HELION_TASK_NEW);
}

TEST(task, goes_through_its_states)
{
	struct partner partner;
	uint64_t count;

	partner_create(&partner);
	partner_start(&partner, partner_count);
	while (__atomic_load_n(&partner.a, __ATOMIC_RELAXED) < 10)
		helion_yield();
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_READY);
	CHECK_CALL(helion_task_stop(partner.task));
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_STOPPED);
	count = __atomic_load_n(&partner.a, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 100; i++)
		helion_yield();
	CHECK_EQUAL(__atomic_load_n(&partner.a, __ATOMIC_RELAXED), count);
	CHECK_CALL(helion_task_resume(partner.task));
	while (__atomic_load_n(&partner.a, __ATOMIC_RELAXED) < count + 10)
		helion_yield();
	CHECK_CALL(helion_task_stop(partner.task));
}

TEST(task, stop_of_one_that_does_not_run)
{
	struct partner partner;

	partner_create(&partner);
	CHECK_ERROR(helion_task_stop(partner.task), HELION_ERR_STATE);
	CHECK_ERROR(helion_task_resume(partner.task), HELION_ERR_STATE);
}

TEST(task, resume_of_one_that_runs)
{
	struct partner partner;

	partner_create(&partner);
	partner_start(&partner, partner_count);
	CHECK_ERROR(helion_task_resume(partner.task), HELION_ERR_STATE);
	CHECK_ERROR(helion_task_start(partner.task, 0x200000, 0, 0, 0), HELION_ERR_STATE);
	CHECK_CALL(helion_task_stop(partner.task));
}

TEST(task, start_needs_spaces)
{
	CHECK_ERROR(helion_task_start(make(HELION_TYPE_TASK), 0x200000, 0, 0, 0), HELION_ERR_STATE);
}

TEST(task, start_outside_of_user_space)
{
	struct partner partner;

	partner_create(&partner);
	CHECK_ERROR(helion_task_start(partner.task, 1ull << 63, 0, 0, 0), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_task_start(partner.task, 0x200000, 1ull << 63, 0, 0), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_task_start(partner.task, 0x200000, 0, 0, UINT64_MAX), HELION_ERR_ARGUMENT);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_NEW);
}

TEST(task, configure_wants_the_right_types)
{
	uint64_t task = make(HELION_TYPE_TASK), cspace = make_sized(HELION_TYPE_CSPACE, 16), buffer = pages();

	CHECK_ERROR(helion_task_configure(task, world.vspace, world.vspace, buffer), HELION_ERR_TYPE);
	CHECK_ERROR(helion_task_configure(task, cspace, cspace, buffer), HELION_ERR_TYPE);
	CHECK_ERROR(helion_task_configure(task, cspace, world.vspace, cspace), HELION_ERR_TYPE);
	CHECK_CALL(helion_task_configure(task, cspace, world.vspace, buffer));
}

TEST(task, configure_wants_rights)
{
	uint64_t task = make(HELION_TYPE_TASK), cspace = make_sized(HELION_TYPE_CSPACE, 16), buffer = pages();

	CHECK_ERROR(helion_task_configure(task, copy(cspace, HELION_RIGHT_READ, 0), world.vspace, buffer),
		    HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_task_configure(task, cspace, copy(world.vspace, HELION_RIGHT_READ, 0), buffer),
		    HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_task_configure(task, cspace, world.vspace, copy(buffer, HELION_RIGHT_READ, 0)),
		    HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_task_configure(task, cspace, world.vspace, copy(buffer, HELION_RIGHT_WRITE, 0)),
		    HELION_ERR_RIGHTS);
}

TEST(task, configure_of_one_that_runs)
{
	struct partner partner;

	partner_create(&partner);
	partner_start(&partner, partner_count);
	CHECK_ERROR(helion_task_configure(partner.task, world.cspace, world.vspace, partner.pages), HELION_ERR_STATE);
	CHECK_CALL(helion_task_stop(partner.task));
	CHECK_CALL(helion_task_configure(partner.task, world.cspace, world.vspace, partner.pages));
}

static void loses(uint64_t victim, struct partner *partner)
{
	partner_start(partner, partner_count);
	while (__atomic_load_n(&partner->a, __ATOMIC_RELAXED) < 10)
		helion_yield();
	destroy(victim);
	CHECK_EQUAL(partner_state(partner), HELION_TASK_STOPPED);
	CHECK_ERROR(helion_task_resume(partner->task), HELION_ERR_STATE);
	CHECK_ERROR(helion_task_start(partner->task, 0x200000, 0, 0, 0), HELION_ERR_STATE);
}

TEST(task, that_loses_its_cspace)
{
	uint64_t cspace = make_sized(HELION_TYPE_CSPACE, 16);
	struct partner partner;

	partner_create_in(&partner, cspace);
	loses(cspace, &partner);
}

/* In an address space of its own with the program's code: a page that spins is enough. */
TEST(task, that_loses_its_vspace)
{
	uint64_t vspace = make(HELION_TYPE_VSPACE), task = make(HELION_TYPE_TASK), buffer = pages();

	CHECK_CALL(helion_task_configure(task, world.cspace, vspace, buffer));
	/* It faults at its first instruction; what matters is that it cannot go on afterwards. */
	CHECK_CALL(helion_task_start(task, 0x200000, 0, 0, 0));
	while (task_state(task) != HELION_TASK_FAULTED)
		helion_yield();
	destroy(vspace);
	CHECK_ERROR(helion_task_start(task, 0x200000, 0, 0, 0), HELION_ERR_STATE);
	CHECK_EQUAL(task_state(task), HELION_TASK_STOPPED);
}

static void send_long(struct partner *partner)
{
	/* Registers only: its buffer is gone. */
	const uint64_t words[4] = {0};

	partner->error = raw_call(HELION_SYS_NBSEND, partner->a, HELION_INFO(1, 5, 0), words);
	partner->b = (uint64_t)(int64_t)raw_call(HELION_SYS_NBSEND, partner->a, HELION_INFO(1, 4, 0), words);
}

TEST(task, that_loses_its_buffer)
{
	uint64_t buffer = pages();
	struct partner partner;

	partner_create(&partner);
	CHECK_CALL(helion_task_configure(partner.task, world.cspace, world.vspace, buffer));
	destroy(buffer);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner_start(&partner, send_long);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_FAULT);
	CHECK_EQUAL(partner.b, (uint64_t)-HELION_ERR_WOULD_BLOCK);
}

TEST(task, that_is_deleted_while_it_runs)
{
	struct partner partner;

	partner_create(&partner);
	partner_start(&partner, partner_spin);
	while (__atomic_load_n(&partner.a, __ATOMIC_RELAXED) < 10)
		helion_yield();
	delete (partner.task);
	CHECK(!is_cap(partner.task));
}

static void delete_itself(struct partner *partner)
{
	partner->error = 1;
	helion_cspace_delete(world.cspace, partner->task);
	partner->error = 2;
	for (;;)
		helion_yield();
}

TEST(task, that_deletes_itself)
{
	uint64_t objects;
	struct partner partner;

	partner_create(&partner);
	objects = live_objects();
	partner_start(&partner, delete_itself);
	while (is_cap(partner.task))
		helion_yield();
	while (live_objects() == objects)
		helion_yield();
	CHECK_EQUAL(partner.error, 1);
}

static void stop_itself(struct partner *partner)
{
	partner->b = (uint64_t)(int64_t)helion_task_stop(partner->task);
}

TEST(task, that_stops_itself)
{
	struct partner partner;

	partner_create(&partner);
	partner.b = 1;
	partner_start(&partner, stop_itself);
	partner_await(&partner, HELION_TASK_STOPPED);
	CHECK_CALL(helion_task_resume(partner.task));
	partner_join(&partner);
	CHECK_EQUAL(partner.b, 0);
}

/* -- Registers ------------------------------------------------------------------------- */

TEST(task, registers_are_kept_while_it_is_stopped)
{
	struct helion_registers first, second;
	struct partner partner;

	partner_create(&partner);
	partner_start(&partner, partner_spin);
	while (__atomic_load_n(&partner.a, __ATOMIC_RELAXED) < 10)
		helion_yield();
	CHECK_CALL(helion_task_stop(partner.task));
	CHECK_CALL(helion_task_read_registers(partner.task, &first));
	CHECK_CALL(helion_task_write_registers(partner.task, &first));
	CHECK_CALL(helion_task_read_registers(partner.task, &second));
	CHECK_EQUAL(memcmp(&first, &second, sizeof(first)), 0);
	CHECK_CALL(helion_task_resume(partner.task));
	for (uint64_t count = partner.a; __atomic_load_n(&partner.a, __ATOMIC_RELAXED) < count + 10;)
		helion_yield();
	CHECK_CALL(helion_task_stop(partner.task));
}

TEST(task, registers_of_one_that_runs)
{
	struct helion_registers registers;
	struct partner partner;

	partner_create(&partner);
	partner_start(&partner, partner_count);
	CHECK_ERROR(helion_task_read_registers(partner.task, &registers), HELION_ERR_STATE);
	CHECK_ERROR(helion_task_write_registers(partner.task, &registers), HELION_ERR_STATE);
	CHECK_CALL(helion_task_stop(partner.task));
}

TEST(task, registers_of_one_in_a_system_call)
{
	struct helion_registers registers;
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_NOTIFICATION);
	partner_start_waiting(&partner, partner_wait);
	CHECK_ERROR(helion_task_read_registers(partner.task, &registers), HELION_ERR_STATE);
	CHECK_CALL(helion_signal(partner.a));
	partner_join(&partner);
}

TEST(task, registers_that_no_task_can_have)
{
	struct helion_registers registers;
	uint64_t *words = (uint64_t *)&registers;
	struct partner partner;
	int refused = 0;

	partner_create(&partner);
	CHECK_CALL(helion_task_read_registers(partner.task, &registers));
	/* One of them is the program counter. */
	for (unsigned i = 0; i < sizeof(registers) / 8; i++) {
		uint64_t kept = words[i];

		words[i] = 1ull << 63;
		refused += helion_task_write_registers(partner.task, &registers) == -HELION_ERR_ARGUMENT;
		words[i] = kept;
	}
	CHECK(refused >= 1 && refused <= 3);
}

/* -- Several of them -------------------------------------------------------------------------- */

TEST_WITH(task, forty_take_turns, .memory = 4 << 20)
{
	static struct partner partners[40];

	for (unsigned i = 0; i < 40; i++) {
		partner_create(&partners[i]);
		partner_start(&partners[i], partner_count);
	}
	for (unsigned i = 0; i < 40; i++)
		while (__atomic_load_n(&partners[i].a, __ATOMIC_RELAXED) < 20)
			helion_yield();
	for (unsigned i = 0; i < 40; i++)
		CHECK_CALL(helion_task_stop(partners[i].task));
}

TEST(task, made_and_deleted_a_hundred_times)
{
	uint64_t bytes = free_bytes();

	for (unsigned i = 0; i < 100; i++)
		delete (make(HELION_TYPE_TASK));
	CHECK_EQUAL(free_bytes(), bytes);
}
