/* SPDX-License-Identifier: BSD-2-Clause */
/* A whole program of one page: counts and yields. Data to whoever links it; it runs where it is copied to. */

	.section .rodata.arch_ticker, "a", @progbits
	.balign	16
	.globl	arch_ticker, arch_ticker_end
arch_ticker:
	mov	%rdi, %rbx
1:	lock incq (%rbx)
	mov	$2, %eax		/* HELION_SYS_YIELD */
	syscall
	jmp	1b
arch_ticker_end:

	.section .note.GNU-stack, "", @progbits
