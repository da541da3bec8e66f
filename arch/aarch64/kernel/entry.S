/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the loader enters the kernel (docs/boot-protocol.md): EL1, MMU on with
 * the kernel at its final address, interrupts masked, x0 = boot context. And the
 * note that makes this ELF file a kernel of the Helion protocol.
 */
#include "kernel/percpu.h"

	.section .text.entry, "ax", %progbits
	.global _start
	.type _start, %function
_start:
	mrs	x1, cntvct_el0
	msr	spsel, #1
	adrp	x2, boot_stack_top
	add	x2, x2, :lo12:boot_stack_top
	mov	sp, x2
	/* The frame record of a backtrace's end. */
	mov	x29, xzr
	mov	x30, xzr
	b	kernel_main
	.size _start, . - _start

	/* The guard page is memory like the rest until the kernel's own page tables leave it out. */
	.section .bss.boot_stack, "aw", %nobits
	.balign	4096
	.global boot_stack_guard
boot_stack_guard:
	.space	4096
	.space	KERNEL_STACK_SIZE
	.global boot_stack_top
boot_stack_top:

	/* HELION_NOTE_PROTOCOL: version 1.0 is enough. */
	.section .note.helion, "a", %note
	.balign	4
	.word	7		/* length of the owner with its NUL */
	.word	4		/* length of the description */
	.word	1		/* HELION_NOTE_PROTOCOL */
	.asciz	"Helion"
	.balign	4
	.hword	1, 0		/* major, minor */
