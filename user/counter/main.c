/* SPDX-License-Identifier: BSD-2-Clause */
/* A server that keeps a counter for each of its two clients, which it starts. All three are processes and this program. */
#include "user/lib/helion.h"

#define CLIENTS 2
#define ROUNDS  1000

static int client(uint64_t counter)
{
	struct helion_message m;

	for (uint64_t i = 1; i <= ROUNDS; i++) {
		m = (struct helion_message){.word_count = 1, .words = {i}};
		if (helion_request(helion_ipc_buffer(), counter, &m) < 0 || m.words[0] != i * (i + 1) / 2)
			return 1;
	}
	printf("counter: %s counted to %lu\n", manifest_cmdline(helion_process.manifest), m.words[0]);
	return 0;
}

/* The badge says which client asks; nobody can forge it. */
static void serve(void *endpoint)
{
	uint64_t sums[CLIENTS + 1] = {0};
	struct helion_message m;
	int error = helion_recv(helion_ipc_buffer(), (uint64_t)endpoint, &m);

	while (error == 0) {
		m = (struct helion_message){.word_count = 1, .words = {sums[m.badge] += m.words[0]}};
		error = helion_reply_recv(helion_ipc_buffer(), 0, (uint64_t)endpoint, &m);
	}
}

int main(const struct helion_manifest *manifest)
{
	static const char *const names[CLIENTS] = {"one", "two"};
	struct helion_child clients[CLIENTS];
	struct helion_thread server;
	uint64_t endpoint;
	int status, failed = 0;

	if (helion_given("counter") != 0)
		return client(helion_given("counter"));
	HELION_MUST(helion_memory_create(manifest->slot_memory, HELION_TYPE_ENDPOINT, 0, 0, &endpoint));
	HELION_MUST(helion_thread_run(&server, serve, (void *)endpoint));
	for (uint64_t i = 0; i < CLIENTS; i++) {
		HELION_MUST(helion_child_create(&clients[i], "/bin/counter", names[i]));
		HELION_MUST(helion_child_give(&clients[i], "counter", endpoint, HELION_RIGHT_WRITE, i + 1));
		HELION_MUST(helion_child_start(&clients[i]));
	}
	for (uint64_t i = 0; i < CLIENTS; i++) {
		HELION_MUST(helion_child_wait(&clients[i], &status));
		HELION_MUST(helion_child_destroy(&clients[i]));
		failed |= status;
	}
	HELION_MUST(helion_cspace_destroy(manifest->slot_cspace, endpoint)); /* the server's loop ends */
	HELION_MUST(helion_thread_join(&server, NULL));
	return failed;
}
