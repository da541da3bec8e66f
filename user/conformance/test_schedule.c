/* SPDX-License-Identifier: BSD-2-Clause */
/* Priorities, slices, affinity. Tasks that are to compete are put on one CPU. */
#include "user/conformance/conformance.h"

#define ONLY_CPU_0 1ull

/* A partner on CPU 0. */
static void create(struct partner *partner, uint64_t priority)
{
	partner_create(partner);
	CHECK_CALL(helion_task_set_affinity(partner->task, ONLY_CPU_0));
	CHECK_CALL(helion_task_set_priority(partner->task, priority, priority));
}

static void stay_on_cpu_0(void)
{
	CHECK_CALL(helion_task_set_affinity(world.task, ONLY_CPU_0));
}

static uint64_t count_of(struct partner *partner)
{
	return __atomic_load_n(&partner->a, __ATOMIC_RELAXED);
}

TEST(schedule, a_new_task_has_defaults)
{
	struct helion_task_schedule schedule;

	CHECK_CALL(helion_task_schedule(make(HELION_TYPE_TASK), &schedule));
	CHECK_EQUAL(schedule.priority, 16);
	CHECK_EQUAL(schedule.ceiling, 16);
	CHECK_EQUAL(schedule.slice, 10 * MILLISECOND);
	CHECK_EQUAL(schedule.cpus, (world.cpus == 64 ? 0 : 1ull << world.cpus) - 1);
}

TEST(schedule, what_is_set_is_told)
{
	struct helion_task_schedule schedule;
	uint64_t task = make(HELION_TYPE_TASK);

	CHECK_CALL(helion_task_set_priority(task, 3, 20));
	CHECK_CALL(helion_task_set_slice(task, 2 * MILLISECOND));
	CHECK_CALL(helion_task_set_affinity(task, ONLY_CPU_0));
	CHECK_CALL(helion_task_schedule(task, &schedule));
	CHECK_EQUAL(schedule.priority, 3);
	CHECK_EQUAL(schedule.ceiling, 20);
	CHECK_EQUAL(schedule.slice, 2 * MILLISECOND);
	CHECK_EQUAL(schedule.cpus, 1);
}

TEST(schedule, priorities_that_do_not_exist)
{
	uint64_t task = make(HELION_TYPE_TASK);

	CHECK_ERROR(helion_task_set_priority(task, 64, 64), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_task_set_priority(task, 1, 64), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_task_set_priority(task, UINT64_MAX, 0), HELION_ERR_ARGUMENT);
	/* Above its own ceiling. */
	CHECK_ERROR(helion_task_set_priority(task, 20, 10), HELION_ERR_ARGUMENT);
}

TEST(schedule, nobody_gives_more_than_he_may)
{
	struct helion_task_schedule mine;
	uint64_t task = make(HELION_TYPE_TASK);

	CHECK_CALL(helion_task_schedule(world.task, &mine));
	CHECK_ERROR(helion_task_set_priority(task, 1, mine.ceiling + 1), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_task_set_priority(world.task, 1, mine.ceiling + 1), HELION_ERR_RIGHTS);
	CHECK_CALL(helion_task_set_priority(task, mine.ceiling, mine.ceiling));
	/* Who has lowered himself cannot raise himself again. */
	CHECK_CALL(helion_task_set_priority(world.task, mine.priority, mine.priority));
	CHECK_ERROR(helion_task_set_priority(world.task, mine.priority, mine.ceiling), HELION_ERR_RIGHTS);
}

TEST(schedule, slices_that_are_too_short_or_long)
{
	uint64_t task = make(HELION_TYPE_TASK);

	CHECK_ERROR(helion_task_set_slice(task, 99999), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_task_set_slice(task, 0), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_task_set_slice(task, 1000000001), HELION_ERR_ARGUMENT);
	CHECK_CALL(helion_task_set_slice(task, 100000));
	CHECK_CALL(helion_task_set_slice(task, 1000000000));
}

