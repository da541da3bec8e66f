/* SPDX-License-Identifier: BSD-2-Clause */
/* What nobody does who means well: the kernel must go on, and nothing may be lost. */
#include "user/conformance/foreign.h"

#include "user/lib/tls.h"

/* -- Crowds ---------------------------------------------------------------------------------- */

#define CROWD       10000u
#define CROWD_STACK 1024u

/* Everybody sends here, and when that fails to the second. */
static struct {
	uint64_t endpoints[2];
	uint64_t tasks[CROWD];
	uint32_t arrived[2]; /* atomic: how many are about to send */
	uint32_t wrong;      /* atomic: how many got another answer than that it is gone */
} crowd;

static void crowd_main(void *argument)
{
	int error;

	(void)argument;
	for (unsigned i = 0; i < 2; i++) {
		__atomic_fetch_add(&crowd.arrived[i], 1, __ATOMIC_SEQ_CST);
		error = raw_call(HELION_SYS_SEND, crowd.endpoints[i], HELION_INFO(1, 4, 0), NULL);
		if (error != -HELION_ERR_GONE)
			__atomic_fetch_add(&crowd.wrong, 1, __ATOMIC_SEQ_CST);
	}
	for (;;)
		helion_yield();
}

/* Tasks that are made from one Memory and have nothing but a small stack of their own. */
static void crowd_start(uint64_t memory, unsigned count)
{
	static const struct helion_entry entry = {crowd_main, NULL};
	char *stacks = map_new(count * CROWD_STACK, NULL);
	uint64_t buffer = make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE);
	/* One for all: nobody writes to it. */
	uint64_t tls = tls_block_init(map_new((tls_block_size() + HELION_PAGE_SIZE - 1) & -HELION_PAGE_SIZE, NULL));

	crowd.endpoints[0] = make(HELION_TYPE_ENDPOINT);
	crowd.endpoints[1] = make(HELION_TYPE_ENDPOINT);
	crowd.arrived[0] = crowd.arrived[1] = crowd.wrong = 0;
	for (unsigned i = 0; i < count; i++) {
		uint64_t task = make_from(memory, HELION_TYPE_TASK, 0);

		crowd.tasks[i] = task;
		CHECK_CALL(helion_task_configure(task, world.cspace, world.vspace, buffer));
		CHECK_CALL(helion_task_start(task, (uint64_t)(uintptr_t)helion_thread_entry,
					     (uint64_t)(uintptr_t)stacks + (i + 1) * CROWD_STACK,
					     (uint64_t)(uintptr_t)&entry, tls));
	}
}

/* All are about to send, and then all wait. */
static void crowd_await(unsigned which, unsigned count)
{
	EVENTUALLY(__atomic_load_n(&crowd.arrived[which], __ATOMIC_SEQ_CST) == count);
	for (unsigned i = 0; i < count; i++)
		EVENTUALLY(task_state(crowd.tasks[i]) == HELION_TASK_WAITING);
}

/* First their endpoint goes, then, while all wait at another one, the Memory that they are made from. */
TEST_WITH(abuse, ten_thousand_senders, .memory = 128u << 20, .slots = 16384, .seconds = 600)
{
	uint64_t memory = make_sized(HELION_TYPE_MEMORY, 96u << 20), before = free_bytes_of(memory);

	crowd_start(memory, CROWD);
	crowd_await(0, CROWD);
	destroy(crowd.endpoints[0]);
	crowd_await(1, CROWD);
	CHECK_EQUAL(crowd.wrong, 0);
	CHECK(free_bytes_of(memory) < before);
	destroy(memory);
	/* Nobody is left to send, or to be told. */
	CHECK_ERROR(raw_call(HELION_SYS_NBRECV, crowd.endpoints[1], 0, NULL), HELION_ERR_WOULD_BLOCK);
	destroy(crowd.endpoints[1]);
	CHECK_EQUAL(crowd.wrong, 0);
	CHECK_EQUAL(crowd.arrived[1], CROWD);
}

