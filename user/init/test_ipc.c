/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Messages, answers, signals, polls and timers, with a second task on the other side. Each test makes its objects from
 * a Memory of its own and destroys that; afterwards free memory and free slots are what they were.
 */
#include "user/init/init.h"

#include "user/lib/helion.h"

#define SECOND      1000000000ull
#define MILLISECOND 1000000ull

/* What a test works with. The partner runs `function`; its errors are counted in `wrong`. */
struct ipc {
	uint64_t memory; /* everything is made from it */
	uint64_t endpoint, notification;
	uint64_t badged; /* the endpoint with badge 77, all rights */
	struct helion_thread thread;
	struct helion_ipc_buffer *mine, *theirs;
	volatile int error; /* the last result of the partner's system call */
	volatile unsigned done;
	struct helion_message message; /* the partner's */
};

static uint64_t now(void)
{
	struct helion_system_info info = {0};

	CHECK_CALL(helion_system_info(helion_process.system, &info));
	return info.time;
}

/* Runs the partner until it waits in the kernel, or has stopped. */
static void settle(struct ipc *ipc)
{
	struct helion_task_info info;

	CHECK_CALL(helion_thread_wait(&ipc->thread, 60 * SECOND, &info));
}

static void start(struct ipc *ipc, void (*function)(void *))
{
	CHECK_CALL(helion_thread_start(&ipc->thread, function, ipc));
	settle(ipc);
}

static void finish(struct ipc *ipc)
{
	settle(ipc);
	CHECK(ipc->done);
	ipc->done = 0;
}

static void fill(struct helion_message *message, uint64_t label, unsigned words)
{
	*message = (struct helion_message){.label = label, .word_count = words};
	for (unsigned i = 0; i < words; i++)
		message->words[i] = label * 1000 + i;
}

static bool filled(const struct helion_message *message, uint64_t label, unsigned words)
{
	bool same = message->label == label && message->word_count == words;

	for (unsigned i = 0; same && i < words; i++)
		same = message->words[i] == label * 1000 + i;
	return same;
}

/* -- Partners -------------------------------------------------------------------------------------------- */

static void partner_recv(void *argument)
{
	struct ipc *ipc = argument;

	ipc->error = helion_recv(ipc->theirs, ipc->endpoint, &ipc->message);
	ipc->done = 1;
}

static void partner_send(void *argument)
{
	struct ipc *ipc = argument;

	ipc->error = helion_send(ipc->theirs, ipc->badged, &ipc->message);
	ipc->done = 1;
}

static void partner_request(void *argument)
{
	struct ipc *ipc = argument;

	ipc->error = helion_request(ipc->theirs, ipc->badged, &ipc->message);
	ipc->done = 1;
}

/* A server: adds one to every word until it is asked for label 99. */
static void partner_serve(void *argument)
{
	struct ipc *ipc = argument;
	struct helion_message *m = &ipc->message;

	ipc->error = helion_recv(ipc->theirs, ipc->endpoint, m);
	while (ipc->error == 0 && m->label != 99) {
		for (unsigned i = 0; i < m->word_count; i++)
			m->words[i]++;
		m->cap_count = 0;
		ipc->error = helion_reply_recv(ipc->theirs, 0, ipc->endpoint, m);
	}
	if (ipc->error == 0)
		ipc->error = helion_reply(ipc->theirs, 0, m);
	ipc->done = 1;
}

static void partner_wait(void *argument)
{
	struct ipc *ipc = argument;

	ipc->error = helion_wait(ipc->notification, &ipc->message.badge);
	ipc->done = 1;
}

static void partner_poll(void *argument)
{
	struct ipc *ipc = argument;
	uint64_t caps[2] = {ipc->endpoint, ipc->notification};

	ipc->error = helion_poll(ipc->theirs, caps, 2, UINT64_MAX, &ipc->message.badge);
	ipc->done = 1;
}

/* -- Tests ------------------------------------------------------------------------------------------------ */

