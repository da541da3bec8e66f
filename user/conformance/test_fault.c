/* SPDX-License-Identifier: BSD-2-Clause */
/* Faults: with a handler, without one, with one that goes. */
#include <arch/paging.h>
#include <arch/registers.h>

#include "user/conformance/conformance.h"

/* enum trap_kind + 1, as Task info and fault messages have it. */
#define PAGE_FAULT 1

static void read_at(struct partner *partner)
{
	partner->b = *(volatile uint64_t *)(uintptr_t)partner->a;
}

static void write_at(struct partner *partner)
{
	*(volatile uint64_t *)(uintptr_t)partner->a = 7;
	partner->b = 1;
}

static void jump_to(struct partner *partner)
{
	((void (*)(void))(uintptr_t)partner->a)();
	partner->b = 1;
}

/* A partner that faults at an address; its faults come to the endpoint, with a badge. */
static void start(struct partner *partner, void (*function)(struct partner *), uint64_t address, uint64_t endpoint)
{
	partner_create(partner);
	partner->a = address;
	CHECK_CALL(helion_task_set_fault(partner->task, copy(endpoint, HELION_RIGHT_WRITE, 0xfa)));
	partner_start(partner, function);
}

static void expect(const struct helion_message *message, uint64_t kind, uint64_t address, uint64_t access)
{
	CHECK_EQUAL(message->label, HELION_LABEL_FAULT);
	CHECK_EQUAL(message->badge, 0xfa);
	CHECK_EQUAL(message->word_count, HELION_FAULT_WORDS);
	CHECK_EQUAL(message->words[0], kind);
	CHECK_EQUAL(message->words[1], address);
	CHECK_EQUAL(message->words[3], access);
}

static void answer(uint64_t label)
{
	struct helion_message message = {.label = label};

	CHECK_CALL(helion_reply(world.buffer, 0, &message));
}

TEST(fault, without_a_handler_stops_the_task)
{
	struct helion_task_info info;
	struct partner partner;

	partner_create(&partner);
	partner.a = 8;
	partner_start(&partner, read_at);
	partner_await(&partner, HELION_TASK_FAULTED);
	CHECK_CALL(helion_task_info(partner.task, &info));
	CHECK_EQUAL(info.fault, PAGE_FAULT);
	CHECK_EQUAL(info.fault_address, 8);
	CHECK_ERROR(helion_task_resume(partner.task), HELION_ERR_STATE);
}

TEST(fault, a_read_is_told_and_mended)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), address = world_address(HELION_PAGE_SIZE, HELION_PAGE_SIZE);
	uint64_t pages = make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE);
	struct helion_message message;
	struct partner partner;

	start(&partner, read_at, address, endpoint);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	expect(&message, PAGE_FAULT, address, 0);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_WAITING);
	CHECK_CALL(helion_vspace_map(world.vspace, pages, address, 0, HELION_PAGE_SIZE, HELION_MAP_READ));
	answer(0);
	partner_join(&partner);
	CHECK_EQUAL(partner.b, 0);
	CHECK_CALL(helion_vspace_unmap(world.vspace, address, HELION_PAGE_SIZE));
}

TEST(fault, a_write_is_told_and_mended)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), pages;
	char *page = map_new(HELION_PAGE_SIZE, &pages);
	struct helion_message message;
	struct partner partner;

	CHECK_CALL(helion_vspace_protect(world.vspace, (uint64_t)(uintptr_t)page, HELION_PAGE_SIZE, HELION_MAP_READ));
	start(&partner, write_at, (uint64_t)(uintptr_t)page, endpoint);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	expect(&message, PAGE_FAULT, (uint64_t)(uintptr_t)page, HELION_FAULT_WRITE | HELION_FAULT_PRESENT);
	CHECK_CALL(helion_vspace_protect(world.vspace, (uint64_t)(uintptr_t)page, HELION_PAGE_SIZE,
					 HELION_MAP_READ | HELION_MAP_WRITE));
	answer(0);
	partner_join(&partner);
	CHECK_EQUAL(*(uint64_t *)(void *)page, 7);
	CHECK_EQUAL(partner.b, 1);
}

