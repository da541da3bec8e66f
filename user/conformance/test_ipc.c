/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages and calls: every size, every case of loss that kernel/endpoint.h names. */
#include "user/conformance/conformance.h"

#define LABEL 0x123456789abcull

/* -- Sizes ------------------------------------------------------------------------- */

/* A receiver waits; the message goes straight to it. */
static void send_words(unsigned words)
{
	struct helion_message message;
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&partner, partner_recv);
	fill(&message, LABEL, words);
	CHECK_CALL(helion_send(world.buffer, partner.a, &message));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK(filled(&partner.message, LABEL, words));
	CHECK_EQUAL(partner.message.badge, 0);
}

/* The sender waits, and the receiver comes for the message. */
static void recv_words(unsigned words)
{
	struct helion_message message;
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	fill(&partner.message, LABEL, words);
	partner_start_waiting(&partner, partner_send);
	CHECK_CALL(helion_recv(world.buffer, partner.a, &message));
	CHECK(filled(&message, LABEL, words));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
}

static void call_words(unsigned words)
{
	struct helion_message message;
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&partner, partner_serve);
	for (unsigned round = 0; round < 3; round++) {
		message = (struct helion_message){.label = LABEL, .word_count = words};
		for (unsigned i = 0; i < words; i++)
			message.words[i] = 1000 * round + i;
		CHECK_CALL(helion_request(world.buffer, partner.a, &message));
		CHECK_EQUAL(message.label, LABEL);
		CHECK_EQUAL(message.word_count, words);
		for (unsigned i = 0; i < words; i++)
			CHECK_EQUAL(message.words[i], 1000 * round + i + 1);
	}
	message = (struct helion_message){.label = PARTNER_STOP};
	CHECK_CALL(helion_request(world.buffer, partner.a, &message));
	partner_join(&partner);
}

#define EACH_SIZE(X) X(0) X(1) X(2) X(3) X(4) X(5) X(8) X(10) X(16) X(31) X(32) X(63) X(64)
#define SIZE_TESTS(words)                           \
	TEST(ipc, send_##words##_words_to_a_waiter) \
	{                                           \
		send_words(words);                  \
	}                                           \
	TEST(ipc, recv_##words##_words_of_a_waiter) \
	{                                           \
		recv_words(words);                  \
	}                                           \
	TEST(ipc, call_with_##words##_words)        \
	{                                           \
		call_words(words);                  \
	}
EACH_SIZE(SIZE_TESTS)

/* -- Capabilities in messages ------------------------------------------------------------ */

static void send_caps(unsigned caps)
{
	struct helion_message message = {.label = LABEL, .cap_count = caps};
	uint64_t slots = free_slots(), sent[4];
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&partner, partner_recv);
	slots = free_slots();
	for (unsigned i = 0; i < caps; i++)
		message.caps[i] = sent[i] = copy(world.event, HELION_RIGHT_READ, 100 + i);
	CHECK_CALL(helion_send(world.buffer, partner.a, &message));
	partner_join(&partner);
	CHECK_EQUAL(partner.message.cap_count, caps);
	CHECK_EQUAL(free_slots(), slots - 2 * caps);
	for (unsigned i = 0; i < caps; i++) {
		uint64_t slot = partner.message.caps[i];

		CHECK(slot != sent[i]);
		CHECK_EQUAL(type_of(slot), HELION_TYPE_NOTIFICATION);
		CHECK_EQUAL(rights_of(slot), HELION_RIGHT_READ);
		CHECK_EQUAL(badge_of(slot), 100 + i);
		CHECK_EQUAL(badge_of(sent[i]), 100 + i);
	}
}

TEST(ipc, send_1_capability)
{
	send_caps(1);
}
TEST(ipc, send_2_capabilities)
{
	send_caps(2);
}
TEST(ipc, send_3_capabilities)
{
	send_caps(3);
}
TEST(ipc, send_4_capabilities)
{
	send_caps(4);
}

static void answer_with_cap(struct partner *partner)
{
	struct helion_message *m = &partner->message;

	partner->error = helion_recv(partner->buffer, partner->a, m);
	*m = (struct helion_message){.label = 7, .cap_count = 1, .caps = {partner->b}};
	if (partner->error == 0)
		partner->error = helion_reply(partner->buffer, 0, m);
}

TEST(ipc, an_answer_carries_capabilities)
{
	struct helion_message message = {.label = LABEL};
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner.b = copy(world.event, HELION_RIGHT_WRITE, 55);
	partner_start_waiting(&partner, answer_with_cap);
	CHECK_CALL(helion_request(world.buffer, partner.a, &message));
	CHECK_EQUAL(message.label, 7);
	CHECK_EQUAL(message.cap_count, 1);
	CHECK_EQUAL(badge_of(message.caps[0]), 55);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
}

TEST(ipc, capabilities_need_the_right_to_grant)
{
	struct helion_message message = {.cap_count = 1, .caps = {world.event}};
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);

	CHECK_ERROR(helion_nbsend(world.buffer, copy(endpoint, HELION_RIGHT_WRITE, 0), &message), HELION_ERR_RIGHTS);
}

TEST(ipc, an_empty_slot_cannot_be_sent)
{
	struct helion_message message = {.cap_count = 2, .caps = {world.event, 250}};
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&partner, partner_recv);
	CHECK_ERROR(helion_send(world.buffer, partner.a, &message), HELION_ERR_CAP);
	/* The receiver waits on and has noticed nothing. */
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_WAITING);
	message.cap_count = 0;
	CHECK_CALL(helion_send(world.buffer, partner.a, &message));
	partner_join(&partner);
	CHECK_EQUAL(partner.message.cap_count, 0);
}