static void test_message(struct ipc *ipc)
{
	static const unsigned sizes[] = {0, 1, 4, 5, 10, 64};
	struct helion_message m;

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		/* The receiver waits first, then the sender does. */
		start(ipc, partner_recv);
		fill(&m, 5 + i, sizes[i]);
		CHECK_CALL(helion_send(ipc->mine, ipc->badged, &m));
		finish(ipc);
		CHECK_CALL(ipc->error);
		CHECK(filled(&ipc->message, 5 + i, sizes[i]) && ipc->message.badge == 77);

		fill(&ipc->message, 15 + i, sizes[i]);
		start(ipc, partner_send);
		CHECK(!ipc->done);
		CHECK_CALL(helion_recv(ipc->mine, ipc->endpoint, &m));
		CHECK(filled(&m, 15 + i, sizes[i]) && m.badge == 77);
		finish(ipc);
		CHECK_CALL(ipc->error);
	}
	CHECK_ERROR(helion_nbrecv(ipc->mine, ipc->endpoint, &m), HELION_ERR_WOULD_BLOCK);
	fill(&m, 1, 1);
	CHECK_ERROR(helion_nbsend(ipc->mine, ipc->endpoint, &m), HELION_ERR_WOULD_BLOCK);
	m.word_count = HELION_MESSAGE_WORDS + 1;
	CHECK_ERROR(helion_send(ipc->mine, ipc->endpoint, &m), HELION_ERR_MESSAGE);
}

static void test_capabilities(struct ipc *ipc)
{
	uint64_t cspace = helion_process.cspace, rights, badge, no_grant;
	struct helion_message m;
	enum helion_type type;

	start(ipc, partner_recv);
	fill(&m, 3, 2);
	m.cap_count = 2;
	m.caps[0] = ipc->badged;
	m.caps[1] = ipc->notification;
	CHECK_CALL(helion_send(ipc->mine, ipc->endpoint, &m));
	finish(ipc);
	CHECK_CALL(ipc->error);
	CHECK(filled(&ipc->message, 3, 2) && ipc->message.cap_count == 2);
	CHECK_CALL(helion_identify(ipc->message.caps[0], &type, &rights, &badge));
	CHECK(type == HELION_TYPE_ENDPOINT && badge == 77 && rights == HELION_RIGHT_ALL);
	CHECK_CALL(helion_identify(ipc->message.caps[1], &type, &rights, &badge));
	CHECK(type == HELION_TYPE_NOTIFICATION && badge == 0);
	CHECK_CALL(helion_cspace_delete(cspace, ipc->message.caps[0]));
	CHECK_CALL(helion_cspace_delete(cspace, ipc->message.caps[1]));

	/* An empty slot, a missing right: the sender hears of it and the receiver waits on. */
	start(ipc, partner_recv);
	m.caps[1] = 0;
	CHECK_ERROR(helion_send(ipc->mine, ipc->endpoint, &m), HELION_ERR_CAP);
	CHECK_CALL(helion_cspace_copy(cspace, ipc->endpoint, HELION_RIGHT_WRITE, 0, &no_grant));
	m.caps[1] = ipc->notification;
	CHECK_ERROR(helion_send(ipc->mine, no_grant, &m), HELION_ERR_RIGHTS);
	CHECK_ERROR(helion_recv(ipc->mine, no_grant, &m), HELION_ERR_RIGHTS);
	CHECK(!ipc->done);
	fill(&m, 4, 0);
	CHECK_CALL(helion_send(ipc->mine, no_grant, &m));
	finish(ipc);
	CHECK_CALL(helion_cspace_delete(cspace, no_grant));
}

static void test_call(struct ipc *ipc)
{
	struct helion_message m;

	start(ipc, partner_serve);
	for (unsigned words = 0; words <= 64; words += 8) {
		fill(&m, 7, words);
		CHECK_CALL(helion_request(ipc->mine, ipc->endpoint, &m));
		check(m.word_count == words && (words == 0 || m.words[words - 1] == 7000 + words - 1 + 1),
		      "the answer to %u words is wrong", words);
	}
	fill(&m, 99, 0);
	CHECK_CALL(helion_request(ipc->mine, ipc->endpoint, &m));
	finish(ipc);
	CHECK_CALL(ipc->error);
	fill(&m, 1, 0);
	CHECK_ERROR(helion_reply(ipc->mine, 0, &m), HELION_ERR_MISSING);
	CHECK_ERROR(helion_reply(ipc->mine, ipc->endpoint, &m), HELION_ERR_SYSCALL);
}