TEST(fault, an_execution_is_told)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	char *page = map_new(HELION_PAGE_SIZE, NULL);
	struct helion_message message;
	struct partner partner;

	start(&partner, jump_to, (uint64_t)(uintptr_t)page, endpoint);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	expect(&message, PAGE_FAULT, (uint64_t)(uintptr_t)page, HELION_FAULT_EXEC | HELION_FAULT_PRESENT);
	CHECK_EQUAL(message.words[2], (uint64_t)(uintptr_t)page);
	answer(1);
	partner_await(&partner, HELION_TASK_FAULTED);
}

TEST(fault, an_answer_with_a_label_stops_the_task)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message;
	struct partner partner;

	start(&partner, read_at, 16, endpoint);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	answer(5);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_FAULTED);
}

TEST(fault, comes_again_when_it_is_not_mended)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message = {0};
	struct partner partner;

	start(&partner, read_at, 16, endpoint);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	for (unsigned i = 0; i < 5; i++) {
		expect(&message, PAGE_FAULT, 16, 0);
		message = (struct helion_message){0};
		CHECK_CALL(helion_reply_recv(world.buffer, 0, endpoint, &message));
	}
	answer(1);
}

TEST(fault, a_handler_may_change_the_registers)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), value = 0x1234;
	struct helion_registers registers;
	uint64_t *words = (uint64_t *)&registers;
	struct helion_message message;
	struct partner partner;

	start(&partner, read_at, 24, endpoint);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	CHECK_CALL(helion_task_read_registers(partner.task, &registers));
	/* Whichever register holds the address: it shall be another. */
	for (unsigned i = 0; i < sizeof(registers) / 8; i++)
		if (words[i] == 24)
			words[i] = (uint64_t)(uintptr_t)&value;
	CHECK_CALL(helion_task_write_registers(partner.task, &registers));
	answer(0);
	partner_join(&partner);
	CHECK_EQUAL(partner.b, 0x1234);
}

TEST(fault, waits_for_a_handler_that_is_busy)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message;
	struct partner partners[3];

	for (unsigned i = 0; i < 3; i++) {
		start(&partners[i], read_at, 8 * (i + 1), endpoint);
		partner_await(&partners[i], HELION_TASK_WAITING);
	}
	for (unsigned i = 0; i < 3; i++) {
		CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
		expect(&message, PAGE_FAULT, 8 * (i + 1), 0);
		answer(1);
	}
}

TEST(fault, whose_endpoint_is_destroyed)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct partner partner;

	start(&partner, read_at, 32, endpoint);
	partner_await(&partner, HELION_TASK_WAITING);
	destroy(endpoint);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_FAULTED);
}

TEST(fault, whose_handler_does_not_answer)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message;
	struct partner partner;

	start(&partner, read_at, 32, endpoint);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	CHECK_ERROR(helion_nbrecv(world.buffer, endpoint, &message), HELION_ERR_WOULD_BLOCK);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_FAULTED);
}

TEST(fault, whose_answer_is_stored)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), reply;
	struct helion_message message;
	struct partner partner;

	start(&partner, read_at, 32, endpoint);
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	CHECK_CALL(helion_cspace_store_reply(world.cspace, &reply));
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_WAITING);
	delete (reply);
	CHECK_EQUAL(partner_state(&partner), HELION_TASK_FAULTED);
}

TEST(fault, of_a_task_that_is_deleted)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message;
	struct partner partner;

	start(&partner, read_at, 32, endpoint);
	partner_await(&partner, HELION_TASK_WAITING);
	delete (partner.task);
	CHECK_ERROR(helion_nbrecv(world.buffer, endpoint, &message), HELION_ERR_WOULD_BLOCK);
}

TEST(fault, of_a_task_that_is_stopped)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT);
	struct helion_message message;
	struct partner partner;

	start(&partner, read_at, 32, endpoint);
	partner_await(&partner, HELION_TASK_WAITING);
	CHECK_CALL(helion_task_stop(partner.task));
	CHECK_ERROR(helion_nbrecv(world.buffer, endpoint, &message), HELION_ERR_WOULD_BLOCK);
	/* Going on it faults again. */
	CHECK_CALL(helion_task_resume(partner.task));
	CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
	expect(&message, PAGE_FAULT, 32, 0);
	answer(1);
}

