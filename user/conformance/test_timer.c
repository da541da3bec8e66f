/* SPDX-License-Identifier: BSD-2-Clause */
/* Timers: not too early, counted, in order. */
#include "user/conformance/conformance.h"

static uint64_t expirations(uint64_t timer)
{
	struct helion_timer_info info;

	CHECK_CALL(helion_timer_info(timer, &info));
	return info.expirations;
}

static uint64_t deadline(uint64_t timer)
{
	struct helion_timer_info info;

	CHECK_CALL(helion_timer_info(timer, &info));
	return info.deadline;
}

static void await(uint64_t timer)
{
	uint64_t ready;

	CHECK_CALL(helion_poll(world.buffer, &timer, 1, UINT64_MAX, &ready));
}

TEST(timer, comes_once_and_not_too_early)
{
	uint64_t timer = make(HELION_TYPE_TIMER), when = now() + 600 * SECOND, ready;

	CHECK_CALL(helion_timer_set(timer, when, 0));
	CHECK_EQUAL(deadline(timer), when);
	when = now() + 2 * MILLISECOND;
	CHECK_CALL(helion_timer_set(timer, when, 0));
	await(timer);
	CHECK(now() >= when);
	CHECK_EQUAL(expirations(timer), 1);
	CHECK_EQUAL(deadline(timer), 0);
	CHECK_EQUAL(expirations(timer), 0);
	CHECK_ERROR(helion_poll(world.buffer, &timer, 1, now() + 3 * MILLISECOND, &ready), HELION_ERR_TIMEOUT);
}

TEST(timer, a_deadline_in_the_past)
{
	uint64_t timer = make(HELION_TYPE_TIMER);

	CHECK_CALL(helion_timer_set(timer, 1, 0));
	await(timer);
	CHECK_EQUAL(expirations(timer), 1);
}

TEST(timer, signals_what_it_is_bound_to)
{
	uint64_t timer = make(HELION_TYPE_TIMER), notification = make(HELION_TYPE_NOTIFICATION), badges;

	CHECK_CALL(helion_timer_bind(timer, notification, 0x7700));
	CHECK_CALL(helion_timer_set(timer, now() + MILLISECOND, 0));
	CHECK_CALL(helion_wait(notification, &badges));
	CHECK_EQUAL(badges, 0x7700);
}

TEST(timer, comes_again_and_again)
{
	uint64_t timer = make(HELION_TYPE_TIMER), count = 0, begin = now();

	CHECK_CALL(helion_timer_set(timer, begin + MILLISECOND, MILLISECOND));
	while (count < 5) {
		await(timer);
		count += expirations(timer);
	}
	CHECK(now() >= begin + 5 * MILLISECOND);
	CHECK(deadline(timer) > 0);
	CHECK_CALL(helion_timer_cancel(timer));
	CHECK_EQUAL(deadline(timer), 0);
}

TEST(timer, counts_what_nobody_looked_at)
{
	uint64_t timer = make(HELION_TYPE_TIMER), begin = now(), total = 0, most = 0;

	CHECK_CALL(helion_timer_set(timer, begin + 200 * MICROSECOND, 200 * MICROSECOND));
	while (most < 20) {
		uint64_t look = now(), count;

		while (now() < look + 5 * MILLISECOND)
			helion_yield();
		count = expirations(timer);
		/* None that has not come. */
		total += count;
		CHECK(total * 200 * MICROSECOND <= now() - begin);
		most = count > most ? count : most;
	}
	CHECK_CALL(helion_timer_cancel(timer));
}

TEST(timer, that_is_cancelled)
{
	uint64_t timer = make(HELION_TYPE_TIMER), ready;

	uint64_t when = 0;

	/* In time; a machine that was slow tries again with more of it. */
	for (uint64_t time = MILLISECOND; now() >= when; time *= 2) {
		(void)expirations(timer);
		when = now() + time;
		CHECK_CALL(helion_timer_set(timer, when, time));
		CHECK_CALL(helion_timer_cancel(timer));
	}
	CHECK_ERROR(helion_poll(world.buffer, &timer, 1, when + 4 * MILLISECOND, &ready), HELION_ERR_TIMEOUT);
	CHECK_EQUAL(expirations(timer), 0);
	CHECK_CALL(helion_timer_cancel(timer));
}

TEST(timer, that_is_set_anew)
{
	uint64_t timer = make(HELION_TYPE_TIMER), begin = now();

	CHECK_CALL(helion_timer_set(timer, begin + 100 * SECOND, 0));
	CHECK_CALL(helion_timer_set(timer, begin + MILLISECOND, 0));
	await(timer);
	CHECK(now() < begin + 50 * SECOND);
	CHECK_EQUAL(expirations(timer), 1);
}

