/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt handlers: claiming lines and messages, and what happens to a message that comes too early.
 *
 * host-sources: kernel-core
 */
#include "tests/host/sim/sim_test.h"

#include "kernel/arch.h"
#include "kernel/irq_handler.h"

static int64_t claim_message(uint64_t device, uint64_t memory, uint64_t ret[4])
{
	struct sim_message message = {
		.cap = init->slot_irq_control,
		.label = HELION_IRQ_CONTROL_CLAIM_MSI,
		.words = 1,
		.caps = 1,
		.word = {device},
		.slot = {memory},
	};

	return sim_call(&message, ret);
}

static bool fired(uint64_t handler)
{
	uint64_t ret[4] = {0};

	CHECK_EQUAL(sim_invoke(handler, HELION_IRQ_HANDLER_INFO, ret), 0);
	return ret[1];
}

static int64_t ack(uint64_t handler)
{
	return sim_invoke(handler, HELION_IRQ_HANDLER_ACK, NULL);
}

static void each_has_its_own_message(void)
{
	uint64_t handler[SIM_MESSAGES], ret[4];

	for (unsigned i = 0; i < SIM_MESSAGES; i++) {
		CHECK_EQUAL(claim_message(0x18, init->slot_memory, ret), 0);
		handler[i] = ret[0];
		CHECK_EQUAL(ret[1], 0xfee00018);
		CHECK_EQUAL(ret[2], SIM_LINES + i);
	}
	CHECK_EQUAL(claim_message(0x18, init->slot_memory, ret), -HELION_ERR_OCCUPIED);
	/* One that was given back is free again, the others are not. */
	CHECK_EQUAL(sim_delete(handler[1]), 0);
	CHECK_EQUAL(claim_message(0x18, init->slot_memory, ret), 0);
	CHECK_EQUAL(ret[2], SIM_LINES + 1);
	handler[1] = ret[0];
	for (unsigned i = 0; i < SIM_MESSAGES; i++)
		CHECK_EQUAL(sim_delete(handler[i]), 0);
}

static void a_claim_is_checked(void)
{
	uint64_t read = sim_copy(init->slot_memory, HELION_RIGHT_READ, 0), ret[4];

	CHECK_EQUAL(claim_message(1ull << 32, init->slot_memory, ret), -HELION_ERR_ARGUMENT);
	CHECK_EQUAL(claim_message(0, read, ret), -HELION_ERR_RIGHTS);
	CHECK_EQUAL(claim_message(0, init->slot_cspace, ret), -HELION_ERR_TYPE);
	CHECK(!irq_handler_interrupt(SIM_LINES));
	CHECK(!irq_handler_interrupt(SIM_LINES + SIM_MESSAGES));
	CHECK_EQUAL(sim_delete(read), 0);
}

static void a_message_that_is_too_early_waits(void)
{
	uint64_t ret[4], handler;

	CHECK_EQUAL(claim_message(0, init->slot_memory, ret), 0);
	handler = ret[0];
	/* Before the first acknowledgement, and after each. */
	for (unsigned i = 0; i < 2; i++) {
		CHECK(irq_handler_interrupt(SIM_LINES));
		CHECK(!fired(handler));
		CHECK_EQUAL(ack(handler), 0);
		CHECK(fired(handler));
		CHECK_EQUAL(ack(handler), 0);
		CHECK(!fired(handler));
		CHECK(irq_handler_interrupt(SIM_LINES));
		CHECK(fired(handler));
		CHECK_EQUAL(ack(handler), 0);
		CHECK(!fired(handler));
		CHECK_EQUAL(sim_invoke(handler, HELION_IRQ_HANDLER_MASK, NULL), 0);
	}
	CHECK_EQUAL(sim_delete(handler), 0);
	/* Nothing of it is left for the next one. */
	CHECK(!irq_handler_interrupt(SIM_LINES));
}

int main(void)
{
	sim_test_begin();
	TEST(each_has_its_own_message);
	TEST(a_claim_is_checked);
	TEST(a_message_that_is_too_early_waits);
	return tap_finish();
}