TEST(schedule, an_affinity_to_no_cpu)
{
	uint64_t task = make(HELION_TYPE_TASK);

	CHECK_ERROR(helion_task_set_affinity(task, 0), HELION_ERR_ARGUMENT);
	if (world.cpus < 64)
		CHECK_ERROR(helion_task_set_affinity(task, 1ull << 63), HELION_ERR_ARGUMENT);
}

TEST(schedule, equals_take_turns)
{
	struct partner first, second;

	create(&first, 10);
	create(&second, 10);
	CHECK_CALL(helion_task_set_slice(first.task, MILLISECOND));
	CHECK_CALL(helion_task_set_slice(second.task, MILLISECOND));
	partner_start(&first, partner_spin);
	partner_start(&second, partner_spin);
	/* Neither yields. */
	EVENTUALLY(count_of(&first) > 0 && count_of(&second) > 0);
	CHECK_CALL(helion_task_stop(first.task));
	CHECK_CALL(helion_task_stop(second.task));
}

TEST(schedule, the_higher_one_runs_alone)
{
	struct partner low, high;

	create(&low, 5);
	create(&high, 10);
	partner_start(&high, partner_spin);
	EVENTUALLY(count_of(&high) > 0);
	partner_start(&low, partner_spin);
	sleep_for(20 * MILLISECOND);
	CHECK_EQUAL(count_of(&low), 0);
	/* Until it stops. */
	CHECK_CALL(helion_task_stop(high.task));
	EVENTUALLY(count_of(&low) > 0);
	CHECK_CALL(helion_task_stop(low.task));
}

TEST(schedule, a_higher_one_that_starts_runs_at_once)
{
	struct partner partner;

	stay_on_cpu_0();
	create(&partner, 30);
	partner_start(&partner, partner_recv);
	/* It ran, and failed, before this task went on. */
	CHECK_EQUAL(partner.error, -HELION_ERR_CAP);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_STOPPED);
}

TEST(schedule, a_lower_one_that_starts_waits)
{
	struct partner partner;

	stay_on_cpu_0();
	create(&partner, 2);
	partner_start(&partner, partner_count);
	for (unsigned i = 0; i < 50; i++)
		helion_yield();
	CHECK_EQUAL(count_of(&partner), 0);
	EVENTUALLY(count_of(&partner) > 0);
	CHECK_CALL(helion_task_stop(partner.task));
}

TEST(schedule, a_signal_to_a_higher_one_switches)
{
	struct partner partner;

	stay_on_cpu_0();
	create(&partner, 30);
	partner.a = make(HELION_TYPE_NOTIFICATION);
	partner_start(&partner, partner_wait);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_WAITING);
	CHECK_CALL(helion_signal(partner.a));
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_STOPPED);
	CHECK_EQUAL(partner.b, 1);
}

TEST(schedule, a_signal_to_a_lower_one_does_not)
{
	struct partner partner;

	stay_on_cpu_0();
	create(&partner, 2);
	partner.a = make(HELION_TYPE_NOTIFICATION);
	partner_start(&partner, partner_wait);
	EVENTUALLY(partner_state(&partner) == HELION_TASK_WAITING);
	CHECK_CALL(helion_signal(partner.a));
	CHECK_EQUAL(partner.b, 0);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_READY);
	EVENTUALLY(partner.b == 1);
}

TEST(schedule, a_message_to_a_higher_one_switches)
{
	struct helion_message message = {.label = 5};
	struct partner partner;

	stay_on_cpu_0();
	create(&partner, 30);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner_start(&partner, partner_recv);
	CHECK_CALL(helion_send(world.buffer, partner.a, &message));
	CHECK_EQUAL(partner.message.label, 5);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_STOPPED);
}

TEST(schedule, raising_one_that_is_ready_switches)
{
	struct partner partner;

	stay_on_cpu_0();
	create(&partner, 2);
	CHECK_CALL(helion_task_set_priority(partner.task, 2, 40));
	partner_start(&partner, partner_recv);
	CHECK_EQUAL(partner.error, 0);
	CHECK_CALL(helion_task_set_priority(partner.task, 30, 40));
	CHECK_EQUAL(partner.error, -HELION_ERR_CAP);
}

