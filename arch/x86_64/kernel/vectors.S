/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the kernel and out of it.
 *
 * From user mode all registers go straight into the running task's frame
 * (percpu->regs): it ends where TSS.rsp0 points, so the processor itself stores
 * the first words of it. Then the CPU's stack is taken, which is empty, and
 * kernel_exit() ends what began here.
 *
 * GS base is the user's until SWAPGS. NMI, machine check, double fault and debug
 * exception can come before that although CS is already the kernel's. They have
 * stacks of their own (IST), above which stands the per-CPU pointer; that is
 * trusted, never what GS base looks like, which with FSGSBASE is in the user's hands.
 */

#include <arch/trapframe.h>

#include "percpu_x86.h"
#include "stubs.h"
#include "x86.h"

	.text

/* -- System calls (Intel SDM vol. 3A §5.8.8) -------------------------------- */

/*
 * rcx and r11 hold rip and rflags; SFMASK has cleared IF, DF, TF and AC. The rest of
 * the frame is as it was made (cs, ss), or no matter on the way back (rcx, r11, error).
 * percpu->syscall is trap_syscall(), or in restricted mode restricted_syscall().
 */
	.balign	16
	.globl	syscall_entry
	.type	syscall_entry, @function
syscall_entry:
	swapgs
	.globl	syscall_entry_kernel
syscall_entry_kernel:
	mov	%rsp, %gs:PERCPU_SCRATCH0
	mov	%gs:PERCPU_REGS, %rsp
	mov	%rcx, TF_RIP(%rsp)
	mov	%r11, TF_RFLAGS(%rsp)
	mov	%gs:PERCPU_SCRATCH0, %rcx
	mov	%rcx, TF_RSP(%rsp)
	movl	$TF_SYSCALL, TF_VECTOR(%rsp)
	mov	%rdi, TF_RDI(%rsp)
	mov	%rsi, TF_RSI(%rsp)
	mov	%rdx, TF_RDX(%rsp)
	mov	%rax, TF_RAX(%rsp)
	mov	%r8, TF_R8(%rsp)
	mov	%r9, TF_R9(%rsp)
	mov	%r10, TF_R10(%rsp)
	mov	%rbx, TF_RBX(%rsp)
	mov	%rbp, TF_RBP(%rsp)
	mov	%r12, TF_R12(%rsp)
	mov	%r13, TF_R13(%rsp)
	mov	%r14, TF_R14(%rsp)
	mov	%r15, TF_R15(%rsp)
	mov	%rsp, %rdi
	mov	%gs:PERCPU_STACK, %rsp
	xor	%ebp, %ebp
	call	*%gs:PERCPU_SYSCALL
	ud2
	.size	syscall_entry, . - syscall_entry

/* -- Exceptions and interrupts ---------------------------------------------- */

	.balign	16
	.type	interrupt_common, @function
interrupt_common:
	addq	$128, (%rsp)		/* see INTERRUPT_STUBS */
	pushq	(%rsp)
	.type	exception_common, @function
exception_common:
	cld
	testb	$3, TF_CS - TF_VECTOR(%rsp)
	jz	kernel_trap
	swapgs
	.globl	user_exception
user_exception:
	PUSH_REGISTERS
user_trap:
	sub	$TF_R15, %rsp
	/* Unlike SYSCALL an interrupt leaves AC as the user set it, which would switch SMAP off. */
	testb	$FEATURE_SMAP, %gs:PERCPU_FEATURES
	jz	1f
	clac
1:	mov	%rsp, %rdi
	mov	%gs:PERCPU_STACK, %rsp
	xor	%ebp, %ebp
	call	trap_entry
	call	kernel_exit
	ud2

	.globl	kernel_exception
kernel_exception:
	cld
kernel_trap:
	PUSH_REGISTERS
	sub	$TF_R15, %rsp
	mov	%rsp, %rdi
	call	trap_entry
kernel_trap_return:
	add	$TF_R15, %rsp
	POP_REGISTERS
	add	$16, %rsp
	iretq
	.size	exception_common, . - exception_common

	.type	paranoid_common, @function
paranoid_common:
	cld
	PUSH_REGISTERS
	sub	$TF_R15, %rsp
	testb	$3, TF_CS(%rsp)
	jz	1f

	/* From user mode GS is the user's for sure: move to the task's frame and go on as usual. */
	swapgs
	lea	TF_R15(%rsp), %rsi
	mov	%gs:PERCPU_TSS_RSP0, %rsp
	sub	$(TF_SIZE - TF_R15), %rsp
	mov	%rsp, %rdi
	mov	$((TF_SIZE - TF_R15) / 8), %ecx
	rep movsq
	jmp	user_trap

	/* From the kernel: keep GS base as it is found, whichever it is, and put it back. */