TEST(ipc, a_capability_that_goes_while_its_sender_waits)
{
	uint64_t gone = make(HELION_TYPE_NOTIFICATION);
	struct helion_message message;
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner.message = (struct helion_message){.cap_count = 1, .caps = {gone}};
	partner_start_waiting(&partner, partner_send);
	delete (gone);
	CHECK_ERROR(helion_nbrecv(world.buffer, partner.a, &message), HELION_ERR_WOULD_BLOCK);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_CAP);
}

TEST(ipc, a_receiver_without_room_for_capabilities)
{
	struct helion_message message = {.cap_count = 2, .caps = {world.event, world.event}};
	uint64_t cspace = make_sized(HELION_TYPE_CSPACE, 16), endpoint = make(HELION_TYPE_ENDPOINT), theirs;
	struct partner partner;

	theirs = give(cspace, endpoint);
	while (free_slots_of(cspace) > 1)
		give(cspace, world.event);
	partner_create_in(&partner, cspace);
	partner.a = theirs;
	partner_start_waiting(&partner, partner_recv);
	CHECK_ERROR(helion_send(world.buffer, endpoint, &message), HELION_ERR_RECEIVER);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_SLOTS);
	CHECK_EQUAL(free_slots_of(cspace), 1);
}

/* -- Errors of the sender ------------------------------------------------------------------- */

TEST(ipc, send_needs_the_right_to_write)
{
	struct helion_message message = {0};
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);

	CHECK_ERROR(helion_nbsend(world.buffer, copy(endpoint, HELION_RIGHT_READ, 0), &message), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_request(world.buffer, copy(endpoint, HELION_RIGHT_READ, 0), &message), HELION_ERR_RIGHTS);
}

TEST(ipc, recv_needs_the_right_to_read)
{
	struct helion_message message;
	uint64_t endpoint = copy(make(HELION_TYPE_ENDPOINT), HELION_RIGHT_WRITE, 0);

	CHECK_ERROR(helion_recv(world.buffer, endpoint, &message), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_nbrecv(world.buffer, endpoint, &message), HELION_ERR_RIGHTS);
}

TEST(ipc, too_many_words)
{
	const uint64_t words[4] = {0};
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);

	CHECK_ERROR(raw_call(HELION_SYS_NBSEND, endpoint, HELION_INFO(1, 65, 0), words), HELION_ERR_MESSAGE);
	CHECK_ERROR(raw_call(HELION_SYS_SEND, endpoint, HELION_INFO(1, 255, 0), words), HELION_ERR_MESSAGE);
	CHECK_ERROR(raw_call(HELION_SYS_CALL, endpoint, HELION_INFO(1, 128, 0), words), HELION_ERR_MESSAGE);
}

