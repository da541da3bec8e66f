/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a hart begins: the boot hart as docs/boot-protocol.md says (a0 = boot
 * context, address translation on, interrupts off), the others as SBI says.
 */

#include "csr.h"
#include "riscv.h"

	.section .text.entry, "ax", %progbits

	.globl	riscv_entry
	.hidden	riscv_entry
	.type	riscv_entry, %function
riscv_entry:
	rdtime	a1
	/* Until arch_init_early() a trap can only stop. */
	lla	t0, halt
	csrw	stvec, t0
	csrw	sie, zero
	csrw	sscratch, zero
	lla	sp, boot_stack_top
	mv	tp, zero
	/* The end of every backtrace. */
	mv	fp, zero
	mv	ra, zero
	call	kernel_main

	.balign	4
halt:
	wfi
	j	halt
	.size	riscv_entry, . - riscv_entry

/*
 * A hart that SBI starts (SBI 2.0 §9.1): satp = 0, sstatus.SIE = 0, a0 = hart id,
 * a1 = physical address of its struct percpu. It runs at its physical address, so
 * everything comes from a1. The instruction after the write of satp cannot be
 * fetched any more, as the lower half of the kernel's tables is empty: the page
 * fault goes to stvec, which is already an address of the kernel's half.
 */
	.globl	riscv_secondary_entry
	.hidden	riscv_secondary_entry
	.type	riscv_secondary_entry, %function
	.balign	4
riscv_secondary_entry:
	csrw	sie, zero
	csrw	sscratch, zero
	ld	tp, PERCPU_SELF(a1)
	ld	sp, PERCPU_STACK(a1)
	ld	t0, RISCV_PERCPU(RISCV_SATP)(a1)
	ld	t1, RISCV_PERCPU(RISCV_CONTINUE)(a1)
	csrw	stvec, t1
	sfence.vma
	csrw	satp, t0
1:	j	1b
	.size	riscv_secondary_entry, . - riscv_secondary_entry

	.globl	riscv_secondary_continue
	.hidden	riscv_secondary_continue
	.type	riscv_secondary_continue, %function
	.balign	4
riscv_secondary_continue:
	sfence.vma
	lla	t0, riscv_trap_vector
	csrw	stvec, t0
	mv	a0, tp
	mv	fp, zero
	mv	ra, zero
	call	cpu_secondary_main
	.size	riscv_secondary_continue, . - riscv_secondary_continue

/* The boot hart's stack. The kernel's own page tables leave the page below it out. */
	.section .bss.boot_stack, "aw", %nobits
	.balign	4096
	.globl	boot_stack_guard
	.hidden	boot_stack_guard
boot_stack_guard:
	.skip	4096
	.globl	boot_stack
	.hidden	boot_stack
boot_stack:
	.skip	KERNEL_STACK_SIZE
	.globl	boot_stack_top
	.hidden	boot_stack_top
boot_stack_top:

/* HELION_NOTE_PROTOCOL: this kernel reads boot contexts of version 1.0 and later minor ones. */
	.section .note.helion, "a", %note
	.balign	4
	.4byte	7, 4, 1
	.asciz	"Helion"
	.balign	4
	.2byte	1, 0

	.section .note.GNU-stack, "", %progbits
