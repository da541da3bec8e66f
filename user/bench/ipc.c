/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls and messages between two tasks. */
#include "user/bench/bench.h"

/* -- System calls ------------------------------------------------------------------------------------ */

/* No system call has this number. */
#define NO_SYSCALL 255

static void yield_for_ever(void *argument)
{
	(void)argument;
	for (;;)
		arch_syscall_short(HELION_SYS_YIELD, 0, 0);
}

void bench_syscalls(void)
{
	struct bench_peer *peer;

	BENCH("null", , arch_syscall_short(NO_SYSCALL, 0, 0) + HELION_ERR_SYSCALL, );
	BENCH("yield-alone", , arch_syscall_short(HELION_SYS_YIELD, 0, 0), );
	/* A full turn: to the peer and back are two of them. */
	if (bench_wanted("yield")) {
		peer = bench_peer_start(true, yield_for_ever, 0, 0);
		BENCH_PARTS("yield", 2, , arch_syscall_short(HELION_SYS_YIELD, 0, 0), );
		bench_peer_end(peer);
	}
}

/* -- Calls ------------------------------------------------------------------------------------------- */

/* Answers each request with a message of as many words, which stand where they are sent from already. */
static void serve(void *argument)
{
	struct bench_peer *peer = argument;
	uint64_t endpoint = peer->object, info = peer->info;
	struct arch_syscall_registers r = {.cap = endpoint};

	arch_syscall(HELION_SYS_RECV, &r);
	for (;;) {
		r = (struct arch_syscall_registers){.info = info, .words = {1, 2, 3, 4}};
		arch_syscall(HELION_REPLY_RECV(endpoint), &r);
	}
}

/* The request and the answer; the status, and an error if the answer is not what it should be. */
static inline int64_t request(uint64_t endpoint, uint64_t info)
{
	struct arch_syscall_registers r = {.cap = endpoint, .info = info, .words = {4, 3, 2, 1}};

	arch_syscall(HELION_SYS_CALL, &r);
	return r.status;
}

static inline int64_t request_empty(uint64_t endpoint)
{
	return bench_message(HELION_SYS_CALL, endpoint, HELION_INFO(1, 0, 0));
}

static void serve_empty(void *argument)
{
	struct bench_peer *peer = argument;
	uint64_t endpoint = peer->object;

	bench_message(HELION_SYS_RECV, endpoint, 0);
	for (;;)
		bench_message(HELION_REPLY_RECV(endpoint), 0, HELION_INFO(1, 0, 0));
}

static void bench_call(const char *name, bool other_space, uint64_t words)
{
	uint64_t info = HELION_INFO(1, words, 0), endpoint;
	struct bench_peer *peer;

	if (!bench_wanted(name))
		return;
	endpoint = bench_create(HELION_TYPE_ENDPOINT, 0);
	peer = bench_peer_start(other_space, words == 0 ? serve_empty : serve, endpoint, info);
	if (words == 0)
		BENCH(name, , request_empty(endpoint), );
	else
		BENCH(name, , request(endpoint, info), );
	bench_peer_end(peer);
	bench_delete(endpoint);
}

/* Each round what the server got is deleted again, which is not measured. */
static void bench_call_caps(void)
{
	uint64_t endpoint, info = HELION_INFO(1, 0, HELION_MESSAGE_CAPS);
	struct helion_ipc_buffer *buffer = helion_process.ipc_buffer;
	struct bench_peer *peer;
	uint64_t gift;

	if (!bench_wanted("call-caps-4"))
		return;
	endpoint = bench_create(HELION_TYPE_ENDPOINT, 0);
	gift = bench_create(HELION_TYPE_NOTIFICATION, 0);
	peer = bench_peer_start(true, serve_empty, endpoint, info);
	const struct helion_ipc_buffer *theirs = peer->thread.ipc.address;
	/* Both have the same CSpace, so the slots that the server got can be deleted here. */
	BENCH("call-caps-4", for (unsigned i = 0; i < HELION_MESSAGE_CAPS; i++) buffer->caps[i] = gift;
	      , bench_message(HELION_SYS_CALL, endpoint, info),
	      for (unsigned i = 0; i < HELION_MESSAGE_CAPS; i++) bench_delete(theirs->caps[i]););
	bench_peer_end(peer);
	bench_delete(gift);
	bench_delete(endpoint);
}

/* -- Signals ----------------------------------------------------------------------------------------- */

static void bench_signal(void)
{
	uint64_t notification, badges = 0;

	if (!bench_wanted("signal") && !bench_wanted("wait-pending"))
		return;
	notification = bench_create(HELION_TYPE_NOTIFICATION, 0);
	BENCH("signal", , arch_syscall_short(HELION_SYS_SIGNAL, notification, 0), helion_nbwait(notification, &badges));
	BENCH("wait-pending", helion_signal(notification), arch_syscall_short(HELION_SYS_WAIT, notification, 0), );
	bench_delete(notification);
}

/* Until the task that waits runs. */
static inline uint64_t signal_switch(uint64_t notification, const struct bench_peer *peer)
{
	uint64_t start = arch_user_cycles();

	arch_syscall_short(HELION_SYS_SIGNAL, notification, 0);
	return peer->ended - start;
}

static void bench_signal_switch(void)
{
	struct bench_peer *peer;
	uint64_t notification;

	if (!bench_wanted("signal-switch"))
		return;
	notification = bench_create(HELION_TYPE_NOTIFICATION, 0);
	peer = bench_peer_start_important(bench_wait_for_ever, notification);
	BENCH_ONE_WAY("signal-switch", , signal_switch(notification, peer));
	bench_peer_end(peer);
	bench_delete(notification);
}

void bench_ipc(void)
{
	bench_call("call-0", true, 0);
	bench_call("call-4", true, 4);
	bench_call("call-10", true, 10);
	bench_call("call-64", true, 64);
	bench_call_caps();
	bench_call("call-same-0", false, 0);
	bench_signal();
	bench_signal_switch();
}