static void test_replies(struct ipc *ipc)
{
	uint64_t cspace = helion_process.cspace, reply, again;
	struct helion_message m;

	/* Stored, and answered later. */
	fill(&ipc->message, 8, 3);
	start(ipc, partner_request);
	CHECK_CALL(helion_recv(ipc->mine, ipc->endpoint, &m));
	CHECK(filled(&m, 8, 3) && m.badge == 77);
	CHECK_CALL(helion_cspace_store_reply(cspace, &reply));
	CHECK_ERROR(helion_cspace_store_reply(cspace, &again), HELION_ERR_MISSING);
	CHECK_ERROR(helion_nbrecv(ipc->mine, ipc->endpoint, &m), HELION_ERR_WOULD_BLOCK);
	CHECK(!ipc->done);
	fill(&m, 9, 20);
	CHECK_CALL(helion_reply(ipc->mine, reply, &m));
	finish(ipc);
	CHECK_CALL(ipc->error);
	CHECK(filled(&ipc->message, 9, 20));
	CHECK_ERROR(helion_reply(ipc->mine, reply, &m), HELION_ERR_CAP);

	/* Stored, and thrown away: the caller hears of it. */
	fill(&ipc->message, 8, 3);
	start(ipc, partner_request);
	CHECK_CALL(helion_recv(ipc->mine, ipc->endpoint, &m));
	CHECK_CALL(helion_cspace_store_reply(cspace, &reply));
	CHECK_CALL(helion_cspace_delete(cspace, reply));
	finish(ipc);
	CHECK_ERROR(ipc->error, HELION_ERR_GONE);

	/* Neither answered nor stored before the next recv. */
	start(ipc, partner_request);
	CHECK_CALL(helion_recv(ipc->mine, ipc->endpoint, &m));
	CHECK_ERROR(helion_nbrecv(ipc->mine, ipc->endpoint, &m), HELION_ERR_WOULD_BLOCK);
	finish(ipc);
	CHECK_ERROR(ipc->error, HELION_ERR_GONE);
}

/* The other side disappears while one waits. */
static void test_gone(struct ipc *ipc)
{
	uint64_t cspace = helion_process.cspace, endpoint;
	struct helion_message m;

	CHECK_CALL(helion_memory_create(ipc->memory, HELION_TYPE_ENDPOINT, 0, 0, &endpoint));
	uint64_t kept = ipc->endpoint, kept_badged = ipc->badged;
	ipc->endpoint = ipc->badged = endpoint;
	start(ipc, partner_recv);
	CHECK_CALL(helion_cspace_destroy(cspace, endpoint));
	finish(ipc);
	CHECK_ERROR(ipc->error, HELION_ERR_GONE);
	ipc->endpoint = kept;
	ipc->badged = kept_badged;

	/* The caller dies: nobody is left to answer to. */
	start(ipc, partner_request);
	CHECK_CALL(helion_recv(ipc->mine, ipc->endpoint, &m));
	CHECK_CALL(helion_thread_destroy(&ipc->thread));
	CHECK_ERROR(helion_reply(ipc->mine, 0, &m), HELION_ERR_MISSING);
	CHECK_CALL(helion_thread_create(&ipc->thread));
	ipc->theirs = ipc->thread.ipc.address;

	/* The caller is stopped: the right to answer that call does not serve for its next one. */
	start(ipc, partner_request);
	CHECK_CALL(helion_recv(ipc->mine, ipc->endpoint, &m));
	CHECK_CALL(helion_task_stop(ipc->thread.task));
	CHECK_ERROR(helion_reply(ipc->mine, 0, &m), HELION_ERR_MISSING);
	CHECK_CALL(helion_task_resume(ipc->thread.task));
	finish(ipc);
	CHECK_ERROR(ipc->error, HELION_ERR_GONE);

	/* A sender dies in the queue. */
	start(ipc, partner_send);
	CHECK_CALL(helion_thread_destroy(&ipc->thread));
	CHECK_ERROR(helion_nbrecv(ipc->mine, ipc->endpoint, &m), HELION_ERR_WOULD_BLOCK);
	CHECK_CALL(helion_thread_create(&ipc->thread));
	ipc->theirs = ipc->thread.ipc.address;
}

