/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults whose handler waits for them, so that it could have the CPU at once, and everything that keeps it from that: it must make
 * no difference but in time. What is set up to be quick is on one CPU.
 */
#include <arch/registers.h>

#include "user/conformance/conformance.h"

/* enum trap_kind + 1. */
#define PAGE_FAULT     1
#define ILLEGAL        2
#define BREAKPOINT     5
#define FLOATING_POINT 6

/* No page is there, and no register has it by chance. */
#define NOWHERE 0x7238u

/* Faults at a. Where it has another address in that register instead, c is what is there; b counts, and it begins again. */
static void read_for_ever(struct partner *partner)
{
	for (;;) {
		partner->c = *(volatile uint64_t *)(uintptr_t)partner->a;
		__atomic_fetch_add(&partner->b, 1, __ATOMIC_SEQ_CST);
	}
}

static void create(struct partner *partner, uint64_t cpus, uint64_t priority)
{
	partner_create(partner);
	CHECK_CALL(helion_task_set_affinity(partner->task, cpus));
	CHECK_CALL(helion_task_set_priority(partner->task, priority, priority));
}

/* One that faults, on these CPUs. */
static void create_faulter(struct partner *partner, uint64_t cpus, uint64_t priority, uint64_t endpoint)
{
	create(partner, cpus, priority);
	partner->a = NOWHERE;
	CHECK_CALL(helion_task_set_fault(partner->task, copy(endpoint, HELION_RIGHT_WRITE, 0xfa)));
}

/* Receives faults from endpoint a and answers each with label c, until b of them have come. */
static void handle(struct partner *partner)
{
	struct helion_message *m = &partner->message;

	partner->error = helion_recv(partner->buffer, partner->a, m);
	while (partner->error == 0 && m->label == HELION_LABEL_FAULT && --partner->b > 0) {
		*m = (struct helion_message){.label = partner->c};
		partner->error = helion_reply_recv(partner->buffer, 0, partner->a, m);
	}
}

/* -- What the faulted task keeps ------------------------------------------------------------------ */

/* An answer has words and a badge in registers: of them nothing reaches the task that faulted. */
TEST(fault, an_answer_changes_no_register)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_registers before, after;
	struct helion_message message;
	struct partner partner;

	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	create_faulter(&partner, 1, 16, endpoint);
	partner_start(&partner, read_for_ever);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	CHECK_CALL(helion_task_read_registers(partner.task, &before));
	for (unsigned words = 0; words <= 10; words++) {
		fill(&message, 0, words);
		CHECK_CALL(helion_reply_recv(world.buffer, 0, endpoint, &message));
		CHECK_EQUAL(message.label, HELION_LABEL_FAULT);
		CHECK_EQUAL(message.badge, 0xfa);
		CHECK_EQUAL(message.words[0], PAGE_FAULT);
		CHECK_EQUAL(message.words[1], NOWHERE);
		CHECK_CALL(helion_task_read_registers(partner.task, &after));
		CHECK(memcmp(&before, &after, sizeof(before)) == 0);
	}
}

/* Whichever register holds the address: it shall be another. */
static void mend(const struct partner *partner, uint64_t address)
{
	struct helion_registers registers;
	uint64_t *words = (uint64_t *)&registers;

	CHECK_CALL(helion_task_read_registers(partner->task, &registers));
	for (unsigned i = 0; i < sizeof(registers) / 8; i++)
		if (words[i] == NOWHERE)
			words[i] = address;
	CHECK_CALL(helion_task_write_registers(partner->task, &registers));
}

TEST(fault, registers_written_before_the_answer_count)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), value;
	struct helion_message message;
	struct partner partner;

	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	create_faulter(&partner, 1, 16, endpoint);
	partner_start(&partner, read_for_ever);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	for (uint64_t i = 1; i <= 20; i++) {
		value = i << 32;
		mend(&partner, (uint64_t)(uintptr_t)&value);
		message = (struct helion_message){0};
		CHECK_CALL(helion_reply_recv(world.buffer, 0, endpoint, &message));
		CHECK_EQUAL(message.label, HELION_LABEL_FAULT);
		CHECK_EQUAL(partner.b, i);
		CHECK_EQUAL(partner.c, i << 32);
	}
}

static _Alignas(64) char states[4][16384];

