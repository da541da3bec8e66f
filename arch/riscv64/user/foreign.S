/* SPDX-License-Identifier: BSD-2-Clause */
/* Foreign code for tests of restricted mode, see <arch/foreign.h>: a0 is the argument, a1 the result. No stack. */

	.attribute arch, "rv64imafdc"
	.option	norvc			/* a system call is the four bytes before arch_foreign_after */
	.text
	.globl	arch_foreign_syscall, arch_foreign_after, arch_foreign_load, arch_foreign_store, arch_foreign_tls
	.globl	arch_foreign_spin, arch_foreign_illegal, arch_foreign_float, arch_foreign_float_read

arch_foreign_tls:
	ld	a1, 0(tp)
	j	arch_foreign_syscall
arch_foreign_float:
	fmv.d.x	fa0, a0
	j	arch_foreign_syscall
arch_foreign_float_read:
	fmv.x.d	a1, fa0
	j	arch_foreign_syscall
arch_foreign_store:
	sd	a1, 0(a0)
	j	arch_foreign_syscall
arch_foreign_load:
	ld	a1, 0(a0)
arch_foreign_syscall:
	ecall
arch_foreign_after:
	addi	a1, a1, 1
	j	arch_foreign_syscall

arch_foreign_spin:
	ld	a2, 0(a0)
	addi	a2, a2, 1
	sd	a2, 0(a0)
	j	arch_foreign_spin

arch_foreign_illegal:
	.word	0

	.globl	arch_foreign_read, arch_foreign_read_failed, arch_foreign_own_tls
	.globl	arch_foreign_handler, arch_foreign_handler_function
arch_foreign_read:
	ld	a0, 0(a0)
	sd	a0, 0(a1)
	li	a0, 0
	ret
arch_foreign_read_failed:
	li	a0, 1
	ret

arch_foreign_own_tls:
	ld	a0, 0(tp)
	ret

arch_foreign_handler:
	lla	a0, arch_foreign_handler_function
	ld	a0, 0(a0)
	jalr	a0
	unimp

	.bss
	.balign	8
arch_foreign_handler_function:
	.skip	8

	.section .rodata.arch_window_code, "a", @progbits
	.balign	16
	.globl	arch_window_code, arch_window_code_end
arch_window_code:
	sd	s0, 72(a0)
	mv	s0, a0
	ld	t0, 16(s0)
	ld	t1, 32(s0)
	sd	t0, 0(t1)
	li	a7, 6			/* HELION_SYS_CALL */
	ld	a0, 0(s0)
	ld	a1, 8(s0)
	ecall
	sd	a0, 56(s0)
	ld	t0, 40(s0)
	ld	t0, 0(t0)
	sd	t0, 48(s0)
	ld	t0, 24(s0)
	ld	t1, 32(s0)
	sd	t0, 0(t1)
	li	a7, 6
	ld	a0, 0(s0)
	ld	a1, 8(s0)
	ecall
	sd	a0, 64(s0)
	ld	s0, 72(s0)
	ret
arch_window_code_end:

	.section .note.GNU-stack, "", @progbits
