/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the kernel and out of it where user mode has tables without the kernel. This page of code, the IDT, and for each
 * CPU the pages of struct entry_data and of the IST stacks are all that those tables have of it: here they are
 * exchanged for the kernel's. The rest is as in vectors.S, which goes on with what began here.
 */

#include <arch/trapframe.h>

#include "kpti.h"
#include "percpu_x86.h"
#include "stubs.h"
#include "x86.h"

	.section .entry_page, "ax", @progbits
	.balign	4096
	.globl	kpti_text
kpti_text:

/* Of this CPU, at its own mapping of this page: the next page there. */
#define DATA(offset) (kpti_text + 4096 + offset)(%rip)

/* No register is free, and GS base leads to what is not mapped. */
	.globl	kpti_syscall
	.type	kpti_syscall, @function
kpti_syscall:
	mov	%rsp, DATA(ENTRY_SCRATCH)
	mov	DATA(ENTRY_KERNEL_ROOT), %rsp
	mov	%rsp, %cr3
	swapgs
	mov	DATA(ENTRY_SCRATCH), %rsp
	jmp	*DATA(ENTRY_SYSCALL)
	.size	kpti_syscall, . - kpti_syscall

	.type	kpti_exception, @function
kpti_interrupt:
	addq	$128, (%rsp)		/* see INTERRUPT_STUBS */
	pushq	(%rsp)
kpti_exception:
	testb	$3, TF_CS - TF_VECTOR(%rsp)
	jz	kernel_exception
	/* Above the stack, whichever it is, stands struct entry_top. What the processor pushed goes to the task's frame. */
kpti_from_user:
	push	%rdi
	mov	TF_SIZE - TF_RDI + ENTRY_TOP_ROOT(%rsp), %rdi
	mov	%rdi, %cr3
	swapgs
	cld
	mov	%rsp, %rdi
	mov	%gs:PERCPU_TSS_RSP0, %rsp
	pushq	TF_SIZE - 8 - TF_RDI(%rdi)	/* ss */
	pushq	TF_RSP - TF_RDI(%rdi)
	pushq	TF_RFLAGS - TF_RDI(%rdi)
	pushq	TF_CS - TF_RDI(%rdi)
	pushq	TF_RIP - TF_RDI(%rdi)
	pushq	TF_VECTOR + 8 - TF_RDI(%rdi)	/* error code */
	pushq	TF_VECTOR - TF_RDI(%rdi)
	mov	(%rdi), %rdi
	jmp	user_exception
	.size	kpti_exception, . - kpti_exception

/* From the kernel, maybe from here with either table: both CR3 and GS base are put back as they are found. */
	.type	kpti_paranoid, @function
kpti_paranoid:
	testb	$3, TF_CS - TF_VECTOR(%rsp)
	jnz	kpti_from_user
	cld
	PUSH_REGISTERS
	sub	$TF_R15, %rsp
	mov	%cr3, %rax
	mov	%rax, TF_FS_BASE(%rsp)
	mov	TF_SIZE + ENTRY_TOP_ROOT(%rsp), %rax
	mov	%rax, %cr3
	PARANOID_TRAP
	mov	TF_FS_BASE(%rsp), %rax
	mov	%rax, %cr3
	add	$TF_R15, %rsp
	POP_REGISTERS
	add	$16, %rsp
	iretq
	.size	kpti_paranoid, . - kpti_paranoid

	.balign	EXCEPTION_STUB_SIZE
	.globl	kpti_exception_stubs
kpti_exception_stubs:
	EXCEPTION_STUBS kpti_exception, kpti_paranoid
	.balign	EXCEPTION_STUB_SIZE
	.globl	kpti_interrupt_stubs
kpti_interrupt_stubs:
	INTERRUPT_STUBS kpti_interrupt

.macro LOAD_REGISTERS
	mov	TF_R15(%rdi), %r15
	mov	TF_R14(%rdi), %r14
	mov	TF_R13(%rdi), %r13
	mov	TF_R12(%rdi), %r12
	mov	TF_RBP(%rdi), %rbp
	mov	TF_RBX(%rdi), %rbx
	mov	TF_R11(%rdi), %r11
	mov	TF_R10(%rdi), %r10
	mov	TF_R9(%rdi), %r9
	mov	TF_R8(%rdi), %r8
	mov	TF_RAX(%rdi), %rax
	mov	TF_RCX(%rdi), %rcx
	mov	TF_RDX(%rdi), %rdx
	mov	TF_RSI(%rdi), %rsi
.endm

/* In place of arch_user_return(). The last registers are loaded from the entry stack, which both tables have. */
	.globl	kpti_user_return
	.type	kpti_user_return, @function
kpti_user_return:
	mov	%gs:PERCPU_ENTRY_STACK, %rsp
	pushq	TF_SIZE - 8(%rdi)	/* ss */
	pushq	TF_RSP(%rdi)
	pushq	TF_RFLAGS(%rdi)
	pushq	TF_CS(%rdi)
	pushq	TF_RIP(%rdi)
	pushq	TF_RDI(%rdi)
	cmpl	$TF_SYSCALL, TF_VECTOR(%rdi)
	LOAD_REGISTERS
leave:
	mov	%gs:PERCPU_VSPACE_TOKEN, %rdi
	swapgs
	mov	%rdi, %cr3
	pop	%rdi
	jne	1f
	mov	(%rsp), %rcx
	mov	16(%rsp), %r11
	mov	24(%rsp), %rsp
	sysretq
1:	iretq
	.size	kpti_user_return, . - kpti_user_return

/* In place of arch_restricted_return(), which see: each word is read once, and not trusted. */
	.globl	kpti_restricted_return
	.type	kpti_restricted_return, @function
kpti_restricted_return:
	mov	%gs:PERCPU_ENTRY_STACK, %rsp
	mov	TF_RIP(%rdi), %rcx
	cmp	%gs:PERCPU_USER_TOP, %rcx
	jb	1f
	xor	%ecx, %ecx
1:	mov	TF_RFLAGS(%rdi), %r11
	and	$X86_RFLAGS_USER, %r11d
	or	$X86_RFLAGS_FIXED, %r11d
	push	$X86_USER_SS
	pushq	TF_RSP(%rdi)
	push	%r11
	push	$X86_USER_CS
	push	%rcx
	pushq	TF_RDI(%rdi)
	LOAD_REGISTERS
	test	%rsp, %rsp		/* not 0: IRET, as rcx and r11 are not what SYSRET leaves there */
	jmp	leave
	.size	kpti_restricted_return, . - kpti_restricted_return

	/* A page, and not more. */
	.org	kpti_text + 4096, 0xcc
	.section .note.GNU-stack, "", @progbits
