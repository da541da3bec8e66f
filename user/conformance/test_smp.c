/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several CPUs at once: communication across them, and what ends things that another CPU is using.
 *
 * Where all CPUs want the kernel for themselves at once, the numbers are small and the time is long: an emulator that has fewer
 * processors than the machine lets a CPU wait that it gives no time to.
 */
#include "user/conformance/conformance.h"

static void on_cpu(struct partner *partner, uint64_t cpu)
{
	CHECK_CALL(helion_task_set_affinity(partner->task, 1ull << cpu));
}

static uint64_t count_of(struct partner *partner)
{
	return __atomic_load_n(&partner->a, __ATOMIC_RELAXED);
}

/* Requests to a server on the same or another CPU, `rounds` of them. */
static void call_across(uint64_t server_cpu, uint64_t client_cpu, unsigned words)
{
	struct helion_message message;
	struct partner server;

	partner_create(&server);
	on_cpu(&server, server_cpu);
	CHECK_CALL(helion_task_set_affinity(world.task, 1ull << client_cpu));
	server.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&server, partner_serve);
	for (uint64_t i = 0; i < 300; i++) {
		message = (struct helion_message){.word_count = words, .words = {i}};
		message.words[words - 1] += i;
		CHECK_CALL(helion_request(world.buffer, server.a, &message));
		CHECK_EQUAL(message.words[words - 1], (words == 1 ? 2 * i : i) + 1);
	}
	message = (struct helion_message){.label = PARTNER_STOP};
	CHECK_CALL(helion_request(world.buffer, server.a, &message));
	partner_join(&server);
}

TEST_WITH(smp, calls_on_one_cpu, .cpus = 2)
{
	call_across(1, 1, 2);
}
TEST_WITH(smp, calls_to_another_cpu, .cpus = 2)
{
	call_across(1, 0, 1);
}
TEST_WITH(smp, calls_to_another_cpu_with_many_words, .cpus = 2)
{
	call_across(0, 1, 40);
}

/* Ping and pong by notifications. */
static void bounce(struct partner *partner)
{
	uint64_t badges;

	while (partner->error == 0 && partner->c < 500) {
		partner->error = helion_wait(partner->a, &badges);
		partner->c++;
		if (partner->error == 0)
			partner->error = helion_signal(partner->b);
	}
}

TEST_WITH(smp, signals_to_another_cpu_and_back, .cpus = 2)
{
	struct partner partner;
	uint64_t badges;

	partner_create(&partner);
	on_cpu(&partner, 1);
	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	partner.a = make(HELION_TYPE_NOTIFICATION);
	partner.b = make(HELION_TYPE_NOTIFICATION);
	partner_start(&partner, bounce);
	for (unsigned i = 0; i < 500; i++) {
		CHECK_CALL(helion_signal(partner.a));
		CHECK_CALL(helion_wait(partner.b, &badges));
	}
	partner_join(&partner);
	CHECK_EQUAL(partner.error, 0);
}

/* Clients on every CPU, one server that goes where it is called from. */
static void request_many(struct partner *partner)
{
	for (uint64_t i = 0; i < 200 && partner->error == 0; i++) {
		partner->message = (struct helion_message){.word_count = 1, .words = {i}};
		partner->error = helion_request(partner->buffer, partner->a, &partner->message);
		if (partner->error == 0 && partner->message.words[0] != i + 1)
			partner->error = 1;
	}
}

TEST_WITH(smp, one_server_for_clients_on_all_cpus, .cpus = 4, .memory = 4 << 20)
{
	static struct partner server, clients[8];
	struct helion_message stop = {.label = PARTNER_STOP};

	partner_create(&server);
	server.a = make(HELION_TYPE_ENDPOINT);
	partner_start_waiting(&server, partner_serve);
	for (unsigned i = 0; i < 8; i++) {
		partner_create(&clients[i]);
		on_cpu(&clients[i], i % 4);
		clients[i].a = server.a;
		partner_start(&clients[i], request_many);
	}
	for (unsigned i = 0; i < 8; i++) {
		partner_join(&clients[i]);
		CHECK_EQUAL(clients[i].error, 0);
	}
	CHECK_CALL(helion_request(world.buffer, server.a, &stop));
	partner_join(&server);
}

TEST_WITH(smp, pairs_that_share_nothing, .cpus = 4, .memory = 4 << 20)
{
	static struct partner servers[4], clients[4];

	for (unsigned i = 0; i < 4; i++) {
		partner_create(&servers[i]);
		partner_create(&clients[i]);
		on_cpu(&servers[i], i);
		on_cpu(&clients[i], i);
		clients[i].a = servers[i].a = make(HELION_TYPE_ENDPOINT);
		partner_start_waiting(&servers[i], partner_serve);
	}
	for (unsigned i = 0; i < 4; i++)
		partner_start(&clients[i], request_many);
	for (unsigned i = 0; i < 4; i++) {
		partner_join(&clients[i]);
		CHECK_EQUAL(clients[i].error, 0);
		destroy(servers[i].a);
		partner_join(&servers[i]);
		CHECK_EQUAL(servers[i].error, -HELION_ERR_GONE);
	}
}