/* Loads its floating-point registers, faults, and looks whether it still has them. b: rounds, c: how much that is. */
static void compute_and_fault(struct partner *partner)
{
	while (partner->error == 0) {
		arch_fpu_pattern(states[0], partner->c, partner->b++);
		arch_fpu_load(states[0], partner->c);
		(void)*(volatile uint64_t *)(uintptr_t)partner->a;
		arch_fpu_store(states[1], partner->c);
		if (!arch_fpu_equal(states[0], states[1], partner->c))
			partner->error = 1;
	}
}

/* The handler has others, or, in its first rounds, none. */
TEST(fault, floating_point_is_kept)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), size = 0, value = 0;
	struct helion_message message;
	struct partner partner;

	CHECK_CALL(helion_system_fpu_info(world.system, &size));
	if (size == 0)
		test_skip("no floating point");
	CHECK(size <= sizeof(states[0]));
	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	create_faulter(&partner, 1, 16, endpoint);
	partner.c = size;
	partner_start(&partner, compute_and_fault);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	for (uint64_t i = 1; i <= 20; i++) {
		CHECK_EQUAL(partner.b, i);
		CHECK_EQUAL(partner.error, 0);
		mend(&partner, (uint64_t)(uintptr_t)&value);
		message = (struct helion_message){0};
		if (i > 3) {
			arch_fpu_pattern(states[2], size, ~i);
			arch_fpu_load(states[2], size);
		}
		CHECK_CALL(helion_reply_recv(world.buffer, 0, endpoint, &message));
		CHECK_EQUAL(message.words[1], NOWHERE);
		if (i > 3) {
			arch_fpu_store(states[3], size);
			CHECK(arch_fpu_equal(states[2], states[3], size));
		}
	}
}

/* -- Other exceptions ------------------------------------------------------------------------------- */

static void trap(struct partner *partner)
{
	(void)partner;
	__builtin_trap();
}

static void use_fpu(struct partner *partner)
{
	arch_fpu_load(states[0], partner->c);
}

/* It comes twice, as it is let go on once; the instruction is the same. */
static void expect_twice(struct partner *partner, void (*function)(struct partner *), uint64_t kind, uint64_t or_kind)
{
	struct helion_message first, second = {0};
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);

	CHECK_CALL(helion_task_set_fault(partner->task, endpoint));
	partner_start(partner, function);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &first));
	CHECK_EQUAL(first.label, HELION_LABEL_FAULT);
	CHECK(first.words[0] == kind || first.words[0] == or_kind);
	CHECK_CALL(helion_reply_recv(world.buffer, 0, endpoint, &second));
	CHECK_EQUAL(second.label, HELION_LABEL_FAULT);
	CHECK_EQUAL(second.badge, 0);
	CHECK_EQUAL(second.words[0], first.words[0]);
	CHECK_EQUAL(second.words[2], first.words[2]);
	CHECK_EQUAL(second.words[3], first.words[3]);
}

TEST(fault, an_instruction_that_traps)
{
	struct partner partner;

	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	create(&partner, 1, 16);
	expect_twice(&partner, trap, ILLEGAL, BREAKPOINT);
}

TEST(fault, of_one_that_is_denied_floating_point)
{
	struct partner partner;
	uint64_t size = 0;

	CHECK_CALL(helion_system_fpu_info(world.system, &size));
	if (size == 0)
		test_skip("no floating point");
	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	create(&partner, 1, 16);
	partner.c = size;
	CHECK_CALL(helion_task_fpu(partner.task, false));
	expect_twice(&partner, use_fpu, FLOATING_POINT, FLOATING_POINT);
}

/* -- Answers that are not plain ----------------------------------------------------------------------- */

TEST(fault, an_answer_with_a_label_by_one_that_waits_on)
{
	struct partner handler, faulter;
	struct helion_message stop = {.label = PARTNER_STOP};

	create(&handler, 1, 16);
	handler.a = make(HELION_TYPE_ENDPOINT);
	handler.b = 10;
	handler.c = 3;
	partner_start_waiting(&handler, handle);
	create_faulter(&faulter, 1, 16, handler.a);
	partner_start(&faulter, read_for_ever);
	partner_await(&faulter, HELION_TASK_FAULTED);
	EVENTUALLY(partner_state(&handler) == HELION_TASK_WAITING);
	CHECK_EQUAL(handler.b, 9);
	CHECK_CALL(helion_send(world.buffer, handler.a, &stop));
	partner_join(&handler);
	CHECK_EQUAL(handler.error, 0);
}