TEST(schedule, lowering_oneself_lets_others_run)
{
	struct partner partner;

	stay_on_cpu_0();
	create(&partner, 10);
	partner_start(&partner, partner_recv);
	CHECK_EQUAL(partner.error, 0);
	CHECK_CALL(helion_task_set_priority(world.task, 5, 40));
	CHECK_EQUAL(partner.error, -HELION_ERR_CAP);
}

/* Receives a request, then computes for a while before it answers. */
static void serve_slowly(struct partner *partner)
{
	struct helion_message *m = &partner->message;
	uint64_t end;

	partner->error = helion_recv(partner->buffer, partner->a, m);
	end = now() + 5 * MILLISECOND;
	while (now() < end)
		partner->b++;
	if (partner->error == 0)
		partner->error = helion_reply(partner->buffer, 0, m);
}

TEST(schedule, a_server_runs_at_the_priority_of_its_caller)
{
	struct helion_message message = {0};
	struct partner server, disturber;

	stay_on_cpu_0();
	create(&server, 2);
	server.a = make(HELION_TYPE_ENDPOINT);
	partner_start(&server, serve_slowly);
	EVENTUALLY(partner_state(&server) == HELION_TASK_WAITING);
	create(&disturber, 8);
	partner_start(&disturber, partner_spin);
	/* The disturber would keep the server from running for ever; called from priority 16 it goes before. */
	CHECK_CALL(helion_request(world.buffer, server.a, &message));
	CHECK_EQUAL(count_of(&disturber), 0);
	EVENTUALLY(count_of(&disturber) > 0);
	/* Afterwards it has its own again: it could not end, as the disturber keeps running. */
	CHECK(partner_state(&server) == HELION_TASK_READY);
	CHECK_CALL(helion_task_stop(disturber.task));
}

TEST(schedule, yield_goes_round)
{
	static struct partner partners[3];

	stay_on_cpu_0();
	for (unsigned i = 0; i < 3; i++) {
		create(&partners[i], 16);
		partner_start(&partners[i], partner_count);
	}
	for (unsigned i = 0; i < 10; i++)
		helion_yield();
	for (unsigned i = 0; i < 3; i++) {
		CHECK(count_of(&partners[i]) >= 9);
		CHECK(count_of(&partners[i]) <= 11);
	}
	for (unsigned i = 0; i < 3; i++)
		CHECK_CALL(helion_task_stop(partners[i].task));
}

static void runs_on(uint64_t cpu)
{
	struct helion_task_info info;
	struct partner partner;

	partner_create(&partner);
	CHECK_CALL(helion_task_set_affinity(partner.task, 1ull << cpu));
	partner_start(&partner, partner_count);
	while (count_of(&partner) < 20)
		helion_yield();
	CHECK_CALL(helion_task_info(partner.task, &info));
	CHECK_EQUAL(info.cpu, cpu);
	CHECK_CALL(helion_task_stop(partner.task));
}

TEST(schedule, on_cpu_0)
{
	runs_on(0);
}
TEST_WITH(schedule, on_cpu_1, .cpus = 2)
{
	runs_on(1);
}
TEST_WITH(schedule, on_cpu_2, .cpus = 3)
{
	runs_on(2);
}
TEST_WITH(schedule, on_cpu_3, .cpus = 4)
{
	runs_on(3);
}

/* One that runs is moved, and goes on. */
TEST_WITH(schedule, from_cpu_to_cpu, .cpus = 2)
{
	struct helion_task_info info;
	struct partner partner;

	partner_create(&partner);
	partner_start(&partner, partner_spin);
	for (uint64_t round = 0; round < 20; round++) {
		uint64_t cpu = round % world.cpus, count;

		CHECK_CALL(helion_task_set_affinity(partner.task, 1ull << cpu));
		count = count_of(&partner);
		while (count_of(&partner) < count + 100)
			sleep_for(100 * MICROSECOND);
		CHECK_CALL(helion_task_info(partner.task, &info));
		CHECK_EQUAL(info.cpu, cpu);
	}
	CHECK_CALL(helion_task_stop(partner.task));
}