TEST(fault, a_handler_that_is_taken_away)
{
	struct partner partner;

	partner_create(&partner);
	CHECK_ERROR(helion_task_clear_fault(partner.task), HELION_ERR_MISSING);
	CHECK_CALL(helion_task_set_fault(partner.task, make(HELION_TYPE_ENDPOINT)));
	CHECK_CALL(helion_task_clear_fault(partner.task));
	partner.a = 8;
	partner_start(&partner, read_at);
	partner_await(&partner, HELION_TASK_FAULTED);
}

TEST(fault, set_fault_wants_an_endpoint_and_a_right)
{
	uint64_t task = make(HELION_TYPE_TASK);

	CHECK_ERROR(helion_task_set_fault(task, world.event), HELION_ERR_TYPE);
	CHECK_ERROR(helion_task_set_fault(task, copy(make(HELION_TYPE_ENDPOINT), HELION_RIGHT_READ, 0)),
		    HELION_ERR_RIGHTS);
}

/* Where the kernel has memory of this test's (docs/boot-protocol.md). */
static uint64_t kernel_address(void)
{
	struct helion_vspace_info space = {0};
	struct helion_memory_info memory = {0};
	unsigned levels = 3;

	CHECK_CALL(helion_memory_info(world.memory, &memory));
	CHECK_CALL(helion_vspace_info(world.vspace, &space));
	while (ARCH_USER_TOP(levels) < space.window)
		levels++;
	return ARCH_DIRECT_MAP_BASE(levels) + memory.base;
}

/* What is mapped in the kernel's half is not told. */
TEST(fault, addresses_of_the_kernel_look_alike)
{
	uint64_t endpoint = make(HELION_TYPE_ENDPOINT), address = kernel_address();
	const uint64_t addresses[] = {address, address | 1ull << 44, ~4095ull};
	struct helion_message message;
	struct partner partner;

	for (unsigned i = 0; i < 3; i++) {
		start(&partner, read_at, addresses[i], endpoint);
		CHECK_CALL(helion_recv(world.buffer, endpoint, &message));
		expect(&message, PAGE_FAULT, addresses[i], 0);
		answer(1);
		partner_delete(&partner);
	}
}

/* Maps a page wherever one is missing. */
static void page_in(struct partner *partner)
{
	struct helion_message *m = &partner->message;

	partner->error = helion_recv(partner->buffer, partner->a, m);
	while (partner->error == 0 && m->label == HELION_LABEL_FAULT) {
		const uint64_t words[4] = {m->words[1] & ~4095ull, 0, HELION_PAGE_SIZE,
					   HELION_MAP_READ | HELION_MAP_WRITE};

		partner->buffer->caps[0] = partner->b;
		partner->error = helion_call_with(partner->buffer, world.vspace, HELION_VSPACE_MAP, words, 4,
						  &partner->b, 1, NULL, 0);
		partner->c++;
		*m = (struct helion_message){0};
		if (partner->error == 0)
			partner->error = helion_reply_recv(partner->buffer, 0, partner->a, m);
	}
	if (partner->error == 0)
		partner->error = helion_reply(partner->buffer, 0, m);
}

static void touch(struct partner *partner)
{
	for (uint64_t i = 0; i < partner->b; i++)
		((volatile char *)(uintptr_t)partner->a)[i * HELION_PAGE_SIZE] = 1;
	partner->c = 1;
}

TEST(fault, a_pager_serves_fifty_pages)
{
	uint64_t address = world_address(50 * HELION_PAGE_SIZE, HELION_PAGE_SIZE);
	struct helion_message stop = {.label = PARTNER_STOP};
	struct partner pager, worker;

	partner_create(&pager);
	pager.a = make(HELION_TYPE_ENDPOINT);
	pager.b = make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE);
	partner_start_waiting(&pager, page_in);
	partner_create(&worker);
	worker.a = address;
	worker.b = 50;
	CHECK_CALL(helion_task_set_fault(worker.task, pager.a));
	partner_start(&worker, touch);
	partner_join(&worker);
	CHECK_EQUAL(worker.c, 1);
	CHECK_CALL(helion_request(world.buffer, pager.a, &stop));
	partner_join(&pager);
	CHECK_EQUAL(pager.error, 0);
	CHECK_EQUAL(pager.c, 50);
	CHECK_CALL(helion_vspace_unmap(world.vspace, address, 50 * HELION_PAGE_SIZE));
}
