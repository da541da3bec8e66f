/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated machine's only CPU. Contracts are in kernel/arch.h. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/percpu.h"
#include "lib/string.h"

static inline struct percpu *percpu_get(void)
{
	return &cpus[0];
}
static inline void arch_percpu_set(struct percpu *cpu)
{
	cpu->self = cpu;
}
static inline bool arch_irq_disable(void)
{
	return false;
}
static inline void arch_irq_enable(void) {}
static inline void arch_cpu_relax(void) {}
static inline void arch_cpu_wait(void) {}
static inline void arch_cpu_poll(void) {}
#define ARCH_TLB_BROADCAST 0
static inline void arch_vspace_switch(uint64_t token)
{
	(void)token;
}
static inline _Noreturn void arch_cpu_halt(void)
{
	__builtin_trap();
}
static inline uint64_t arch_counter(void)
{
	return 0;
}
static inline void arch_zero_pages(void *page, uint64_t size)
{
	memset(page, 0, size);
}
static inline void arch_barrier(void) {}
static inline uint64_t arch_frame_pointer(void)
{
	return 0;
}

#endif
