/* SPDX-License-Identifier: BSD-2-Clause */
/* Where programs and threads begin on aarch64. The contract stands in user/lib/arch.h. */

	.section .text.start, "ax", %progbits
	.globl	_start
	.type	_start, %function
/* x0 manifest, x1 IPC buffer, x2 = sp stack top */
_start:
	mrs	x3, cntvct_el0
	mov	x29, xzr
	mov	x30, xzr
	bl	helion_start_process
	udf	#0
	.size	_start, . - _start

	.text
	.globl	helion_thread_entry
	.type	helion_thread_entry, %function
helion_thread_entry:
	mov	x29, xzr
	mov	x30, xzr
	bl	helion_thread_main
	udf	#0
	.size	helion_thread_entry, . - helion_thread_entry

	.section .note.GNU-stack, "", %progbits
