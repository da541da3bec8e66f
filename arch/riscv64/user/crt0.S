/* SPDX-License-Identifier: BSD-2-Clause */
/* Where programs and threads begin on riscv64. The contract stands in user/lib/arch.h. */

	.section .text.start, "ax", @progbits
	.globl	_start
	.type	_start, @function
/* a0 manifest, a1 IPC buffer, a2 = sp stack top. gp is not used: the linker is given no __global_pointer$. */
_start:
	rdtime	a3
	mv	s0, zero
	mv	ra, zero
	call	helion_start_process
	unimp
	.size	_start, . - _start

	.text
	.globl	helion_thread_entry
	.type	helion_thread_entry, @function
helion_thread_entry:
	mv	s0, zero
	mv	ra, zero
	call	helion_thread_main
	unimp
	.size	helion_thread_entry, . - helion_thread_entry

	.section .note.GNU-stack, "", @progbits
