/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every trap enters here (stvec in direct mode, privileged §10.1.2). sscratch says
 * where it came from: in user mode it holds this hart's struct percpu, in the
 * kernel it is 0 and tp holds that.
 */
#include <arch/trapframe.h>

#include "csr.h"
#include "riscv.h"

#define EMERGENCY_STACK_SIZE	8192

/* x5, x6 and x10 stand for themselves where a path needs them earlier. */
	.macro	save_registers from
	.irp	n, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, TRAPFRAME_X(\n)(\from)
	.endr
	.endm

	.macro	load_registers from
	.irp	n, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, TRAPFRAME_X(\n)(\from)
	.endr
	.endm

	.text
	.balign	4
	.globl	riscv_trap_vector
	.hidden	riscv_trap_vector
	.type	riscv_trap_vector, %function
riscv_trap_vector:
	csrrw	tp, sscratch, tp
	beqz	tp, from_kernel

from_user:
	sd	a0, PERCPU_SCRATCH0(tp)
	ld	a0, PERCPU_REGS(tp)
	sd	ra, TRAPFRAME_X(1)(a0)
	sd	sp, TRAPFRAME_X(2)(a0)
	sd	gp, TRAPFRAME_X(3)(a0)
	sd	t0, TRAPFRAME_X(5)(a0)
	sd	t1, TRAPFRAME_X(6)(a0)
	save_registers a0
	ld	t1, PERCPU_SCRATCH0(tp)
	sd	t1, TRAPFRAME_X(10)(a0)
	csrrw	t1, sscratch, zero
	sd	t1, TRAPFRAME_X(4)(a0)
	csrr	t2, sepc
	ld	sp, PERCPU_STACK(tp)
	mv	fp, zero
	/* A system call goes on behind its instruction. It needs no more decoding. */
	csrr	t0, scause
	li	t1, CAUSE_USER_ECALL
	bne	t0, t1, 1f
	addi	t2, t2, 4
	sd	t2, TRAPFRAME_SEPC(a0)
	ld	t0, PERCPU_SYSCALL(tp)
	jalr	t0
1:	sd	t2, TRAPFRAME_SEPC(a0)
	call	riscv_trap
	call	kernel_exit

from_kernel:
	csrrw	tp, sscratch, tp
	sd	t0, PERCPU_SCRATCH0(tp)
	sd	t1, PERCPU_SCRATCH1(tp)
	/* Without room for the frame on this hart's stack (sp may be anything) storing it would only trap again. */
	ld	t0, PERCPU_STACK(tp)
	sub	t0, t0, sp
	li	t1, KERNEL_STACK_SIZE - TRAPFRAME_SIZE - 16
	bltu	t1, t0, stack_overflow
	addi	t0, sp, -TRAPFRAME_SIZE
	andi	t0, t0, -16
	lla	t1, riscv_trap

push_frame:
	sd	ra, TRAPFRAME_X(1)(t0)
	sd	sp, TRAPFRAME_X(2)(t0)
	mv	sp, t0
	sd	gp, TRAPFRAME_X(3)(sp)
	sd	tp, TRAPFRAME_X(4)(sp)
	sd	a0, TRAPFRAME_X(10)(sp)
	save_registers sp
	ld	t0, PERCPU_SCRATCH0(tp)
	sd	t0, TRAPFRAME_X(5)(sp)
	ld	t0, PERCPU_SCRATCH1(tp)
	sd	t0, TRAPFRAME_X(6)(sp)
	sd	zero, TRAPFRAME_X(0)(sp)
	csrr	t0, sepc
	sd	t0, TRAPFRAME_SEPC(sp)
	csrr	t0, sstatus
	sd	t0, TRAPFRAME_SSTATUS(sp)
	mv	a0, sp
	jalr	t1

	/* Interrupts are off again since the trap; sscratch and tp are as they were. */
	ld	t0, TRAPFRAME_SEPC(sp)
	csrw	sepc, t0
	ld	t0, TRAPFRAME_SSTATUS(sp)
	csrw	sstatus, t0
	load_registers sp
	ld	ra, TRAPFRAME_X(1)(sp)
	ld	gp, TRAPFRAME_X(3)(sp)
	ld	t0, TRAPFRAME_X(5)(sp)
	ld	t1, TRAPFRAME_X(6)(sp)
	ld	t2, TRAPFRAME_X(7)(sp)
	ld	fp, TRAPFRAME_X(8)(sp)
	ld	s1, TRAPFRAME_X(9)(sp)
	ld	a0, TRAPFRAME_X(10)(sp)
	ld	sp, TRAPFRAME_X(2)(sp)
	sret

/* One hart gets the emergency stack, once: a second overflow is in the panic itself. */
stack_overflow:
	lla	t0, emergency_taken
	li	t1, 1
	amoswap.w t1, t1, (t0)
	bnez	t1, stop
	lla	t0, emergency_stack_top - TRAPFRAME_SIZE
	lla	t1, riscv_stack_overflow
	j	push_frame
stop:
	csrw	sie, zero
1:	wfi
	j	1b
	.size	riscv_trap_vector, . - riscv_trap_vector

/*
 * arch_user_return(tf), arch_restricted_return(shared): a0 = tf. Nothing in a frame
 * can do harm: sstatus is right as it stands: SPP says user mode
 * and SPIE on since arch_init_cpu(), because that is how each trap from user mode and
 * each return from a trap of the kernel leaves them (privileged §3.1.6.1: SRET sets
 * SPP to user mode and SPIE to 1); FS and VS are as kernel/fpu.c set them, SUM and
 * MXR clear at all times.
 */
	.globl	arch_user_return, arch_restricted_return
	.hidden	arch_user_return, arch_restricted_return
	.type	arch_user_return, %function
arch_restricted_return:
	/* A reservation of the code that ran before must not make this one's SC succeed, see arch_task_enter(). */
	sc.d	zero, zero, (a0)
arch_user_return:
	ld	t0, TRAPFRAME_SEPC(a0)
	csrw	sepc, t0
	csrw	sscratch, tp
	load_registers a0
	ld	ra, TRAPFRAME_X(1)(a0)
	ld	sp, TRAPFRAME_X(2)(a0)
	ld	gp, TRAPFRAME_X(3)(a0)
	ld	tp, TRAPFRAME_X(4)(a0)
	ld	t0, TRAPFRAME_X(5)(a0)
	ld	t1, TRAPFRAME_X(6)(a0)
	ld	t2, TRAPFRAME_X(7)(a0)
	ld	fp, TRAPFRAME_X(8)(a0)
	ld	s1, TRAPFRAME_X(9)(a0)
	ld	a0, TRAPFRAME_X(10)(a0)
	sret
	.size	arch_user_return, . - arch_user_return

	.section .bss.emergency, "aw", %nobits
	.balign	16
	.skip	EMERGENCY_STACK_SIZE
emergency_stack_top:
emergency_taken:
	.skip	4

	.section .note.GNU-stack, "", %progbits
