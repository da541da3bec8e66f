/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/conformance/conformance.h"

#include <stdarg.h>

#include "lib/checked.h"
#include "lib/format.h"
#include "user/lib/edu.h"

/* Where tests map things. Its page tables are made before the first test and stay. */
#define AREA_SIZE    (64ull << 20)
#define TABLE_SPAN   (2ull << 20)
#define BUFFER_STACK (HELION_PAGE_SIZE + TEST_STACK)
#define TEST_STACK   32768u

/* Priorities. */
#define RUNNER_PRIORITY 63u
#define TEST_PRIORITY   16u
#define TEST_CEILING    40u

/* How often the runner looks whether a test faulted. */
#define LOOK_NS (5 * MILLISECOND)

struct world world;

/* The runner's own: the process as it was started; helion_process is the test's while one runs. */
static struct helion_process runner;
static uint64_t done_slot; /* Notification: the test is over */
static uint64_t area, area_next;

static struct verdict verdict;
static uint32_t verdict_given; /* atomic */

/* -- Ends ---------------------------------------------------------------------------- */

static _Noreturn void end(enum outcome outcome, const char *text)
{
	if (__atomic_exchange_n(&verdict_given, 1, __ATOMIC_SEQ_CST) == 0) {
		verdict.outcome = outcome;
		fmt_snprintf(verdict.text, sizeof(verdict.text), "%s", text);
		helion_signal(world.done);
	}
	/* Until the runner destroys the world. */
	for (;;)
		helion_yield();
}

_Noreturn void test_fail(const char *file, int line, const char *format, ...)
{
	char text[200], whole[256];
	const char *name = strrchr(file, '/');
	va_list arguments;

	va_start(arguments, format);
	fmt_vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	fmt_snprintf(whole, sizeof(whole), "%s:%d: %s", name != NULL ? name + 1 : file, line, text);
	end(OUTCOME_FAILED, whole);
}

_Noreturn void test_skip(const char *reason)
{
	end(OUTCOME_SKIPPED, reason);
}

static void test_main(void *argument)
{
	const struct test *test = argument;

	helion_self.ipc_buffer = world.buffer;
	test->run();
	end(OUTCOME_PASSED, "");
}

/* -- Address space ------------------------------------------------------------------------ */

uint64_t world_address(uint64_t size, uint64_t alignment)
{
	uint64_t address;

	if (!checked_align_up(area_next, alignment, &address) || size > area + AREA_SIZE - address)
		test_fail(__FILE__, __LINE__, "the area for mappings is full");
	/* A free page behind each. */
	area_next = address + size + HELION_PAGE_SIZE;
	return address;
}

static void must(int error, const char *what)
{
	if (error < 0)
		helion_panic("conformance: %s: %s", what, helion_strerror(error));
}

void world_init(const struct helion_manifest *manifest)
{
	struct vm_mapping mapping;
	static struct edu edu;
	uint64_t pages, window;

	runner = helion_process;
	/* Above all tests, whatever they do with priorities; and those may use what lies between. */
	must(helion_task_set_priority(runner.task, RUNNER_PRIORITY, RUNNER_PRIORITY), "priority");
	world.manifest = manifest;
	world.cpus = manifest->cpus;
	must(helion_memory_create(runner.memory, HELION_TYPE_NOTIFICATION, 0, 0, &done_slot), "notification");
	must(helion_memory_create(runner.memory, HELION_TYPE_PAGES, HELION_PAGE_SIZE, 0, &pages), "pages");
	/* The first window makes tables that stay. */
	must(helion_memory_create(runner.memory, HELION_TYPE_VSPACE, 0, 0, &window), "window");
	must(helion_vspace_attach_window(runner.vspace, window), "attach");
	must(helion_vspace_detach_window(runner.vspace), "detach");
	must(helion_cspace_delete(runner.cspace, window), "delete");
	area = vm_reserve(AREA_SIZE, TABLE_SPAN);
	for (uint64_t at = area; at < area + AREA_SIZE; at += TABLE_SPAN) {
		must(helion_vspace_map(runner.vspace, pages, at, 0, HELION_PAGE_SIZE, HELION_MAP_READ), "map");
		must(helion_vspace_unmap(runner.vspace, at, HELION_PAGE_SIZE), "unmap");
	}
	/* The same for what the library maps for tests of it. */
	must(helion_pages_map(pages, 0, HELION_PAGE_SIZE, HELION_MAP_READ, &mapping), "map");
	must(helion_pages_unmap(&mapping), "unmap");
	must(helion_cspace_delete(runner.cspace, pages), "delete");
	world.edu = edu_open(manifest, &edu) == 0 ? &edu : NULL;
}