1:	PARANOID_TRAP
	jmp	kernel_trap_return
	.size	paranoid_common, . - paranoid_common

	.balign	EXCEPTION_STUB_SIZE
	.globl	exception_stubs
exception_stubs:
	EXCEPTION_STUBS exception_common, paranoid_common

	.balign	INTERRUPT_STUB_SIZE
	.globl	interrupt_stubs
interrupt_stubs:
	INTERRUPT_STUBS interrupt_common

/* -- Return to user mode ---------------------------------------------------- */

	.balign	16
	.globl	arch_user_return
	.type	arch_user_return, @function
arch_user_return:
	/* SYSRET and IRET to an address that is not canonical fault in the kernel, the former with the user's
	 * stack (Intel SDM vol. 2B, SYSRET). There is none here: the last page of user space is never mapped, so
	 * no SYSCALL ends there, and what other tasks write is checked (arch_registers_write()). */
	cmpl	$TF_SYSCALL, TF_VECTOR(%rdi)
	jne	1f
	mov	TF_R15(%rdi), %r15
	mov	TF_R14(%rdi), %r14
	mov	TF_R13(%rdi), %r13
	mov	TF_R12(%rdi), %r12
	mov	TF_RBP(%rdi), %rbp
	mov	TF_RBX(%rdi), %rbx
	mov	TF_R10(%rdi), %r10
	mov	TF_R9(%rdi), %r9
	mov	TF_R8(%rdi), %r8
	mov	TF_RAX(%rdi), %rax
	mov	TF_RDX(%rdi), %rdx
	mov	TF_RSI(%rdi), %rsi
	mov	TF_RIP(%rdi), %rcx
	mov	TF_RFLAGS(%rdi), %r11
	mov	TF_RSP(%rdi), %rsp
	mov	TF_RDI(%rdi), %rdi
	swapgs
	sysretq
1:	lea	TF_R15(%rdi), %rsp
	POP_REGISTERS
	add	$16, %rsp		/* vector and error code */
	swapgs
	iretq

	.size	arch_user_return, . - arch_user_return

/*
 * arch_restricted_return(shared): others may write there at any time. Each word is read
 * once, and what could do harm is made harmless in the register: an instruction pointer
 * beyond user space becomes 0. SYSRET where rcx and r11 are what it leaves there, else
 * IRET from a frame on the CPU's own stack.
 */
	.balign	16
	.globl	arch_restricted_return
	.type	arch_restricted_return, @function
arch_restricted_return:
	mov	TF_RIP(%rdi), %rcx
	cmp	%gs:PERCPU_USER_TOP, %rcx
	jae	3f
1:	mov	TF_RFLAGS(%rdi), %r11
	and	$X86_RFLAGS_USER, %r11d
	or	$X86_RFLAGS_FIXED, %r11d
	cmp	%rcx, TF_RCX(%rdi)
	jne	2f
	cmp	%r11, TF_R11(%rdi)
	jne	2f
	mov	TF_R15(%rdi), %r15
	mov	TF_R14(%rdi), %r14
	mov	TF_R13(%rdi), %r13
	mov	TF_R12(%rdi), %r12
	mov	TF_RBP(%rdi), %rbp
	mov	TF_RBX(%rdi), %rbx
	mov	TF_R10(%rdi), %r10
	mov	TF_R9(%rdi), %r9
	mov	TF_R8(%rdi), %r8
	mov	TF_RAX(%rdi), %rax
	mov	TF_RDX(%rdi), %rdx
	mov	TF_RSI(%rdi), %rsi
	mov	TF_RSP(%rdi), %rsp
	mov	TF_RDI(%rdi), %rdi
	swapgs
	sysretq
2:	mov	%gs:PERCPU_STACK, %rsp
	push	$X86_USER_SS
	push	TF_RSP(%rdi)
	push	%r11
	push	$X86_USER_CS
	push	%rcx
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
	mov	TF_RDI(%rdi), %rdi
	swapgs
	iretq
3:	xor	%ecx, %ecx
	jmp	1b
	.size	arch_restricted_return, . - arch_restricted_return

	.section .note.GNU-stack, "", @progbits
