/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first instructions of a CPU other than the boot CPU. It arrives by PSCI
 * CPU_ON or from a spin table with MMU and caches off, in EL1 or EL2, x0 of no
 * use. The code is copied to a page of its own (smp.c), so it is position
 * independent; the page is identity-mapped in params.ttbr0.
 */
#include "kernel/percpu.h"
#include "secondary.h"

/* Registers by encoding, for assemblers of the base architecture. */
#define HCRX_EL2	s3_4_c1_c2_2
#define ZCR_EL2		s3_4_c1_c2_0
#define HFGRTR_EL2	s3_4_c1_c1_4
#define HFGWTR_EL2	s3_4_c1_c1_5
#define HFGITR_EL2	s3_4_c1_c1_6
#define HDFGRTR_EL2	s3_4_c3_c1_4
#define HDFGWTR_EL2	s3_4_c3_c1_5
#define HAFGRTR_EL2	s3_4_c3_c1_6
#define ICC_SRE_EL2	s3_4_c12_c9_5
#define ICH_HCR_EL2	s3_4_c12_c11_0
#define SCTLR_EL12	s3_5_c1_c0_0

#define HCR_RW		(1 << 31)	/* EL1 is AArch64 */
#define HCR_E2H_BIT	34
#define SCTLR_OFF	0x30d00800	/* RES1 bits of Armv8.0 and nothing else */
#define SPSR_EL1H_MASKED 0x3c5

/* Branches to label if the four bits of an ID register at shift are zero. Uses x9. */
.macro skip_unless id, shift, label
	mrs	x9, \id
	ubfx	x9, x9, #\shift, #4
	cbz	x9, \label
.endm

	.section .rodata.secondary, "a", %progbits
	.balign	16
	.global secondary_start, secondary_params, secondary_end
secondary_start:
	msr	daifset, #0xf
	mrs	x0, CurrentEL
	cmp	x0, #(2 << 2)
	b.ne	in_el1

	/*
	 * From EL2 to EL1 (ARM ARM D17.2.48 for HCR_EL2). With the MMU off E2H may be
	 * changed; on CPUs where it is always one, registers have their VHE layout and
	 * those of EL1 their _EL12 names.
	 */
	mov	x1, #HCR_RW
	mrs	x9, id_aa64isar1_el1
	tst	x9, #0xff0		/* APA, API: pointer authentication must not trap */
	b.eq	1f
	orr	x1, x1, #(3 << 40)
1:	msr	hcr_el2, x1
	isb
	mrs	x1, hcr_el2
	ldr	w2, sctlr_off
	tbnz	x1, #HCR_E2H_BIT, vhe

	msr	sctlr_el1, x2
	mov	x1, #3			/* EL1PCTEN, EL1PCEN: counter and timer do not trap */
	msr	cnthctl_el2, x1
	mov	x1, #0x33ff		/* RES1; floating point does not trap */
	skip_unless id_aa64pfr0_el1, 32, 1f
	bic	x1, x1, #(1 << 8)	/* TZ: nor does SVE */
1:	skip_unless id_aa64pfr1_el1, 24, 1f
	bic	x1, x1, #(1 << 12)	/* TSM: nor does SME */
1:	msr	cptr_el2, x1
	b	common

vhe:	msr	SCTLR_EL12, x2
	mov	x1, #(3 << 10)
	msr	cnthctl_el2, x1
	mov	x1, #(3 << 20)		/* FPEN */
	orr	x1, x1, #(3 << 16)	/* ZEN */
	orr	x1, x1, #(3 << 24)	/* SMEN */
	msr	cptr_el2, x1

common:	isb
	msr	cntvoff_el2, xzr
	msr	vttbr_el2, xzr
	msr	hstr_el2, xzr
	mrs	x1, midr_el1
	msr	vpidr_el2, x1
	mrs	x1, mpidr_el1
	msr	vmpidr_el2, x1

	/* All event counters belong to EL1, no debug traps. 15 is no PMU of the architecture's. */
	mov	x1, xzr
	skip_unless id_aa64dfr0_el1, 8, 1f
	cmp	x9, #15
	b.eq	1f
	mrs	x1, pmcr_el0
	ubfx	x1, x1, #11, #5
