/* SPDX-License-Identifier: BSD-2-Clause */
/* poll and pollx: any of many, nothing taken. */
#include "user/conformance/conformance.h"

#define NO_DEADLINE UINT64_MAX

static void make_notifications(uint64_t *slots, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		slots[i] = make(HELION_TYPE_NOTIFICATION);
}

/* Each of them alone, then all at once. */
static void poll_many(unsigned count)
{
	uint64_t slots[HELION_POLL_MAX], ready, badges;

	make_notifications(slots, count);
	for (unsigned i = 0; i < count; i++) {
		CHECK_CALL(helion_signal(slots[i]));
		CHECK_CALL(helion_poll(world.buffer, slots, count, NO_DEADLINE, &ready));
		CHECK_EQUAL(ready, 1ull << i);
		/* It takes nothing. */
		CHECK_CALL(helion_poll(world.buffer, slots, count, NO_DEADLINE, &ready));
		CHECK_EQUAL(ready, 1ull << i);
		CHECK_CALL(helion_nbwait(slots[i], &badges));
	}
	for (unsigned i = 0; i < count; i++)
		CHECK_CALL(helion_signal(slots[i]));
	CHECK_CALL(helion_poll(world.buffer, slots, count, NO_DEADLINE, &ready));
	CHECK_EQUAL(ready, (1ull << count) - 1);
}

TEST(poll, one_notification)
{
	poll_many(1);
}
TEST(poll, two_notifications)
{
	poll_many(2);
}
TEST(poll, eight_notifications)
{
	poll_many(8);
}
TEST(poll, thirty_two_notifications)
{
	poll_many(32);
}

/* A partner polls, and something becomes ready. */
static void start(struct partner *partner, uint64_t first, uint64_t second)
{
	partner_create(partner);
	partner->a = first;
	partner->b = second;
	partner->c = NO_DEADLINE;
	partner_start_waiting(partner, partner_poll);
}

TEST(poll, is_woken_by_the_first)
{
	struct partner partner;

	start(&partner, make(HELION_TYPE_NOTIFICATION), make(HELION_TYPE_NOTIFICATION));
	CHECK_CALL(helion_signal(partner.a));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK_EQUAL(partner.c, 1);
}

TEST(poll, is_woken_by_the_second)
{
	struct partner partner;

	start(&partner, make(HELION_TYPE_NOTIFICATION), make(HELION_TYPE_NOTIFICATION));
	CHECK_CALL(helion_signal(partner.b));
	partner_join(&partner);
	CHECK_EQUAL(partner.c, 2);
}

TEST(poll, is_woken_by_a_sender)
{
	struct partner poller, sender;
	struct helion_message message;

	start(&poller, make(HELION_TYPE_ENDPOINT), 0);
	partner_create(&sender);
	sender.a = poller.a;
	fill(&sender.message, 5, 2);
	partner_start_waiting(&sender, partner_send);
	partner_join(&poller);
	CHECK_EQUAL(poller.c, 1);
	/* The message is still there. */
	CHECK_CALL(helion_nbrecv(world.buffer, poller.a, &message));
	CHECK(filled(&message, 5, 2));
	partner_join(&sender);
}

TEST(poll, is_woken_by_a_timer)
{
	struct partner partner;

	start(&partner, make(HELION_TYPE_TIMER), 0);
	CHECK_CALL(helion_timer_set(partner.a, now() + MILLISECOND, 0));
	partner_join(&partner);
	CHECK_EQUAL(partner.c, 1);
}

TEST(poll, two_tasks_are_both_woken)
{
	struct partner first, second;

	start(&first, make(HELION_TYPE_NOTIFICATION), 0);
	start(&second, first.a, 0);
	CHECK_CALL(helion_signal(first.a));
	partner_join(&first);
	partner_join(&second);
	CHECK_EQUAL(first.c, 1);
	CHECK_EQUAL(second.c, 1);
}

static void goes(bool first)
{
	struct partner partner;

	start(&partner, make(HELION_TYPE_NOTIFICATION), make(HELION_TYPE_ENDPOINT));
	destroy(first ? partner.a : partner.b);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
	/* The other one is not disturbed by a poller that is no more. */
	if (!first)
		CHECK_CALL(helion_signal(partner.a));
}

TEST(poll, when_the_first_is_destroyed)
{
	goes(true);
}
TEST(poll, when_the_second_is_destroyed)
{
	goes(false);
}

