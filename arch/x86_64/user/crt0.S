/* SPDX-License-Identifier: BSD-2-Clause */
/* Where programs and threads begin on x86_64. The contract stands in user/lib/arch.h. */

	.section .text.start, "ax", @progbits
	.globl	_start
	.type	_start, @function
/* rdi manifest, rsi IPC buffer, rdx = rsp stack top. RDTSC destroys rax and rdx. */
_start:
	rdtsc
	shl	$32, %rdx
	or	%rax, %rdx
	mov	%rdx, %rcx
	mov	%rsp, %rdx
	xor	%ebp, %ebp
	and	$-16, %rsp
	call	helion_start_process
	ud2
	.size	_start, . - _start

	.text
	.globl	helion_thread_entry
	.type	helion_thread_entry, @function
helion_thread_entry:
	xor	%ebp, %ebp
	and	$-16, %rsp
	call	helion_thread_main
	ud2
	.size	helion_thread_entry, . - helion_thread_entry

	.section .note.GNU-stack, "", @progbits
