/* SPDX-License-Identifier: BSD-2-Clause */
#include <arch/registers.h>

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/vm.h"

#include "x86.h"

_Static_assert(sizeof(struct helion_registers) == 8 * HELION_REGISTERS_WORDS, "layout");
/* Restricted code's are stored and loaded as if they were a frame. */
_Static_assert(offsetof(struct helion_registers, r15) == TF_R15 && offsetof(struct helion_registers, rdi) == TF_RDI &&
		       offsetof(struct helion_registers, rip) == TF_RIP &&
		       offsetof(struct helion_registers, rflags) == TF_RFLAGS &&
		       offsetof(struct helion_registers, rsp) == TF_RSP,
	       "layout");

void arch_registers_read(const struct trapframe *tf, struct helion_registers *ret)
{
	*ret = (struct helion_registers){
		.rax = tf->rax,
		.rbx = tf->rbx,
		.rcx = tf->rcx,
		.rdx = tf->rdx,
		.rsi = tf->rsi,
		.rdi = tf->rdi,
		.rbp = tf->rbp,
		.rsp = tf->rsp,
		.r8 = tf->r8,
		.r9 = tf->r9,
		.r10 = tf->r10,
		.r11 = tf->r11,
		.r12 = tf->r12,
		.r13 = tf->r13,
		.r14 = tf->r14,
		.r15 = tf->r15,
		.rip = tf->rip,
		.rflags = tf->rflags & X86_RFLAGS_USER,
		.fs_base = tf->fs_base,
		.gs_base = tf->gs_base,
	};
	/* SYSCALL has put the instruction and the flags there. */
	if (tf->vector == TF_SYSCALL) {
		ret->rcx = tf->rip;
		ret->r11 = tf->rflags;
	}
}

bool arch_registers_write(struct trapframe *tf, const struct helion_registers *registers)
{
	if (registers->rip >= vm_user_top || registers->fs_base >= vm_user_top || registers->gs_base >= vm_user_top)
		return false;
	*tf = (struct trapframe){
		.rax = registers->rax,
		.rbx = registers->rbx,
		.rcx = registers->rcx,
		.rdx = registers->rdx,
		.rsi = registers->rsi,
		.rdi = registers->rdi,
		.rbp = registers->rbp,
		.rsp = registers->rsp,
		.r8 = registers->r8,
		.r9 = registers->r9,
		.r10 = registers->r10,
		.r11 = registers->r11,
		.r12 = registers->r12,
		.r13 = registers->r13,
		.r14 = registers->r14,
		.r15 = registers->r15,
		.rip = registers->rip,
		.rflags = (registers->rflags & X86_RFLAGS_USER) | X86_RFLAGS_FIXED,
		.fs_base = registers->fs_base,
		.gs_base = registers->gs_base,
		.cs = X86_USER_CS,
		.ss = X86_USER_SS,
	};
	return true;
}