1:	msr	mdcr_el2, x1

	skip_unless id_aa64pfr0_el1, 32, 1f
	mov	x1, #0x1ff		/* the longest vectors there are */
	msr	ZCR_EL2, x1
1:
	/* The GIC's system registers, if it has them, and no virtual interrupts (IHI 0069 §12.3, §12.4). */
	skip_unless id_aa64pfr0_el1, 24, 1f
	mrs	x1, ICC_SRE_EL2
	orr	x1, x1, #(1 << 0)	/* SRE */
	orr	x1, x1, #(1 << 3)	/* Enable: EL1 may set its own SRE */
	msr	ICC_SRE_EL2, x1
	isb
	mrs	x1, ICC_SRE_EL2
	tbz	x1, #0, 1f
	msr	ICH_HCR_EL2, xzr
1:
	/* No fine-grained traps; SME's two have the opposite sense. */
	skip_unless id_aa64mmfr0_el1, 56, 1f
	mov	x1, xzr
	skip_unless id_aa64pfr1_el1, 24, 2f
	mov	x1, #(3 << 54)
2:	msr	HFGRTR_EL2, x1
	msr	HFGWTR_EL2, x1
	msr	HFGITR_EL2, xzr
	msr	HDFGRTR_EL2, xzr
	msr	HDFGWTR_EL2, xzr
	skip_unless id_aa64pfr0_el1, 44, 1f
	msr	HAFGRTR_EL2, xzr
1:	skip_unless id_aa64mmfr1_el1, 40, 1f
	msr	HCRX_EL2, xzr
1:
	mov	x1, #SPSR_EL1H_MASKED
	msr	spsr_el2, x1
	adr	x1, in_el1
	msr	elr_el2, x1
	eret

	/*
	 * In EL1 with the MMU off. Caches and TLB may hold anything (D8.2.11): they are
	 * invalidated before they are used. MMU and caches go on together; the next
	 * instruction is fetched at the same address through params.ttbr0.
	 */
in_el1:	adr	x8, secondary_params
	ldr	w1, sctlr_off
	msr	sctlr_el1, x1
	isb
	ic	iallu
	tlbi	vmalle1
	dsb	nsh
	isb
	ldr	x1, [x8, #SECONDARY_MAIR]
	ldr	x2, [x8, #SECONDARY_TCR]
	ldr	x3, [x8, #SECONDARY_TTBR0]
	ldr	x4, [x8, #SECONDARY_TTBR1]
	ldr	x5, [x8, #SECONDARY_SCTLR]
	msr	mair_el1, x1
	msr	tcr_el1, x2
	msr	ttbr0_el1, x3
	msr	ttbr1_el1, x4
	isb
	msr	sctlr_el1, x5
	isb

	/* Who am I? A spin table may release a CPU before its turn. */
	mrs	x0, mpidr_el1
	mov	x1, #0xffffff
	movk	x1, #0xff, lsl #32
	and	x0, x0, x1
search:	add	x2, x8, #SECONDARY_CPUS
	mov	x3, #SECONDARY_CPUS_MAX
1:	ldr	x4, [x2], #8
	ldr	x5, [x2], #8
	cbz	x5, 2f
	cmp	x4, x0
	b.eq	found
2:	sub	x3, x3, #1
	cbnz	x3, 1b
	wfe
	b	search
found:	/* After the pointer was seen, what was written before it. */
	dmb	ishld
	ldr	x6, [x8, #SECONDARY_ENTRY]
	msr	spsel, #1
	ldr	x1, [x5, #PERCPU_STACK]
	mov	sp, x1
	mov	x0, x5
	mov	x29, xzr
	mov	x30, xzr
	br	x6

	.balign	8
sctlr_off:
	.word	SCTLR_OFF
	.balign	16
secondary_params:
	.space	SECONDARY_CPUS + 16 * SECONDARY_CPUS_MAX
secondary_end:
