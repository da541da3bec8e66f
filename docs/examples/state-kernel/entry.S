/* SPDX-License-Identifier: BSD-2-Clause */
/* Stores every general register as it was at entry, in the order of the architecture, then calls state_main(). */
	.text
	.globl _start
#if defined(__x86_64__)
_start:	mov	%rax, registers(%rip)
	mov	%rcx, registers + 8(%rip)
	mov	%rdx, registers + 16(%rip)
	mov	%rbx, registers + 24(%rip)
	mov	%rsp, stack_pointer(%rip)
	mov	%rbp, registers + 40(%rip)
	mov	%rsi, registers + 48(%rip)
	/* RDI is the argument. */
	mov	%r8, registers + 64(%rip)
	mov	%r9, registers + 72(%rip)
	mov	%r10, registers + 80(%rip)
	mov	%r11, registers + 88(%rip)
	mov	%r12, registers + 96(%rip)
	mov	%r13, registers + 104(%rip)
	mov	%r14, registers + 112(%rip)
	mov	%r15, registers + 120(%rip)
	pushfq
	popq	%rax
	mov	%rax, flags_register(%rip)
	jmp	state_main
#elif defined(__aarch64__)
_start:	mov	x1, x1		/* X1 itself serves as a pointer: keep it in the stack first */
	str	x1, [sp, #-16]
	adrp	x1, registers
	add	x1, x1, :lo12:registers
	stp	x2, x3, [x1, #16]
	stp	x4, x5, [x1, #32]
	stp	x6, x7, [x1, #48]
	stp	x8, x9, [x1, #64]
	stp	x10, x11, [x1, #80]
	stp	x12, x13, [x1, #96]
	stp	x14, x15, [x1, #112]
	stp	x16, x17, [x1, #128]
	stp	x18, x19, [x1, #144]
	stp	x20, x21, [x1, #160]
	stp	x22, x23, [x1, #176]
	stp	x24, x25, [x1, #192]
	stp	x26, x27, [x1, #208]
	stp	x28, x29, [x1, #224]
	str	x30, [x1, #240]
	ldr	x2, [sp, #-16]
	str	x2, [x1, #8]
	adrp	x2, stack_pointer
	mov	x3, sp
	str	x3, [x2, :lo12:stack_pointer]
	b	state_main
#else
	.option	push
	.option	norelax
_start:	sd	t0, -16(sp)
	lla	t0, registers
	sd	x1, 8(t0)
	sd	x3, 24(t0)
	sd	x4, 32(t0)
	.irp	n, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19
	sd	x\n, \n * 8(t0)
	.endr
	.irp	n, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, \n * 8(t0)
	.endr
	ld	t1, -16(sp)
	sd	t1, 40(t0)
	lla	t1, stack_pointer
	sd	sp, 0(t1)
	tail	state_main
	.option	pop
#endif

	.section .note.GNU-stack, "", %progbits
