/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals: pending, waited for, bound to a task that receives. */
#include "user/conformance/conformance.h"

static uint64_t pending(uint64_t notification)
{
	struct helion_notification_info info;

	CHECK_CALL(helion_notification_info(notification, &info));
	return info.pending;
}

TEST(notification, a_signal_stays_pending)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), badges;

	CHECK_EQUAL(pending(notification), 0);
	CHECK_CALL(helion_signal(notification));
	CHECK_EQUAL(pending(notification), 1);
	CHECK_CALL(helion_wait(notification, &badges));
	CHECK_EQUAL(badges, 1);
	CHECK_EQUAL(pending(notification), 0);
}

TEST(notification, signals_are_joined)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), badges;

	for (unsigned bit = 0; bit < 64; bit += 9)
		CHECK_CALL(helion_signal(copy(notification, HELION_RIGHT_WRITE, 1ull << bit)));
	CHECK_CALL(helion_signal(copy(notification, HELION_RIGHT_WRITE, 1)));
	CHECK_CALL(helion_wait(notification, &badges));
	CHECK_EQUAL(badges, 0x8040201008040201ull);
}

TEST(notification, nbwait_takes_what_is_pending)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), badges;

	CHECK_ERROR(helion_nbwait(notification, &badges), HELION_ERR_WOULD_BLOCK);
	CHECK_CALL(helion_signal(notification));
	CHECK_CALL(helion_nbwait(notification, &badges));
	CHECK_EQUAL(badges, 1);
	CHECK_ERROR(helion_nbwait(notification, &badges), HELION_ERR_WOULD_BLOCK);
}

TEST(notification, signal_needs_the_right_to_write)
{
	CHECK_ERROR(helion_signal(copy(make(HELION_TYPE_NOTIFICATION), HELION_RIGHT_READ, 0)), HELION_ERR_RIGHTS);
}

TEST(notification, wait_needs_the_right_to_read)
{
	uint64_t notification = copy(make(HELION_TYPE_NOTIFICATION), HELION_RIGHT_WRITE, 0), badges;

	CHECK_ERROR(helion_wait(notification, &badges), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_nbwait(notification, &badges), HELION_ERR_RIGHTS);
}

TEST(notification, a_waiter_is_woken)
{
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_NOTIFICATION);
	partner_start_waiting(&partner, partner_wait);
	CHECK_CALL(helion_signal(copy(partner.a, HELION_RIGHT_WRITE, 0x500)));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK_EQUAL(partner.b, 0x500);
	CHECK_EQUAL(pending(partner.a), 0);
}

TEST(notification, waiters_are_woken_one_by_one_in_order)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION);
	struct partner partners[3];

	for (unsigned i = 0; i < 3; i++) {
		partner_create(&partners[i]);
		partners[i].a = notification;
		partner_start_waiting(&partners[i], partner_wait);
	}
	for (unsigned i = 0; i < 3; i++) {
		CHECK_CALL(helion_signal(copy(notification, HELION_RIGHT_WRITE, 1 + i)));
		partner_join(&partners[i]);
		CHECK_EQUAL(partners[i].b, 1 + i);
		for (unsigned j = i + 1; j < 3; j++)
			CHECK_EQUAL(partner_state(&partners[j]), HELION_TASK_WAITING);
	}
}

TEST(notification, info_tells_whether_a_task_waits)
{
	struct helion_notification_info info;
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_NOTIFICATION);
	CHECK_CALL(helion_notification_info(partner.a, &info));
	CHECK_EQUAL(info.waiters, 0);
	partner_start_waiting(&partner, partner_wait);
	CHECK_CALL(helion_notification_info(partner.a, &info));
	CHECK_EQUAL(info.waiters, 1);
	CHECK_CALL(helion_signal(partner.a));
	partner_join(&partner);
}

static void goes(bool by_deleting)
{
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_NOTIFICATION);
	partner_start_waiting(&partner, partner_wait);
	if (by_deleting)
		delete (partner.a);
	else
		destroy(partner.a);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

TEST(notification, a_waiter_when_it_is_destroyed)
{
	goes(false);
}
TEST(notification, a_waiter_when_its_last_capability_is_deleted)
{
	goes(true);
}