static void test_signals(struct ipc *ipc)
{
	uint64_t cspace = helion_process.cspace, badges, badged[2];
	struct helion_notification_info info;
	struct helion_message m;

	CHECK_CALL(helion_cspace_copy(cspace, ipc->notification, HELION_RIGHT_WRITE, 4, &badged[0]));
	CHECK_CALL(helion_cspace_copy(cspace, ipc->notification, HELION_RIGHT_WRITE, 8, &badged[1]));
	CHECK_ERROR(helion_nbwait(ipc->notification, &badges), HELION_ERR_WOULD_BLOCK);
	CHECK_CALL(helion_signal(badged[0]));
	CHECK_CALL(helion_signal(badged[1]));
	CHECK_CALL(helion_signal(ipc->notification));
	if (CHECK_CALL(helion_notification_info(ipc->notification, &info)))
		CHECK(info.pending == 13 && info.waiters == 0);
	CHECK_CALL(helion_wait(ipc->notification, &badges));
	CHECK(badges == 13);
	CHECK_ERROR(helion_wait(badged[0], &badges), HELION_ERR_RIGHTS);

	start(ipc, partner_wait);
	CHECK(!ipc->done);
	CHECK_CALL(helion_signal(badged[1]));
	finish(ipc);
	CHECK_CALL(ipc->error);
	CHECK(ipc->message.badge == 8);

	/* Bound: a signal ends a recv. */
	CHECK_CALL(helion_task_bind(ipc->thread.task, ipc->notification));
	CHECK_ERROR(helion_task_bind(ipc->thread.task, ipc->notification), HELION_ERR_OCCUPIED);
	start(ipc, partner_recv);
	CHECK_CALL(helion_signal(badged[0]));
	finish(ipc);
	CHECK(ipc->error == 0 && ipc->message.label == HELION_LABEL_SIGNALS && ipc->message.badge == 4);
	CHECK_CALL(helion_signal(badged[1]));
	start(ipc, partner_recv);
	finish(ipc);
	CHECK(ipc->error == 0 && ipc->message.label == HELION_LABEL_SIGNALS && ipc->message.badge == 8);
	CHECK_CALL(helion_task_unbind(ipc->thread.task));
	start(ipc, partner_recv);
	CHECK_CALL(helion_signal(badged[0]));
	CHECK(!ipc->done);
	fill(&m, 2, 0);
	CHECK_CALL(helion_send(ipc->mine, ipc->endpoint, &m));
	finish(ipc);
	CHECK(filled(&ipc->message, 2, 0));
	CHECK_CALL(helion_nbwait(ipc->notification, &badges));
}

static void test_poll(struct ipc *ipc)
{
	uint64_t caps[3] = {ipc->endpoint, ipc->notification, ipc->notification}, ready = 0, badges, begin = now();
	struct helion_message m;

	CHECK_ERROR(helion_poll(ipc->mine, caps, 0, 0, &ready), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_poll(ipc->mine, caps, HELION_POLL_MAX + 1, 0, &ready), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_poll(ipc->mine, &ipc->memory, 1, 0, &ready), HELION_ERR_TYPE);
	CHECK_ERROR(helion_poll(ipc->mine, caps, 2, 0, &ready), HELION_ERR_TIMEOUT);
	CHECK_ERROR(helion_poll(ipc->mine, caps, 2, begin + 20 * MILLISECOND, &ready), HELION_ERR_TIMEOUT);
	CHECK(now() - begin >= 20 * MILLISECOND);
	CHECK_CALL(helion_signal(ipc->notification));
	CHECK_CALL(helion_poll(ipc->mine, caps, 3, UINT64_MAX, &ready));
	CHECK(ready == 6);
	CHECK_CALL(helion_wait(ipc->notification, &badges));

	start(ipc, partner_poll);
	CHECK(!ipc->done);
	CHECK_CALL(helion_signal(ipc->notification));
	finish(ipc);
	CHECK(ipc->error == 0 && ipc->message.badge == 2);
	CHECK_CALL(helion_wait(ipc->notification, &badges));

	/* A sender that waits makes an endpoint ready. */
	fill(&ipc->message, 6, 1);
	start(ipc, partner_send);
	CHECK_CALL(helion_poll(ipc->mine, caps, 2, UINT64_MAX, &ready));
	CHECK(ready == 1);
	CHECK_CALL(helion_recv(ipc->mine, ipc->endpoint, &m));
	finish(ipc);
}