/* -- Who saws at the branch ------------------------------------------------------------------------ */

#define STRAY_CODE 0x400000u

/* A task in a CSpace and an address space of its own, in which one page of code is mapped, made from a Memory of its own. */
struct stray {
	uint64_t memory, cspace, vspace, task, pages;
	char *code; /* where we can write it */
};

static void stray_create(struct stray *stray)
{
	uint64_t buffer;

	stray->memory = make_sized(HELION_TYPE_MEMORY, 256 << 10);
	stray->cspace = make_from(stray->memory, HELION_TYPE_CSPACE, 16);
	stray->vspace = make_from(stray->memory, HELION_TYPE_VSPACE, 0);
	stray->task = make_from(stray->memory, HELION_TYPE_TASK, 0);
	stray->pages = make_from(stray->memory, HELION_TYPE_PAGES, HELION_PAGE_SIZE);
	buffer = make_from(stray->memory, HELION_TYPE_PAGES, HELION_PAGE_SIZE);
	stray->code = map(stray->pages, HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_WRITE);
	memcpy(stray->code, arch_foreign_syscall, 64);
	CHECK_CALL(helion_vspace_map(stray->vspace, stray->pages, STRAY_CODE, 0, HELION_PAGE_SIZE,
				     HELION_MAP_READ | HELION_MAP_EXEC));
	CHECK_CALL(helion_task_configure(stray->task, stray->cspace, stray->vspace, buffer));
}

/* A task that was never started has no registers that stay. */
static void stray_load(struct stray *stray, const struct helion_registers *registers)
{
	CHECK_CALL(helion_task_start(stray->task, STRAY_CODE, 0, 0, 0));
	CHECK_CALL(helion_task_stop(stray->task));
	CHECK_CALL(helion_task_write_registers(stray->task, registers));
	CHECK_CALL(helion_task_resume(stray->task));
}

/* It invokes `cap` with one word, again and again, as what that answers is in the registers then. */
static void stray_invoke(struct stray *stray, uint64_t cap, uint64_t label, uint64_t word)
{
	struct helion_registers registers = {0};

	CHECK_CALL(helion_task_read_registers(stray->task, &registers));
	registers.FOREIGN_PC = STRAY_CODE;
	registers.FOREIGN_NUMBER = HELION_SYS_CALL;
	registers.FOREIGN_CAP = cap;
	registers.FOREIGN_INFO = HELION_INFO(label, 1, 0);
	registers.FOREIGN_WORD = word;
	stray_load(stray, &registers);
}

TEST(abuse, it_destroys_the_cspace_that_it_uses)
{
	struct stray stray;
	uint64_t own;

	stray_create(&stray);
	own = give(stray.cspace, stray.cspace);
	stray_invoke(&stray, own, HELION_CSPACE_DESTROY, own);
	EVENTUALLY(!is_cap(stray.cspace));
	EVENTUALLY(task_state(stray.task) == HELION_TASK_STOPPED);
	CHECK_ERROR(helion_task_resume(stray.task), HELION_ERR_STATE);
	destroy(stray.memory);
}

TEST(abuse, it_destroys_the_address_space_that_it_runs_in)
{
	struct stray stray;
	uint64_t own, vspace;

	stray_create(&stray);
	own = give(stray.cspace, stray.cspace);
	vspace = give(stray.cspace, stray.vspace);
	stray_invoke(&stray, own, HELION_CSPACE_DESTROY, vspace);
	EVENTUALLY(!is_cap(stray.vspace));
	EVENTUALLY(task_state(stray.task) == HELION_TASK_STOPPED);
	CHECK_ERROR(helion_task_resume(stray.task), HELION_ERR_STATE);
	destroy(stray.memory);
}

TEST(abuse, it_destroys_itself)
{
	struct stray stray;
	uint64_t own, task;

	stray_create(&stray);
	own = give(stray.cspace, stray.cspace);
	task = give(stray.cspace, stray.task);
	stray_invoke(&stray, own, HELION_CSPACE_DESTROY, task);
	EVENTUALLY(!is_cap(stray.task));
	destroy(stray.memory);
}

