/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * First code of a CPU that got a start-up IPI: real mode, CS:IP = page:0000
 * (Intel SDM vol. 3A §9.4.4). It is copied to a page below 1 MiB, which a few
 * page tables below 4 GiB map at its physical address; they share the kernel's
 * half, so from there the kernel's own code goes on.
 */

#include "percpu_x86.h"
#include "trampoline.h"
#include "x86.h"

#define CODE32	0x08
#define DATA32	0x10
#define CODE64	0x18

#define AT(label)	((label) - trampoline_start)

	.section .rodata.trampoline, "a", @progbits
	.balign	16
	.globl	trampoline_start
	.globl	trampoline_end

	.code16
trampoline_start:
	cli
	cld
	xor	%ebx, %ebx
	mov	%cs, %bx
	mov	%bx, %ds
	shl	$4, %ebx		/* physical address of this page, from here on */
	/* Far pointers and the GDT's address depend on it. */
	lea	AT(gdt)(%ebx), %eax
	mov	%eax, AT(gdt_base)
	lea	AT(enter32)(%ebx), %eax
	mov	%eax, AT(far32)
	lea	AT(enter64)(%ebx), %eax
	mov	%eax, AT(far64)
	lgdtl	AT(gdt_register)
	mov	%cr0, %eax
	or	$CR0_PE, %al
	mov	%eax, %cr0
	ljmpl	*AT(far32)

	.code32
enter32:
	mov	$DATA32, %eax
	mov	%eax, %ds
	mov	%eax, %es
	mov	%eax, %ss
	mov	TRAMPOLINE_CR4(%ebx), %eax
	mov	%eax, %cr4
	mov	TRAMPOLINE_CR3(%ebx), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	mov	TRAMPOLINE_EFER(%ebx), %eax
	xor	%edx, %edx
	wrmsr
	/* INIT leaves the caches disabled. */
	mov	%cr0, %eax
	and	$~(CR0_CD | CR0_NW), %eax
	or	$(CR0_PG | CR0_WP | CR0_PE), %eax
	mov	%eax, %cr0
	ljmpl	*AT(far64)(%ebx)

	.code64
enter64:
	mov	%ebx, %ebx
	mov	TRAMPOLINE_ENTRY(%rbx), %rax
	jmp	*%rax

	.balign	8
gdt:
	.quad	0
	.quad	0x00cf9b000000ffff	/* CODE32 */
	.quad	0x00cf93000000ffff	/* DATA32 */
	.quad	0x00af9b000000ffff	/* CODE64 */
gdt_register:
	.short	. - gdt - 1
gdt_base:
	.long	0
far32:
	.long	0
	.short	CODE32
far64:
	.long	0
	.short	CODE64
trampoline_end:

	.text
	.globl	secondary_entry
	.type	secondary_entry, @function
/*
 * A CPU that comes late, when its start was given up and another one's is under
 * way, must not take the other one's place: it parks for good.
 */
secondary_entry:
	/* APIC id, as in arch_cpu_id(). */
	xor	%eax, %eax
	cpuid
	cmp	$0xb, %eax
	jb	1f
	mov	$0xb, %eax
	xor	%ecx, %ecx
	cpuid
	test	%ebx, %ebx
	jnz	2f
1:	mov	$1, %eax
	cpuid
	shr	$24, %ebx
	mov	%ebx, %edx
2:	mov	smp_start_cpu(%rip), %rdi
	test	%rdi, %rdi
	jz	park
	cmp	%edx, PERCPU_APIC_ID(%rdi)
	jne	park
	mov	%rdi, %rax
	xor	%ecx, %ecx
	lock cmpxchg %rcx, smp_start_cpu(%rip)
	jne	park
	mov	PERCPU_KERNEL_ROOT(%rdi), %rax
	mov	%rax, %cr3
	mov	PERCPU_STACK(%rdi), %rsp
	xor	%ebp, %ebp
	call	smp_secondary
park:
	cli
	hlt
	jmp	park
	.size	secondary_entry, . - secondary_entry

	.section .note.GNU-stack, "", @progbits
