/* SPDX-License-Identifier: BSD-2-Clause */
/* Saving and loading vector registers; contracts are in fpu.h. */
#include <arch/fpu.h>

	.arch	armv8.2-a+sve

	.text

/* Both directions: \op is a store or a load. */
.macro simd_registers op
	add	x2, x0, #ARCH_FPU_REGISTERS
	\op	q0, q1, [x2, #0]
	\op	q2, q3, [x2, #32]
	\op	q4, q5, [x2, #64]
	\op	q6, q7, [x2, #96]
	\op	q8, q9, [x2, #128]
	\op	q10, q11, [x2, #160]
	\op	q12, q13, [x2, #192]
	\op	q14, q15, [x2, #224]
	\op	q16, q17, [x2, #256]
	\op	q18, q19, [x2, #288]
	\op	q20, q21, [x2, #320]
	\op	q22, q23, [x2, #352]
	\op	q24, q25, [x2, #384]
	\op	q26, q27, [x2, #416]
	\op	q28, q29, [x2, #448]
	\op	q30, q31, [x2, #480]
.endm

.macro sve_registers op
	add	x2, x0, #ARCH_FPU_REGISTERS
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, \
		28, 29, 30, 31
	\op	z\n, [x2, #\n, mul vl]
	.endr
.endm

.macro sve_predicates op
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	\op	p\n, [x1, #\n, mul vl]
	.endr
.endm

.macro save_control
	mrs	x2, fpsr
	mrs	x3, fpcr
	stp	w2, w3, [x0, #ARCH_FPU_FPSR]
.endm

.macro load_control
	ldp	w2, w3, [x0, #ARCH_FPU_FPSR]
	msr	fpsr, x2
	msr	fpcr, x3
.endm

.macro function name
	.global	\name
	.type	\name, %function
\name:
.endm

function fpu_save_simd
	simd_registers stp
	save_control
	ret
	.size	fpu_save_simd, . - fpu_save_simd

function fpu_load_simd
	simd_registers ldp
	load_control
	ret
	.size	fpu_load_simd, . - fpu_load_simd

function fpu_save_sve
	sve_registers str
	sve_predicates str
	/* FFR leaves by way of a predicate, which the task still has. */
	rdffr	p0.b
	str	p0, [x1, #16, mul vl]
	ldr	p0, [x1]
	save_control
	ret
	.size	fpu_save_sve, . - fpu_save_sve

function fpu_load_sve
	sve_registers ldr
	ldr	p0, [x1, #16, mul vl]
	wrffr	p0.b
	sve_predicates ldr
	load_control
	ret
	.size	fpu_load_sve, . - fpu_load_sve

function fpu_vector_bytes
	rdvl	x0, #1
	ret
	.size	fpu_vector_bytes, . - fpu_vector_bytes