/* A partner that waits on CPU 1, where this task is too, and may then run on CPU 0 only. */
static void wait_and_move(struct partner *partner, enum helion_type type, void (*function)(struct partner *))
{
	partner_create(partner);
	CHECK_CALL(helion_task_set_affinity(partner->task, 2));
	CHECK_CALL(helion_task_set_affinity(world.task, 2));
	partner->a = make(type);
	partner_start_waiting(partner, function);
	CHECK_CALL(helion_task_set_affinity(partner->task, ONLY_CPU_0));
}

static void note_cpu(struct partner *partner)
{
	struct helion_task_info info = {.cpu = UINT64_MAX};

	partner->error |= helion_task_info(partner->task, &info);
	partner->c = info.cpu;
}

static void receive_and_note_cpu(struct partner *partner)
{
	partner_recv(partner);
	note_cpu(partner);
	partner->error |= helion_reply(partner->buffer, 0, &partner->message);
}

static void call_and_note_cpu(struct partner *partner)
{
	partner_request(partner);
	note_cpu(partner);
	partner->error |= helion_send(partner->buffer, partner->a, &partner->message);
}

static void wait_and_note_cpu(struct partner *partner)
{
	partner_wait(partner);
	note_cpu(partner);
}

TEST_WITH(schedule, a_receiver_that_was_moved, .cpus = 2)
{
	struct helion_message message = {.label = 1};
	struct partner partner;

	wait_and_move(&partner, HELION_TYPE_ENDPOINT, receive_and_note_cpu);
	CHECK_CALL(helion_request(world.buffer, partner.a, &message));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK_EQUAL(partner.c, 0);
}

TEST_WITH(schedule, a_caller_that_was_moved, .cpus = 2)
{
	struct helion_message message;
	struct partner partner;

	wait_and_move(&partner, HELION_TYPE_ENDPOINT, call_and_note_cpu);
	CHECK_CALL(helion_recv(world.buffer, partner.a, &message));
	/* And again while it waits for the answer. */
	CHECK_CALL(helion_task_set_affinity(partner.task, 2));
	CHECK_CALL(helion_task_set_affinity(partner.task, ONLY_CPU_0));
	CHECK_CALL(helion_reply_recv(world.buffer, 0, partner.a, &message));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK_EQUAL(partner.c, 0);
}

/* More important than who signals, so that it would go on at once. */
TEST_WITH(schedule, a_waiter_that_was_moved, .cpus = 2)
{
	struct partner partner;

	wait_and_move(&partner, HELION_TYPE_NOTIFICATION, wait_and_note_cpu);
	CHECK_CALL(helion_task_set_priority(world.task, 10, 10));
	CHECK_CALL(helion_signal(partner.a));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK_EQUAL(partner.c, 0);
}

/* More tasks than one CPU can run are spread over all. */
TEST_WITH(schedule, idle_cpus_take_work, .cpus = 4, .memory = 4 << 20)
{
	static struct partner partners[4];
	struct helion_task_info info;
	uint64_t seen = 0;

	for (unsigned i = 0; i < 4; i++) {
		partner_create(&partners[i]);
		CHECK_CALL(helion_task_set_priority(partners[i].task, 10, 10));
		partner_start(&partners[i], partner_spin);
	}
	while (seen != 15) {
		seen = 0;
		sleep_for(MILLISECOND);
		for (unsigned j = 0; j < 4; j++) {
			CHECK_CALL(helion_task_info(partners[j].task, &info));
			seen |= 1ull << info.cpu;
		}
	}
	for (unsigned i = 0; i < 4; i++)
		CHECK_CALL(helion_task_stop(partners[i].task));
}
