/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls with what they cannot take. Each must fail, at once, and change nothing. */
#include "user/conformance/conformance.h"

static const uint64_t no_words[4];

static void unknown(uint64_t number)
{
	CHECK_ERROR(raw_call(number, world.event, 0, no_words), HELION_ERR_SYSCALL);
}

#define UNKNOWN_TEST(name, number)   \
	TEST(syscall, number_##name) \
	{                            \
		unknown(number);     \
	}
UNKNOWN_TEST(0, 0)
UNKNOWN_TEST(15, 15)
UNKNOWN_TEST(16, 16)
UNKNOWN_TEST(1000, 1000)
UNKNOWN_TEST(minus_1, UINT64_MAX)
UNKNOWN_TEST(beyond_32_bits, 1ull << 32)
UNKNOWN_TEST(call_with_high_bits, 1ull << 32 | HELION_SYS_CALL)
UNKNOWN_TEST(recv_with_high_bits, 1ull << 40 | HELION_SYS_RECV)
UNKNOWN_TEST(signal_with_high_bits, 1ull << 63 | HELION_SYS_SIGNAL)
UNKNOWN_TEST(high_bits_alone, 0xffffffff00000000ull)

/* An empty slot, one out of range, and an object that is not meant. */
static void refuses(uint64_t number, uint64_t wrong_type)
{
	uint64_t bytes = free_bytes(), slots = free_slots();

	CHECK_ERROR(raw_call(number, 0, 0, no_words), HELION_ERR_CAP);
	CHECK_ERROR(raw_call(number, 250, 0, no_words), HELION_ERR_CAP);
	CHECK_ERROR(raw_call(number, 1ull << 40, 0, no_words), HELION_ERR_CAP);
	CHECK_ERROR(raw_call(number, UINT64_MAX, 0, no_words), HELION_ERR_CAP);
	if (wrong_type)
		CHECK_ERROR(raw_call(number, wrong_type, 0, no_words), HELION_ERR_SYSCALL);
	CHECK_EQUAL(free_bytes(), bytes);
	CHECK_EQUAL(free_slots(), slots);
}

#define REFUSE_TEST(name, number, wrong)             \
	TEST(syscall, name##_of_what_it_cannot_take) \
	{                                            \
		refuses(number, wrong);              \
	}
REFUSE_TEST(send, HELION_SYS_SEND, 0)
REFUSE_TEST(nbsend, HELION_SYS_NBSEND, 0)
REFUSE_TEST(call, HELION_SYS_CALL, 0)
REFUSE_TEST(recv, HELION_SYS_RECV, world.event)
REFUSE_TEST(nbrecv, HELION_SYS_NBRECV, world.event)
REFUSE_TEST(signal, HELION_SYS_SIGNAL, world.memory)
REFUSE_TEST(wait, HELION_SYS_WAIT, world.memory)
REFUSE_TEST(nbwait, HELION_SYS_NBWAIT, world.memory)
REFUSE_TEST(identify, HELION_SYS_IDENTIFY, 0)

TEST(syscall, identify_changes_nothing)
{
	uint64_t slot = copy(world.event, HELION_RIGHT_READ, 12);

	for (unsigned i = 0; i < 3; i++) {
		CHECK_EQUAL(type_of(slot), HELION_TYPE_NOTIFICATION);
		CHECK_EQUAL(rights_of(slot), HELION_RIGHT_READ);
		CHECK_EQUAL(badge_of(slot), 12);
	}
}

TEST(syscall, writecons_of_text_that_is_not_there)
{
	CHECK_ERROR(raw_call(HELION_SYS_WRITECONS, 16, 10, no_words), HELION_ERR_FAULT);
	CHECK_ERROR(raw_call(HELION_SYS_WRITECONS, UINT64_MAX, 10, no_words), HELION_ERR_FAULT);
	CHECK_ERROR(raw_call(HELION_SYS_WRITECONS, 1ull << 63, 10, no_words), HELION_ERR_FAULT);
	CHECK_ERROR(raw_call(HELION_SYS_WRITECONS, (uint64_t)(uintptr_t)no_words, 4097, no_words), HELION_ERR_ARGUMENT);
	CHECK_ERROR(raw_call(HELION_SYS_WRITECONS, (uint64_t)(uintptr_t)no_words, UINT64_MAX, no_words),
		    HELION_ERR_ARGUMENT);
	CHECK_EQUAL(raw_call(HELION_SYS_WRITECONS, 16, 0, no_words), 0);
}

TEST(syscall, an_invocation_by_send_has_no_answer)
{
	uint64_t slots = free_slots();
	const uint64_t words[4] = {HELION_TYPE_ENDPOINT, 0, 0, 0};

	CHECK_EQUAL(raw_call(HELION_SYS_SEND, world.memory, HELION_INFO(HELION_MEMORY_CREATE, 3, 0), words), 0);
	CHECK_EQUAL(free_slots(), slots - 1);
}

TEST(syscall, invocations_that_do_not_exist)
{
	const uint64_t targets[] = {world.memory, world.cspace, world.vspace, world.task, world.event, world.system};

	for (unsigned i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		CHECK_ERROR(raw_call(HELION_SYS_CALL, targets[i], HELION_INFO(0, 0, 0), no_words),
			    HELION_ERR_INVOCATION);
		CHECK_ERROR(raw_call(HELION_SYS_CALL, targets[i], HELION_INFO(31, 0, 0), no_words),
			    HELION_ERR_INVOCATION);
		CHECK_ERROR(raw_call(HELION_SYS_CALL, targets[i], HELION_INFO(32, 0, 0), no_words),
			    HELION_ERR_INVOCATION);
		CHECK_ERROR(raw_call(HELION_SYS_CALL, targets[i], HELION_INFO(0xffffffffffffull, 0, 0), no_words),
			    HELION_ERR_INVOCATION);
	}
}

/* -- I/O ports ------------------------------------------------------------------------- */

TEST_WITH(port, claimed_once, .ports = true)
{
	uint64_t first, second;

	CHECK_CALL(helion_ioport_control_claim(world.ioport_control, world.memory, 0x80, 1, &first));
	CHECK_ERROR(helion_ioport_control_claim(world.ioport_control, world.memory, 0x80, 1, &second),
		    HELION_ERR_OCCUPIED);
	CHECK_ERROR(helion_ioport_control_claim(world.ioport_control, world.memory, 0x7f, 2, &second),
		    HELION_ERR_OCCUPIED);
	delete (first);
	CHECK_CALL(helion_ioport_control_claim(world.ioport_control, world.memory, 0x80, 1, &first));
}

TEST_WITH(port, out_of_range, .ports = true)
{
	uint64_t slot;

	CHECK_ERROR(helion_ioport_control_claim(world.ioport_control, world.memory, 65536, 1, &slot),
		    HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_ioport_control_claim(world.ioport_control, world.memory, 65535, 2, &slot),
		    HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_ioport_control_claim(world.ioport_control, world.memory, 0x80, 0, &slot),
		    HELION_ERR_ARGUMENT);
}

TEST(syscall, locks_that_a_cpu_waited_for)
{
	uint64_t count = UINT64_MAX;

	for (uint64_t cpu = 0; cpu < world.cpus; cpu++)
		CHECK_CALL(helion_system_cpu_locks(world.system, cpu, &count));
	/* Nobody else can have had them. */
	if (world.cpus == 1)
		CHECK_EQUAL(count, 0);
	CHECK_ERROR(helion_system_cpu_locks(world.system, 64, &count), HELION_ERR_ARGUMENT);
	CHECK_ERROR(helion_system_cpu_locks(world.system, UINT64_MAX, &count), HELION_ERR_ARGUMENT);
}
