/* SPDX-License-Identifier: BSD-2-Clause */
/* riscv64 in user mode. The contract stands in user/lib/arch.h, which includes this. */
#ifndef ARCH_USER_H
#define ARCH_USER_H

#include <stdint.h>

#define ARCH_USER_NAME "riscv64"

/* ELF TLS variant I (RISC-V ELF psABI, thread-local storage): the storage stands at the base. */
#define ARCH_TLS_BELOW 0
#define ARCH_TLS_HEAD  0

static inline void arch_syscall(uint64_t number, struct arch_syscall_registers *r)
{
	register uint64_t a7 __asm__("a7") = number;
	register uint64_t a0 __asm__("a0") = r->cap;
	register uint64_t a1 __asm__("a1") = r->info;
	register uint64_t a2 __asm__("a2") = r->words[0];
	register uint64_t a3 __asm__("a3") = r->words[1];
	register uint64_t a4 __asm__("a4") = r->words[2];
	register uint64_t a5 __asm__("a5") = r->words[3];
	register uint64_t a6 __asm__("a6") = 0;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1), "+r"(a2), "+r"(a3), "+r"(a4), "+r"(a5), "+r"(a6)
			 : "r"(a7)
			 : "memory");
	r->status = (int64_t)a0;
	r->info = a1;
	r->words[0] = a2;
	r->words[1] = a3;
	r->words[2] = a4;
	r->words[3] = a5;
	r->badge = a6;
}

static inline int64_t arch_syscall_short(uint64_t number, uint64_t cap, uint64_t info)
{
	register uint64_t a7 __asm__("a7") = number;
	register uint64_t a0 __asm__("a0") = cap;
	register uint64_t a1 __asm__("a1") = info;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a7) : "a2", "a3", "a4", "a5", "a6", "memory");
	return (int64_t)a0;
}

static inline uint64_t arch_user_counter(void)
{
	uint64_t value;
	__asm__ volatile("rdtime %0" : "=r"(value) : : "memory");
	return value;
}

static inline uint64_t arch_user_cycles(void)
{
	uint64_t value;
	__asm__ volatile("rdcycle %0" : "=r"(value) : : "memory");
	return value;
}

static inline void arch_user_relax(void)
{
	__asm__ volatile("nop" : : : "memory");
}

#endif