TEST(ipc, too_many_capabilities)
{
	const uint64_t words[4] = {0};
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);

	CHECK_ERROR(raw_call(HELION_SYS_NBSEND, endpoint, HELION_INFO(1, 0, 5), words), HELION_ERR_MESSAGE);
	CHECK_ERROR(raw_call(HELION_SYS_CALL, endpoint, HELION_INFO(1, 0, 255), words), HELION_ERR_MESSAGE);
}

TEST(ipc, nbsend_to_nobody)
{
	struct helion_message message = {0};

	CHECK_ERROR(helion_nbsend(world.buffer, make(HELION_TYPE_ENDPOINT), &message), HELION_ERR_WOULD_BLOCK);
}

TEST(ipc, nbrecv_from_nobody)
{
	struct helion_message message;

	CHECK_ERROR(helion_nbrecv(world.buffer, make(HELION_TYPE_ENDPOINT), &message), HELION_ERR_WOULD_BLOCK);
}

TEST(ipc, nbsend_to_a_waiter)
{
	struct helion_message message;
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&partner, partner_recv);
	fill(&message, 9, 3);
	CHECK_CALL(helion_nbsend(world.buffer, partner.a, &message));
	partner_join(&partner);
	CHECK(filled(&partner.message, 9, 3));
}

TEST(ipc, nbrecv_of_a_waiter)
{
	struct helion_message message;
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	fill(&partner.message, 9, 3);
	partner_start_waiting(&partner, partner_send);
	CHECK_CALL(helion_nbrecv(world.buffer, partner.a, &message));
	CHECK(filled(&message, 9, 3));
	partner_join(&partner);
}

TEST(ipc, a_label_has_48_bits)
{
	struct helion_message message;
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&partner, partner_recv);
	fill(&message, 0xfffffffffff0ull, 2);
	CHECK_CALL(helion_send(world.buffer, partner.a, &message));
	partner_join(&partner);
	CHECK_EQUAL(partner.message.label, 0xfffffffffff0ull);
}

TEST(ipc, the_badge_tells_who_sends)
{
	struct helion_message message = {0};
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&partner, partner_recv);
	CHECK_CALL(helion_send(world.buffer, copy(partner.a, HELION_RIGHT_WRITE, 0xfedcba9876543210ull), &message));
	partner_join(&partner);
	CHECK_EQUAL(partner.message.badge, 0xfedcba9876543210ull);
}

TEST(ipc, the_badge_of_a_sender_that_waits)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message;
	struct partner partner;

	partner_create(&partner);
	partner.a = copy(endpoint, HELION_RIGHT_WRITE, 77);
	partner.message = (struct helion_message){0};
	partner_start_waiting(&partner, partner_send);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	CHECK_EQUAL(message.badge, 77);
	partner_join(&partner);
}

/* -- Order --------------------------------------------------------------------------------- */

TEST(ipc, senders_are_served_in_order)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message;
	struct partner partners[4];

	for (unsigned i = 0; i < 4; i++) {
		partner_create(&partners[i]);
		partners[i].a = copy(endpoint, HELION_RIGHT_WRITE, 10 + i);
		partners[i].message = (struct helion_message){0};
		partner_start_waiting(&partners[i], partner_send);
	}
	for (unsigned i = 0; i < 4; i++) {
		CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
		CHECK_EQUAL(message.badge, 10 + i);
	}
	for (unsigned i = 0; i < 4; i++)
		partner_join(&partners[i]);
}

TEST(ipc, receivers_are_served_in_order)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message = {0};
	struct partner partners[4];

	for (unsigned i = 0; i < 4; i++) {
		partner_create(&partners[i]);
		partners[i].a = endpoint;
		partner_start_waiting(&partners[i], partner_recv);
	}
	for (unsigned i = 0; i < 4; i++) {
		message.label = 20 + i;
		CHECK_CALL(helion_send(world.buffer, endpoint, &message));
	}
	for (unsigned i = 0; i < 4; i++) {
		partner_join(&partners[i]);
		CHECK_EQUAL(partners[i].message.label, 20 + i);
	}
}