/* -- What another CPU is using ------------------------------------------------------------- */

TEST_WITH(smp, stop_of_a_task_in_user_mode, .cpus = 2)
{
	struct partner partner;
	uint64_t count;

	partner_create(&partner);
	on_cpu(&partner, 1);
	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	partner_start(&partner, partner_spin);
	for (unsigned i = 0; i < 100; i++) {
		count = count_of(&partner);
		while (count_of(&partner) == count)
			helion_yield();
		CHECK_CALL(helion_task_stop(partner.task));
		/* It has stopped by the time that the call returns. */
		count = count_of(&partner);
		for (unsigned j = 0; j < 20; j++)
			CHECK_EQUAL(count_of(&partner), count);
		CHECK_CALL(helion_task_resume(partner.task));
	}
	CHECK_CALL(helion_task_stop(partner.task));
}

TEST_WITH(smp, stop_of_a_task_in_system_calls, .cpus = 2)
{
	struct partner partner;
	uint64_t count;

	partner_create(&partner);
	on_cpu(&partner, 1);
	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	partner_start(&partner, partner_count);
	for (unsigned i = 0; i < 200; i++) {
		count = count_of(&partner);
		while (count_of(&partner) == count)
			;
		CHECK_CALL(helion_task_stop(partner.task));
		CHECK_CALL(helion_task_resume(partner.task));
	}
	count = count_of(&partner);
	while (count_of(&partner) < count + 10)
		helion_yield();
	CHECK_CALL(helion_task_stop(partner.task));
}

/* Makes and deletes objects for ever. */
static void churn(struct partner *partner)
{
	for (;;) {
		const uint64_t words[3] = {HELION_TYPE_NOTIFICATION, 0, 0};
		uint64_t slot;

		partner->error = helion_call_with(partner->buffer, partner->b, HELION_MEMORY_CREATE, words, 3, NULL, 0,
						  &slot, 1);
		if (partner->error < 0)
			break;
		partner->error = helion_call_with(partner->buffer, world.cspace, HELION_CSPACE_DELETE, &slot, 1, NULL,
						  0, NULL, 0);
		if (partner->error < 0)
			break;
		__atomic_fetch_add(&partner->a, 1, __ATOMIC_RELAXED);
	}
}

TEST_WITH(smp, four_cpus_make_and_delete, .cpus = 4, .memory = 4 << 20, .seconds = 60)
{
	static struct partner partners[4];
	uint64_t objects = 0;

	for (unsigned i = 0; i < 4; i++) {
		partner_create(&partners[i]);
		on_cpu(&partners[i], i);
		partners[i].b = world.memory;
	}
	objects = live_objects();
	for (unsigned i = 0; i < 4; i++)
		partner_start(&partners[i], churn);
	for (unsigned i = 0; i < 4; i++)
		while (count_of(&partners[i]) < 15)
			helion_yield();
	for (unsigned i = 0; i < 4; i++)
		CHECK_CALL(helion_task_stop(partners[i].task));
	/* One may have been stopped between the two. */
	CHECK(live_objects() <= objects + 4);
}

TEST_WITH(smp, a_memory_that_is_destroyed_while_others_use_it, .cpus = 4, .memory = 4 << 20, .seconds = 60)
{
	static struct partner partners[3];
	uint64_t memory = make_sized(HELION_TYPE_MEMORY, 256 << 10);

	for (unsigned i = 0; i < 3; i++) {
		partner_create(&partners[i]);
		on_cpu(&partners[i], i + 1);
		partners[i].b = memory;
		partner_start(&partners[i], churn);
	}
	for (unsigned i = 0; i < 3; i++)
		while (count_of(&partners[i]) < 20)
			helion_yield();
	destroy(memory);
	for (unsigned i = 0; i < 3; i++) {
		partner_join(&partners[i]);
		CHECK(partners[i].error == -HELION_ERR_CAP || partners[i].error == -HELION_ERR_MEMORY);
	}
}

TEST_WITH(smp, a_task_that_is_deleted_while_it_runs_elsewhere, .cpus = 2)
{
	uint64_t bytes = 0;

	for (unsigned i = 0; i < 30; i++) {
		struct partner partner;
		uint64_t mark = free_bytes();

		partner_create(&partner);
		on_cpu(&partner, 1);
		partner_start(&partner, i % 2 ? partner_spin : partner_count);
		while (count_of(&partner) < 5)
			helion_yield();
		partner_delete(&partner);
		if (i > 0)
			CHECK_EQUAL(free_bytes(), bytes);
		bytes = free_bytes();
		(void)mark;
	}
}

