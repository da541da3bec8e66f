/* SPDX-License-Identifier: BSD-2-Clause */
/* What a panic shows of the CPU. */
#include "kernel/arch.h"
#include "sysreg.h"

static unsigned long long ull(uint64_t value)
{
	return value;
}

void arch_trapframe_print(const struct trapframe *tf, void (*print)(const char *, ...))
{
	for (unsigned i = 0; i < 30; i += 3)
		print("x%-2u %016llx  x%-2u %016llx  x%-2u %016llx\n", i, ull(tf->x[i]), i + 1, ull(tf->x[i + 1]),
		      i + 2, ull(tf->x[i + 2]));
	print("x30 %016llx  sp  %016llx  pc  %016llx\n", ull(tf->x[30]), ull(tf->sp), ull(tf->pc));
	print("spsr %09llx  esr %09llx  far %016llx\n", ull(tf->pstate), ull(tf->esr), ull(tf->far));
	print("ttbr0 %016llx  ttbr1 %016llx\n", ull(sysreg_read(ttbr0_el1)), ull(sysreg_read(ttbr1_el1)));
	print("sctlr %09llx  tcr %016llx  mpidr %010llx\n", ull(sysreg_read(sctlr_el1)), ull(sysreg_read(tcr_el1)),
	      ull(sysreg_read(mpidr_el1)));
}

/* A frame record is the caller's frame pointer and the return address (AAPCS64 §6.4.6). The stack grows down, so
 * each is above the one before; the end has neither. */
bool arch_backtrace_step(uint64_t *fp, uint64_t *ret_pc, bool (*read)(uint64_t, uint64_t *))
{
	uint64_t next, pc;

	if (*fp == 0 || *fp % 16 || !read(*fp, &next) || !read(*fp + 8, &pc) || pc == 0)
		return false;
	if (next != 0 && next <= *fp)
		next = 0;
	*fp = next;
	*ret_pc = pc;
	return true;
}