/* -- The endpoint goes ------------------------------------------------------------------------- */

static void endpoint_goes(void (*function)(struct partner *), bool by_deleting)
{
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner.message = (struct helion_message){0};
	partner_start_waiting(&partner, function);
	if (by_deleting)
		delete (partner.a);
	else
		destroy(partner.a);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

#define GONE_TESTS(what, function)                            \
	TEST(ipc, what##_when_the_endpoint_is_destroyed)      \
	{                                                     \
		endpoint_goes(function, false);               \
	}                                                     \
	TEST(ipc, what##_when_its_last_capability_is_deleted) \
	{                                                     \
		endpoint_goes(function, true);                \
	}
GONE_TESTS(send, partner_send)
GONE_TESTS(recv, partner_recv)
GONE_TESTS(call, partner_request)

static void many_waiters(void (*function)(struct partner *), unsigned count)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	static struct partner partners[64];

	for (unsigned i = 0; i < count; i++) {
		partner_create(&partners[i]);
		partners[i].a = endpoint;
		partners[i].message = (struct helion_message){0};
		partner_start_waiting(&partners[i], function);
	}
	destroy(endpoint);
	for (unsigned i = 0; i < count; i++) {
		partner_join(&partners[i]);
		CHECK_EQUAL(partners[i].error, -HELION_ERR_GONE);
	}
}

TEST_WITH(ipc, sixty_senders_when_the_endpoint_is_destroyed, .memory = 4 << 20)
{
	many_waiters(partner_send, 60);
}
TEST_WITH(ipc, sixty_receivers_when_the_endpoint_is_destroyed, .memory = 4 << 20)
{
	many_waiters(partner_recv, 60);
}

/* -- Tasks that are stopped while they wait ------------------------------------------------------ */

static void stopped_while(void (*function)(struct partner *))
{
	struct helion_message message = {0};
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner.message = (struct helion_message){0};
	partner_start_waiting(&partner, function);
	CHECK_CALL(helion_task_stop(partner.task));
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_STOPPED);
	/* It is in no queue any more. */
	CHECK_ERROR(helion_nbsend(world.buffer, partner.a, &message), HELION_ERR_WOULD_BLOCK);
	CHECK_ERROR(helion_nbrecv(world.buffer, partner.a, &message), HELION_ERR_WOULD_BLOCK);
	CHECK_CALL(helion_task_resume(partner.task));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

TEST(ipc, a_sender_that_is_stopped)
{
	stopped_while(partner_send);
}
TEST(ipc, a_receiver_that_is_stopped)
{
	stopped_while(partner_recv);
}
TEST(ipc, a_caller_that_is_stopped_before_it_is_received)
{
	stopped_while(partner_request);
}

TEST(ipc, a_caller_that_is_stopped_before_it_is_answered)
{
	struct helion_message message;
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner.message = (struct helion_message){0};
	partner_start_waiting(&partner, partner_request);
	CHECK_CALL(helion_recv(world.buffer, partner.a, &message));
	CHECK_CALL(helion_task_stop(partner.task));
	/* There is nobody to answer, also not when it goes on. */
	CHECK_ERROR(helion_reply(world.buffer, 0, &message), HELION_ERR_MISSING);
	CHECK_CALL(helion_task_resume(partner.task));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

static void deleted_while(void (*function)(struct partner *))
{
	struct helion_message message = {0};
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner.message = (struct helion_message){0};
	partner_start_waiting(&partner, function);
	delete (partner.task);
	CHECK_ERROR(helion_nbsend(world.buffer, partner.a, &message), HELION_ERR_WOULD_BLOCK);
	CHECK_ERROR(helion_nbrecv(world.buffer, partner.a, &message), HELION_ERR_WOULD_BLOCK);
}

TEST(ipc, a_sender_that_is_deleted)
{
	deleted_while(partner_send);
}
TEST(ipc, a_receiver_that_is_deleted)
{
	deleted_while(partner_recv);
}
TEST(ipc, a_caller_that_is_deleted)
{
	deleted_while(partner_request);
}
