/* SPDX-License-Identifier: BSD-2-Clause */
/* The inline functions of kernel/arch.h. In the kernel tp points to this hart's struct percpu. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/string.h"

struct percpu;

#define RISCV_SSTATUS_SIE 2 /* interrupts are on */

static inline struct percpu *percpu_get(void)
{
	struct percpu *cpu;

	__asm__("mv %0, tp" : "=r"(cpu));
	return cpu;
}

static inline void arch_percpu_set(struct percpu *cpu)
{
	__asm__ volatile("mv tp, %0" : : "r"(cpu) : "memory");
}

static inline bool arch_irq_disable(void)
{
	uint64_t old;

	__asm__ volatile("csrrci %0, sstatus, %1" : "=r"(old) : "i"(RISCV_SSTATUS_SIE) : "memory");
	return old & RISCV_SSTATUS_SIE;
}

static inline void arch_irq_enable(void)
{
	__asm__ volatile("csrsi sstatus, %0" : : "i"(RISCV_SSTATUS_SIE) : "memory");
}

/* PAUSE of Zihintpause, written as the FENCE that it is on a hart that does not know it. */
static inline void arch_cpu_relax(void)
{
	__asm__ volatile(".4byte 0x0100000f" : : : "memory");
}

/*
 * WFI ends when an enabled interrupt is pending, whether sstatus.SIE is set or not
 * (privileged §3.3.3), so one that arrives just before is not lost. It is taken
 * between the two instructions that follow.
 */
static inline void arch_cpu_wait(void)
{
	__asm__ volatile("wfi\n\t"
			 "csrsi sstatus, %0\n\t"
			 "csrci sstatus, %0"
			 :
			 : "i"(RISCV_SSTATUS_SIE)
			 : "memory");
}

static inline void arch_cpu_poll(void)
{
	__asm__ volatile("csrsi sstatus, %0\n\t"
			 "csrci sstatus, %0"
			 :
			 : "i"(RISCV_SSTATUS_SIE)
			 : "memory");
}

static inline _Noreturn void arch_cpu_halt(void)
{
	arch_irq_disable();
	/* Nothing is enabled that could end WFI. */
	__asm__ volatile("csrw sie, zero");
	for (;;)
		__asm__ volatile("wfi" : : : "memory");
}

#define ARCH_TLB_BROADCAST 0

/* Entries of another address space may carry ASID 0 too. A register other than x0 says so: global ones stay. */
static inline __attribute__((always_inline)) void arch_vspace_switch(uint64_t token)
{
	__asm__ volatile("csrw satp, %0" : : "r"(token) : "memory");
	if (__builtin_expect(!(token << 4 >> 48), 0)) /* the field ASID */
		__asm__ volatile("li t0, 0\n\tsfence.vma zero, t0" : : : "t0", "memory");
}

static inline uint64_t arch_counter(void)
{
	uint64_t value;

	__asm__ volatile("rdtime %0" : "=r"(value) : : "memory");
	return value;
}

static inline void arch_zero_pages(void *page, uint64_t size)
{
	memset(page, 0, size);
}

static inline void arch_barrier(void)
{
	__asm__ volatile("fence iorw, iorw" : : : "memory");
}

static inline __attribute__((always_inline)) uint64_t arch_frame_pointer(void)
{
	return (uint64_t)__builtin_frame_address(0);
}

#endif
