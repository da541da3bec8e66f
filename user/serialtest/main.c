/* SPDX-License-Identifier: BSD-2-Clause */
/* A test of user/serial: wrong requests, more clients than can wait, clients that end. Booted in place of init. */
#include "user/serial/serial.h"

#define WAITERS 8 /* that the driver keeps */

static uint64_t serial;

static int request(struct helion_message m)
{
	return serial_request(serial, &m);
}

static void wrong_requests(void)
{
	const struct helion_message no_call = {.label = SERIAL_WRITE, .word_count = 2, .words = {1, '?'}};

	helion_assert(request((struct helion_message){.label = 99}) == -HELION_ERR_ARGUMENT);
	helion_assert(request((struct helion_message){.label = SERIAL_READ}) == -HELION_ERR_ARGUMENT);
	helion_assert(request((struct helion_message){.label = SERIAL_READ, .word_count = 1}) == -HELION_ERR_ARGUMENT);
	helion_assert(request((struct helion_message){.label = SERIAL_WRITE}) == -HELION_ERR_ARGUMENT);
	helion_assert(request((struct helion_message){.label = SERIAL_WRITE, .word_count = 1}) == -HELION_ERR_ARGUMENT);
	helion_assert(request((struct helion_message){.label = SERIAL_WRITE, .word_count = 2, .words = {9}}) ==
		      -HELION_ERR_ARGUMENT);
	helion_assert(request((struct helion_message){.label = SERIAL_WRITE,
						      .word_count = HELION_MESSAGE_WORDS,
						      .words = {SERIAL_TEXT + 1}}) == -HELION_ERR_ARGUMENT);
	/* Nobody waits for the answer. */
	HELION_MUST(helion_send(helion_ipc_buffer(), serial, &no_call));
}

/* More capabilities than the driver has slots: it does not keep them. */
static void unwanted_capabilities(void)
{
	for (unsigned i = 0; i < 2 * HELION_CHILD_SLOTS; i++)
		HELION_MUST(request((
			struct helion_message){.label = SERIAL_INFO, .cap_count = 1, .caps = {helion_process.memory}}));
}

static void read_one(void *status)
{
	char c;

	*(int *)status = serial_read(serial, &c, 1);
}

static void start_reader(struct helion_thread *thread, int *status)
{
	struct helion_task_info info;

	HELION_MUST(helion_thread_run(thread, read_one, status));
	HELION_MUST(helion_thread_wait(thread, UINT64_MAX, &info));
}

/* As many readers as can wait, and one more; when they have ended others can. What is typed then is for who still reads. */
static void readers(void)
{
	static struct helion_thread threads[WAITERS + 1];
	int status[WAITERS + 1] = {0};
	char c;

	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < WAITERS; i++)
			start_reader(&threads[i], &status[i]);
		start_reader(&threads[WAITERS], &status[WAITERS]);
		HELION_MUST(helion_thread_join(&threads[WAITERS], NULL));
		helion_assert(status[WAITERS] == -HELION_ERR_BUSY);
		for (unsigned i = 0; i < WAITERS; i++)
			HELION_MUST(helion_thread_destroy(&threads[i]));
	}
	for (unsigned i = 0; i < WAITERS; i++)
		start_reader(&threads[i], &status[i]);
	for (unsigned i = 0; i < WAITERS - 1; i++)
		HELION_MUST(helion_thread_destroy(&threads[i]));
	printf("serialtest: type ab\n");
	HELION_MUST(helion_thread_join(&threads[WAITERS - 1], NULL));
	helion_assert(status[WAITERS - 1] == 1);
	helion_assert(serial_read(serial, &c, 1) == 1 && c == 'b');
}

int main(const struct helion_manifest *manifest)
{
	struct helion_child driver;
	int status;

	HELION_MUST(helion_memory_create(manifest->slot_memory, HELION_TYPE_ENDPOINT, 0, 0, &serial));
	serial_start(&driver, serial);
	wrong_requests();
	unwanted_capabilities();
	readers();
	HELION_MUST(helion_cspace_destroy(manifest->slot_cspace, serial));
	HELION_MUST(helion_child_wait(&driver, &status));
	HELION_MUST(helion_child_destroy(&driver));
	/* Without what it drives it says so. */
	HELION_MUST(helion_child_create(&driver, "/bin/serial", ""));
	HELION_MUST(helion_child_start(&driver));
	HELION_MUST(helion_child_wait(&driver, &status));
	helion_assert(status == 1);
	printf("serialtest: ok\n");
	return 0;
}