TEST_WITH(smp, a_cspace_that_is_destroyed_while_it_is_used, .cpus = 2)
{
	for (unsigned i = 0; i < 20; i++) {
		uint64_t cspace = make_sized(HELION_TYPE_CSPACE, 16);
		struct partner partner;

		partner_create_in(&partner, cspace);
		on_cpu(&partner, 1);
		partner_start(&partner, partner_count);
		while (count_of(&partner) < 5)
			helion_yield();
		destroy(cspace);
		CHECK_EQUAL(partner_state(&partner), HELION_TASK_STOPPED);
		partner_delete(&partner);
	}
}

/* Writes to a page until it faults. */
static void write_for_ever(struct partner *partner)
{
	for (;;)
		*(volatile uint64_t *)(uintptr_t)partner->b = ++partner->a;
}

static void page_taken_away(bool protect)
{
	uint64_t pages, endpoint = make(HELION_TYPE_ENDPOINT), address, last;
	struct helion_message message;
	struct partner partner;

	address = (uint64_t)(uintptr_t)map_new(HELION_PAGE_SIZE, &pages);
	partner_create(&partner);
	on_cpu(&partner, 1);
	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	CHECK_CALL(helion_task_set_fault(partner.task, endpoint));
	partner.b = address;
	partner_start(&partner, write_for_ever);
	while (__atomic_load_n(&partner.a, __ATOMIC_RELAXED) < 1000)
		helion_yield();
	if (protect)
		CHECK_CALL(helion_vspace_protect(world.vspace, address, HELION_PAGE_SIZE, HELION_MAP_READ));
	else
		CHECK_CALL(helion_vspace_unmap(world.vspace, address, HELION_PAGE_SIZE));
	/* From here on it cannot have written any more. */
	if (!protect)
		address = (uint64_t)(uintptr_t)map(pages, HELION_PAGE_SIZE, HELION_MAP_READ);
	last = *(volatile uint64_t *)(uintptr_t)address;
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	CHECK_EQUAL(message.label, HELION_LABEL_FAULT);
	CHECK_EQUAL(message.words[1], partner.b);
	CHECK_EQUAL(*(volatile uint64_t *)(uintptr_t)address, last);
	CHECK_CALL(helion_task_stop(partner.task));
	if (!protect)
		unmap((void *)(uintptr_t)address, HELION_PAGE_SIZE);
}

TEST_WITH(smp, unmapping_stops_another_cpu, .cpus = 2)
{
	page_taken_away(false);
}
TEST_WITH(smp, protecting_stops_another_cpu, .cpus = 2)
{
	page_taken_away(true);
}

/* Calls for ever, while the other side is destroyed and made again. */
static void call_for_ever(struct partner *partner)
{
	for (;;) {
		partner->message = (struct helion_message){.word_count = 2};
		partner->error = helion_request(partner->buffer, __atomic_load_n(&partner->b, __ATOMIC_SEQ_CST),
						&partner->message);
		__atomic_fetch_add(&partner->a, 1, __ATOMIC_RELAXED);
	}
}

TEST_WITH(smp, an_endpoint_that_is_destroyed_under_its_callers, .cpus = 4, .memory = 4 << 20, .seconds = 60)
{
	static struct partner callers[3], server;
	uint64_t endpoint;

	for (unsigned i = 0; i < 3; i++)
		partner_create(&callers[i]);
	for (unsigned round = 0; round < 6; round++) {
		endpoint = make(HELION_TYPE_ENDPOINT);
		partner_create(&server);
		server.a = endpoint;
		/* The slot may be the same as before: then it has callers at once. */
		partner_start(&server, partner_serve);
		for (unsigned i = 0; i < 3; i++) {
			__atomic_store_n(&callers[i].b, endpoint, __ATOMIC_SEQ_CST);
			if (round == 0) {
				on_cpu(&callers[i], i + 1);
				partner_start(&callers[i], call_for_ever);
			}
		}
		for (unsigned i = 0; i < 3; i++)
			for (uint64_t count = count_of(&callers[i]); count_of(&callers[i]) < count + 3;)
				helion_yield();
		destroy(endpoint);
		partner_join(&server);
		CHECK(server.error == -HELION_ERR_GONE || server.error == -HELION_ERR_CAP);
		partner_delete(&server);
	}
	for (unsigned i = 0; i < 3; i++)
		CHECK_CALL(helion_task_stop(callers[i].task));
}

