/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole program of one page: counts and yields. Data to whoever links it; it runs where it is copied to. */

	.section .rodata.arch_ticker, "a", %progbits
	.balign	16
	.globl	arch_ticker, arch_ticker_end
arch_ticker:
	mov	x19, x0
1:	ldaxr	x9, [x19]
	add	x9, x9, #1
	stlxr	w10, x9, [x19]
	cbnz	w10, 1b
	mov	x8, #2			/* HELION_SYS_YIELD */
	svc	#0
	b	1b
arch_ticker_end:

	.section .note.GNU-stack, "", %progbits
