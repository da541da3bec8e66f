/* SPDX-License-Identifier: BSD-2-Clause */
/* The right to answer a call: used once, stored, sent on, lost. */
#include "user/conformance/conformance.h"

/* A partner whose call has been received by the test. */
static void receive_call(struct partner *partner, struct helion_message *message)
{
	partner_create(partner);
	partner->a = make(HELION_TYPE_ENDPOINT);
	fill(&partner->message, 1, 2);
	partner_start_waiting(partner, partner_request);
	CHECK_CALL(helion_recv(world.buffer, partner->a, message));
	CHECK_EQUAL(partner_state(partner), HELION_TASK_WAITING);
}

static uint64_t store(void)
{
	uint64_t slot;

	CHECK_CALL(helion_cspace_store_reply(world.cspace, &slot));
	CHECK_EQUAL(type_of(slot), HELION_TYPE_REPLY);
	return slot;
}

TEST(reply, without_a_call)
{
	struct helion_message message = {0};

	CHECK_ERROR(helion_reply(world.buffer, 0, &message), HELION_ERR_MISSING);
}

TEST(reply, answers_once)
{
	struct helion_message message;
	struct partner partner;

	receive_call(&partner, &message);
	fill(&message, 2, 5);
	CHECK_CALL(helion_reply(world.buffer, 0, &message));
	CHECK_ERROR(helion_reply(world.buffer, 0, &message), HELION_ERR_MISSING);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK(filled(&partner.message, 2, 5));
	CHECK_EQUAL(partner.message.badge, 0);
}

TEST(reply, a_wrong_answer_can_be_made_again)
{
	struct helion_message message;
	struct partner partner;

	receive_call(&partner, &message);
	message = (struct helion_message){.cap_count = 1, .caps = {250}};
	CHECK_ERROR(helion_reply(world.buffer, 0, &message), HELION_ERR_CAP);
	message = (struct helion_message){.label = 3};
	CHECK_CALL(helion_reply(world.buffer, 0, &message));
	partner_join(&partner);
	CHECK_EQUAL(partner.message.label, 3);
}

TEST(reply, a_call_that_is_not_answered_before_the_next_recv)
{
	struct helion_message message;
	struct partner partner;

	receive_call(&partner, &message);
	CHECK_ERROR(helion_nbrecv(world.buffer, partner.a, &message), HELION_ERR_WOULD_BLOCK);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

/* Receives a call and ends. */
static void receive_only(struct partner *partner)
{
	partner->error = helion_recv(partner->buffer, partner->a, &partner->message);
}

TEST(reply, a_server_that_is_deleted)
{
	struct partner server, client;
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);

	partner_create(&server);
	server.a = endpoint;
	partner_start_waiting(&server, receive_only);
	partner_create(&client);
	client.a = endpoint;
	client.message = (struct helion_message){0};
	partner_start(&client, partner_request);
	partner_join(&server);
	CHECK_EQUAL(partner_state(&client), HELION_TASK_WAITING);
	delete (server.task);
	partner_join(&client);
	CHECK_EQUAL(client.error, -HELION_ERR_GONE);
}

TEST(reply, a_stored_one_answers_later)
{
	struct helion_message message;
	struct partner partner;
	uint64_t reply;

	receive_call(&partner, &message);
	reply = store();
	/* It is the slot's now. */
	CHECK_ERROR(helion_reply(world.buffer, 0, &message), HELION_ERR_MISSING);
	CHECK_ERROR(helion_nbrecv(world.buffer, partner.a, &message), HELION_ERR_WOULD_BLOCK);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_WAITING);
	fill(&message, 4, 64);
	CHECK_CALL(helion_reply(world.buffer, reply, &message));
	partner_join(&partner);
	CHECK(filled(&partner.message, 4, 64));
	CHECK(!is_cap(reply));
}

TEST(reply, nothing_to_store)
{
	uint64_t slot;

	CHECK_ERROR(helion_cspace_store_reply(world.cspace, &slot), HELION_ERR_MISSING);
}

