/* SPDX-License-Identifier: BSD-2-Clause */
/* Macros of the two sets of entries, vectors.S and kptientry.S. */
#ifndef X86_64_KERNEL_STUBS_H
#define X86_64_KERNEL_STUBS_H

#include <arch/trapframe.h>

#include "x86.h"

#define EXCEPTION_STUB_SIZE 16
#define INTERRUPT_STUB_SIZE 8

#ifdef __ASSEMBLER__

.macro PUSH_REGISTERS
	push	%rdi
	push	%rsi
	push	%rdx
	push	%rcx
	push	%rax
	push	%r8
	push	%r9
	push	%r10
	push	%r11
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
.endm

.macro POP_REGISTERS
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	pop	%r11
	pop	%r10
	pop	%r9
	pop	%r8
	pop	%rax
	pop	%rcx
	pop	%rdx
	pop	%rsi
	pop	%rdi
.endm

/* The frame at rsp is one of kernel mode on an IST stack: GS base is kept as it is found, whichever it is, and put back. */
.macro PARANOID_TRAP
	mov	$MSR_GS_BASE, %ecx
	rdmsr
	mov	%eax, TF_GS_BASE(%rsp)
	mov	%edx, TF_GS_BASE + 4(%rsp)
	mov	TF_SIZE(%rsp), %eax
	mov	TF_SIZE + 4(%rsp), %edx
	wrmsr
	mov	%rsp, %rdi
	call	trap_entry
	mov	$MSR_GS_BASE, %ecx
	mov	TF_GS_BASE(%rsp), %eax
	mov	TF_GS_BASE + 4(%rsp), %edx
	wrmsr
.endm

/* Some push an error code (Intel SDM vol. 3A table 6-1). */
.macro EXCEPTION_STUB vector, target, error=0
	.balign	EXCEPTION_STUB_SIZE
	.if \error == 0
	push	$0
	.endif
	push	$\vector
	jmp	\target
.endm

/* Vectors 0-31. Those to `paranoid` have stacks of their own. */
.macro EXCEPTION_STUBS common, paranoid
	EXCEPTION_STUB 0, \common
	EXCEPTION_STUB 1, \paranoid	/* debug */
	EXCEPTION_STUB 2, \paranoid	/* NMI */
	EXCEPTION_STUB 3, \common
	EXCEPTION_STUB 4, \common
	EXCEPTION_STUB 5, \common
	EXCEPTION_STUB 6, \common
	EXCEPTION_STUB 7, \common
	EXCEPTION_STUB 8, \paranoid, error=1	/* double fault */
	EXCEPTION_STUB 9, \common
	EXCEPTION_STUB 10, \common, error=1
	EXCEPTION_STUB 11, \common, error=1
	EXCEPTION_STUB 12, \common, error=1
	EXCEPTION_STUB 13, \common, error=1
	EXCEPTION_STUB 14, \common, error=1
	EXCEPTION_STUB 15, \common
	EXCEPTION_STUB 16, \common
	EXCEPTION_STUB 17, \common, error=1
	EXCEPTION_STUB 18, \paranoid	/* machine check */
	EXCEPTION_STUB 19, \common
	EXCEPTION_STUB 20, \common
	EXCEPTION_STUB 21, \common, error=1
	EXCEPTION_STUB 22, \common
	EXCEPTION_STUB 23, \common
	EXCEPTION_STUB 24, \common
	EXCEPTION_STUB 25, \common
	EXCEPTION_STUB 26, \common
	EXCEPTION_STUB 27, \common
	EXCEPTION_STUB 28, \common
	EXCEPTION_STUB 29, \common, error=1
	EXCEPTION_STUB 30, \common, error=1
	EXCEPTION_STUB 31, \common
.endm

/* Vectors 32-255: the vector is pushed less 128, so that it fits in the short form. */
.macro INTERRUPT_STUBS target
	.set	vector, 32
	.rept	256 - 32
	.balign	INTERRUPT_STUB_SIZE
	push	$(vector - 128)
	jmp	\target
	.set	vector, vector + 1
	.endr
.endm

#endif
#endif
