/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Calls and answers between pairs of tasks that share nothing, each pair on a CPU of its own, one, two, four and eight of
 * them at a time. Not counted in instructions but timed, on a machine whose CPUs run at once.
 */
#include "user/bench/bench.h"

#define PAIRS_MAX 8u
#define CALLS     50000u

struct pair {
	struct bench_peer *client, *server;
	uint64_t endpoint, done; /* a notification: its calls are done */
};

static void serve(void *argument)
{
	const struct bench_peer *peer = argument;
	uint64_t endpoint = peer->object;

	bench_message(HELION_SYS_RECV, endpoint, 0);
	for (;;)
		bench_message(HELION_REPLY_RECV(endpoint), 0, 0);
}

/* Outside of the calls it stays in user mode: nobody has to wait for it when the kernel is wanted exclusively. */
static void request(void *argument)
{
	struct bench_peer *peer = argument;
	uint64_t endpoint = peer->object;

	peer->ready = true;
	while (!peer->go)
		arch_user_relax();
	peer->began = arch_user_counter();
	for (unsigned i = 0; i < CALLS; i++)
		bench_message(HELION_SYS_CALL, endpoint, 0);
	peer->ended = arch_user_counter();
	arch_syscall_short(HELION_SYS_SIGNAL, peer->done, 0);
	for (;;)
		arch_user_relax();
}

static struct bench_peer *start_on(uint64_t cpu, void (*function)(void *peer), uint64_t endpoint)
{
	struct bench_peer *peer = bench_peer_create(true, function, endpoint, 0);

	MUST(helion_task_set_affinity(peer->thread.task, 1ull << cpu));
	MUST(helion_thread_start(&peer->thread, peer->function, peer));
	return peer;
}

static void pair_start(struct pair *pair, uint64_t cpu)
{
	struct helion_task_info state;

	pair->endpoint = bench_create(HELION_TYPE_ENDPOINT, 0);
	pair->done = bench_create(HELION_TYPE_NOTIFICATION, 0);
	pair->server = start_on(cpu, serve, pair->endpoint);
	do {
		helion_yield();
		MUST(helion_task_info(pair->server->thread.task, &state));
	} while (state.state != HELION_TASK_WAITING);
	pair->client = start_on(cpu, request, pair->endpoint);
	pair->client->done = pair->done;
	while (!pair->client->ready)
		helion_yield();
}

static void pair_end(struct pair *pair)
{
	bench_peer_end(pair->client);
	bench_peer_end(pair->server);
	bench_delete(pair->endpoint);
	bench_delete(pair->done);
}

/* Locks that any CPU had to wait for. */
static uint64_t contended(uint64_t cpus)
{
	uint64_t sum = 0, count;

	for (uint64_t i = 0; i < cpus; i++) {
		MUST(helion_system_cpu_locks(helion_process.system, i, &count));
		sum += count;
	}
	return sum;
}

/* While they run this task only waits for signals. */
static void run(struct pair *pairs, uint64_t count, uint64_t cpus)
{
	uint64_t before = contended(cpus), began = UINT64_MAX, ended = 0;

	for (uint64_t i = 0; i < count; i++)
		pairs[i].client->go = true;
	for (uint64_t i = 0; i < count; i++)
		MUST(arch_syscall_short(HELION_SYS_WAIT, pairs[i].done, 0));
	for (uint64_t i = 0; i < count; i++) {
		const struct bench_peer *client = pairs[i].client;

		began = client->began < began ? client->began : began;
		ended = client->ended > ended ? client->ended : ended;
	}
	printf("bench: pairs %lu %lu %lu %lu\n", (unsigned long)count, (unsigned long)count * CALLS,
	       (unsigned long)(ended - began), (unsigned long)(contended(cpus) - before));
}

/* This task has CPU 0 for itself. */
void bench_pairs(void)
{
	struct helion_system_info info;
	struct pair pairs[PAIRS_MAX];

	MUST(helion_system_info(helion_process.system, &info));
	MUST(helion_task_set_affinity(helion_process.task, 1));
	for (uint64_t count = 1; count < info.cpus_running && count <= PAIRS_MAX; count *= 2) {
		for (uint64_t i = 0; i < count; i++)
			pair_start(&pairs[i], i + 1);
		run(pairs, count, info.cpus_running);
		for (uint64_t i = 0; i < count; i++)
			pair_end(&pairs[i]);
	}
}
