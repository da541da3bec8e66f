/* SPDX-License-Identifier: BSD-2-Clause */
/* What a program can do to the ways into the kernel and out of it on riscv64: privileged instructions. */
#include "user/conformance/entry.h"

/* Each, and behind it EBREAK. */
#define WORD(code)                                   \
	{                                            \
		(const char[]){(char)(code),         \
			       (char)((code) >> 8),  \
			       (char)((code) >> 16), \
			       (char)((code) >> 24), \
			       0x73,                 \
			       0x00,                 \
			       0x10,                 \
			       0x00},                \
			8                            \
	}
/* A register is read to x5, or written from it. */
#define READ(csr)  WORD(0x000022f3u | (uint32_t)(csr) << 20)
#define WRITE(csr) WORD(0x00029073u | (uint32_t)(csr) << 20)

static const struct entry_code privileged[] = {
	READ(0x100),       WRITE(0x100), /* sstatus */
	READ(0x104),       WRITE(0x104), /* sie */
	READ(0x105),       WRITE(0x105), /* stvec */
	READ(0x106),       WRITE(0x106), /* scounteren */
	READ(0x10a),       WRITE(0x10a), /* senvcfg */
	READ(0x140),       WRITE(0x140), /* sscratch */
	READ(0x141),       WRITE(0x141), /* sepc */
	READ(0x142),                     /* scause */
	READ(0x143),                     /* stval */
	READ(0x144),       WRITE(0x144), /* sip */
	READ(0x14d),       WRITE(0x14d), /* stimecmp */
	READ(0x180),       WRITE(0x180), /* satp */
	READ(0x300),       WRITE(0x300), /* mstatus */
	READ(0x305),                     /* mtvec */
	READ(0xf14),                     /* mhartid */
	READ(0xc03),                     /* hpmcounter3 */
	WRITE(0xc00),                    /* cycle, which may be read */
	WRITE(0xc01),                    /* time, likewise */
	WORD(0x10200073u),               /* sret */
	WORD(0x30200073u),               /* mret */
	WORD(0x12000073u),               /* sfence.vma */
	WORD(0x16000073u),               /* sinval.vma */
	WORD(0x7b200073u),               /* dret */
};

TEST(entry, privileged_instructions)
{
	entry_faults(privileged, sizeof(privileged) / sizeof(privileged[0]), ILLEGAL_INSTRUCTION);
}

/* Every register, one after the other: an address of the kernel there leads nothing astray. */
TEST(entry, registers_like_the_kernels)
{
	struct helion_registers registers;
	struct host host;

	attach_window();
	host_create(&host, world.task, NULL, NULL);
	for (unsigned i = 1; i < 32; i++) {
		host_load(&host, arch_foreign_syscall, 0);
		host.shared->registers.x[i] = ~entry_user_top() + 1;
		registers = host.shared->registers;
		host_run(&host, HELION_RESTRICTED_SYSCALL);
		CHECK_EQUAL(memcmp(registers.x, host.shared->registers.x, sizeof(registers.x)), 0);
	}
}

/* FS, VS, SUM, MXR and SPP are not in what is read or written: the words beyond the registers stay what they are. */
TEST(entry, states_that_are_not_a_programs)
{
	struct helion_registers registers;
	struct partner partner;

	entry_stop(&partner, partner_spin, &registers);
	for (unsigned bit = 0; bit < 64; bit++) {
		for (unsigned i = 0; i < sizeof(registers.reserved) / sizeof(registers.reserved[0]); i++)
			registers.reserved[i] = 1ull << bit;
		registers.x[0] = 1ull << bit;
		CHECK_CALL(helion_task_write_registers(partner.task, &registers));
		entry_go_on(&partner);
		CHECK_CALL(helion_task_read_registers(partner.task, &registers));
		for (unsigned i = 0; i < sizeof(registers.reserved) / sizeof(registers.reserved[0]); i++)
			CHECK_EQUAL(registers.reserved[i], 0);
		CHECK_EQUAL(registers.x[0], 0);
	}
}