/* -- Making one --------------------------------------------------------------------------------- */

/* What the runner holds of a world. */
struct made {
	uint64_t memory, cspace, task, pages;
	uint64_t tls;
};

/* At the lower end of the stack: what helion_thread_entry is given, and behind it thread-local storage. */
#define ENTRY_SIZE 64u
_Static_assert(sizeof(struct helion_entry) <= ENTRY_SIZE, "room for the entry");

static uint64_t create(uint64_t memory, enum helion_type type, uint64_t size)
{
	uint64_t slot = 0;

	must(helion_memory_create(memory, type, size, 0, &slot), "making a test's world");
	return slot;
}

static uint64_t grant(uint64_t cspace, uint64_t slot, uint64_t rights)
{
	uint64_t result = 0;

	if (slot != 0)
		must(helion_cspace_grant(runner.cspace, cspace, slot, rights, 0, &result), "giving");
	return result;
}

static void make_world(const struct test *test, uint64_t seed, struct made *made)
{
	const struct helion_manifest *manifest = world.manifest;
	struct helion_process process = runner;
	struct helion_entry *entry;

	made->memory = create(runner.memory, HELION_TYPE_MEMORY, test->memory != 0 ? test->memory : TEST_MEMORY);
	made->cspace = create(made->memory, HELION_TYPE_CSPACE, test->slots != 0 ? test->slots : TEST_SLOTS);
	made->task = create(made->memory, HELION_TYPE_TASK, 0);
	made->pages = create(made->memory, HELION_TYPE_PAGES, BUFFER_STACK);
	must(helion_vspace_map(runner.vspace, made->pages, area, 0, BUFFER_STACK, HELION_MAP_READ | HELION_MAP_WRITE),
	     "map");
	area_next = area + BUFFER_STACK + HELION_PAGE_SIZE;
	process.cspace = grant(made->cspace, made->cspace, HELION_RIGHT_ALL);
	process.vspace = grant(made->cspace, runner.vspace, HELION_RIGHT_READ | HELION_RIGHT_WRITE);
	process.task = grant(made->cspace, made->task, HELION_RIGHT_ALL);
	process.memory = grant(made->cspace, made->memory, HELION_RIGHT_ALL);
	process.system = grant(made->cspace, runner.system, HELION_RIGHT_READ);
	process.ipc_buffer = (struct helion_ipc_buffer *)(uintptr_t)area;
	world.cspace = process.cspace;
	world.vspace = process.vspace;
	world.task = process.task;
	world.memory = process.memory;
	world.system = process.system;
	world.buffer = process.ipc_buffer;
	world.irq_control = grant(made->cspace, manifest->slot_irq_control, HELION_RIGHT_ALL);
	world.ioport_control = grant(made->cspace, manifest->slot_ioport_control, HELION_RIGHT_ALL);
	world.done = grant(made->cspace, done_slot, HELION_RIGHT_WRITE);
	world.pages = grant(made->cspace, made->pages, HELION_RIGHT_READ | HELION_RIGHT_WRITE);
	world.event = grant(made->cspace, create(made->memory, HELION_TYPE_NOTIFICATION, 0), HELION_RIGHT_ALL);
	world.seed = seed;
	must(helion_task_set_priority(made->task, TEST_PRIORITY, TEST_CEILING), "priority");
	must(helion_task_configure(made->task, made->cspace, runner.vspace, made->pages), "configure");
	entry = (struct helion_entry *)(uintptr_t)(area + HELION_PAGE_SIZE);
	*entry = (struct helion_entry){.function = test_main, .argument = (void *)(uintptr_t)test};
	made->tls = tls_block_init((char *)entry + ENTRY_SIZE);
	helion_process = process;
}

