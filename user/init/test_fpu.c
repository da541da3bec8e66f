/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating-point and vector registers: tasks with different contents share the CPUs and keep theirs, a new task finds
 * nothing of another's, and one that is denied them faults.
 *
 * Compiled for general registers only (mk/rules.mk), so that nothing but what stands here touches the others.
 */
#include "user/init/init.h"

#include "user/init/fpu_arithmetic.h"
#include "user/lib/helion.h"

#define SECOND  1000000000ull
#define WORKERS 6
#define ROUNDS  60
/* Long enough, now and then, for the end of a time slice to fall into it. */
#define SPINS 2000000

/* The kernel's enum trap_kind + 1 of TRAP_FPU, as Task info has it. */
#define FAULT_FPU 6

struct worker {
	struct helion_thread thread;
	struct vm_mapping states; /* of fresh, own, load, store */
	void *fresh, *own, *load, *store;
	uint64_t seed;
	size_t size;
	volatile unsigned rounds, wrong;
	volatile bool dirty; /* it did not begin with a clean state */
};

static bool worker_create(struct worker *w, size_t size, uint64_t seed)
{
	size_t step = (size + 63) & ~63ul;
	char *at;

	*w = (struct worker){.seed = seed, .size = size};
	if (!CHECK_CALL(
		    helion_pages_map_new((4 * step + HELION_PAGE_SIZE - 1) & ~(HELION_PAGE_SIZE - 1ul), &w->states)))
		return false;
	at = w->states.address;
	w->fresh = at;
	w->own = at + step;
	w->load = at + 2 * step;
	w->store = at + 3 * step;
	return CHECK_CALL(helion_thread_create(&w->thread));
}

static void worker_destroy(struct worker *w)
{
	CHECK_CALL(helion_thread_destroy(&w->thread));
	CHECK_CALL(helion_pages_release(&w->states));
}

/* A state is loaded, the CPU is left to others for a while, and what is in the registers then is stored. */
static void cross(struct worker *w, uint64_t spins)
{
	arch_fpu_store(w->own, w->size);
	arch_fpu_load(w->load, w->size);
	for (uint64_t i = 0; i < spins; i++)
		__asm__ volatile("" : : : "memory");
	helion_yield();
	arch_fpu_store(w->store, w->size);
	arch_fpu_load(w->own, w->size);
}

/* The first thing that it does with the registers is to look what is in them. */
static void work(void *argument)
{
	struct worker *w = argument;

	arch_fpu_store(w->fresh, w->size);
	arch_fpu_clean(w->load, w->size);
	w->dirty = !arch_fpu_equal(w->fresh, w->load, w->size);
	for (unsigned i = 0; i < ROUNDS; i++) {
		arch_fpu_pattern(w->load, w->size, w->seed + 100 * i);
		memset(w->store, 0, w->size);
		cross(w, i % 8 == 0 ? SPINS : 0);
		w->wrong += !arch_fpu_equal(w->load, w->store, w->size);
		w->rounds++;
	}
}

/* Leaves something of its own in the registers and ends with it. */
static void litter(void *argument)
{
	struct worker *w = argument;

	arch_fpu_pattern(w->load, w->size, w->seed);
	arch_fpu_load(w->load, w->size);
	w->rounds = ROUNDS;
	for (;;)
		helion_task_stop(w->thread.task);
}

static void await(struct worker *w)
{
	struct helion_task_info info = {0};

	CHECK_CALL(helion_thread_wait(&w->thread, 60 * SECOND, &info));
	check(info.state == HELION_TASK_STOPPED, "a worker is in state %lu (fault %lu at %#lx)", info.state, info.fault,
	      info.fault_address);
	check(w->rounds == ROUNDS, "a worker made %u of %u rounds", w->rounds, ROUNDS);
	check(w->wrong == 0, "a worker found other registers than it left %u times", w->wrong);
	check(!w->dirty, "a new task found something in its registers");
}

static void test_switching(size_t size)
{
	static struct worker workers[WORKERS];

	for (unsigned i = 0; i < WORKERS; i++)
		if (!worker_create(&workers[i], size, i + 1))
			return;
	for (unsigned i = 0; i < WORKERS; i++)
		CHECK_CALL(helion_thread_start(&workers[i].thread, work, &workers[i]));
	for (unsigned i = 0; i < WORKERS; i++)
		await(&workers[i]);
	for (unsigned i = 0; i < WORKERS; i++)
		worker_destroy(&workers[i]);
}

/* The next task gets the storage of the one before, and perhaps its registers. */
static void test_fresh(size_t size)
{
	struct worker w;

	for (unsigned i = 0; i < 4; i++) {
		if (!worker_create(&w, size, 1000 + i))
			return;
		CHECK_CALL(helion_thread_start(&w.thread, i % 2 ? work : litter, &w));
		await(&w);
		worker_destroy(&w);
	}
}

/* Denied, it faults at the first such instruction; allowed again, it starts with a clean state. */
static void test_denied(size_t size)
{
	struct helion_task_info info = {0};
	struct worker w;

	if (!worker_create(&w, size, 7))
		return;
	CHECK_ERROR(helion_task_fpu(helion_process.task, false), HELION_ERR_STATE);
	CHECK_CALL(helion_task_fpu(w.thread.task, false));
	CHECK_CALL(helion_thread_start(&w.thread, work, &w));
	CHECK_CALL(helion_thread_wait(&w.thread, 60 * SECOND, &info));
	check(info.state == HELION_TASK_FAULTED && info.fault == FAULT_FPU, "a denied task is in state %lu, fault %lu",
	      info.state, info.fault);
	CHECK(w.rounds == 0);
	CHECK_CALL(helion_task_fpu(w.thread.task, true));
	CHECK_CALL(helion_thread_start(&w.thread, work, &w));
	await(&w);
	worker_destroy(&w);
}

void test_fpu(const struct helion_manifest *manifest)
{
	uint64_t size = 0;

	(void)manifest;
	if (!CHECK_CALL(helion_system_fpu_info(helion_process.system, &size)))
		return;
	if (!check(size != 0, "the machine has no floating-point unit"))
		return;
	printf("init: fpu: %lu bytes of state\n", size);
	CHECK(fpu_arithmetic() == FPU_ARITHMETIC);
	test_switching(size);
	test_fresh(size);
	test_denied(size);
}
