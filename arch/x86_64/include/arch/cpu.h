/* SPDX-License-Identifier: BSD-2-Clause */
/* The running CPU: per-CPU pointer, interrupt flag, counter, barriers. Contracts are in kernel/arch.h. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/percpu.h"

#define X86_RFLAGS_IF (1ull << 9)

/* In the kernel GS base points at this CPU's struct percpu, whose first word is its own address. */
static inline struct percpu *percpu_get(void)
{
	struct percpu *cpu;

	__asm__ volatile("mov %%gs:0, %0" : "=r"(cpu));
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

static inline uint64_t arch_counter(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (uint64_t)high << 32 | low;
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