TEST(timer, that_is_bound_anew)
{
	uint64_t timer = make(HELION_TYPE_TIMER), badges;
	uint64_t first = make(HELION_TYPE_NOTIFICATION), second = make(HELION_TYPE_NOTIFICATION);

	CHECK_CALL(helion_timer_bind(timer, first, 1));
	CHECK_CALL(helion_timer_bind(timer, second, 2));
	CHECK_CALL(helion_timer_set(timer, 1, 0));
	CHECK_CALL(helion_wait(second, &badges));
	CHECK_EQUAL(badges, 2);
	CHECK_ERROR(helion_nbwait(first, &badges), HELION_ERR_WOULD_BLOCK);
}

TEST(timer, whose_notification_is_destroyed)
{
	uint64_t timer = make(HELION_TYPE_TIMER), notification = make(HELION_TYPE_NOTIFICATION);

	CHECK_CALL(helion_timer_bind(timer, notification, 1));
	destroy(notification);
	CHECK_CALL(helion_timer_set(timer, 1, 0));
	await(timer);
	CHECK_EQUAL(expirations(timer), 1);
}

TEST(timer, that_is_deleted_while_it_runs)
{
	uint64_t timer = make(HELION_TYPE_TIMER), begin = now();

	CHECK_CALL(helion_timer_set(timer, begin + MILLISECOND, MILLISECOND));
	delete (timer);
	while (now() < begin + 3 * MILLISECOND)
		helion_yield();
}

TEST(timer, odd_periods_and_deadlines)
{
	uint64_t timer = make(HELION_TYPE_TIMER);

	CHECK_ERROR(helion_timer_set(timer, 1, 99999), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_timer_set(timer, 1, 1ull << 63), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_timer_set(timer, 1ull << 63, 0), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_timer_set(timer, UINT64_MAX, 0), HELION_ERR_ARGUMENT);
	CHECK_EQUAL(deadline(timer), 0);
	CHECK_CALL(helion_timer_set(timer, (1ull << 63) - 1, 0));
	CHECK_CALL(helion_timer_cancel(timer));
}

TEST(timer, bind_wants_a_badge_and_a_right)
{
	uint64_t timer = make(HELION_TYPE_TIMER), notification = make(HELION_TYPE_NOTIFICATION);

	CHECK_ERROR(helion_timer_bind(timer, notification, 0), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_timer_bind(timer, copy(notification, HELION_RIGHT_READ, 0), 1), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_timer_bind(timer, world.memory, 1), HELION_ERR_TYPE);
}

/* In whatever order they are set, they come in that of their deadlines. */
static void in_order(unsigned count)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), timers[32], begin = 0, badges, seen = 0;

	for (unsigned i = 0; i < count; i++) {
		timers[i] = make(HELION_TYPE_TIMER);
		CHECK_CALL(helion_timer_bind(timers[i], notification, 1ull << i * 7 % count));
	}
	/* All are set before the first comes; a machine that was slow tries again with more time. */
	for (uint64_t time = 4 * MILLISECOND; now() >= begin; time *= 2) {
		for (unsigned i = 0; i < count; i++)
			CHECK_CALL(helion_timer_cancel(timers[i]));
		(void)helion_nbwait(notification, &badges);
		begin = now() + time;
		for (unsigned i = 0; i < count; i++)
			CHECK_CALL(helion_timer_set(timers[i], begin + i * 7 % count * 300 * MICROSECOND, 0));
	}
	while (seen != (1ull << count) - 1) {
		CHECK_CALL(helion_wait(notification, &badges));
		seen |= badges;
		/* All before the last that has come have come. */
		CHECK_EQUAL(seen & (seen + 1), 0);
	}
}

TEST(timer, eight_in_order)
{
	in_order(8);
}
TEST(timer, thirty_two_in_order)
{
	in_order(32);
}

TEST_WITH(timer, five_hundred_come_and_go, .slots = 1024)
{
	uint64_t timers[500], begin = now();

	for (unsigned i = 0; i < 500; i++) {
		timers[i] = make(HELION_TYPE_TIMER);
		CHECK_CALL(helion_timer_set(timers[i], begin + (i * 131 % 500 + 1) * 10 * MICROSECOND, 0));
	}
	for (unsigned i = 0; i < 500; i += 2)
		CHECK_CALL(helion_timer_cancel(timers[i]));
	for (unsigned i = 1; i < 500; i += 2)
		await(timers[i]);
	for (unsigned i = 0; i < 500; i++)
		CHECK(expirations(timers[i]) == i % 2 || i % 2 == 0);
}
