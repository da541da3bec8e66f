/* SPDX-License-Identifier: BSD-2-Clause */
/* Tasks: one in init's own address space, and one in an address space of its own. */
#include "user/init/init.h"

#include "user/lib/helion.h"

#define SECOND 1000000000ull

static void count_to_1000(void *argument)
{
	uint64_t *counter = argument;

	for (int i = 0; i < 1000; i++)
		__atomic_fetch_add(counter, 1, __ATOMIC_SEQ_CST);
}

static void test_thread(void)
{
	struct helion_thread thread;
	struct helion_task_info info;
	uint64_t counter = 0;

	if (!CHECK_CALL(helion_thread_create(&thread)))
		return;
	if (CHECK_CALL(helion_task_info(thread.task, &info)))
		CHECK(info.state == HELION_TASK_NEW);
	if (CHECK_CALL(helion_thread_start(&thread, count_to_1000, &counter)) &&
	    CHECK_CALL(helion_thread_wait(&thread, 60 * SECOND, &info))) {
		check(info.state == HELION_TASK_STOPPED, "the thread is in state %lu, not stopped (fault %lu at %#lx)",
		      info.state, info.fault, info.fault_address);
		check(counter == 1000, "the thread counted to %lu, not 1000", counter);
	}
	CHECK_CALL(helion_thread_destroy(&thread));
}

/* A process: addresses are those in its own address space. */
#define CODE 0x400000u
#define DATA 0x600000u

struct process {
	uint64_t vspace, cspace, task;
	uint64_t code, ipc;     /* slots of Pages */
	struct vm_mapping data; /* as init sees it */
};

static bool process_create(struct process *p)
{
	uint64_t memory = helion_process.memory;
	struct vm_mapping code;

	*p = (struct process){0};
	if (!CHECK_CALL(helion_memory_create(memory, HELION_TYPE_VSPACE, 0, 0, &p->vspace)) ||
	    !CHECK_CALL(helion_memory_create(memory, HELION_TYPE_CSPACE, 16, 0, &p->cspace)) ||
	    !CHECK_CALL(helion_memory_create(memory, HELION_TYPE_TASK, 0, 0, &p->task)) ||
	    !CHECK_CALL(helion_memory_create(memory, HELION_TYPE_PAGES, HELION_PAGE_SIZE, 0, &p->ipc)) ||
	    !CHECK_CALL(helion_pages_map_new(HELION_PAGE_SIZE, &code)))
		return false;
	p->code = code.pages;
	memcpy(code.address, arch_ticker, (size_t)(arch_ticker_end - arch_ticker));
	return CHECK_CALL(helion_pages_unmap(&code)) && CHECK_CALL(helion_pages_map_new(HELION_PAGE_SIZE, &p->data)) &&
	       CHECK_CALL(helion_vspace_map(p->vspace, p->code, CODE, 0, HELION_PAGE_SIZE,
					    HELION_MAP_READ | HELION_MAP_EXEC)) &&
	       CHECK_CALL(helion_vspace_map(p->vspace, p->data.pages, DATA, 0, HELION_PAGE_SIZE,
					    HELION_MAP_READ | HELION_MAP_WRITE)) &&
	       CHECK_CALL(helion_task_configure(p->task, p->cspace, p->vspace, p->ipc));
}

static void process_delete(struct process *p)
{
	uint64_t slots[] = {p->task, p->cspace, p->vspace, p->code, p->ipc};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++) {
		if (slots[i] != 0)
			CHECK_CALL(helion_cspace_delete(helion_process.cspace, slots[i]));
	}
	if (p->data.pages != 0)
		CHECK_CALL(helion_pages_release(&p->data));
}

static uint64_t counter_of(const struct process *p)
{
	return __atomic_load_n((uint64_t *)p->data.address, __ATOMIC_SEQ_CST);
}

/*
 * Yields until the process has counted to `goal`, for at most a minute. The time is asked for seldom: that locks the kernel,
 * and where one processor runs all CPUs in turn the others might find it locked whenever theirs comes.
 */
static bool wait_for_count(const struct process *p, uint64_t goal)
{
	struct helion_system_info now;
	uint64_t deadline = 0;

	while (counter_of(p) < goal) {
		if (!CHECK_CALL(helion_system_info(helion_process.system, &now)))
			return false;
		if (deadline == 0)
			deadline = now.time + 60 * SECOND;
		if (now.time > deadline)
			return check(false, "the process counted only to %lu of %lu", counter_of(p), goal);
		for (int i = 0; i < 1000 && counter_of(p) < goal; i++)
			helion_yield();
	}
	return true;
}

static void check_state(const struct process *p, uint64_t state)
{
	struct helion_task_info info;

	if (CHECK_CALL(helion_task_info(p->task, &info)))
		check(info.state == state, "the process is in state %lu, not %lu (fault %lu at %#lx)", info.state,
		      state, info.fault, info.fault_address);
}

static void run_process(const struct process *p)
{
	uint64_t count;

	if (!CHECK_CALL(helion_task_start(p->task, CODE, 0, DATA, 0)) || !wait_for_count(p, 100)) {
		check_state(p, HELION_TASK_READY);
		return;
	}
	check_state(p, HELION_TASK_READY);

	CHECK_CALL(helion_task_stop(p->task));
	check_state(p, HELION_TASK_STOPPED);
	count = counter_of(p);
	for (int i = 0; i < 100; i++)
		helion_yield();
	check(counter_of(p) == count, "the process counts although it is stopped");

	CHECK_CALL(helion_task_resume(p->task));
	wait_for_count(p, count + 100);
	check_state(p, HELION_TASK_READY);
}

void test_tasks(void)
{
	struct helion_memory_info before = {0}, after = {0};
	struct process process;

	check_begin("tasks");
	/* Once to warm up: page tables of init's own address space stay. */
	test_thread();
	CHECK_CALL(helion_memory_info(helion_process.memory, &before));
	test_thread();
	if (process_create(&process))
		run_process(&process);
	process_delete(&process);
	CHECK_CALL(helion_memory_info(helion_process.memory, &after));
	check(before.free == after.free, "%lu bytes were free and %lu are now", before.free, after.free);
	check(before.objects == after.objects, "%lu objects lived and %lu do now", before.objects, after.objects);
	check_end();
}