TEST(reply, storing_needs_a_free_slot)
{
	struct helion_message message;
	struct partner partner;
	uint64_t slot;

	receive_call(&partner, &message);
	while (free_slots() > 0)
		copy(world.event, HELION_RIGHT_READ, 0);
	CHECK_ERROR(helion_cspace_store_reply(world.cspace, &slot), HELION_ERR_SLOTS);
	/* The right is still there. */
	CHECK_CALL(helion_reply(world.buffer, 0, &message));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
}

TEST(reply, a_stored_one_that_is_deleted)
{
	struct helion_message message;
	struct partner partner;

	receive_call(&partner, &message);
	delete (store());
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

TEST(reply, a_stored_one_that_is_destroyed)
{
	struct helion_message message;
	struct partner partner;

	receive_call(&partner, &message);
	destroy(store());
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

TEST(reply, a_stored_one_whose_caller_is_deleted)
{
	struct helion_message message;
	struct partner partner;
	uint64_t reply;

	receive_call(&partner, &message);
	reply = store();
	delete (partner.task);
	CHECK(!is_cap(reply));
}

TEST(reply, a_stored_one_whose_caller_is_stopped)
{
	struct helion_message message;
	struct partner partner;
	uint64_t reply;

	receive_call(&partner, &message);
	reply = store();
	CHECK_CALL(helion_task_stop(partner.task));
	CHECK(!is_cap(reply));
	CHECK_CALL(helion_task_resume(partner.task));
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

TEST(reply, a_cspace_that_goes_with_a_stored_one)
{
	struct helion_message message;
	struct partner partner;
	uint64_t cspace = make_sized(HELION_TYPE_CSPACE, 16), slot;

	receive_call(&partner, &message);
	CHECK_CALL(helion_cspace_store_reply(cspace, &slot));
	destroy(cspace);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_GONE);
}

TEST(reply, cannot_be_copied)
{
	struct helion_message message;
	struct partner partner;
	uint64_t reply, slot;

	receive_call(&partner, &message);
	reply = store();
	CHECK_ERROR(helion_cspace_copy(world.cspace, reply, HELION_RIGHT_ALL, 0, &slot), HELION_ERR_TYPE);
	CHECK_ERROR(helion_cspace_grant(world.cspace, world.cspace, reply, HELION_RIGHT_ALL, 0, &slot),
		    HELION_ERR_TYPE);
	CHECK_CALL(helion_reply(world.buffer, reply, &message));
	partner_join(&partner);
}

TEST(reply, can_be_moved)
{
	struct helion_message message;
	struct partner partner;
	uint64_t reply;

	receive_call(&partner, &message);
	reply = store();
	CHECK_CALL(helion_cspace_move(world.cspace, reply, 200));
	CHECK(!is_cap(reply));
	message = (struct helion_message){.label = 8};
	CHECK_CALL(helion_reply(world.buffer, 200, &message));
	partner_join(&partner);
	CHECK_EQUAL(partner.message.label, 8);
}

/* Receives a Reply and answers through it. */
static void answer_for_another(struct partner *partner)
{
	struct helion_message *m = &partner->message;

	partner->error = helion_recv(partner->buffer, partner->a, m);
	partner->b = m->caps[0];
	*m = (struct helion_message){.label = 66};
	if (partner->error == 0)
		partner->error = helion_reply(partner->buffer, partner->b, m);
}

TEST(reply, is_moved_when_it_is_sent)
{
	struct partner client, worker;
	struct helion_message message;
	uint64_t reply;

	receive_call(&client, &message);
	reply = store();
	partner_create(&worker);
	worker.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&worker, answer_for_another);
	message = (struct helion_message){.cap_count = 1, .caps = {reply}};
	CHECK_CALL(helion_send(world.buffer, worker.a, &message));
	partner_join(&worker);
	CHECK_EQUAL(worker.error, 0);
	partner_join(&client);
	CHECK_EQUAL(client.message.label, 66);
	if (worker.b != reply)
		CHECK(!is_cap(reply));
}

TEST(reply, cannot_be_sent_twice_in_one_message)
{
	struct partner client, worker;
	struct helion_message message;
	uint64_t reply;

	receive_call(&client, &message);
	reply = store();
	partner_create(&worker);
	worker.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&worker, partner_recv);
	message = (struct helion_message){.cap_count = 2, .caps = {reply, reply}};
	CHECK_ERROR(helion_send(world.buffer, worker.a, &message), HELION_ERR_ARGUMENT);
	message = (struct helion_message){0};
	CHECK_CALL(helion_reply(world.buffer, reply, &message));
	partner_join(&client);
}