TEST(poll, a_poller_that_is_stopped)
{
	struct partner partner;

	start(&partner, make(HELION_TYPE_NOTIFICATION), 0);
	CHECK_CALL(helion_task_stop(partner.task));
	CHECK_CALL(helion_signal(partner.a));
	CHECK_CALL(helion_task_resume(partner.task));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

TEST(poll, a_poller_that_is_deleted)
{
	struct partner partner;

	start(&partner, make(HELION_TYPE_NOTIFICATION), make(HELION_TYPE_ENDPOINT));
	delete (partner.task);
	CHECK_CALL(helion_signal(partner.a));
}

TEST(poll, a_deadline_that_comes)
{
	uint64_t slot = make(HELION_TYPE_NOTIFICATION), begin = now(), ready;

	CHECK_ERROR(helion_poll(world.buffer, &slot, 1, begin + 2 * MILLISECOND, &ready), HELION_ERR_TIMEOUT);
	CHECK(now() >= begin + 2 * MILLISECOND);
}

TEST(poll, a_deadline_that_has_passed)
{
	uint64_t slot = make(HELION_TYPE_NOTIFICATION), ready;

	CHECK_ERROR(helion_poll(world.buffer, &slot, 1, 1, &ready), HELION_ERR_TIMEOUT);
	/* What is ready comes first. */
	CHECK_CALL(helion_signal(slot));
	CHECK_CALL(helion_poll(world.buffer, &slot, 1, 1, &ready));
	CHECK_EQUAL(ready, 1);
}

TEST(poll, of_nothing_and_of_too_many)
{
	uint64_t slots[HELION_POLL_MAX + 1] = {0};
	const uint64_t words[4] = {0};

	(void)slots;
	CHECK_ERROR(raw_call(HELION_SYS_POLL, 0, 0, words), HELION_ERR_ARGUMENT);
	CHECK_ERROR(raw_call(HELION_SYS_POLL, HELION_POLL_MAX + 1, 0, words), HELION_ERR_ARGUMENT);
	CHECK_ERROR(raw_call(HELION_SYS_POLLX, UINT64_MAX, 0, words), HELION_ERR_ARGUMENT);
}

TEST(poll, of_an_empty_slot)
{
	uint64_t slots[2] = {make(HELION_TYPE_NOTIFICATION), 250}, ready;

	CHECK_CALL(helion_signal(slots[0]));
	CHECK_ERROR(helion_poll(world.buffer, slots, 2, NO_DEADLINE, &ready), HELION_ERR_CAP);
}

TEST(poll, of_what_cannot_be_polled)
{
	uint64_t slot = world.memory, ready;

	CHECK_ERROR(helion_poll(world.buffer, &slot, 1, NO_DEADLINE, &ready), HELION_ERR_TYPE);
	slot = world.task;
	CHECK_ERROR(helion_poll(world.buffer, &slot, 1, NO_DEADLINE, &ready), HELION_ERR_TYPE);
}

TEST(poll, needs_the_right_to_read)
{
	uint64_t slot = copy(make(HELION_TYPE_NOTIFICATION), HELION_RIGHT_WRITE, 0), ready;

	CHECK_ERROR(helion_poll(world.buffer, &slot, 1, NO_DEADLINE, &ready), HELION_ERR_RIGHTS);
}

TEST(poll, the_same_twice)
{
	uint64_t slots[2], ready;

	slots[0] = slots[1] = make(HELION_TYPE_NOTIFICATION);
	CHECK_ERROR(helion_poll(world.buffer, slots, 2, now() + MILLISECOND, &ready), HELION_ERR_TIMEOUT);
	CHECK_CALL(helion_signal(slots[0]));
	CHECK_CALL(helion_poll(world.buffer, slots, 2, NO_DEADLINE, &ready));
	CHECK_EQUAL(ready, 3);
}

TEST_WITH(poll, a_thirty_third_poller, .memory = 4 << 20)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), ready;
	static struct partner partners[32];

	for (unsigned i = 0; i < 32; i++)
		start(&partners[i], notification, 0);
	CHECK_ERROR(helion_poll(world.buffer, &notification, 1, NO_DEADLINE, &ready), HELION_ERR_BUSY);
	CHECK_CALL(helion_signal(notification));
	for (unsigned i = 0; i < 32; i++) {
		partner_join(&partners[i]);
		CHECK_EQUAL(partners[i].error, 0);
	}
}

/* The partner polls on this CPU, and being less important does not run when it is woken, until let_run(). */
static void start_held(struct partner *partner, uint64_t first, uint64_t second)
{
	struct helion_task_schedule own;

	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	CHECK_CALL(helion_task_schedule(world.task, &own));
	partner_create(partner);
	partner->a = first;
	partner->b = second;
	partner->c = NO_DEADLINE;
	CHECK_CALL(helion_task_set_affinity(partner->task, 1));
	partner_start_waiting(partner, partner_poll);
	CHECK_CALL(helion_task_set_priority(partner->task, own.priority - 1, own.priority - 1));
}

static void let_run(struct partner *partner)
{
	struct helion_task_schedule own;

	CHECK_CALL(helion_task_schedule(world.task, &own));
	CHECK_CALL(helion_task_set_priority(partner->task, own.priority, own.priority));
}

