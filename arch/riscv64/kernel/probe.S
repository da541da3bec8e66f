/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Whether a register exists, or an address can be read, found by touching it: what the firmware's tables say
 * about extensions is not always true, and machine mode can withhold a register
 * that the hart has. A trap goes to a vector of the probe's own.
 * Interrupts must be off. sepc, scause and stval change; sstatus, where the trap writes, does not.
 */
#include "csr.h"

	.macro	probe name, instruction:vararg
	.text
	.globl	\name
	.hidden	\name
	.type	\name, %function
	.balign	4
\name:
	csrr	t0, stvec
	csrr	t2, sstatus
	lla	t1, 1f
	csrw	stvec, t1
	mv	a1, a0
	mv	a0, zero
	\instruction
	li	a0, 1
	.balign	4
1:	csrw	stvec, t0
	csrw	sstatus, t2
	ret
	.size	\name, . - \name
	.endm

	probe	riscv_probe_senvcfg, csrr t1, CSR_SENVCFG
	probe	riscv_probe_stimecmp, csrr t1, CSR_STIMECMP
	probe	riscv_probe_vectors, csrr t1, CSR_VLENB
	probe	riscv_probe_read, ld t1, (a1)
	probe	riscv_probe_double, .4byte 0xe2000353	/* fmv.x.d t1, ft0 */

	.section .note.GNU-stack, "", %progbits