/* Itself, all it uses, and the CSpace through which it says so. */
TEST(abuse, it_destroys_the_memory_of_it_all)
{
	uint64_t before = free_bytes(), memory, own, address;
	struct stray stray;

	stray_create(&stray);
	address = (uint64_t)(uintptr_t)stray.code;
	own = give(stray.cspace, stray.cspace);
	memory = give(stray.cspace, stray.memory);
	stray_invoke(&stray, own, HELION_CSPACE_DESTROY, memory);
	EVENTUALLY(!is_cap(stray.memory));
	EVENTUALLY(free_bytes() == before);
	CHECK(!is_cap(stray.task) && !is_cap(stray.vspace) && !is_cap(stray.cspace) && !is_cap(stray.pages));
	/* Its code was mapped in our address space, too. */
	CHECK_ERROR(helion_vspace_query(world.vspace, address, &(struct helion_vspace_query){0}), HELION_ERR_MISSING);
}

TEST(abuse, it_revokes_what_it_revokes_through)
{
	struct stray stray;
	uint64_t own;

	stray_create(&stray);
	CHECK_CALL(helion_cspace_grant(world.cspace, stray.cspace, stray.cspace, HELION_RIGHT_ALL, 77, &own));
	/* With the badge in the second word register, which is ours to fill: the first revocation has badge 0. */
	stray_invoke(&stray, own, HELION_CSPACE_DELETE, own);
	EVENTUALLY(free_slots_of(stray.cspace) == 15);
	CHECK(is_cap(stray.cspace));
	/* It goes on, with nothing. */
	CHECK_EQUAL(task_state(stray.task), HELION_TASK_READY);
	destroy(stray.memory);
}

/* -- On several CPUs --------------------------------------------------------------------------------- */

static void delete_the_other(struct partner *partner)
{
	const uint64_t words[1] = {partner->a};

	__atomic_store_n(&partner->c, 1, __ATOMIC_SEQ_CST);
	while (!__atomic_load_n((uint64_t *)(uintptr_t)partner->b, __ATOMIC_SEQ_CST))
		;
	partner->error =
		helion_call_with(partner->buffer, world.cspace, HELION_CSPACE_DESTROY, words, 1, NULL, 0, NULL, 0);
	for (;;)
		helion_yield();
}

/* At least one of them succeeds; which one, or both, is left to them. */
TEST_WITH(abuse, two_destroy_each_other, .cpus = 2)
{
	static struct partner partners[2];
	static uint64_t go;

	for (unsigned round = 0; round < 20; round++) {
		__atomic_store_n(&go, 0, __ATOMIC_SEQ_CST);
		for (unsigned i = 0; i < 2; i++) {
			partner_create(&partners[i]);
			CHECK_CALL(helion_task_set_affinity(partners[i].task, 1ull << i));
		}
		for (unsigned i = 0; i < 2; i++) {
			partners[i].a = partners[1 - i].task;
			partners[i].b = (uint64_t)(uintptr_t)&go;
			partner_start(&partners[i], delete_the_other);
		}
		for (unsigned i = 0; i < 2; i++)
			EVENTUALLY(__atomic_load_n(&partners[i].c, __ATOMIC_SEQ_CST));
		__atomic_store_n(&go, 1, __ATOMIC_SEQ_CST);
		EVENTUALLY(!is_cap(partners[0].task) || !is_cap(partners[1].task));
		for (unsigned i = 0; i < 2; i++) {
			if (is_cap(partners[i].task))
				delete (partners[i].task);
			unmap(partners[i].buffer, HELION_PAGE_SIZE + PARTNER_STACK);
			delete (partners[i].pages);
		}
	}
}

