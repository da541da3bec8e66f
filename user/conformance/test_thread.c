/* SPDX-License-Identifier: BSD-2-Clause */
/* The native library's threads and their storage, and the addresses that it hands out (user/lib/thread.h, tls.h, vm.h). */
#include "user/conformance/conformance.h"

static _Thread_local uint64_t initialised = 0x1234;
static _Thread_local uint64_t zeroed;
static _Thread_local _Alignas(64) char aligned[64] = {1};

static uint32_t state_of(const struct helion_thread *thread)
{
	return (uint32_t)task_state(thread->task);
}

static void await_state(const struct helion_thread *thread, uint32_t state)
{
	EVENTUALLY(state_of(thread) == state);
}

/* -- Threads ----------------------------------------------------------------------- */

static void increase(void *argument)
{
	__atomic_fetch_add((uint64_t *)argument, 1, __ATOMIC_SEQ_CST);
}

static void end_with(void *argument)
{
	helion_thread_exit((uint64_t)(uintptr_t)argument);
}

static void wait_for(void *argument)
{
	uint64_t badges;

	helion_wait((uint64_t)(uintptr_t)argument, &badges);
	helion_thread_exit(badges);
}

TEST(thread, runs_its_function)
{
	struct helion_thread thread;
	uint64_t count = 0, value = 1;

	CHECK_CALL(helion_thread_run(&thread, increase, &count));
	CHECK_CALL(helion_thread_join(&thread, &value));
	CHECK_EQUAL(count, 1);
	CHECK_EQUAL(value, 0);
}

TEST(thread, join_waits_and_gives_the_value)
{
	struct helion_thread thread;
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), value = 0;

	CHECK_CALL(helion_thread_run(&thread, wait_for, (void *)(uintptr_t)notification));
	await_state(&thread, HELION_TASK_WAITING);
	CHECK_CALL(helion_signal(notification));
	CHECK_CALL(helion_thread_join(&thread, &value));
	CHECK_EQUAL(value, 1);
}

TEST(thread, join_after_the_end)
{
	struct helion_thread thread;
	uint64_t value = 0;

	CHECK_CALL(helion_thread_run(&thread, end_with, (void *)77));
	await_state(&thread, HELION_TASK_STOPPED);
	CHECK_CALL(helion_thread_join(&thread, &value));
	CHECK_EQUAL(value, 77);
}

TEST(thread, what_never_started_cannot_be_joined)
{
	struct helion_thread thread;

	CHECK_CALL(helion_thread_create(&thread));
	CHECK_ERROR(helion_thread_join(&thread, NULL), HELION_ERR_STATE);
	CHECK_CALL(helion_thread_destroy(&thread));
}

static void join_other(void *argument)
{
	uint64_t value = 0;

	helion_thread_join(argument, &value);
	helion_thread_exit(value + 1);
}

TEST(thread, only_one_can_join)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), value = 0;
	struct helion_thread thread, joiner;

	CHECK_CALL(helion_thread_run(&thread, wait_for, (void *)(uintptr_t)notification));
	CHECK_CALL(helion_thread_run(&joiner, join_other, &thread));
	await_state(&joiner, HELION_TASK_WAITING);
	CHECK_ERROR(helion_thread_join(&thread, NULL), HELION_ERR_BUSY);
	CHECK_CALL(helion_signal(notification));
	CHECK_CALL(helion_thread_join(&joiner, &value));
	CHECK_EQUAL(value, 2);
}

static void read_null(void *argument)
{
	*(volatile char *)argument;
}

TEST(thread, one_that_faulted_cannot_be_joined)
{
	struct helion_thread thread;

	CHECK_CALL(helion_thread_run(&thread, read_null, NULL));
	await_state(&thread, HELION_TASK_FAULTED);
	CHECK_ERROR(helion_thread_join(&thread, NULL), HELION_ERR_STATE);
	CHECK_CALL(helion_thread_destroy(&thread));
}

TEST(thread, starts_again_with_new_storage)
{
	struct helion_thread thread;
	uint64_t count = 0;

	CHECK_CALL(helion_thread_create(&thread));
	for (unsigned i = 1; i <= 5; i++) {
		CHECK_CALL(helion_thread_start(&thread, increase, &count));
		await_state(&thread, HELION_TASK_STOPPED);
		CHECK_EQUAL(count, i);
	}
	CHECK_CALL(helion_thread_join(&thread, NULL));
}

