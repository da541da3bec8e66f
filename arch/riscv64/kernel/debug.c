/* SPDX-License-Identifier: BSD-2-Clause */
/* What a panic prints. */
#include "kernel/arch.h"

#include "csr.h"
#include "riscv.h"

static const char *const register_names[32] = {
	"pc", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0",  "a1",  "a2", "a3", "a4", "a5",
	"a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};

/* scause and stval are still those of the trap: nothing has trapped since. */
void arch_trapframe_print(const struct trapframe *tf, void (*print)(const char *, ...))
{
	for (unsigned i = 0; i < 32; i += 4)
		print("%4s %016llx %4s %016llx %4s %016llx %4s %016llx\n", register_names[i],
		      (unsigned long long)(i ? tf->x[i] : tf->sepc), register_names[i + 1],
		      (unsigned long long)tf->x[i + 1], register_names[i + 2], (unsigned long long)tf->x[i + 2],
		      register_names[i + 3], (unsigned long long)tf->x[i + 3]);
	print("sstatus %016llx scause %016llx stval %016llx satp %016llx\n", (unsigned long long)tf->sstatus,
	      (unsigned long long)csr_read("scause"), (unsigned long long)csr_read("stval"),
	      (unsigned long long)csr_read("satp"));
}

/*
 * A frame has the return address at fp - 8 and the caller's frame pointer at
 * fp - 16 (psABI, "Frame pointer convention"). GCC stores only the latter, at
 * fp - 8, in a function that calls nothing; it shows as an address on the stack,
 * and the function's own caller cannot be told from memory.
 */
bool arch_backtrace_step(uint64_t *fp, uint64_t *ret_pc, bool (*read)(uint64_t, uint64_t *))
{
	uint64_t ra, previous;

	if (*fp == 0 || *fp % 8 != 0 || !read(*fp - 8, &ra))
		return false;
	if (ra % 8 == 0 && ra > *fp && ra - *fp < KERNEL_STACK_SIZE) {
		*fp = ra;
		if (!read(*fp - 8, &ra))
			return false;
	}
	if (ra == 0 || !read(*fp - 16, &previous))
		return false;
	/* Callers lie above; the first one of all has 0. */
	if (previous != 0 && previous <= *fp)
		return false;
	*ret_pc = ra;
	*fp = previous;
	return true;
}
