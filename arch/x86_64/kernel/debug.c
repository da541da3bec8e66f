/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers and stack frames for the panic screen. */
#include "kernel/arch.h"

#include "x86.h"

#define ULL(x) ((unsigned long long)(x))

void arch_trapframe_print(const struct trapframe *tf, void (*print)(const char *, ...))
{
	print("rax %016llx  rbx %016llx  rcx %016llx  rdx %016llx\n", ULL(tf->rax), ULL(tf->rbx), ULL(tf->rcx),
	      ULL(tf->rdx));
	print("rsi %016llx  rdi %016llx  rbp %016llx  rsp %016llx\n", ULL(tf->rsi), ULL(tf->rdi), ULL(tf->rbp),
	      ULL(tf->rsp));
	print("r8  %016llx  r9  %016llx  r10 %016llx  r11 %016llx\n", ULL(tf->r8), ULL(tf->r9), ULL(tf->r10),
	      ULL(tf->r11));
	print("r12 %016llx  r13 %016llx  r14 %016llx  r15 %016llx\n", ULL(tf->r12), ULL(tf->r13), ULL(tf->r14),
	      ULL(tf->r15));
	print("rip %04llx:%016llx  ss %04llx  rflags %08llx  vector %llu  error %llx\n", ULL(tf->cs), ULL(tf->rip),
	      ULL(tf->ss), ULL(tf->rflags), ULL(tf->vector), ULL(tf->error));
	print("cr0 %08llx  cr2 %016llx  cr3 %016llx  cr4 %08llx  efer %04llx\n", ULL(read_cr0()), ULL(read_cr2()),
	      ULL(read_cr3()), ULL(read_cr4()), ULL(rdmsr(MSR_EFER)));
	print("fs base %016llx  gs base %016llx  kernel gs base %016llx\n", ULL(rdmsr(MSR_FS_BASE)),
	      ULL(rdmsr(MSR_GS_BASE)), ULL(rdmsr(MSR_KERNEL_GS_BASE)));
}

/* [fp] is the caller's frame pointer, [fp + 8] the return address. Frames lie ever higher on a stack. */
bool arch_backtrace_step(uint64_t *fp, uint64_t *ret_pc, bool (*read)(uint64_t, uint64_t *))
{
	uint64_t frame = *fp, next;

	if (frame == 0 || frame % 8 != 0 || !read(frame, &next) || !read(frame + 8, ret_pc) || *ret_pc == 0)
		return false;
	*fp = next > frame ? next : 0;
	return true;
}
