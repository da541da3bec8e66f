/* SPDX-License-Identifier: BSD-2-Clause */
/* aarch64 in user mode. The contract stands in user/lib/arch.h, which includes this. */
#ifndef ARCH_USER_H
#define ARCH_USER_H

#include <stdint.h>

#define ARCH_USER_NAME "aarch64"

/* ELF TLS variant I (ELF for the Arm 64-bit Architecture, 5.8): 16 bytes at the base, then the storage. */
#define ARCH_TLS_BELOW 0
#define ARCH_TLS_HEAD  16

static inline void arch_syscall(uint64_t number, struct arch_syscall_registers *r)
{
	register uint64_t x8 __asm__("x8") = number;
	register uint64_t x0 __asm__("x0") = r->cap;
	register uint64_t x1 __asm__("x1") = r->info;
	register uint64_t x2 __asm__("x2") = r->words[0];
	register uint64_t x3 __asm__("x3") = r->words[1];
	register uint64_t x4 __asm__("x4") = r->words[2];
	register uint64_t x5 __asm__("x5") = r->words[3];
	register uint64_t x6 __asm__("x6") = 0;

	__asm__ volatile("svc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x4), "+r"(x5), "+r"(x6)
			 : "r"(x8)
			 : "memory");
	r->status = (int64_t)x0;
	r->info = x1;
	r->words[0] = x2;
	r->words[1] = x3;
	r->words[2] = x4;
	r->words[3] = x5;
	r->badge = x6;
}

static inline int64_t arch_syscall_short(uint64_t number, uint64_t cap, uint64_t info)
{
	register uint64_t x8 __asm__("x8") = number;
	register uint64_t x0 __asm__("x0") = cap;
	register uint64_t x1 __asm__("x1") = info;

	__asm__ volatile("svc #0" : "+r"(x0), "+r"(x1) : "r"(x8) : "x2", "x3", "x4", "x5", "x6", "memory");
	return (int64_t)x0;
}

static inline uint64_t arch_user_counter(void)
{
	uint64_t value;
	__asm__ volatile("mrs %0, cntvct_el0" : "=r"(value) : : "memory");
	return value;
}

static inline uint64_t arch_user_cycles(void)
{
	uint64_t value;
	__asm__ volatile("mrs %0, pmccntr_el0" : "=r"(value) : : "memory");
	return value;
}

static inline void arch_user_relax(void)
{
	__asm__ volatile("yield" : : : "memory");
}

#endif