/* Wakes who polls it, and is not ready any more when they run. */
static void wake_in_vain(uint64_t notification)
{
	uint64_t badges;

	CHECK_CALL(helion_signal(notification));
	CHECK_CALL(helion_nbwait(notification, &badges));
}

/* Woken, it finds that others were quicker, and waits on. */
TEST(poll, another_takes_it_first)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), other = make(HELION_TYPE_NOTIFICATION);
	struct partner partner;

	start_held(&partner, notification, other);
	for (unsigned i = 0; i < 3; i++) {
		wake_in_vain(notification);
		while (partner_state(&partner) != HELION_TASK_WAITING)
			sleep_for(MILLISECOND);
		CHECK(!__atomic_load_n(&partner.finished, __ATOMIC_ACQUIRE));
	}
	wake_in_vain(notification);
	CHECK_CALL(helion_signal(other));
	let_run(&partner);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK_EQUAL(partner.c, 2);
}

/* Stopped after it was woken and before it ran. */
TEST(poll, stopped_when_woken)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION);
	struct partner partner;

	start_held(&partner, notification, 0);
	CHECK_CALL(helion_signal(notification));
	CHECK_CALL(helion_task_stop(partner.task));
	let_run(&partner);
	CHECK_CALL(helion_task_resume(partner.task));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

/* Destroyed after it was woken and before it ran. */
TEST(poll, destroyed_when_woken)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION);
	struct partner partner;

	start_held(&partner, notification, 0);
	wake_in_vain(notification);
	delete (notification);
	let_run(&partner);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

/* Those who were woken and have not run may wait again, so they still count. */
TEST_WITH(poll, no_more_while_they_are_woken, .memory = 4 << 20)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), ready;
	static struct partner partners[32];

	for (unsigned i = 0; i < 32; i++)
		start_held(&partners[i], notification, 0);
	wake_in_vain(notification);
	CHECK_ERROR(helion_poll(world.buffer, &notification, 1, NO_DEADLINE, &ready), HELION_ERR_BUSY);
	CHECK_CALL(helion_signal(notification));
	for (unsigned i = 0; i < 32; i++) {
		let_run(&partners[i]);
		partner_join(&partners[i]);
		CHECK_EQUAL(partners[i].error, 0);
	}
	CHECK_CALL(helion_poll(world.buffer, &notification, 1, NO_DEADLINE, &ready));
}

static uint64_t many[HELION_POLL_MAX];

static void poll_all(struct partner *partner)
{
	partner->error = helion_poll(partner->buffer, many, HELION_POLL_MAX, NO_DEADLINE, &partner->c);
}

/* As many as can, of as many as can, and timers that come all at once: long work that is done in parts (scripts/longest). */
TEST_WITH(poll, all_that_can_of_all_that_can, .memory = 8 << 20)
{
	static struct partner partners[32];
	uint64_t timers[64], when, badges;

	make_notifications(many, HELION_POLL_MAX);
	for (unsigned i = 0; i < 64; i++) {
		timers[i] = make(HELION_TYPE_TIMER);
		CHECK_CALL(helion_timer_bind(timers[i], many[i % HELION_POLL_MAX], 1));
	}
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 32; i++) {
			partner_create(&partners[i]);
			partner_start_waiting(&partners[i], poll_all);
		}
		when = now() + 20 * MILLISECOND;
		for (unsigned i = 0; i < 64; i++)
			CHECK_CALL(helion_timer_set(timers[i], when, 0));
		for (unsigned i = 0; i < 32; i++) {
			partner_join(&partners[i]);
			CHECK_EQUAL(partners[i].error, 0);
			CHECK(partners[i].c != 0);
			partner_delete(&partners[i]);
		}
		for (unsigned i = 0; i < 64; i++) {
			struct helion_timer_info info = {.deadline = 1};

			while (info.deadline != 0) {
				CHECK_CALL(helion_timer_info(timers[i], &info));
				sleep_for(MICROSECOND);
			}
		}
		for (unsigned i = 0; i < HELION_POLL_MAX; i++)
			CHECK_CALL(helion_nbwait(many[i], &badges));
	}
}

TEST(poll, gives_its_memory_back)
{
	uint64_t slot = make(HELION_TYPE_NOTIFICATION), bytes, ready;

	CHECK_ERROR(helion_poll(world.buffer, &slot, 1, now() + MILLISECOND, &ready), HELION_ERR_TIMEOUT);
	bytes = free_bytes();
	CHECK_ERROR(helion_poll(world.buffer, &slot, 1, now() + MILLISECOND, &ready), HELION_ERR_TIMEOUT);
	CHECK_EQUAL(free_bytes(), bytes);
}
