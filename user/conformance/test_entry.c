/* SPDX-License-Identifier: BSD-2-Clause */
/* Into the kernel and out of it with addresses that are nobody's, on every architecture. */
#include "user/conformance/entry.h"

/* Flags and what is reserved: no address, no general register. */
static bool is_special(unsigned word)
{
	return !foreign_is_general(word) && word != offsetof(struct helion_registers, FOREIGN_PC) / 8 &&
	       word != offsetof(struct helion_registers, FOREIGN_TLS) / 8;
}

TEST(entry, registers_with_addresses_of_nobody)
{
	struct helion_registers registers, bad;
	struct partner partner;

	entry_stop(&partner, partner_spin, &registers);
	for (unsigned i = 0; entry_bad_address(i); i++) {
		bad = registers;
		bad.FOREIGN_PC = entry_bad_address(i);
		CHECK_ERROR(helion_task_write_registers(partner.task, &bad), HELION_ERR_ARGUMENT);
	}
	entry_go_on(&partner);
}

/* The stack pointer is the program's: wherever it points, interrupts and returns do without it. */
TEST(entry, a_stack_pointer_to_nowhere)
{
	struct helion_registers registers;
	struct partner partner;

	entry_stop(&partner, partner_spin, &registers);
	for (unsigned i = 0; entry_bad_address(i); i++) {
		registers.FOREIGN_SP = entry_bad_address(i);
		CHECK_CALL(helion_task_write_registers(partner.task, &registers));
		entry_go_on(&partner);
	}
}

TEST(entry, a_jump_to_what_is_nobodys)
{
	struct helion_task_info info;
	struct partner partner;

	for (unsigned i = 0; entry_bad_address(i); i++) {
		partner_create(&partner);
		partner_start(&partner, (void (*)(struct partner *))(uintptr_t)entry_bad_address(i));
		partner_await(&partner, HELION_TASK_FAULTED);
		CHECK_CALL(helion_task_info(partner.task, &info));
		CHECK(info.fault == PAGE_FAULT || info.fault == ENTRY_PROTECTION || info.fault == ENTRY_ALIGNMENT);
	}
}

TEST(entry, restricted_code_at_addresses_of_nobody)
{
	struct host host;

	attach_window();
	host_create(&host, world.task, NULL, NULL);
	for (unsigned i = 0; entry_bad_address(i); i++) {
		host_load(&host, (const void *)(uintptr_t)entry_bad_address(i), 0);
		host_run(&host, HELION_RESTRICTED_EXCEPTION);
		CHECK(host.shared->fault.kind == PAGE_FAULT || host.shared->fault.kind == ENTRY_ALIGNMENT);
		CHECK(!(host.shared->fault.access & HELION_FAULT_PRESENT));
		host_load(&host, arch_foreign_syscall, 0);
		host.shared->registers.FOREIGN_SP = entry_bad_address(i);
		host_run(&host, HELION_RESTRICTED_SYSCALL);
		CHECK_EQUAL(host.shared->registers.FOREIGN_SP, entry_bad_address(i));
	}
}

/* Flags and reserved words, each bit of them, for code that makes a system call and for code that faults. */
TEST(entry, restricted_code_with_every_bit)
{
	uint64_t *words;
	struct host host;

	attach_window();
	host_create(&host, world.task, NULL, NULL);
	words = (uint64_t *)&host.shared->registers;
	for (unsigned word = 0; word < sizeof(struct helion_registers) / sizeof(uint64_t); word++)
		for (unsigned bit = 0; is_special(word) && bit < 64; bit++) {
			host_load(&host, arch_foreign_syscall, 0);
			words[word] = 1ull << bit;
			host_run(&host, HELION_RESTRICTED_SYSCALL);
			CHECK_EQUAL(host.shared->registers.FOREIGN_PC, (uint64_t)(uintptr_t)arch_foreign_after);
			host_load(&host, arch_foreign_illegal, 0);
			words[word] = 1ull << bit;
			host_run(&host, HELION_RESTRICTED_EXCEPTION);
			CHECK_EQUAL(host.shared->registers.FOREIGN_PC, (uint64_t)(uintptr_t)arch_foreign_illegal);
		}
}
