/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hand-over page of aarch64. Entered in EL1 or EL2 with the firmware's translation
 * on, all exceptions masked, and
 *	x0 boot context   x1 kernel entry   x2 kernel stack   x3 TTBR0   x4 TTBR1   x5 TCR   x6 MAIR
 *	x7 HCR_EL2        x8 SPSR for the entry               x9 CPTR_EL2 as it shall be after HCR_EL2
 *
 * Order matters:
 *  1. The MMU of the current level is switched off before anything that it uses changes, E2H included.
 *     From there to the end nothing but registers and this page, which was cleaned to memory, is used.
 *  2. Translation registers, then the TLB and the instruction cache, then the MMU.
 *  3. eret enters the kernel with all other registers zero.
 *
 * There are three ways: the firmware is in EL1; it is in EL2 and the kernel stays there, which
 * needs E2H, and then the EL1 names of registers mean those of EL2; it is in EL2 and the kernel goes to EL1.
 * In the last case E2H may be stuck at 1 (cores without a non-VHE mode): then the EL1 registers have names of their own.
 */
#define SCTLR_EL1_RES1	0x30d00800
#define SCTLR_EL2_RES1	0x30c50830
#define SCTLR_ON	0x101d		/* I, SA0, SA, C, M */
#define CPACR_FPEN	(3 << 20)
#define HCR_E2H_BIT	34

#define SCTLR_EL12	s3_5_c1_c0_0
#define CPACR_EL12	s3_5_c1_c0_2
#define TTBR0_EL12	s3_5_c2_c0_0
#define TTBR1_EL12	s3_5_c2_c0_1
#define TCR_EL12	s3_5_c2_c0_2
#define MAIR_EL12	s3_5_c10_c2_0
#define VBAR_EL12	s3_5_c12_c0_0

	.macro constant reg, value
	movz	\reg, #((\value) & 0xffff)
	movk	\reg, #(((\value) >> 16) & 0xffff), lsl #16
	.endm

	.section .rodata.handover, "a"
	.balign 2048
	.globl arch_handover_code, arch_handover_code_end
	.hidden arch_handover_code, arch_handover_code_end

arch_handover_code:
	adr	x12, vectors
	constant x13, (SCTLR_EL1_RES1 | SCTLR_ON)
	mov	x14, #CPACR_FPEN
	mrs	x10, CurrentEL
	tbnz	x10, #3, from_el2

	constant x11, SCTLR_EL1_RES1
	msr	sctlr_el1, x11
	isb
	b	here

from_el2:
	constant x11, SCTLR_EL2_RES1
	msr	sctlr_el2, x11
	isb
	msr	hcr_el2, x7
	isb
	msr	cptr_el2, x9
	isb
	tbz	x7, #HCR_E2H_BIT, to_el1

	/* The level that runs now, by the names of EL1. */
here:	msr	mair_el1, x6
	msr	tcr_el1, x5
	msr	ttbr0_el1, x3
	msr	ttbr1_el1, x4
	msr	cpacr_el1, x14
	msr	vbar_el1, x12
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	nsh
	isb
	msr	spsel, #1
	mov	sp, x2
	msr	elr_el1, x1
	msr	spsr_el1, x8
	msr	sctlr_el1, x13
	isb
	b	go

to_el1:	msr	sp_el1, x2
	msr	elr_el2, x1
	msr	spsr_el2, x8
	mrs	x10, hcr_el2
	tbnz	x10, #HCR_E2H_BIT, stuck
	msr	mair_el1, x6
	msr	tcr_el1, x5
	msr	ttbr0_el1, x3
	msr	ttbr1_el1, x4
	msr	cpacr_el1, x14
	msr	vbar_el1, x12
	msr	sctlr_el1, x13
	b	flush
stuck:	msr	MAIR_EL12, x6
	msr	TCR_EL12, x5
	msr	TTBR0_EL12, x3
	msr	TTBR1_EL12, x4
	msr	CPACR_EL12, x14
	msr	VBAR_EL12, x12
	msr	SCTLR_EL12, x13
	/* Counter and floating-point traps have another layout with E2H set. */
	mov	x10, #(3 << 10)
	msr	cnthctl_el2, x10
	mov	x10, #CPACR_FPEN
	msr	cptr_el2, x10
flush:	isb
	tlbi	alle1
	ic	iallu
	dsb	nsh
	isb

go:	.irp n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	mov	x\n, xzr
	.endr
	.irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30
	mov	x\n, xzr
	.endr
	eret
	dsb	nsh		/* nothing is executed speculatively past the eret */
	isb

	/* An exception before the kernel has vectors of its own stops here. */
	.balign 2048
vectors:
	.rept 16
	.balign 128
1:	wfe
	b	1b
	.endr
arch_handover_code_end:

	.section .note.GNU-stack, "", @progbits