TEST(notification, a_waiter_that_is_stopped)
{
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_NOTIFICATION);
	partner_start_waiting(&partner, partner_wait);
	CHECK_CALL(helion_task_stop(partner.task));
	CHECK_CALL(helion_signal(partner.a));
	/* Nobody waited. */
	CHECK_EQUAL(pending(partner.a), 1);
	CHECK_CALL(helion_task_resume(partner.task));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

TEST(notification, a_waiter_that_is_deleted)
{
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_NOTIFICATION);
	partner_start_waiting(&partner, partner_wait);
	delete (partner.task);
	CHECK_CALL(helion_signal(partner.a));
	CHECK_EQUAL(pending(partner.a), 1);
}

/* -- Bound to a task ------------------------------------------------------------------- */

static void bind(struct partner *partner)
{
	partner_create(partner);
	partner->a = make(HELION_TYPE_ENDPOINT);
	partner->b = make(HELION_TYPE_NOTIFICATION);
	CHECK_CALL(helion_task_bind(partner->task, partner->b));
}

TEST(notification, a_bound_one_ends_a_recv)
{
	struct partner partner;

	bind(&partner);
	partner_start_waiting(&partner, partner_recv);
	CHECK_CALL(helion_signal(copy(partner.b, HELION_RIGHT_WRITE, 0x30)));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK_EQUAL(partner.message.label, HELION_LABEL_SIGNALS);
	CHECK_EQUAL(partner.message.badge, 0x30);
}

TEST(notification, a_bound_one_that_is_pending_ends_a_recv_at_once)
{
	struct partner partner;

	bind(&partner);
	CHECK_CALL(helion_signal(copy(partner.b, HELION_RIGHT_WRITE, 0x60)));
	partner_start(&partner, partner_recv);
	partner_join(&partner);
	CHECK_EQUAL(partner.message.label, HELION_LABEL_SIGNALS);
	CHECK_EQUAL(partner.message.badge, 0x60);
}

TEST(notification, messages_still_come_to_a_bound_task)
{
	struct helion_message message;
	struct partner partner;

	bind(&partner);
	partner_start_waiting(&partner, partner_recv);
	fill(&message, 3, 7);
	CHECK_CALL(helion_send(world.buffer, partner.a, &message));
	partner_join(&partner);
	CHECK(filled(&partner.message, 3, 7));
}

TEST(notification, is_bound_to_one_task)
{
	struct partner first, second;

	bind(&first);
	partner_create(&second);
	CHECK_ERROR(helion_task_bind(second.task, first.b), HELION_ERR_OCCUPIED);
	CHECK_ERROR(helion_task_bind(first.task, make(HELION_TYPE_NOTIFICATION)), HELION_ERR_OCCUPIED);
	CHECK_CALL(helion_task_unbind(first.task));
	CHECK_CALL(helion_task_bind(second.task, first.b));
}

TEST(notification, unbind_without_one)
{
	struct partner partner;

	partner_create(&partner);
	CHECK_ERROR(helion_task_unbind(partner.task), HELION_ERR_MISSING);
}

TEST(notification, bind_needs_the_right_to_read)
{
	struct partner partner;

	partner_create(&partner);
	CHECK_ERROR(helion_task_bind(partner.task, copy(make(HELION_TYPE_NOTIFICATION), HELION_RIGHT_WRITE, 0)),
		    HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_task_bind(partner.task, make(HELION_TYPE_ENDPOINT)), HELION_ERR_TYPE);
}

TEST(notification, a_bound_one_that_is_destroyed)
{
	struct helion_message message = {.label = 4};
	struct partner partner;

	bind(&partner);
	partner_start_waiting(&partner, partner_recv);
	destroy(partner.b);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_WAITING);
	CHECK_CALL(helion_send(world.buffer, partner.a, &message));
	partner_join(&partner);
	CHECK_EQUAL(partner.message.label, 4);
	/* Another one can be bound in its place. */
	CHECK_CALL(helion_task_bind(partner.task, make(HELION_TYPE_NOTIFICATION)));
}

TEST(notification, a_task_that_is_deleted_while_bound)
{
	struct partner first, second;

	bind(&first);
	delete (first.task);
	partner_create(&second);
	CHECK_CALL(helion_task_bind(second.task, first.b));
}
