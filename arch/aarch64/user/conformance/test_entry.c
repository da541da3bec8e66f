/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program can do to the ways into the kernel and out of it on aarch64: PSTATE, privileged instructions. */
#include "user/conformance/entry.h"

/* N, Z, C and V. */
#define PSTATE_FLAGS (0xfull << 28)

/* The exception level, AArch32 state, masks, illegal state, single step, PAN and the rest are not a program's to write. */
TEST(entry, states_that_are_not_a_programs)
{
	struct helion_registers registers;
	struct partner partner;

	entry_stop(&partner, partner_spin, &registers);
	for (unsigned bit = 0; bit < 64; bit++) {
		registers.pstate = 1ull << bit;
		CHECK_CALL(helion_task_write_registers(partner.task, &registers));
		entry_go_on(&partner);
		CHECK_CALL(helion_task_read_registers(partner.task, &registers));
		CHECK_EQUAL(registers.pstate & ~PSTATE_FLAGS, 0);
	}
	/* EL1 with its own stack pointer, EL2, EL3, AArch32's supervisor mode; all at once. */
	for (unsigned i = 0; i < 5; i++) {
		registers.pstate = (const uint64_t[]){0x5, 0x9, 0xd, 0x13, ~0ull}[i];
		CHECK_CALL(helion_task_write_registers(partner.task, &registers));
		CHECK_CALL(helion_task_read_registers(partner.task, &registers));
		CHECK_EQUAL(registers.pstate & ~PSTATE_FLAGS, 0);
		entry_go_on(&partner);
	}
}

TEST(entry, states_of_restricted_code)
{
	static const uint64_t states[] = {0x4,  0x5,  0x8,   0x9,     0xc,     0xd,  0x10,
					  0x13, 0x1f, 0x3c0, 1 << 20, 1 << 21, ~0ull};
	struct host host;

	attach_window();
	host_create(&host, world.task, NULL, NULL);
	for (unsigned i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		for (uint64_t flags = 0; flags < 16; flags++) {
			host_load(&host, arch_foreign_syscall, 0);
			host.shared->registers.pstate = (states[i] & ~PSTATE_FLAGS) | flags << 28;
			host_run(&host, HELION_RESTRICTED_SYSCALL);
			CHECK_EQUAL(host.shared->registers.pstate & PSTATE_FLAGS, flags << 28);
			/* It was in EL0, and in AArch64 state. */
			CHECK_EQUAL(host.shared->registers.pstate & 0x1f, 0);
		}
}

TEST(entry, flags_at_a_system_call)
{
	for (uint64_t flags = 0; flags < 16; flags++) {
		uint64_t after;

		/* System call 0, which does not exist. */
		__asm__ volatile("msr	nzcv, %[flags]\n\t"
				 "mov	x8, xzr\n\t"
				 "mov	x0, xzr\n\t"
				 "mov	x1, xzr\n\t"
				 "svc	#0\n\t"
				 "mrs	%[after], nzcv"
				 : [after] "=r"(after)
				 : [flags] "r"(flags << 28)
				 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x30", "memory", "cc");
		CHECK_EQUAL(after, flags << 28);
	}
}

/* The kernel keeps something there for a moment at each of its own traps. */
TEST(entry, the_read_only_thread_register_tells_nothing)
{
	for (unsigned i = 0; i < 1000; i++) {
		uint64_t value;

		__asm__ volatile("mrs	%0, tpidrro_el0" : "=r"(value));
		CHECK_EQUAL(value, 0);
		helion_yield();
	}
}

/* Each, and behind it BRK. */
#define INSTRUCTION(a, b, c, d)                                       \
	{                                                             \
		(const char[]){a, b, c, d, 0x00, 0x00, 0x20, 0xd4}, 8 \
	}
#define WORD(code) INSTRUCTION((char)(code), (char)((code) >> 8), (char)((code) >> 16), (char)((code) >> 24))

static const struct entry_code privileged[] = {
	WORD(0xd53be022u), /* mrs x2, cntpct_el0 */
	WORD(0xd51be222u), /* msr cntp_ctl_el0, x2 */
	WORD(0xd5384242u), /* mrs x2, currentel */
	WORD(0xd5384002u), /* mrs x2, spsr_el1 */
	WORD(0xd5184002u), /* msr spsr_el1, x2 */
	WORD(0xd5184022u), /* msr elr_el1, x2 */
	WORD(0xd5184102u), /* msr sp_el0, x2 */
	WORD(0xd538d082u), /* mrs x2, tpidr_el1 */
	WORD(0xd51bd062u), /* msr tpidrro_el0, x2 */
	WORD(0xd518c002u), /* msr vbar_el1, x2 */
	WORD(0xd5382002u), /* mrs x2, ttbr0_el1 */
	WORD(0xd5182022u), /* msr ttbr1_el1, x2 */
	WORD(0xd5182042u), /* msr tcr_el1, x2 */
	WORD(0xd5181002u), /* msr sctlr_el1, x2 */
	WORD(0xd5380602u), /* mrs x2, id_aa64isar0_el1 */
	WORD(0xd53800a2u), /* mrs x2, mpidr_el1 */
	WORD(0xd50342dfu), /* msr daifset, #2 */
	WORD(0xd50342ffu), /* msr daifclr, #2 */
	WORD(0xd53b4222u), /* mrs x2, daif */
	WORD(0xd50041bfu), /* msr spsel, #1 */
	WORD(0xd500409fu), /* msr pan, #0 */
	WORD(0xd508871fu), /* tlbi vmalle1 */
	WORD(0xd508751fu), /* ic iallu */
	WORD(0xd5087642u), /* dc isw, x2 */
	WORD(0xd5087802u), /* at s1e1r, x2 */
	WORD(0xd69f03e0u), /* eret */
	WORD(0xd4000002u), /* hvc #0 */
	WORD(0xd4000003u), /* smc #0 */
	WORD(0xd4a00001u), /* dcps1 */
	WORD(0xd5100242u), /* msr mdscr_el1, x2 */
	WORD(0xd51b9c02u), /* msr pmcr_el0, x2 */
};

TEST(entry, privileged_instructions)
{
	entry_faults(privileged, sizeof(privileged) / sizeof(privileged[0]), ILLEGAL_INSTRUCTION);
}