static void test_timers(struct ipc *ipc)
{
	uint64_t timer, badges, begin, ready;
	struct helion_timer_info info;

	if (!CHECK_CALL(helion_memory_create(ipc->memory, HELION_TYPE_TIMER, 0, 0, &timer)))
		return;
	CHECK_ERROR(helion_timer_bind(timer, ipc->endpoint, 1), HELION_ERR_TYPE);
	CHECK_ERROR(helion_timer_bind(timer, ipc->notification, 0), HELION_ERR_ARGUMENT);
	CHECK_CALL(helion_timer_bind(timer, ipc->notification, 32));
	CHECK_ERROR(helion_timer_set(timer, 0, 1), HELION_ERR_ARGUMENT);
	begin = now();
	CHECK_CALL(helion_timer_set(timer, begin + 10 * MILLISECOND, 0));
	CHECK_CALL(helion_wait(ipc->notification, &badges));
	CHECK(badges == 32 && now() - begin >= 10 * MILLISECOND);
	if (CHECK_CALL(helion_timer_info(timer, &info)))
		CHECK(info.deadline == 0 && info.expirations == 1);

	begin = now();
	CHECK_CALL(helion_timer_set(timer, begin + 5 * MILLISECOND, 5 * MILLISECOND));
	for (unsigned i = 0; i < 3; i++)
		CHECK_CALL(helion_wait(ipc->notification, &badges));
	CHECK(now() - begin >= 15 * MILLISECOND);
	CHECK_CALL(helion_poll(ipc->mine, &timer, 1, UINT64_MAX, &ready));
	CHECK_CALL(helion_timer_cancel(timer));
	if (CHECK_CALL(helion_timer_info(timer, &info)))
		CHECK(info.deadline == 0 && info.expirations >= 3);
	helion_nbwait(ipc->notification, &badges);
	CHECK_ERROR(helion_poll(ipc->mine, &timer, 1, now() + 20 * MILLISECOND, &ready), HELION_ERR_TIMEOUT);
}

/* -- All -------------------------------------------------------------------------------------------------- */

static bool set_up(struct ipc *ipc)
{
	*ipc = (struct ipc){.mine = helion_process.ipc_buffer};
	if (!CHECK_CALL(helion_memory_create(helion_process.memory, HELION_TYPE_MEMORY, 1u << 18, 0, &ipc->memory)) ||
	    !CHECK_CALL(helion_memory_create(ipc->memory, HELION_TYPE_ENDPOINT, 0, 0, &ipc->endpoint)) ||
	    !CHECK_CALL(helion_memory_create(ipc->memory, HELION_TYPE_NOTIFICATION, 0, 0, &ipc->notification)) ||
	    !CHECK_CALL(helion_cspace_copy(helion_process.cspace, ipc->endpoint, HELION_RIGHT_ALL, 77, &ipc->badged)) ||
	    !CHECK_CALL(helion_thread_create(&ipc->thread)))
		return false;
	ipc->theirs = ipc->thread.ipc.address;
	return true;
}

static void run(const char *name, void (*test)(struct ipc *))
{
	struct helion_memory_info before = {0}, after = {0};
	struct helion_cspace_info slots_before = {0}, slots_after = {0};
	unsigned failures = check_failures();
	static struct ipc ipc;

	CHECK_CALL(helion_memory_info(helion_process.memory, &before));
	CHECK_CALL(helion_cspace_info(helion_process.cspace, &slots_before));
	if (set_up(&ipc))
		test(&ipc);
	CHECK_CALL(helion_thread_destroy(&ipc.thread));
	CHECK_CALL(helion_cspace_destroy(helion_process.cspace, ipc.memory));
	CHECK_CALL(helion_memory_info(helion_process.memory, &after));
	CHECK_CALL(helion_cspace_info(helion_process.cspace, &slots_after));
	check(before.free == after.free && before.objects == after.objects,
	      "%s: %lu bytes and %lu objects less than before", name, before.free - after.free,
	      after.objects - before.objects);
	check(slots_before.free == slots_after.free, "%s: %lu slots less than before", name,
	      slots_before.free - slots_after.free);
	if (check_failures() == failures)
		printf("init: ipc %s: ok\n", name);
}

void test_ipc(const struct helion_manifest *manifest)
{
	(void)manifest;
	run("messages", test_message);
	run("capabilities", test_capabilities);
	run("calls", test_call);
	run("replies", test_replies);
	run("gone", test_gone);
	run("signals", test_signals);
	run("poll", test_poll);
	run("timers", test_timers);
}