TEST(fault, an_answer_to_one_that_was_stopped)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message, answer = {0};
	struct partner partner;

	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	create_faulter(&partner, 1, 16, endpoint);
	partner_start(&partner, read_for_ever);
	for (unsigned i = 0; i < 5; i++) {
		CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
		CHECK_EQUAL(message.words[1], NOWHERE);
		CHECK_CALL(helion_task_stop(partner.task));
		CHECK_ERROR(helion_reply_recv(world.buffer, 0, endpoint, &answer), HELION_ERR_MISSING);
		CHECK_CALL(helion_task_resume(partner.task));
	}
}

/* Others wait already, and are served in turn. */
TEST(fault, several_by_one_that_answers_and_waits)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message;
	struct partner partners[3];

	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	for (unsigned i = 0; i < 3; i++) {
		partner_create(&partners[i]);
		partners[i].a = NOWHERE * (i + 1);
		CHECK_CALL(helion_task_set_fault(partners[i].task, endpoint));
		partner_start_waiting(&partners[i], read_for_ever);
	}
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	for (unsigned i = 0; i < 30; i++) {
		CHECK_EQUAL(message.words[1], NOWHERE * (i % 3 + 1));
		/* It faults again, and waits behind the others. */
		message = (struct helion_message){0};
		if (i % 2 == 0) {
			CHECK_CALL(helion_reply(world.buffer, 0, &message));
			partner_await(&partners[i % 3], HELION_TASK_WAITING);
			CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
		} else {
			CHECK_CALL(helion_reply_recv(world.buffer, 0, endpoint, &message));
			EVENTUALLY(partner_state(&partners[i % 3]) == HELION_TASK_WAITING);
		}
	}
}

/* A signal that is pending ends the wait that follows the answer. */
TEST(fault, a_handler_with_a_bound_notification)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), notification = make(HELION_TYPE_NOTIFICATION);
	struct helion_message message;
	struct partner partner;

	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	CHECK_CALL(helion_task_bind(world.task, notification));
	create_faulter(&partner, 1, 16, endpoint);
	partner_start(&partner, read_for_ever);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	for (unsigned i = 0; i < 5; i++) {
		CHECK_EQUAL(message.label, HELION_LABEL_FAULT);
		CHECK_CALL(helion_signal(notification));
		message = (struct helion_message){0};
		CHECK_CALL(helion_reply_recv(world.buffer, 0, endpoint, &message));
		CHECK_EQUAL(message.label, HELION_LABEL_SIGNALS);
		CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	}
}

/* -- Handlers that lack something -------------------------------------------------------------------------- */

/* The message of a fault is in registers. */
TEST(fault, a_handler_whose_buffer_is_gone)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE);
	struct partner handler, faulter;

	create(&handler, 1, 16);
	handler.a = make(HELION_TYPE_ENDPOINT);
	handler.b = 5;
	CHECK_CALL(helion_task_configure(handler.task, world.cspace, world.vspace, pages));
	partner_start_waiting(&handler, handle);
	destroy(pages);
	create_faulter(&faulter, 1, 16, handler.a);
	partner_start(&faulter, read_for_ever);
	partner_join(&handler);
	CHECK_EQUAL(handler.error, 0);
	CHECK_EQUAL(handler.b, 0);
	CHECK_EQUAL(handler.message.words[1], NOWHERE);
}

/* The right to answer takes no slot until it is stored. */
TEST(fault, a_handler_whose_cspace_is_full)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), cspace = make_sized(HELION_TYPE_CSPACE, 16);
	struct partner handler, faulter;

	partner_create_in(&handler, cspace);
	handler.a = give(cspace, endpoint);
	handler.b = 5;
	while (free_slots_of(cspace) > 0)
		give(cspace, endpoint);
	partner_start_waiting(&handler, handle);
	create_faulter(&faulter, 1, 16, endpoint);
	partner_start(&faulter, read_for_ever);
	partner_join(&handler);
	CHECK_EQUAL(handler.error, 0);
	CHECK_EQUAL(handler.b, 0);
}

TEST(fault, an_endpoint_that_was_destroyed_before)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct partner partner;

	create_faulter(&partner, 1, 16, endpoint);
	destroy(endpoint);
	partner_start(&partner, read_for_ever);
	partner_await(&partner, HELION_TASK_FAULTED);
}

