/* SPDX-License-Identifier: BSD-2-Clause */
/* Foreign code for tests of restricted mode, see <arch/foreign.h>: rdi is the argument, rax the result. No stack. */

	.text
	.globl	arch_foreign_syscall, arch_foreign_after, arch_foreign_load, arch_foreign_store, arch_foreign_tls
	.globl	arch_foreign_spin, arch_foreign_illegal, arch_foreign_float, arch_foreign_float_read

arch_foreign_tls:
	mov	%fs:0, %rax
	jmp	arch_foreign_syscall
arch_foreign_float:
	movq	%rdi, %xmm0
	jmp	arch_foreign_syscall
arch_foreign_float_read:
	movq	%xmm0, %rax
	jmp	arch_foreign_syscall
arch_foreign_store:
	mov	%rax, (%rdi)
	jmp	arch_foreign_syscall
arch_foreign_load:
	mov	(%rdi), %rax
arch_foreign_syscall:
	syscall
arch_foreign_after:
	inc	%rax
	jmp	arch_foreign_syscall

arch_foreign_spin:
	lock incq (%rdi)
	jmp	arch_foreign_spin

arch_foreign_illegal:
	ud2

	.globl	arch_foreign_read, arch_foreign_read_failed, arch_foreign_own_tls
	.globl	arch_foreign_handler, arch_foreign_handler_function
arch_foreign_read:
	mov	(%rdi), %rax
	mov	%rax, (%rsi)
	xor	%eax, %eax
	ret
arch_foreign_read_failed:
	mov	$1, %eax
	ret

arch_foreign_own_tls:
	mov	%fs:0, %rax
	ret

arch_foreign_handler:
	and	$-16, %rsp
	call	*arch_foreign_handler_function(%rip)
	ud2

	.bss
	.balign	8
arch_foreign_handler_function:
	.skip	8

	.section .rodata.arch_window_code, "a", @progbits
	.balign	16
	.globl	arch_window_code, arch_window_code_end
arch_window_code:
	mov	%rbx, 72(%rdi)
	mov	%rdi, %rbx
	mov	16(%rbx), %rax
	mov	32(%rbx), %rcx
	mov	%rax, (%rcx)
	mov	$6, %eax		/* HELION_SYS_CALL */
	mov	0(%rbx), %rdi
	mov	8(%rbx), %rsi
	syscall
	mov	%rdi, 56(%rbx)
	mov	40(%rbx), %rcx
	mov	(%rcx), %rax
	mov	%rax, 48(%rbx)
	mov	24(%rbx), %rax
	mov	32(%rbx), %rcx
	mov	%rax, (%rcx)
	mov	$6, %eax
	mov	0(%rbx), %rdi
	mov	8(%rbx), %rsi
	syscall
	mov	%rdi, 64(%rbx)
	mov	72(%rbx), %rbx
	ret
arch_window_code_end:

	.section .note.GNU-stack, "", @progbits