TEST(thread, cannot_be_started_while_it_runs)
{
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), count = 0;
	struct helion_thread thread;

	CHECK_CALL(helion_thread_run(&thread, wait_for, (void *)(uintptr_t)notification));
	await_state(&thread, HELION_TASK_WAITING);
	CHECK_ERROR(helion_thread_start(&thread, increase, &count), HELION_ERR_STATE);
	CHECK_CALL(helion_thread_destroy(&thread));
}

TEST(thread, join_gives_everything_back)
{
	struct helion_thread thread;
	uint64_t bytes = 0, slots = 0, objects = 0, count = 0;

	/* The first thread makes what this task sleeps on. */
	for (unsigned i = 0; i < 4; i++) {
		CHECK_CALL(helion_thread_run(&thread, increase, &count));
		CHECK_CALL(helion_thread_join(&thread, NULL));
		if (i == 0) {
			bytes = free_bytes();
			slots = free_slots();
			objects = live_objects();
		}
	}
	CHECK_EQUAL(free_bytes(), bytes);
	CHECK_EQUAL(free_slots(), slots);
	CHECK_EQUAL(live_objects(), objects);
}

TEST_WITH(thread, create_without_memory_leaves_nothing, .memory = 256 << 10)
{
	struct helion_thread threads[40];
	uint64_t bytes, slots;
	unsigned count = 0;
	int error;

	/* As above; then until there is no more. */
	CHECK_CALL(helion_thread_create(&threads[0]));
	CHECK_CALL(helion_thread_destroy(&threads[0]));
	do {
		CHECK(count < 40);
		bytes = free_bytes();
		slots = free_slots();
		error = helion_thread_create(&threads[count]);
		count += error == 0;
	} while (error == 0);
	CHECK_EQUAL(error, -HELION_ERR_MEMORY);
	CHECK_EQUAL(free_bytes(), bytes);
	CHECK_EQUAL(free_slots(), slots);
	CHECK(count > 4);
	while (count-- > 0)
		CHECK_CALL(helion_thread_destroy(&threads[count]));
}

/* An invocation whose capabilities go through the IPC buffer. */
static void give_and_take(void *argument)
{
	uint64_t copy_of, errors = 0;

	for (unsigned i = 0; i < 200; i++) {
		if (helion_cspace_grant(world.cspace, world.cspace, world.memory, HELION_RIGHT_READ, 0, &copy_of) < 0 ||
		    helion_cspace_delete(world.cspace, copy_of) < 0)
			errors++;
	}
	(void)argument;
	helion_thread_exit(errors);
}

TEST(thread, each_has_an_ipc_buffer)
{
	struct helion_thread threads[4];
	uint64_t errors = 1;

	for (unsigned i = 0; i < 4; i++)
		CHECK_CALL(helion_thread_run(&threads[i], give_and_take, NULL));
	CHECK(helion_ipc_buffer() == world.buffer);
	for (unsigned i = 0; i < 4; i++) {
		CHECK_CALL(helion_thread_join(&threads[i], &errors));
		CHECK_EQUAL(errors, 0);
	}
}

static void use_much_stack(void *argument)
{
	volatile char bytes[100000];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)i;
	increase(argument);
}

TEST(thread, as_much_stack_as_asked_for)
{
	struct helion_thread thread;
	uint64_t count = 0;

	CHECK_CALL(helion_thread_create_sized(&thread, 110000));
	CHECK_CALL(helion_thread_start(&thread, use_much_stack, &count));
	CHECK_CALL(helion_thread_join(&thread, NULL));
	CHECK_EQUAL(count, 1);
	CHECK_ERROR(helion_thread_create_sized(&thread, SIZE_MAX - 100), HELION_ERR_MEMORY);
}

TEST(thread, a_stack_that_overflows_faults)
{
	struct helion_task_info info;
	struct helion_thread thread;
	uint64_t count = 0, low;

	CHECK_CALL(helion_thread_create(&thread));
	low = (uint64_t)(uintptr_t)thread.stack.address;
	CHECK_CALL(helion_thread_start(&thread, use_much_stack, &count));
	await_state(&thread, HELION_TASK_FAULTED);
	CHECK_CALL(helion_task_info(thread.task, &info));
	CHECK(info.fault_address < low && info.fault_address >= low - 100000);
	CHECK_EQUAL(count, 0);
	CHECK_CALL(helion_thread_destroy(&thread));
}

/* -- Thread-local storage -------------------------------------------------------------- */

