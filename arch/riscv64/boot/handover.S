/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hand-over page of riscv64. Entered in S-mode, with translation off or in any
 * mode, with
 *	a0 boot context   a1 kernel entry   a2 kernel stack   a3 new satp   a4 address of this page
 *
 * The page is mapped at its own address before and after satp is written, so execution just goes on. sret
 * enters the kernel with all other registers zero.
 */
#define SSTATUS_SIE	(1 << 1)
#define SSTATUS_SPIE	(1 << 5)
#define SSTATUS_SPP	(1 << 8)
/* VS, FS, XS: vector, floating-point and other state off; SUM, MXR: no access to user or execute-only pages. */
#define SSTATUS_CLEAR	((3 << 9) | (3 << 13) | (3 << 15) | (1 << 18) | (1 << 19) | SSTATUS_SPIE)

	.section .rodata.handover, "a"
	.balign 4
	.globl arch_handover_code, arch_handover_code_end
	.hidden arch_handover_code, arch_handover_code_end
	.option push
	.option norvc
	.option norelax

arch_handover_code:
	csrci	sstatus, SSTATUS_SIE
	csrw	sie, zero
	csrw	sscratch, zero

	/* A trap before the kernel has a vector of its own stops here. */
	lla	t0, halt
	csrw	stvec, t0

	fence	rw, rw
	csrw	satp, a3
	sfence.vma
	fence.i

	li	t0, SSTATUS_CLEAR
	csrc	sstatus, t0
	li	t0, SSTATUS_SPP
	csrs	sstatus, t0
	csrw	sepc, a1
	mv	sp, a2

	.irp reg, ra, gp, tp, t0, t1, t2, s0, s1, a1, a2, a3, a4, a5, a6, a7
	mv	\reg, zero
	.endr
	.irp reg, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, t3, t4, t5, t6
	mv	\reg, zero
	.endr
	sret

	.balign 4
halt:	wfi
	j	halt
arch_handover_code_end:
	.option pop

	.section .note.GNU-stack, "", @progbits
