/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that are run only when the command line asks for them: init.test=<name>[,<name>...] */
#include "user/init/init.h"

#include "user/lib/helion.h"

/* -- Faults: a second task makes one, and is stopped where it is; nothing else happens ----------------- */

static void read_address(void *address)
{
	*(volatile uint8_t *)address;
}

static void write_address(void *address)
{
	*(volatile uint8_t *)address = 0;
}

static void jump_to(void *address)
{
	((void (*)(void))address)();
}

/* Runs function(address) and expects a fault at that address; the task must not have changed what is there. */
static void expect_fault(void (*function)(void *), uint64_t address)
{
	struct helion_thread thread;
	struct helion_task_info info;

	if (!CHECK_CALL(helion_thread_create(&thread)))
		return;
	if (CHECK_CALL(helion_thread_start(&thread, function, (void *)(uintptr_t)address)) &&
	    CHECK_CALL(helion_thread_wait(&thread, 5000000000, &info))) {
		check(info.state == HELION_TASK_FAULTED, "the task is in state %lu, not faulted", info.state);
		check(info.fault != 0, "no fault is recorded");
		check(info.fault_address == address, "the fault is at %#lx, not %#lx", info.fault_address, address);
		CHECK_ERROR(helion_task_resume(thread.task), HELION_ERR_STATE);
	}
	CHECK_CALL(helion_thread_destroy(&thread));
}

static void test_fault_null(const struct helion_manifest *manifest)
{
	(void)manifest;
	expect_fault(read_address, 0);
	expect_fault(read_address, 8);
	expect_fault(write_address, 0);
	expect_fault(jump_to, 0);
}

/* The stack and data can be written, so they must not run. */
static void test_fault_exec(const struct helion_manifest *manifest)
{
	static uint64_t data[8] __attribute__((aligned(64)));
	struct vm_mapping page;

	(void)manifest;
	memcpy(data, arch_ticker, 16);
	expect_fault(jump_to, (uint64_t)(uintptr_t)data);
	if (CHECK_CALL(helion_pages_map_new(HELION_PAGE_SIZE, &page))) {
		memcpy(page.address, arch_ticker, 16);
		expect_fault(jump_to, (uint64_t)(uintptr_t)page.address);
		CHECK_CALL(helion_pages_release(&page));
	}
	expect_fault(jump_to, helion_process.stack_top - 64);
	expect_fault(jump_to, (uint64_t)(uintptr_t)arch_ticker);
	expect_fault(jump_to, (uint64_t)(uintptr_t)helion_process.manifest);
}

static void test_fault_write_text(const struct helion_manifest *manifest)
{
	static const char constant[] = "read only";
	const volatile uint8_t *text = (const volatile uint8_t *)(uintptr_t)test_fault_null;
	uint8_t before = *text;

	expect_fault(write_address, (uint64_t)(uintptr_t)text);
	expect_fault(write_address, (uint64_t)(uintptr_t)constant);
	expect_fault(write_address, (uint64_t)(uintptr_t)manifest);
	expect_fault(write_address, manifest->initramfs);
	CHECK(*text == before);
}

/* The kernel's half cannot be touched at all. */
static void test_fault_kernel(const struct helion_manifest *manifest)
{
	(void)manifest;
	expect_fault(read_address, 0xffffffff80000000);
	expect_fault(write_address, 0xffff800000000000);
}

/* -- System calls that are none ------------------------------------------------------------------------ */

static int raw_call(uint64_t number, uint64_t first, uint64_t second)
{
	struct arch_syscall_registers r = {.cap = first, .info = second};

	arch_syscall(number, &r);
	return (int)r.status;
}

static void test_bad_syscall(const struct helion_manifest *manifest)
{
	static const uint64_t numbers[] = {0, 15, 16, 255, 256, 1ull << 31, 1ull << 32 | 1, 1ull << 63, UINT64_MAX};
	uint64_t text = (uint64_t)(uintptr_t) "", unmapped = vm_reserve(2 * HELION_PAGE_SIZE, HELION_PAGE_SIZE);

	(void)manifest;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		check_error(raw_call(numbers[i], 1, 0), HELION_ERR_SYSCALL, "system call that does not exist");
	CHECK_ERROR(raw_call(HELION_SYS_WRITECONS, 0, 1), HELION_ERR_FAULT);
	CHECK_ERROR(raw_call(HELION_SYS_WRITECONS, unmapped, 1), HELION_ERR_FAULT);
	CHECK_ERROR(raw_call(HELION_SYS_WRITECONS, 0xffffffff80000000, 1), HELION_ERR_FAULT);
	CHECK_ERROR(raw_call(HELION_SYS_WRITECONS, UINT64_MAX, 2), HELION_ERR_FAULT);
	CHECK_ERROR(raw_call(HELION_SYS_WRITECONS, 1ull << 63, 1), HELION_ERR_FAULT);
	CHECK_ERROR(raw_call(HELION_SYS_WRITECONS, text, UINT64_MAX), HELION_ERR_ARGUMENT);
	CHECK_CALL(raw_call(HELION_SYS_WRITECONS, text, 0));
	CHECK_ERROR(helion_identify(0, NULL, NULL, NULL), HELION_ERR_CAP);
	CHECK_ERROR(helion_identify(UINT64_MAX, NULL, NULL, NULL), HELION_ERR_CAP);
}

/* -- Choice -------------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	void (*run)(const struct helion_manifest *manifest);
} tests[] = {
	{"fault-null", test_fault_null},
	{"fault-exec", test_fault_exec},
	{"fault-write-text", test_fault_write_text},
	{"fault-kernel", test_fault_kernel},
	{"bad-syscall", test_bad_syscall},
	{"negatives", test_negatives},
	{"all-memory", test_all_memory},
	{"ipc", test_ipc},
	{"fpu", test_fpu},
	{"irq", test_irq},
	{"log", test_log},
};

#define TEST_COUNT (sizeof(tests) / sizeof(tests[0]))

static void run_test(size_t index, const struct helion_manifest *manifest)
{
	unsigned before = check_failures();

	check_begin(tests[index].name);
	tests[index].run(manifest);
	if (check_failures() == before)
		printf("init: test %s: ok\n", tests[index].name);
	else
		printf("init: test %s: FAILED %u checks\n", tests[index].name, check_failures() - before);
}

/* Runs the test of this name, or all. */
static void run_named(struct slice name, const struct helion_manifest *manifest)
{
	bool all = slice_equals_text(name, "all"), found = false;

	for (size_t i = 0; i < TEST_COUNT; i++) {
		if (!all && !slice_equals_text(name, tests[i].name))
			continue;
		run_test(i, manifest);
		found = true;
	}
	check_begin("init.test");
	check(found, "there is no test '%.*s'", (int)name.length, name.start);
}

void run_tests(const struct helion_manifest *manifest)
{
	struct slice names;

	if (!option_find(manifest_cmdline(manifest), "init.test", &names))
		return;
	while (names.length > 0) {
		const char *comma = memchr(names.start, ',', names.length);
		size_t length = comma != NULL ? (size_t)(comma - names.start) : names.length;

		run_named((struct slice){names.start, length}, manifest);
		if (comma != NULL)
			length++;
		names = (struct slice){names.start + length, names.length - length};
	}
}
