/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU's own instructions that portable code needs inline; contracts in kernel/arch.h. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/string.h"

struct percpu;

/* PSTATE.I as it stands in DAIF (ARM ARM C5.2.2). */
#define A64_DAIF_I (1ull << 7)

static inline struct percpu *percpu_get(void)
{
	struct percpu *cpu;

	/* Not volatile: once is enough in a function. */
	__asm__("mrs %0, tpidr_el1" : "=r"(cpu));
	return cpu;
}

static inline void arch_percpu_set(struct percpu *cpu)
{
	__asm__ volatile("msr tpidr_el1, %0" : : "r"(cpu) : "memory");
}

static inline bool arch_irq_disable(void)
{
	uint64_t daif;

	__asm__ volatile("mrs %0, daif\n\tmsr daifset, #2" : "=r"(daif) : : "memory");
	return !(daif & A64_DAIF_I);
}

static inline void arch_irq_enable(void)
{
	__asm__ volatile("msr daifclr, #2" : : : "memory");
}

static inline void arch_cpu_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

/*
 * WFI wakes for an interrupt that is pending although masked (ARM ARM D1.7.2), so
 * none is lost between the caller's check and the wait. It is taken in the gap
 * that the ISB makes certain.
 */
static inline void arch_cpu_wait(void)
{
	__asm__ volatile("dsb sy\n\t"
			 "wfi\n\t"
			 "msr daifclr, #2\n\t"
			 "isb\n\t"
			 "msr daifset, #2"
			 :
			 :
			 : "memory");
}

static inline void arch_cpu_poll(void)
{
	__asm__ volatile("msr daifclr, #2\n\t"
			 "isb\n\t"
			 "msr daifset, #2"
			 :
			 :
			 : "memory");
}

static inline _Noreturn void arch_cpu_halt(void)
{
	__asm__ volatile("msr daifset, #0xf" : : : "memory");
	for (;;)
		__asm__ volatile("wfi" : : : "memory");
}

#define ARCH_TLB_BROADCAST 1

/* ASID 0 is shared: what the TLB has of it goes. Entries that were written before are visible to the walk: whoever maps ends
 * with arch_barrier(). Where user mode has tables without the kernel the first two become NOPs, see arch/aarch64/kernel/kpti.c. */
static inline __attribute__((always_inline)) void arch_vspace_switch(uint64_t token)
{
	__asm__ volatile("0: msr ttbr0_el1, %0\n\t"
			 "isb\n\t"
			 ".pushsection .vspace_switches, \"a\"\n"
			 "1: .long 0b - 1b\n\t"
			 ".popsection"
			 :
			 : "r"(token)
			 : "memory");
	if (__builtin_expect(!(token >> 48), 0))
		__asm__ volatile("tlbi aside1, %0\n\t"
				 "dsb nsh\n\t"
				 "isb"
				 :
				 : "r"(0ull)
				 : "memory");
}

/* The virtual count. Without the ISB it may be read early (ARM ARM D12.2.2). */
static inline uint64_t arch_counter(void)
{
	uint64_t value;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(value) : : "memory");
	return value;
}

/* A block at once where that is allowed, which is at least 4 bytes and at most 2 KiB (DCZID_EL0, ARM ARM D17.2.31). */
static inline void arch_zero_pages(void *page, uint64_t size)
{
	uint64_t id, end = (uint64_t)page + size;

	__asm__("mrs %0, dczid_el0" : "=r"(id));
	if (__builtin_expect((id & 0x10) != 0, 0)) {
		memset(page, 0, size);
		return;
	}
	for (uint64_t block = 4ull << (id & 0xf), at = (uint64_t)page; at < end; at += 2 * block)
		__asm__ volatile("dc zva, %0\n\tdc zva, %1" : : "r"(at), "r"(at + block) : "memory");
}

static inline void arch_barrier(void)
{
	__asm__ volatile("dsb sy\n\tisb" : : : "memory");
}

static inline __attribute__((always_inline)) uint64_t arch_frame_pointer(void)
{
	return (uint64_t)__builtin_frame_address(0);
}

#endif
