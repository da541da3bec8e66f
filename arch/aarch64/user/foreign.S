/* SPDX-License-Identifier: BSD-2-Clause */
/* Foreign code for tests of restricted mode, see <arch/foreign.h>: x0 is the argument, x1 the result. No stack. */

	.arch	armv8-a+fp
	.text
	.globl	arch_foreign_syscall, arch_foreign_after, arch_foreign_load, arch_foreign_store, arch_foreign_tls
	.globl	arch_foreign_spin, arch_foreign_illegal, arch_foreign_float, arch_foreign_float_read

arch_foreign_tls:
	mrs	x1, tpidr_el0
	ldr	x1, [x1]
	b	arch_foreign_syscall
arch_foreign_float:
	fmov	d0, x0
	b	arch_foreign_syscall
arch_foreign_float_read:
	fmov	x1, d0
	b	arch_foreign_syscall
arch_foreign_store:
	str	x1, [x0]
	b	arch_foreign_syscall
arch_foreign_load:
	ldr	x1, [x0]
arch_foreign_syscall:
	svc	#0
arch_foreign_after:
	add	x1, x1, #1
	b	arch_foreign_syscall

arch_foreign_spin:
	ldr	x2, [x0]
	add	x2, x2, #1
	str	x2, [x0]
	b	arch_foreign_spin

arch_foreign_illegal:
	udf	#0

	.globl	arch_foreign_read, arch_foreign_read_failed, arch_foreign_own_tls
	.globl	arch_foreign_handler, arch_foreign_handler_function
arch_foreign_read:
	ldr	x0, [x0]
	str	x0, [x1]
	mov	w0, #0
	ret
arch_foreign_read_failed:
	mov	w0, #1
	ret

arch_foreign_own_tls:
	mrs	x0, tpidr_el0
	ldr	x0, [x0]
	ret

arch_foreign_handler:
	adrp	x0, arch_foreign_handler_function
	ldr	x0, [x0, :lo12:arch_foreign_handler_function]
	blr	x0
	udf	#0

	.bss
	.balign	8
arch_foreign_handler_function:
	.skip	8

	.section .rodata.arch_window_code, "a", %progbits
	.balign	16
	.globl	arch_window_code, arch_window_code_end
arch_window_code:
	stp	x19, x30, [x0, #72]
	mov	x19, x0
	ldr	x0, [x19, #16]
	ldr	x1, [x19, #32]
	str	x0, [x1]
	mov	x8, #6			/* HELION_SYS_CALL */
	ldp	x0, x1, [x19]
	svc	#0
	str	x0, [x19, #56]
	ldr	x0, [x19, #40]
	ldr	x0, [x0]
	str	x0, [x19, #48]
	ldr	x0, [x19, #24]
	ldr	x1, [x19, #32]
	str	x0, [x1]
	mov	x8, #6
	ldp	x0, x1, [x19]
	svc	#0
	str	x0, [x19, #64]
	ldp	x19, x30, [x19, #72]
	ret
arch_window_code_end:

	.section .note.GNU-stack, "", %progbits
