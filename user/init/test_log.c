/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's log under a burst: several tasks write lines at once, then one makes the kernel write. Whoever looks at
 * the console checks that every line is there, whole, and that a screen shows the last ones.
 */
#include "user/init/init.h"

#include "user/lib/helion.h"

#define WRITERS 4
#define LINES   100
#define SECOND  1000000000ull

/* Lines of 30 to 200 characters: some are longer than a screen is wide. */
static void write_lines(void *writer)
{
	static const char filler[] = "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	char text[180];

	for (unsigned n = 0; n < LINES; n++) {
		unsigned length = n * 37 % 170;

		for (unsigned i = 0; i < length; i++)
			text[i] = filler[(i + n) % (sizeof(filler) - 1)];
		text[length] = '\0';
		printf("log: writer %u line %u of %u: %s.\n", (unsigned)(uintptr_t)writer, n, LINES, text);
	}
}

static void read_null(void *unused)
{
	(void)unused;
	*(volatile uint8_t *)0;
}

static void run(struct helion_thread *thread, void (*function)(void *), uintptr_t argument)
{
	CHECK_CALL(helion_thread_create(thread));
	CHECK_CALL(helion_thread_start(thread, function, (void *)argument));
}

void test_log(const struct helion_manifest *manifest)
{
	struct helion_thread writers[WRITERS], last;
	struct helion_task_info info;

	for (unsigned i = 0; i < WRITERS; i++)
		run(&writers[i], write_lines, i);
	for (unsigned i = 0; i < WRITERS; i++)
		CHECK_CALL(helion_thread_join(&writers[i], NULL));
	run(&last, read_null, 0);
	CHECK_CALL(helion_thread_wait(&last, 60 * SECOND, &info));
	CHECK(info.state == HELION_TASK_FAULTED);
	CHECK_CALL(helion_thread_destroy(&last));
	/* Before anything is drawn over the text. */
	if (option_find(manifest_cmdline(manifest), "init.halt", NULL))
		init_halt();
}
