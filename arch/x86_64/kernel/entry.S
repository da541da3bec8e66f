/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the loader enters the kernel: long mode, interrupts off, rdi = boot context (docs/boot-protocol.md). */

#include "kernel/percpu.h"

	.section .text.start, "ax", @progbits
	.globl	_start
	.type	_start, @function
_start:
	cli
	cld
	lea	boot_stack_top(%rip), %rsp
	xor	%ebp, %ebp		/* ends the backtrace */
	rdtsc
	shl	$32, %rdx
	or	%rax, %rdx
	mov	%rdx, %rsi
	call	kernel_main
	ud2
	.size	_start, . - _start

	.section .bss.boot_stack, "aw", @nobits
	.balign	4096
	.globl	boot_stack_guard
boot_stack_guard:
	.skip	4096
	.skip	KERNEL_STACK_SIZE
	.globl	boot_stack_top
boot_stack_top:

/* HELION_NOTE_PROTOCOL: understands the boot context from version 1.0 on. */
	.section .note.helion, "a", @note
	.balign	4
	.long	2f - 1f, 4f - 3f, 1
1:	.asciz	"Helion"
2:	.balign	4
3:	.short	1, 0
4:	.balign	4

	.section .note.GNU-stack, "", @progbits