/* -- Priorities ----------------------------------------------------------------------------------------------- */

/* partner_join() yields, and one that is less important than the test would not come to its end. */
static void await_end(const struct partner *partner)
{
	EVENTUALLY(partner_state(partner) == HELION_TASK_STOPPED);
	CHECK_EQUAL(partner->error, 0);
}

static struct partner disturber;

/* handle(), and c is how far the disturber has come when the last fault is there, which the task that waits for the end cannot tell. */
static void handle_undisturbed(struct partner *partner)
{
	handle(partner);
	partner->c = __atomic_load_n(&disturber.a, __ATOMIC_RELAXED);
}

/* The handler runs at the priority of the task that faulted: what lies between cannot keep it from running. */
TEST(fault, a_handler_runs_at_the_priority_of_the_fault)
{
	static struct partner handler, faulter;

	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	create(&handler, 1, 5);
	handler.a = make(HELION_TYPE_ENDPOINT);
	handler.b = 10;
	partner_start(&handler, handle_undisturbed);
	EVENTUALLY(partner_state(&handler) == HELION_TASK_WAITING);
	create(&disturber, 1, 8);
	create_faulter(&faulter, 1, 12, handler.a);
	partner_start(&disturber, partner_spin);
	partner_start(&faulter, read_for_ever);
	await_end(&handler);
	CHECK_EQUAL(handler.c, 0);
	CHECK_CALL(helion_task_stop(disturber.task));
}

/* Wakes a task of a priority between before each answer; b: rounds, c: faults so far. */
static void wake_and_answer(struct partner *partner)
{
	partner->error = helion_recv(partner->buffer, partner->a, &partner->message);
	while (partner->error == 0 && partner->c++ < 20) {
		helion_signal(partner->b);
		partner->message = (struct helion_message){0};
		partner->error = helion_reply_recv(partner->buffer, 0, partner->a, &partner->message);
	}
}

static struct partner waker;

/* b: how often it ran too late, when the task that faulted had gone on and faulted again. */
static void look(struct partner *partner)
{
	uint64_t badges;

	for (uint64_t i = 1; partner->error == 0; i++) {
		partner->error = helion_wait(partner->a, &badges);
		partner->b += waker.c != i;
		partner->c = i;
	}
}

/* A task that is not important does not go on while one waits that is more so. */
TEST(fault, an_answer_makes_nobody_pass_others)
{
	struct partner between, faulter;

	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	create(&between, 1, 10);
	between.a = make(HELION_TYPE_NOTIFICATION);
	partner_start(&between, look);
	create(&waker, 1, 14);
	waker.a = make(HELION_TYPE_ENDPOINT);
	waker.b = between.a;
	partner_start(&waker, wake_and_answer);
	EVENTUALLY(partner_state(&waker) == HELION_TASK_WAITING && partner_state(&between) == HELION_TASK_WAITING);
	create_faulter(&faulter, 1, 6, waker.a);
	partner_start(&faulter, read_for_ever);
	await_end(&waker);
	CHECK_EQUAL(between.b, 0);
	CHECK_EQUAL(between.c, 20);
}

/* -- Several CPUs ----------------------------------------------------------------------------------------------- */

static void handle_on(uint64_t handler_cpus, uint64_t faulter_cpus)
{
	struct partner handler, faulter;

	create(&handler, handler_cpus, 16);
	handler.a = make(HELION_TYPE_ENDPOINT);
	handler.b = 100;
	partner_start_waiting(&handler, handle);
	create_faulter(&faulter, faulter_cpus, 16, handler.a);
	partner_start(&faulter, read_for_ever);
	partner_join(&handler);
	CHECK_EQUAL(handler.error, 0);
	CHECK_EQUAL(handler.b, 0);
	CHECK_EQUAL(handler.message.words[1], NOWHERE);
	CHECK_EQUAL(partner_state(&faulter), HELION_TASK_WAITING);
}

TEST_WITH(fault, handled_on_another_cpu, .cpus = 2)
{
	handle_on(2, 1);
}
TEST_WITH(fault, handled_on_cpu_1, .cpus = 2)
{
	handle_on(2, 2);
}
TEST_WITH(fault, handled_by_one_that_moves, .cpus = 2)
{
	handle_on(3, 2);
}
TEST_WITH(fault, of_one_that_moves, .cpus = 2)
{
	handle_on(2, 3);
}

