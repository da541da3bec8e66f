/* SPDX-License-Identifier: BSD-2-Clause */
/* The running CPU: per-CPU pointer, interrupt flag, counter, barriers. Contracts are in kernel/arch.h. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include <arch/trapframe.h>

#include "arch/x86_64/kernel/percpu_x86.h"

#define X86_RFLAGS_IF (1ull << 9)

/* In the kernel GS base points at this CPU's struct percpu, whose first word is its own address. */
static inline struct percpu *percpu_get(void)
{
	struct percpu *cpu;

	/* Not volatile: once is enough in a function. */
	__asm__("mov %%gs:0, %0" : "=r"(cpu));
	return cpu;
}

static inline void arch_percpu_set(struct percpu *cpu)
{
	uint64_t base = (uint64_t)cpu;

	cpu->self = cpu;
	/* IA32_GS_BASE */
	__asm__ volatile("wrmsr" : : "c"(0xc0000101u), "a"((uint32_t)base), "d"((uint32_t)(base >> 32)) : "memory");
}

static inline bool arch_irq_disable(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
	return flags & X86_RFLAGS_IF;
}

static inline void arch_irq_enable(void)
{
	__asm__ volatile("sti" : : : "memory");
}

static inline void arch_cpu_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

/* STI lets no interrupt in before the instruction that follows it has begun, so an interrupt that is
 * pending ends the HLT instead of being taken before it (Intel SDM vol. 2B, STI). */
static inline void arch_cpu_wait(void)
{
	__asm__ volatile("sti; hlt; cli" : : : "memory");
}

static inline _Noreturn void arch_cpu_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt" : : : "memory");
}

static inline void arch_cpu_poll(void)
{
	__asm__ volatile("sti; nop; cli" : : : "memory");
}

/* With FSGSBASE programs change the bases themselves. The GS base of user mode is the hidden one while the kernel runs. */
static inline __attribute__((always_inline)) void arch_task_leave(struct trapframe *tf)
{
	uint64_t fs, gs;

	if (!(x86_percpu(percpu_get())->features & FEATURE_FSGSBASE))
		return;
	__asm__ volatile("rdfsbase %0; swapgs; rdgsbase %1; swapgs" : "=r"(fs), "=r"(gs));
	tf->fs_base = fs;
	tf->gs_base = gs;
}

static inline void x86_wrmsr(uint32_t msr, uint64_t value)
{
	__asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/* A trap from user mode stores the registers where the TSS says. */
static inline __attribute__((always_inline)) void arch_task_enter(struct trapframe *tf)
{
	struct x86_percpu *cpu = x86_percpu(percpu_get());

	cpu->tss.rsp[0] = (uint64_t)(tf + 1);
	if (cpu->features & FEATURE_FSGSBASE) {
		__asm__ volatile("wrfsbase %0; swapgs; wrgsbase %1; swapgs" : : "r"(tf->fs_base), "r"(tf->gs_base));
	} else {
		x86_wrmsr(0xc0000100u, tf->fs_base); /* IA32_FS_BASE */
		x86_wrmsr(0xc0000102u, tf->gs_base); /* IA32_KERNEL_GS_BASE */
	}
}

/* The processor pushes what it returns to: not where others can write. System calls it does not push. */
#define ARCH_RESTRICTED_FRAME 1

static inline __attribute__((always_inline)) void arch_restricted_stack(struct percpu *cpu, struct trapframe *frame)
{
	x86_percpu(cpu)->tss.rsp[0] = (uint64_t)(frame + 1);
}

static inline void arch_restricted_syscall(struct trapframe *shared)
{
	shared->rcx = shared->rip;
	shared->r11 = shared->rflags;
}

/* The FS base that is in the CPU. */
static inline uint64_t x86_swap_fs_base(struct percpu *cpu, uint64_t base, uint64_t old)
{
	if (!(x86_percpu(cpu)->features & FEATURE_FSGSBASE)) {
		x86_wrmsr(0xc0000100u, base);
		return old;
	}
	__asm__ volatile("rdfsbase %0; wrfsbase %1" : "=&r"(old) : "r"(base));
	return old;
}

/* Loading a base that is not canonical would fault. Without FSGSBASE only the kernel changes the base. */
static inline bool arch_restricted_tls_enter(struct percpu *cpu, struct trapframe *shared, struct trapframe *own)
{
	uint64_t base = *(volatile uint64_t *)&shared->fs_base;

	if (base >= x86_percpu(cpu)->user_top)
		return false;
	own->fs_base = x86_swap_fs_base(cpu, base, own->fs_base);
	return true;
}

static inline void arch_restricted_tls_leave(struct percpu *cpu, struct trapframe *shared, const struct trapframe *own)
{
	shared->fs_base = x86_swap_fs_base(cpu, own->fs_base, *(volatile uint64_t *)&shared->fs_base);
}

static inline __attribute__((always_inline)) void arch_task_switch(struct trapframe *from, struct trapframe *to)
{
	struct x86_percpu *cpu = x86_percpu(percpu_get());
	uint64_t fs, gs;

	if (__builtin_expect(!(cpu->features & FEATURE_FSGSBASE), 0)) {
		arch_task_enter(to);
		return;
	}
	cpu->tss.rsp[0] = (uint64_t)(to + 1);
	__asm__ volatile("rdfsbase %0; wrfsbase %2; swapgs; rdgsbase %1; wrgsbase %3; swapgs"
			 : "=&r"(fs), "=&r"(gs)
			 : "r"(to->fs_base), "r"(to->gs_base));
	from->fs_base = fs;
	from->gs_base = gs;
}

#define ARCH_TLB_BROADCAST 0

/* Where user mode has tables without the kernel this becomes a NOP, see arch/x86_64/kernel/kpti.c. */
static inline void arch_vspace_switch(uint64_t token)
{
	/* inline: it is one instruction, however many lines it has. */
	__asm__ volatile inline("0:	mov %0, %%cr3\n"
				"1:	.pushsection .vspace_switches, \"a\"\n"
				"2:	.long 0b - 2b, 1b - 0b\n"
				"	.popsection"
				:
				: "r"(token)
				: "memory");
}

static inline uint64_t arch_counter(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
}

/* Processors have a fast way for this, as for so much. */
static inline void arch_zero_pages(void *page, uint64_t size)
{
	uint64_t words = size / 8;

	__asm__ volatile("rep stosq" : "+D"(page), "+c"(words) : "a"(0ull) : "memory");
}

static inline void arch_barrier(void)
{
	__asm__ volatile("mfence" : : : "memory");
}

static inline __attribute__((always_inline)) uint64_t arch_frame_pointer(void)
{
	return (uint64_t)__builtin_frame_address(0);
}

#endif
