/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/conformance/conformance.h"

/* Where a partner's task begins. In another CSpace the slots that it knows mean something else. */
static void partner_main(struct partner *partner)
{
	/* Unless the test has other plans with the TLS base. */
	if (partner->tls == 0)
		helion_self.ipc_buffer = partner->buffer;
	partner->function(partner);
	__atomic_store_n(&partner->finished, 1, __ATOMIC_SEQ_CST);
	if (!partner->foreign)
		helion_signal(world.event);
	for (;;) {
		if (!partner->foreign)
			helion_task_stop(partner->task);
		helion_yield();
	}
}

void partner_create_in(struct partner *partner, uint64_t cspace)
{
	uint64_t size = HELION_PAGE_SIZE + PARTNER_STACK, address;

	*partner = (struct partner){.foreign = cspace != world.cspace};
	partner->task = make(HELION_TYPE_TASK);
	address = (uint64_t)(uintptr_t)map_new(size, &partner->pages);
	partner->buffer = (struct helion_ipc_buffer *)(uintptr_t)address;
	partner->stack_top = address + size;
	CHECK_CALL(helion_task_configure(partner->task, cspace, world.vspace, partner->pages));
}

void partner_create(struct partner *partner)
{
	partner_create_in(partner, world.cspace);
}

/* The thread library's entry calls helion_thread_main(), whose function this is. */
static void entry(void *argument)
{
	partner_main(argument);
}

/* What lies at the lower end of the stack. */
struct bottom {
	struct helion_entry entry;
	_Alignas(64) char tls[];
};

void partner_start(struct partner *partner, void (*function)(struct partner *))
{
	struct bottom *bottom = (struct bottom *)(uintptr_t)(partner->stack_top - PARTNER_STACK);
	uint64_t tls = partner->tls;

	bottom->entry = (struct helion_entry){entry, partner};
	if (tls == 0) {
		memset(bottom->tls, 0, tls_block_size());
		tls = tls_block_init(bottom->tls);
	}
	partner->function = function;
	partner->finished = 0;
	CHECK_CALL(helion_task_start(partner->task, (uint64_t)(uintptr_t)helion_thread_entry, partner->stack_top,
				     (uint64_t)(uintptr_t)&bottom->entry, tls));
}

uint64_t partner_state(const struct partner *partner)
{
	return task_state(partner->task);
}

void partner_await(const struct partner *partner, uint64_t state)
{
	while (partner_state(partner) != state)
		helion_yield();
}

void partner_start_waiting(struct partner *partner, void (*function)(struct partner *))
{
	partner_start(partner, function);
	partner_await(partner, HELION_TASK_WAITING);
}

void partner_join(struct partner *partner)
{
	uint64_t badges;

	while (!__atomic_load_n(&partner->finished, __ATOMIC_SEQ_CST)) {
		if (partner->foreign)
			helion_yield();
		else
			CHECK_CALL(helion_wait(world.event, &badges));
	}
	if (partner->foreign)
		CHECK_CALL(helion_task_stop(partner->task));
	else
		partner_await(partner, HELION_TASK_STOPPED);
}

void partner_delete(struct partner *partner)
{
	delete (partner->task);
	unmap(partner->buffer, HELION_PAGE_SIZE + PARTNER_STACK);
	delete (partner->pages);
}

void partner_send(struct partner *partner)
{
	partner->error = helion_send(partner->buffer, partner->a, &partner->message);
}

void partner_recv(struct partner *partner)
{
	partner->error = helion_recv(partner->buffer, partner->a, &partner->message);
}

void partner_request(struct partner *partner)
{
	partner->error = helion_request(partner->buffer, partner->a, &partner->message);
}

void partner_wait(struct partner *partner)
{
	partner->error = helion_wait(partner->a, &partner->b);
}

void partner_poll(struct partner *partner)
{
	uint64_t caps[2] = {partner->a, partner->b};

	partner->error = helion_poll(partner->buffer, caps, partner->b != 0 ? 2 : 1, partner->c, &partner->c);
}

void partner_spin(struct partner *partner)
{
	for (;;)
		__atomic_fetch_add(&partner->a, 1, __ATOMIC_RELAXED);
}

void partner_count(struct partner *partner)
{
	for (;;) {
		__atomic_fetch_add(&partner->a, 1, __ATOMIC_RELAXED);
		helion_yield();
	}
}

void partner_serve(struct partner *partner)
{
	struct helion_message *m = &partner->message;

	partner->error = helion_recv(partner->buffer, partner->a, m);
	while (partner->error == 0 && m->label != PARTNER_STOP) {
		for (unsigned i = 0; i < m->word_count; i++)
			m->words[i]++;
		m->cap_count = 0;
		partner->error = helion_reply_recv(partner->buffer, 0, partner->a, m);
	}
	if (partner->error == 0)
		partner->error = helion_reply(partner->buffer, 0, m);
}
