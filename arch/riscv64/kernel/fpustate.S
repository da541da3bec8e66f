/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saving and loading floating-point and vector registers; contracts are in riscv.h. Vector
 * instructions are written as numbers: not every assembler in use knows them.
 */
#include <arch/fpu.h>

#include "csr.h"
#include "riscv.h"

	.text

	.macro	function name
	.globl	\name
	.hidden	\name
	.type	\name, %function
	.balign	4
\name:
	.endm

	.macro	float_registers op
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	\op	f\n, ARCH_FPU_F(\n)(a0)
	.endr
	.endm

	function riscv_fpu_save
	float_registers fsd
	frcsr	t0
	sd	t0, ARCH_FPU_FCSR(a0)
	ret
	.size	riscv_fpu_save, . - riscv_fpu_save

	function riscv_fpu_load
	float_registers fld
	ld	t0, ARCH_FPU_FCSR(a0)
	fscsr	t0
	ret
	.size	riscv_fpu_load, . - riscv_fpu_load

/* a1 = address of the first of eight vector registers; t0 = bytes of eight. */
	.macro	vector_begin
	csrr	t0, CSR_VLENB
	slli	t0, t0, 3
	addi	a1, a0, ARCH_FPU_VECTORS
	.endm

/* Whole registers are moved from element vstart on, whatever vl and vtype are (V 1.0 §7.9). */
	function riscv_vector_save
	csrr	t1, CSR_VSTART
	sd	t1, ARCH_FPU_VSTART(a0)
	csrr	t1, CSR_VL
	sd	t1, ARCH_FPU_VL(a0)
	csrr	t1, CSR_VTYPE
	sd	t1, ARCH_FPU_VTYPE(a0)
	csrr	t1, CSR_VCSR
	sd	t1, ARCH_FPU_VCSR(a0)
	csrw	CSR_VSTART, zero
	vector_begin
	.4byte	0xe2858027		/* vs8r.v v0, (a1) */
	add	a1, a1, t0
	.4byte	0xe2858427		/* vs8r.v v8, (a1) */
	add	a1, a1, t0
	.4byte	0xe2858827		/* vs8r.v v16, (a1) */
	add	a1, a1, t0
	.4byte	0xe2858c27		/* vs8r.v v24, (a1) */
	/* The registers must still be what was saved: the task may go on without a load. */
	ld	t1, ARCH_FPU_VSTART(a0)
	csrw	CSR_VSTART, t1
	ret
	.size	riscv_vector_save, . - riscv_vector_save

	function riscv_vector_load
	csrw	CSR_VSTART, zero
	vector_begin
	.4byte	0xe2858007		/* vl8re8.v v0, (a1) */
	add	a1, a1, t0
	.4byte	0xe2858407		/* vl8re8.v v8, (a1) */
	add	a1, a1, t0
	.4byte	0xe2858807		/* vl8re8.v v16, (a1) */
	add	a1, a1, t0
	.4byte	0xe2858c07		/* vl8re8.v v24, (a1) */
	ld	t1, ARCH_FPU_VL(a0)
	ld	t2, ARCH_FPU_VTYPE(a0)
	.4byte	0x80737057		/* vsetvl zero, t1, t2: a vtype that the hart does not take becomes vill */
	ld	t1, ARCH_FPU_VCSR(a0)
	csrw	CSR_VCSR, t1
	ld	t1, ARCH_FPU_VSTART(a0)
	csrw	CSR_VSTART, t1
	ret
	.size	riscv_vector_load, . - riscv_vector_load

	.section .note.GNU-stack, "", %progbits