/* -- Waiting for the end -------------------------------------------------------------------------- */

/* The runner's calls while a test runs, and helion_process is the test's. */
static uint64_t runner_now(void)
{
	uint64_t words[4] = {0};

	must(helion_call_with(runner.ipc_buffer, runner.system, HELION_SYSTEM_INFO, NULL, 0, NULL, 0, words, 4),
	     "info");
	return words[2];
}

static void explain(enum outcome outcome, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void explain(enum outcome outcome, const char *format, ...)
{
	va_list arguments;

	if (__atomic_exchange_n(&verdict_given, 1, __ATOMIC_SEQ_CST) != 0)
		return;
	verdict.outcome = outcome;
	va_start(arguments, format);
	fmt_vsnprintf(verdict.text, sizeof(verdict.text), format, arguments);
	va_end(arguments);
}

static void await_end(const struct test *test, const struct made *made)
{
	uint64_t seconds = test->seconds != 0 ? test->seconds : TEST_SECONDS, start = runner_now(), time = start, ready;
	uint64_t info[4] = {0};

	while (helion_poll(runner.ipc_buffer, &done_slot, 1, time + LOOK_NS, &ready) < 0) {
		time = runner_now();
		if (helion_call_with(runner.ipc_buffer, made->task, HELION_TASK_INFO, NULL, 0, NULL, 0, info, 4) < 0) {
			explain(OUTCOME_FAILED, "the test's task is gone");
			return;
		}
		if (info[0] == HELION_TASK_FAULTED) {
			explain(OUTCOME_FAILED, "the test's task faulted: fault %lu at %#lx", info[2], info[3]);
			return;
		}
		if (time - start > seconds * SECOND) {
			explain(OUTCOME_FAILED, "hangs: after %lu seconds the test's task is in state %lu", seconds,
				info[0]);
			return;
		}
	}
}

/* -- Running one ------------------------------------------------------------------------------------ */

struct accounts {
	struct helion_memory_info memory;
	struct helion_cspace_info cspace;
};

static struct accounts accounts(void)
{
	struct accounts result = {0};

	must(helion_memory_info(runner.memory, &result.memory), "memory info");
	must(helion_cspace_info(runner.cspace, &result.cspace), "cspace info");
	return result;
}

/* Whatever the test left behind: nothing of it may be left in the program's own Memory and CSpace. */
static void check_accounts(const struct accounts *before, const struct accounts *after)
{
	if (verdict.outcome == OUTCOME_FAILED)
		return;
	if (before->memory.free == after->memory.free && before->memory.objects == after->memory.objects &&
	    before->cspace.free == after->cspace.free)
		return;
	verdict.outcome = OUTCOME_FAILED;
	fmt_snprintf(verdict.text, sizeof(verdict.text), "left behind: %ld bytes, %ld objects, %ld slots",
		     (long)(before->memory.free - after->memory.free),
		     (long)(after->memory.objects - before->memory.objects),
		     (long)(before->cspace.free - after->cspace.free));
}

void world_run(const struct test *test, uint64_t seed, struct verdict *ret)
{
	struct accounts before = accounts(), after;
	uint64_t badges, words[1];
	struct made made;

	verdict = (struct verdict){0};
	verdict_given = 0;
	make_world(test, seed, &made);
	must(helion_call_with(runner.ipc_buffer, made.task, HELION_TASK_START,
			      (uint64_t[]){(uint64_t)(uintptr_t)helion_thread_entry, area + BUFFER_STACK,
					   area + HELION_PAGE_SIZE, made.tls},
			      4, NULL, 0, NULL, 0),
	     "start");
	await_end(test, &made);
	words[0] = made.memory;
	must(helion_call_with(runner.ipc_buffer, runner.cspace, HELION_CSPACE_DESTROY, words, 1, NULL, 0, NULL, 0),
	     "destroying a test's world");
	helion_process = runner;
	helion_nbwait(done_slot, &badges);
	after = accounts();
	check_accounts(&before, &after);
	*ret = verdict;
}
