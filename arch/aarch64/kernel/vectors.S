/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The exception vectors (ARM ARM D1.3.1.5) and the return to user mode.
 *
 * While user code runs SP_EL1 points to the task's trapframe, so that a trap
 * needs no scratch register: it stores everything through sp and then changes to
 * the CPU's kernel stack, which is empty. A trap from kernel mode pushes a
 * trapframe on the stack it finds, if that is this CPU's stack and has room;
 * otherwise (a stack overflow hit the guard page, or sp is wild) it takes the
 * one emergency stack of the machine, from which there is no return.
 */
#include <arch/trapframe.h>
#include "kernel/percpu.h"
#include "traps.inc"

#define ESR_EC_SHIFT	26
#define EC_SVC64	0x15

/* What every vector for traps from user mode begins with. x0 = the trapframe, x1 = percpu->syscall. */
.macro user_trap
	save_x0_x29
	mrs	x20, sp_el0
	mrs	x21, elr_el1
	mrs	x22, spsr_el1
	stp	x30, x20, [sp, #TRAPFRAME_X30]
	stp	x21, x22, [sp, #TRAPFRAME_PC]
	mov	x0, sp
	mrs	x1, tpidr_el1
	ldp	x2, x1, [x1, #PERCPU_STACK]
	mov	sp, x2
	/* The state is safe: from here an SError is reported where it belongs. */
	msr	daifclr, #4
	mov	x29, xzr
.endm

/* A vector has 32 instructions at most. */
.macro user_vector handler
	.balign	128
0:	user_trap
	bl	\handler
	b	kernel_exit
	.if	. - 0b > 128
	.error	"vector too long"
	.endif
.endm

/* For synchronous exceptions: system calls need no more decoding (SVC in AArch64 state, ARM ARM D17.2.37). */
.macro user_sync_vector
	.balign	128
0:	user_trap
	mrs	x2, esr_el1
	lsr	w2, w2, #ESR_EC_SHIFT
	cmp	w2, #EC_SVC64
	b.eq	user_syscall
	bl	exception_sync
	b	kernel_exit
	.if	. - 0b > 128
	.error	"vector too long"
	.endif
.endm

/*
 * A vector for traps from kernel mode. TPIDRRO_EL0 keeps x0 for a moment; user
 * code can read it, so it is cleared again once x0 is stored.
 */
.macro kernel_vector handler
	.balign	128
	msr	tpidrro_el0, x0
	mrs	x0, tpidr_el1
	str	x1, [x0, #PERCPU_SCRATCH0]
	adr	x1, \handler
	str	x1, [x0, #PERCPU_SCRATCH1]
	b	kernel_trap
.endm

	.section .text.vectors, "ax", %progbits
	.balign	2048
	.global exception_vectors
	.type exception_vectors, %function
exception_vectors:
	/* EL1 with SP_EL0, which the kernel never uses. */
	kernel_vector	exception_kernel_sp0
	kernel_vector	exception_kernel_sp0
	kernel_vector	exception_kernel_sp0
	kernel_vector	exception_kernel_sp0
	/* EL1 with SP_EL1: synchronous, IRQ, FIQ, SError. */
	kernel_vector	exception_sync
	kernel_vector	exception_irq
	kernel_vector	exception_fiq
	kernel_vector	exception_serror
	/* EL0 in AArch64 state. */
	user_sync_vector
	user_vector	exception_irq
	user_vector	exception_fiq
	user_vector	exception_serror
	/* EL0 in AArch32 state, which the kernel never enters. */
	user_vector	exception_user_aarch32
	user_vector	exception_user_aarch32
	user_vector	exception_user_aarch32
	user_vector	exception_user_aarch32
	.balign	128
	.size exception_vectors, . - exception_vectors

	.type user_syscall, %function
user_syscall:
	blr	x1
	.size user_syscall, . - user_syscall

/* Loads x1 and x0 as they were before the trap. */
.macro reload_x0_x1
	mrs	x0, tpidr_el1
	ldr	x1, [x0, #PERCPU_SCRATCH0]
	mrs	x0, tpidrro_el0
.endm

/* The rest of the trapframe after save_x0_x29; x20 is sp before the trap. */
.macro save_kernel_rest
	mrs	x21, elr_el1
	mrs	x22, spsr_el1
	stp	x30, x20, [sp, #TRAPFRAME_X30]
	stp	x21, x22, [sp, #TRAPFRAME_PC]
	msr	tpidrro_el0, xzr
.endm

/*
 * A trap from kernel mode: x0 = percpu, SCRATCH0 = x1, SCRATCH1 = the handler.
 * SPSR_EL1 has the condition flags, so they are free.
 */
	.type kernel_trap, %function
kernel_trap:
	/* Bytes in use of this CPU's stack, were the trapframe pushed; huge when sp is above it. */
	ldr	x1, [x0, #PERCPU_STACK]
	mov	x0, sp
	sub	x0, x1, x0
	add	x0, x0, #TRAPFRAME_SIZE
	cmp	x0, #KERNEL_STACK_SIZE
	b.hi	stack_lost
	reload_x0_x1
	sub	sp, sp, #TRAPFRAME_SIZE
	save_x0_x29
	add	x20, sp, #TRAPFRAME_SIZE
	save_kernel_rest
	mov	x0, sp
	mrs	x1, tpidr_el1
	ldr	x1, [x1, #PERCPU_SCRATCH1]
	blr	x1
	ldp	x21, x22, [sp, #TRAPFRAME_PC]
	msr	elr_el1, x21
	msr	spsr_el1, x22
	restore_x0_x30
	add	sp, sp, #TRAPFRAME_SIZE
	return_from_exception
	.size kernel_trap, . - kernel_trap

/* Takes the emergency stack; whoever comes second (or again, from a fault on that stack) stops here for good. */
	.type stack_lost, %function
stack_lost:
	adrp	x1, emergency_taken
	add	x1, x1, :lo12:emergency_taken
1:	ldaxr	w0, [x1]
	cbnz	w0, 2f
	/* Any value but 0 will do: the low half of the address. */
	stxr	w0, w1, [x1]
	cbnz	w0, 1b
	mov	x0, sp
	adrp	x1, emergency_stack_top
	add	x1, x1, :lo12:emergency_stack_top
	sub	x1, x1, #TRAPFRAME_SIZE
	mov	sp, x1
	str	x0, [sp, #TRAPFRAME_SP]
	reload_x0_x1
	save_x0_x29
	ldr	x20, [sp, #TRAPFRAME_SP]
	save_kernel_rest
	mov	x0, sp
	bl	exception_kernel_stack
2:	wfi
	b	2b
	.size stack_lost, . - stack_lost

/* _Noreturn void arch_user_return(struct trapframe *tf) */
	.global arch_user_return
	.type arch_user_return, %function
arch_user_return:
	prepare_user_return
	restore_x0_x30
	return_from_exception
	.size arch_user_return, . - arch_user_return

/*
 * _Noreturn void arch_restricted_return(struct trapframe *shared): others may write there at any
 * time. Of PSTATE only N, Z, C and V are taken; nothing else can do harm.
 */
	.global arch_restricted_return
	.type arch_restricted_return, %function
arch_restricted_return:
	prepare_restricted_return
	restore_x0_x30
	return_from_exception
	.size arch_restricted_return, . - arch_restricted_return

	.section .bss.emergency, "aw", %nobits
	.balign	16
	.space	8192
emergency_stack_top:
emergency_taken:
	.space	4