static void look_at_storage(void *argument)
{
	uint64_t *ready = argument;

	for (unsigned i = 0; i < 100; i++) {
		if (initialised != 0x1234 + i || zeroed != i || aligned[0] != 1 || (uintptr_t)aligned % 64 != 0)
			helion_thread_exit(1);
		initialised++;
		zeroed++;
		helion_yield();
	}
	increase(ready);
	helion_thread_exit((uint64_t)(uintptr_t)&zeroed);
}

TEST(thread, each_has_its_own_storage)
{
	struct helion_thread threads[4];
	uint64_t ready = 0, places[4];

	CHECK_EQUAL(initialised, 0x1234);
	for (unsigned i = 0; i < 4; i++)
		CHECK_CALL(helion_thread_run(&threads[i], look_at_storage, &ready));
	for (unsigned i = 0; i < 4; i++) {
		CHECK_CALL(helion_thread_join(&threads[i], &places[i]));
		CHECK(places[i] != 1 && places[i] != (uint64_t)(uintptr_t)&zeroed);
		for (unsigned j = 0; j < i; j++)
			CHECK(places[i] != places[j]);
	}
	CHECK_EQUAL(ready, 4);
	CHECK_EQUAL(initialised, 0x1234);
	CHECK_EQUAL(zeroed, 0);
}

/* -- Addresses ----------------------------------------------------------------------------- */

TEST(thread, addresses_are_used_again)
{
	uint64_t a = vm_reserve(5 * HELION_PAGE_SIZE, HELION_PAGE_SIZE), b, c;

	CHECK(a != 0 && a % HELION_PAGE_SIZE == 0);
	b = vm_reserve(100, HELION_PAGE_SIZE);
	/* A free page on either side. */
	CHECK(b >= a + 6 * HELION_PAGE_SIZE || b + 2 * HELION_PAGE_SIZE <= a);
	vm_release(a, 5 * HELION_PAGE_SIZE);
	CHECK_EQUAL(vm_reserve(5 * HELION_PAGE_SIZE, HELION_PAGE_SIZE), a);
	vm_release(a, 5 * HELION_PAGE_SIZE);
	vm_release(b, 100);
	c = vm_reserve(7 * HELION_PAGE_SIZE, HELION_PAGE_SIZE);
	CHECK_EQUAL(c, a < b ? a : b);
	vm_release(c, 7 * HELION_PAGE_SIZE);
}

TEST(thread, addresses_are_aligned)
{
	uint64_t address = vm_reserve(HELION_PAGE_SIZE, 1 << 30);

	CHECK(address != 0 && address % (1 << 30) == 0);
	vm_release(address, HELION_PAGE_SIZE);
	CHECK_EQUAL(vm_reserve(VM_END - VM_BASE, HELION_PAGE_SIZE), 0);
	CHECK_EQUAL(vm_reserve(0, HELION_PAGE_SIZE), 0);
	CHECK_EQUAL(vm_reserve(UINT64_MAX, HELION_PAGE_SIZE), 0);
}

/* Pieces come and go at random; none touches another, and in the end all are joined to one again. */
TEST(thread, addresses_in_any_order)
{
	struct piece {
		uint64_t address, size;
	} pieces[32] = {{0, 0}};
	uint64_t seed = world.seed, first = vm_reserve(HELION_PAGE_SIZE, HELION_PAGE_SIZE);

	vm_release(first, HELION_PAGE_SIZE);
	for (unsigned i = 0; i < 4000; i++) {
		struct piece *piece = &pieces[draw(&seed) % 32];

		if (piece->address != 0) {
			vm_release(piece->address, piece->size);
			piece->address = 0;
			continue;
		}
		piece->size = (1 + draw(&seed) % 20) * HELION_PAGE_SIZE;
		piece->address = vm_reserve(piece->size, HELION_PAGE_SIZE << draw(&seed) % 3);
		CHECK(piece->address != 0);
		for (unsigned j = 0; j < 32; j++) {
			const struct piece *other = &pieces[j];

			CHECK(other == piece || other->address == 0 || other->address + other->size < piece->address ||
			      piece->address + piece->size < other->address);
		}
	}
	for (unsigned j = 0; j < 32; j++) {
		if (pieces[j].address != 0)
			vm_release(pieces[j].address, pieces[j].size);
	}
	CHECK_EQUAL(vm_reserve(40 * HELION_PAGE_SIZE, HELION_PAGE_SIZE), first);
	vm_release(first, 40 * HELION_PAGE_SIZE);
}