static void request_with_all_words(struct partner *partner)
{
	for (;;) {
		fill(&partner->message, 1, HELION_MESSAGE_WORDS);
		partner->error = raw_call(HELION_SYS_CALL, partner->a, HELION_INFO(1, HELION_MESSAGE_WORDS, 0), NULL);
		if (partner->error < 0)
			break;
		__atomic_fetch_add(&partner->c, 1, __ATOMIC_SEQ_CST);
	}
	for (;;)
		helion_yield();
}

/* A server that goes on when somebody cannot take an answer. */
static void serve_anybody(struct partner *partner)
{
	do {
		partner_serve(partner);
		partner->b += partner->error == -HELION_ERR_RECEIVER;
	} while (partner->error == -HELION_ERR_RECEIVER);
}

/* The Pages of a buffer go while words are copied from it; the server hears of it at most once and serves the next one. */
TEST_WITH(abuse, a_buffer_goes_under_a_message, .cpus = 2)
{
	struct helion_message stop = {.label = PARTNER_STOP};
	struct partner server, client;
	uint64_t buffer;

	partner_create(&server);
	CHECK_CALL(helion_task_set_affinity(server.task, 2));
	server.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&server, serve_anybody);
	for (unsigned round = 0; round < 20; round++) {
		partner_create(&client);
		CHECK_CALL(helion_task_set_affinity(client.task, 2));
		buffer = make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE);
		CHECK_CALL(helion_task_configure(client.task, world.cspace, world.vspace, buffer));
		client.a = server.a;
		partner_start(&client, request_with_all_words);
		EVENTUALLY(__atomic_load_n(&client.c, __ATOMIC_SEQ_CST) > 3);
		destroy(buffer);
		EVENTUALLY(__atomic_load_n(&client.error, __ATOMIC_SEQ_CST) < 0);
		/* It could not send, not be answered, or was given up by a server that could not answer. */
		CHECK(client.error == -HELION_ERR_FAULT || client.error == -HELION_ERR_RECEIVER ||
		      client.error == -HELION_ERR_GONE);
		partner_delete(&client);
	}
	CHECK_CALL(helion_request(world.buffer, server.a, &stop));
	partner_join(&server);
	CHECK_EQUAL(server.error, 0);
	CHECK(server.b <= 20);
}

static void storm(struct partner *partner)
{
	uint64_t badges;

	while (partner->c < 2000 && partner->error == 0) {
		partner->error = helion_signal(partner->a);
		if (partner->error == 0)
			partner->error = helion_nbwait(partner->a, &badges);
		if (partner->error == -HELION_ERR_WOULD_BLOCK)
			partner->error = 0;
		partner->c++;
	}
}

TEST_WITH(abuse, all_signal_and_take_the_same, .cpus = 4, .memory = 4 << 20)
{
	static struct partner partners[8];
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), badges;

	for (unsigned i = 0; i < 8; i++) {
		partner_create(&partners[i]);
		CHECK_CALL(helion_task_set_affinity(partners[i].task, 1ull << i % 4));
		partners[i].a = copy(notification, HELION_RIGHT_ALL, 1ull << i);
		partner_start(&partners[i], storm);
	}
	for (unsigned i = 0; i < 8; i++) {
		partner_join(&partners[i]);
		CHECK_EQUAL(partners[i].error, 0);
		CHECK_EQUAL(partners[i].c, 2000);
	}
	helion_nbwait(notification, &badges);
	CHECK_ERROR(helion_nbwait(notification, &badges), HELION_ERR_WOULD_BLOCK);
}

/* -- Interrupts ----------------------------------------------------------------------------------------- */

#define STORM_TIMERS 100u
#define STORM_ROUNDS 20u