/* It was moved to another CPU before the answer: there it goes on. */
TEST_WITH(fault, of_one_that_is_moved, .cpus = 2)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message;
	struct helion_task_info info;
	struct partner partner;

	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	create_faulter(&partner, 1, 16, endpoint);
	partner_start(&partner, read_for_ever);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	for (unsigned i = 1; i <= 20; i++) {
		CHECK_CALL(helion_task_set_affinity(partner.task, 1ull << i % 2));
		message = (struct helion_message){0};
		CHECK_CALL(helion_reply_recv(world.buffer, 0, endpoint, &message));
		CHECK_EQUAL(message.words[1], NOWHERE);
		CHECK_CALL(helion_task_info(partner.task, &info));
		CHECK_EQUAL(info.cpu, i % 2);
	}
}

/* Answers whatever comes; b: faults so far, c: the instruction. The task may be stopped at any time. */
static void handle_whatever(struct partner *partner)
{
	struct helion_message *m = &partner->message;

	for (;;) {
		partner->error = helion_recv(partner->buffer, partner->a, m);
		while (partner->error == 0) {
			partner->c = m->words[2];
			__atomic_fetch_add(&partner->b, 1, __ATOMIC_SEQ_CST);
			*m = (struct helion_message){0};
			partner->error = helion_reply_recv(partner->buffer, 0, partner->a, m);
		}
		if (partner->error != -HELION_ERR_MISSING)
			break;
	}
}

static uint64_t faults_of(struct partner *handler)
{
	return __atomic_load_n(&handler->b, __ATOMIC_SEQ_CST);
}

static void await_faults(struct partner *handler)
{
	uint64_t count = faults_of(handler);

	while (faults_of(handler) < count + 3)
		helion_yield();
}

/* Wherever it is met on its way, it begins again with the instruction that faulted. */
TEST_WITH(fault, stopped_from_another_cpu, .cpus = 2)
{
	struct helion_registers before, after;
	struct partner handler, faulter;

	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	create(&handler, 2, 16);
	handler.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&handler, handle_whatever);
	create_faulter(&faulter, 2, 16, handler.a);
	partner_start(&faulter, read_for_ever);
	await_faults(&handler);
	for (unsigned i = 0; i < 100; i++) {
		CHECK_CALL(helion_task_stop(faulter.task));
		CHECK_CALL(helion_task_read_registers(faulter.task, &after));
		if (i > 0)
			CHECK(memcmp(&before, &after, sizeof(before)) == 0);
		before = after;
		CHECK_CALL(helion_task_resume(faulter.task));
		await_faults(&handler);
	}
	destroy(handler.a);
	partner_await(&faulter, HELION_TASK_FAULTED);
	partner_join(&handler);
	CHECK(handler.error == -HELION_ERR_GONE || handler.error == -HELION_ERR_CAP);
}

/* Lets each of eight badges go on 50 times and then stops it. */
static void handle_all(struct partner *partner)
{
	struct helion_message *m = &partner->message;
	uint64_t counts[8] = {0};

	partner->error = helion_recv(partner->buffer, partner->a, m);
	while (partner->error == 0) {
		uint64_t count = ++counts[m->badge - 1];

		partner->b += m->words[1] == NOWHERE;
		*m = (struct helion_message){.label = count == 50};
		partner->error = helion_reply_recv(partner->buffer, 0, partner->a, m);
	}
}

TEST_WITH(fault, one_handler_for_all_cpus, .cpus = 4, .memory = 4 << 20)
{
	static struct partner handler, faulters[8];

	partner_create(&handler);
	handler.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&handler, handle_all);
	for (unsigned i = 0; i < 8; i++) {
		create(&faulters[i], 1ull << i % 4, 16);
		faulters[i].a = NOWHERE;
		CHECK_CALL(helion_task_set_fault(faulters[i].task, copy(handler.a, HELION_RIGHT_WRITE, i + 1)));
		partner_start(&faulters[i], read_for_ever);
	}
	for (unsigned i = 0; i < 8; i++)
		partner_await(&faulters[i], HELION_TASK_FAULTED);
	partner_await(&handler, HELION_TASK_WAITING);
	CHECK_EQUAL(handler.b, 8 * 50);
	destroy(handler.a);
	partner_join(&handler);
}
