/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Into the kernel and out of it where user mode has tables without the kernel: this page is all that those have of it.
 * The rest is as in vectors.S, which goes on with what began here.
 *
 * TTBR0 has the ASID. Into the kernel it changes first, and out of it last, so that nothing of the kernel gets into the TLB
 * with the ASID of a user. sp is the task's trapframe all the time, which user mode's tables do not have.
 */
#include <arch/trapframe.h>
#include "kernel/percpu.h"
#include "traps.inc"

	.section .text.kpti, "ax", %progbits
	.balign	4096
	.global	kpti_text
	.type	kpti_text, %function
kpti_text:

/* TPIDRRO_EL0, which user code reads, keeps x30 and is cleared again. */
.macro enter_kernel
	msr	tpidrro_el0, x30
	ldr	x30, kpti_kernel_ttbr0
	msr	ttbr0_el1, x30
	isb
	ldr	x30, kpti_kernel_ttbr1
	msr	ttbr1_el1, x30
	isb
	mrs	x30, tpidrro_el0
	msr	tpidrro_el0, xzr
	b	exception_vectors + vector
.endm

	/* From EL1: the kernel's tables are there. */
	.set	vector, 0
	.rept	8
	.balign	128
	b	exception_vectors + vector
	.set	vector, vector + 128
	.endr
	.rept	8
	.balign	128
	enter_kernel
	.set	vector, vector + 128
	.endr
	.balign	128

/* All but x30 is loaded. FAR_EL1 has nothing to say here: it keeps the address space's token. */
.macro leave_kernel
	ldr	x30, [sp, #TRAPFRAME_X30]
	msr	tpidrro_el0, x30
	mrs	x30, tpidr_el1
	ldr	x30, [x30, #PERCPU_VSPACE_TOKEN]
	msr	far_el1, x30
	ldr	x30, kpti_user_ttbr1
	msr	ttbr1_el1, x30
	isb
	mrs	x30, far_el1
	msr	ttbr0_el1, x30
	mrs	x30, tpidrro_el0
	msr	tpidrro_el0, xzr
	return_from_exception
.endm

	.global	kpti_user_return
kpti_user_return:
	prepare_user_return
	restore_x0_x29
	leave_kernel

	.global	kpti_restricted_return
kpti_restricted_return:
	prepare_restricted_return
	restore_x0_x29
	leave_kernel

	/* Written by kpti_init(). */
	.balign	8
	.global	kpti_kernel_ttbr0, kpti_kernel_ttbr1, kpti_user_ttbr1
kpti_kernel_ttbr0:
	.quad	0
kpti_kernel_ttbr1:
	.quad	0
kpti_user_ttbr1:
	.quad	0
	.size	kpti_text, . - kpti_text

	/* A page, and not more. */
	.org	kpti_text + 4096, 0