/* A hundred timers that come at the same time, while a server is called all the time. */
TEST_WITH(abuse, a_storm_of_timers, .memory = 4 << 20, .slots = 512)
{
	static uint64_t timers[STORM_TIMERS], came[STORM_TIMERS];
	uint64_t notification = make(HELION_TYPE_NOTIFICATION), left;
	struct helion_message message;
	struct helion_timer_info info;
	struct partner server;

	partner_create(&server);
	server.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&server, partner_serve);
	memset(came, 0, sizeof(came));
	for (unsigned i = 0; i < STORM_TIMERS; i++) {
		timers[i] = make(HELION_TYPE_TIMER);
		CHECK_CALL(helion_timer_bind(timers[i], notification, 1ull << i % 64));
	}
	for (unsigned round = 0; round < STORM_ROUNDS; round++) {
		uint64_t when = now() + 2 * MILLISECOND;

		for (unsigned i = 0; i < STORM_TIMERS; i++)
			CHECK_CALL(helion_timer_set(timers[i], when, 0));
		do {
			message = (struct helion_message){.word_count = 1, .words = {round}};
			CHECK_CALL(helion_request(world.buffer, server.a, &message));
			CHECK_EQUAL(message.words[0], round + 1);
			left = 0;
			for (unsigned i = 0; i < STORM_TIMERS; i++) {
				CHECK_CALL(helion_timer_info(timers[i], &info));
				came[i] += info.expirations;
				left += came[i] <= round;
			}
		} while (left > 0);
		CHECK_CALL(helion_wait(notification, &left));
		CHECK_EQUAL(left, UINT64_MAX);
	}
	for (unsigned i = 0; i < STORM_TIMERS; i++)
		CHECK_EQUAL(came[i], STORM_ROUNDS);
	message = (struct helion_message){.label = PARTNER_STOP};
	CHECK_CALL(helion_request(world.buffer, server.a, &message));
	partner_join(&server);
}

/* -- Garbage -------------------------------------------------------------------------------------------- */

/* Registers and the stack are random; what it does is its own affair. */
static void run_garbage(struct stray *stray, uint64_t *random, uint64_t pc)
{
	struct helion_registers registers;
	uint64_t *words = (uint64_t *)&registers;
	int error;

	/* On another CPU it may have faulted before it can be stopped. */
	CHECK_CALL(helion_task_start(stray->task, STRAY_CODE, 0, 0, 0));
	error = helion_task_stop(stray->task);
	if (error < 0) {
		CHECK_EQUAL(error, -HELION_ERR_STATE);
		CHECK_EQUAL(task_state(stray->task), HELION_TASK_FAULTED);
		return;
	}
	for (unsigned i = 0; i < sizeof(registers) / 8; i++)
		words[i] = draw(random) >> draw(random) % 64;
	registers.FOREIGN_PC = pc;
	error = helion_task_write_registers(stray->task, &registers);
	if (error < 0) {
		/* A base that an address cannot have. */
		CHECK_EQUAL(error, -HELION_ERR_ARGUMENT);
		return;
	}
	CHECK_CALL(helion_task_resume(stray->task));
	for (unsigned i = 0; i < 3 && task_state(stray->task) == HELION_TASK_READY; i++)
		helion_yield();
	error = helion_task_stop(stray->task);
	CHECK(error == 0 || error == -HELION_ERR_STATE);
}

TEST(abuse, registers_of_garbage)
{
	uint64_t random = world.seed;
	struct stray stray;

	stray_create(&stray);
	CHECK_CALL(helion_task_set_slice(stray.task, MILLISECOND));
	for (unsigned i = 0; i < 200; i++)
		run_garbage(&stray, &random, i % 2 ? STRAY_CODE : draw(&random) >> (17 + draw(&random) % 40));
	destroy(stray.memory);
}

TEST(abuse, code_of_garbage)
{
	uint64_t random = world.seed;
	struct stray stray;

	stray_create(&stray);
	CHECK_CALL(helion_task_set_slice(stray.task, MILLISECOND));
	for (unsigned i = 0; i < 200; i++) {
		for (unsigned at = 0; at < HELION_PAGE_SIZE; at += 8) {
			uint64_t word = draw(&random);

			memcpy(stray.code + at, &word, 8);
		}
		run_garbage(&stray, &random, STRAY_CODE + draw(&random) % 1024 * 4);
	}
	destroy(stray.memory);
}