TEST_WITH(smp, a_server_that_is_deleted_under_its_callers, .cpus = 4, .memory = 4 << 20, .seconds = 60)
{
	static struct partner callers[3], server;
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);

	for (unsigned i = 0; i < 3; i++) {
		partner_create(&callers[i]);
		on_cpu(&callers[i], i + 1);
		callers[i].b = endpoint;
		partner_start(&callers[i], call_for_ever);
	}
	for (unsigned round = 0; round < 6; round++) {
		partner_create(&server);
		server.a = endpoint;
		partner_start(&server, partner_serve);
		for (unsigned i = 0; i < 3; i++)
			for (uint64_t count = count_of(&callers[i]); count_of(&callers[i]) < count + 3;)
				helion_yield();
		partner_delete(&server);
	}
	for (unsigned i = 0; i < 3; i++)
		CHECK_CALL(helion_task_stop(callers[i].task));
}

TEST_WITH(smp, priorities_that_change_all_the_time, .cpus = 4, .memory = 4 << 20, .seconds = 60)
{
	static struct partner partners[6];
	uint64_t state = world.seed;

	for (unsigned i = 0; i < 6; i++) {
		partner_create(&partners[i]);
		partner_start(&partners[i], partner_count);
	}
	for (unsigned i = 0; i < 200; i++) {
		struct partner *partner = &partners[draw(&state) % 6];

		/* Not above the test's own, which would have to wait for them. */
		CHECK_CALL(helion_task_set_priority(partner->task, draw(&state) % 16, 20));
		CHECK_CALL(helion_task_set_affinity(partner->task, draw(&state) % 15 + 1));
	}
	for (unsigned i = 0; i < 6; i++) {
		CHECK_CALL(helion_task_set_priority(partners[i].task, 16, 16));
		CHECK_CALL(helion_task_set_affinity(partners[i].task, 15));
	}
	for (unsigned i = 0; i < 6; i++) {
		uint64_t count = count_of(&partners[i]);

		EVENTUALLY(count_of(&partners[i]) >= count + 5);
	}
	for (unsigned i = 0; i < 6; i++)
		CHECK_CALL(helion_task_stop(partners[i].task));
}

/* -- Who is stopped while his CPU buries ------------------------------------------------------ */

/* Destroys the Memory a, from which its own task is made, too. */
static void destroy_itself(struct partner *partner)
{
	helion_cspace_destroy(world.cspace, partner->a);
}

/* A task in a Memory with much else that ends it all: what is left to bury is nobody's. */
static void leave_orphans(struct partner *partner)
{
	uint64_t memory = make_sized(HELION_TYPE_MEMORY, 64 * HELION_PAGE_SIZE);

	partner_create(partner);
	delete (partner->task);
	for (unsigned i = 0; i < 600; i++) {
		uint64_t made = make_from(memory, i == 300 ? HELION_TYPE_TASK : HELION_TYPE_NOTIFICATION, 0);

		if (i == 300)
			partner->task = made;
	}
	partner->a = memory;
	CHECK_CALL(helion_task_configure(partner->task, world.cspace, world.vspace, partner->pages));
	partner_start(partner, destroy_itself);
}

/* Counts system calls that do what they shall; one that is done twice begins with its result for an argument. */
static void identify(struct partner *partner)
{
	uint64_t rights, badge;
	enum helion_type type;

	while (partner->error == 0) {
		partner->error = helion_identify(world.cspace, &type, &rights, &badge);
		__atomic_fetch_add(&partner->a, 1, __ATOMIC_RELAXED);
	}
}

/* A task that is stopped there, after its system call, goes on behind it. */
TEST_WITH(smp, a_task_is_stopped_while_orphans_are_buried, .cpus = 2, .slots = 1024, .seconds = 600)
{
	struct partner victim, orphans;

	partner_create(&victim);
	on_cpu(&victim, 1);
	CHECK_CALL(helion_task_set_affinity(world.task, 1));
	partner_start(&victim, identify);
	for (unsigned i = 0; i < 40; i++) {
		uint64_t free = free_bytes(), count;

		leave_orphans(&orphans);
		while (is_cap(orphans.task) || free_bytes() < free - HELION_PAGE_SIZE - PARTNER_STACK) {
			CHECK_CALL(helion_task_stop(victim.task));
			CHECK_CALL(helion_task_resume(victim.task));
		}
		unmap(orphans.buffer, HELION_PAGE_SIZE + PARTNER_STACK);
		delete (orphans.pages);
		count = count_of(&victim);
		EVENTUALLY(count_of(&victim) > count || partner_state(&victim) != HELION_TASK_READY);
		CHECK_EQUAL(victim.error, 0);
		CHECK_EQUAL(partner_state(&victim), HELION_TASK_READY);
	}
	CHECK_CALL(helion_task_stop(victim.task));
}
