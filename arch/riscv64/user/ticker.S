/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole program of one page: counts and yields. Data to whoever links it; it runs where it is copied to. */

	.section .rodata.arch_ticker, "a", @progbits
	.balign	16
	.globl	arch_ticker, arch_ticker_end
arch_ticker:
	mv	s0, a0
	li	s1, 1
1:	amoadd.d.aqrl zero, s1, (s0)
	li	a7, 2			/* HELION_SYS_YIELD */
	ecall
	j	1b
arch_ticker_end:

	.section .note.GNU-stack, "", @progbits