TEST(reply, two_callers_in_any_order)
{
	struct helion_message message;
	struct partner first, second;
	uint64_t reply;

	receive_call(&first, &message);
	reply = store();
	receive_call(&second, &message);
	message = (struct helion_message){.label = 2};
	CHECK_CALL(helion_reply(world.buffer, 0, &message));
	partner_join(&second);
	CHECK_EQUAL(second.message.label, 2);
	CHECK_EQUAL(partner_state(&first), HELION_TASK_WAITING);
	message.label = 1;
	CHECK_CALL(helion_reply(world.buffer, reply, &message));
	partner_join(&first);
	CHECK_EQUAL(first.message.label, 1);
}

TEST(reply, to_a_caller_without_room_for_capabilities)
{
	uint64_t cspace = make_sized(HELION_TYPE_CSPACE, 16), endpoint = make(HELION_TYPE_ENDPOINT), theirs;
	struct helion_message message;
	struct partner partner;

	theirs = give(cspace, endpoint);
	while (free_slots_of(cspace) > 0)
		give(cspace, world.event);
	partner_create_in(&partner, cspace);
	partner.a = theirs;
	partner.message = (struct helion_message){0};
	partner_start_waiting(&partner, partner_request);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	message = (struct helion_message){.cap_count = 1, .caps = {world.event}};
	CHECK_ERROR(helion_reply(world.buffer, 0, &message), HELION_ERR_RECEIVER);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, -HELION_ERR_SLOTS);
}

TEST(reply, with_too_many_words)
{
	const uint64_t words[4] = {0};
	struct helion_message message;
	struct partner partner;

	receive_call(&partner, &message);
	CHECK_ERROR(raw_call(HELION_SYS_REPLY, 0, HELION_INFO(0, 65, 0), words), HELION_ERR_MESSAGE);
	CHECK_CALL(helion_reply(world.buffer, 0, &message));
	partner_join(&partner);
}

TEST(reply, through_what_is_no_reply)
{
	struct helion_message message = {0};

	CHECK_ERROR(helion_reply(world.buffer, world.event, &message), HELION_ERR_SYSCALL);
	CHECK_ERROR(helion_reply(world.buffer, 250, &message), HELION_ERR_CAP);
}

TEST(reply, then_recv_from_nothing)
{
	struct helion_message message;
	struct partner partner;

	receive_call(&partner, &message);
	message = (struct helion_message){.label = 5};
	/* The answer goes out although there is nothing to receive from. */
	CHECK_ERROR(helion_reply_recv(world.buffer, 0, 250, &message), HELION_ERR_CAP);
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
	CHECK_EQUAL(partner.message.label, 5);
}

TEST(reply, then_recv_takes_who_waits)
{
	struct helion_message message;
	struct partner first, second;

	receive_call(&first, &message);
	partner_create(&second);
	second.a = first.a;
	fill(&second.message, 31, 4);
	partner_start_waiting(&second, partner_request);
	message = (struct helion_message){.label = 5};
	CHECK_CALL(helion_reply_recv(world.buffer, 0, first.a, &message));
	CHECK(filled(&message, 31, 4));
	partner_join(&first);
	CHECK_EQUAL(first.message.label, 5);
	CHECK_CALL(helion_reply(world.buffer, 0, &message));
	partner_join(&second);
}

TEST(reply, a_thousand_rounds)
{
	struct helion_message message;
	struct partner partner;

	partner_create(&partner);
	partner.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&partner, partner_serve);
	for (uint64_t i = 0; i < 1000; i++) {
		message = (struct helion_message){.word_count = 1 + i % 8, .words = {i}};
		CHECK_CALL(helion_request(world.buffer, partner.a, &message));
		CHECK_EQUAL(message.words[0], i + 1);
	}
	message = (struct helion_message){.label = PARTNER_STOP};
	CHECK_CALL(helion_request(world.buffer, partner.a, &message));
	partner_join(&partner);
}
