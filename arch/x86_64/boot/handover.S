/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hand-over page of x86_64. Entered with interrupts in any state, on the firmware's
 * page tables and stack, with
 *	rax	address of this page	rdi	boot context	rsi	kernel entry
 *	rdx	kernel stack		r8	new CR3		r9	PAT		r10	new CR4
 *
 * Order matters:
 *  1. Descriptor tables and segment registers while the firmware's stack is still mapped. The
 *     descriptors' accessed bits are set already: the page is read-only.
 *  2. EFER.NXE and the PAT before the tables that use them. The PAT's first four entries keep their
 *     meaning, so nothing that the firmware mapped changes.
 *  3. CR4 without PGE, which drops global translations, then CR3, then CR4 as the kernel gets it:
 *     SMEP and SMAP only once no firmware page table is in use.
 */
#define CODE_SELECTOR	0x08
#define DATA_SELECTOR	0x10
#define MSR_PAT		0x277
#define MSR_EFER	0xc0000080
#define EFER_SCE	0x1
#define EFER_NXE	0x800
#define CR0_VALUE	0x80010033	/* PG WP NE ET MP PE */
#define CR4_PGE		0x80

	.section .rodata.handover, "a"
	.balign 16
	.globl arch_handover_code, arch_handover_code_end
	.hidden arch_handover_code, arch_handover_code_end

arch_handover_code:
	cli
	cld

	lea	gdt(%rip), %rcx
	sub	$16, %rsp
	movw	$(gdt_end - gdt - 1), (%rsp)
	mov	%rcx, 2(%rsp)
	lgdt	(%rsp)
	movq	$0, (%rsp)
	movq	$0, 8(%rsp)
	lidt	(%rsp)
	lea	1f(%rip), %rcx
	pushq	$CODE_SELECTOR
	pushq	%rcx
	lretq
1:	mov	$DATA_SELECTOR, %ecx
	mov	%ecx, %ds
	mov	%ecx, %es
	mov	%ecx, %ss
	xor	%ecx, %ecx
	mov	%ecx, %fs
	mov	%ecx, %gs
	lldt	%cx

	mov	%rdx, %r11
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_NXE, %eax
	and	$~EFER_SCE, %eax
	wrmsr
	mov	$MSR_PAT, %ecx
	mov	%r9, %rax
	mov	%r9, %rdx
	shr	$32, %rdx
	wrmsr

	mov	$CR0_VALUE, %eax
	mov	%rax, %cr0
	mov	%r10, %rax
	and	$~((1 << 20) | (1 << 21) | CR4_PGE), %rax
	mov	%rax, %cr4
	mov	%r8, %cr3
	mov	%r10, %cr4

	mov	%r11, %rsp
	pushq	%rsi
	pushq	$2
	xor	%eax, %eax
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx
	xor	%esi, %esi
	xor	%ebp, %ebp
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	popfq
	ret

	.balign 16
gdt:	.quad	0
	.quad	0x00af9b000000ffff	/* 64-bit code, accessed */
	.quad	0x00cf93000000ffff	/* data, accessed */
gdt_end:
arch_handover_code_end:

	.section .note.GNU-stack, "", @progbits
