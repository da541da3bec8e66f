/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The log: whatever consoles do, they get every character once and in order, a few at a time.
 *
 * host-sources: kernel-core
 */
#include "tests/host/sim/sim_test.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/task.h"
#include "kernel/vm.h"

#define MAIN (init->slot_memory)
#define TEXT 0x70000000ull

/* A console that takes `takes` characters of a call at most, and none in `pauses` calls of each pauses + 1. */
struct recorder {
	struct console console;
	char text[1 << 18];
	size_t length, takes, largest;
	unsigned pauses, calls;
};

static jmp_buf died;
static bool dies;

static size_t record(struct console *self, const char *text, size_t length)
{
	struct recorder *recorder = (struct recorder *)self;

	CHECK(length > 0);
	if (dies)
		longjmp(died, 1);
	if (length > recorder->largest)
		recorder->largest = length;
	if (recorder->calls++ % (recorder->pauses + 1) != 0)
		return 0;
	if (length > recorder->takes)
		length = recorder->takes;
	memcpy(recorder->text + recorder->length, text, length);
	recorder->length += length;
	recorder->text[recorder->length] = '\0';
	return length;
}

static struct recorder quick = {.console = {.name = "quick", .write = record}, .takes = 1000};
static struct recorder slow = {.console = {.name = "slow", .write = record}, .takes = 3, .pauses = 2};

static void forget(void)
{
	quick.length = slow.length = 0;
	quick.text[0] = slow.text[0] = '\0';
}

static bool both_say(const char *text)
{
	return strcmp(quick.text, text) == 0 && strcmp(slow.text, text) == 0;
}

static void a_console_gets_what_is_there(void)
{
	kprintf("before %u\n", 1u);
	log_add_console(&quick.console);
	log_add_console(&slow.console);
	CHECK(strstr(quick.text, "before 1\n") != NULL);
	CHECK_TEXT(slow.text, quick.text);
	forget();
	kprintf("at once\n");
	CHECK(both_say("at once\n"));
	CHECK(!log_is_behind() && !log_step());
}

/* What the kernel says by itself is shown by steps, which somebody does. */
static void steps_are_short(void)
{
	unsigned steps = 0;

	forget();
	log_defer();
	kprintf("%s: %s\n", "deferred", "this line has more characters than one step may show");
	CHECK(log_is_behind() && both_say(""));
	CHECK_EQUAL(sim_current()->work, WORK_LOG);
	while (log_step())
		steps++;
	CHECK(both_say("deferred: this line has more characters than one step may show\n"));
	CHECK(steps > 20 && quick.largest <= 64 && !log_is_behind());
}

/* A program goes on when consoles have shown what it wrote. */
static void writecons_is_shown_when_it_returns(void)
{
	uint64_t pages = sim_create(MAIN, HELION_TYPE_PAGES, 4096), zero[4] = {0};
	char *text = sim_memory(((struct pages *)sim_object(pages))->phys);

	forget();
	for (unsigned i = 0; i < 4096; i++)
		text[i] = (char)('!' + i % 90);
	CHECK_EQUAL(sim_map(init->slot_vspace, pages, TEXT, 0, 4096, HELION_MAP_READ), 0);
	for (unsigned n = 0; n < 10; n++) {
		CHECK_EQUAL(sim_system_call(HELION_SYS_WRITECONS, TEXT, 4096, zero, NULL), 0);
		CHECK_EQUAL(quick.length, (n + 1) * 4096);
		CHECK_EQUAL(slow.length, quick.length);
	}
	for (unsigned i = 0; i < 10 * 4096; i++)
		CHECK(quick.text[i] == (char)('!' + i % 4096 % 90) && slow.text[i] == quick.text[i]);
	CHECK_EQUAL(sim_current()->work, 0);
	CHECK_EQUAL(sim_invoke(init->slot_vspace, HELION_VSPACE_UNMAP, NULL, TEXT, 4096), 0);
	CHECK_EQUAL(sim_delete(pages), 0);
}

/* However much the kernel says before anybody does a step, nothing is lost; a program has to wait long before. */
static void nothing_is_lost(void)
{
	char line[64];
	size_t at = 0;
	unsigned accepted = 0;

	forget();
	while (log_write("0123456789abcdef", 16))
		CHECK(++accepted < 1024);
	CHECK_EQUAL(accepted, 8192 / 16 + 1);
	log_flush();
	forget();
	for (unsigned n = 0; n < 3000; n++)
		kprintf("line %u of many\n", n);
	log_flush();
	for (unsigned n = 0; n < 3000; n++) {
		int length = snprintf(line, sizeof(line), "line %u of many\n", n);

		CHECK(strncmp(quick.text + at, line, (size_t)length) == 0);
		at += (size_t)length;
	}
	CHECK_EQUAL(at, quick.length);
	CHECK_TEXT(slow.text, quick.text);
}

/* A CPU died while it wrote to a console, and much was not shown yet. */
static void a_panic_shows_all(void)
{
	forget();
	kprintf("the last words\n");
	dies = true;
	if (setjmp(died) == 0)
		log_step();
	dies = false;
	CHECK(both_say("") && !log_step());
	log_break_lock();
	log_flush();
	CHECK(both_say("the last words\n"));
	kprintf("panic\n");
	CHECK(both_say("the last words\npanic\n"));
	sim_current()->work = 0;
}

int main(void)
{
	sim_test_begin();
	TEST(a_console_gets_what_is_there);
	TEST(steps_are_short);
	TEST(writecons_is_shown_when_it_returns);
	TEST(nothing_is_lost);
	TEST(a_panic_shows_all);
	return tap_finish();
}
