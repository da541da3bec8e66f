/* SPDX-License-Identifier: BSD-2-Clause */
/* x86_64 in user mode. The contract stands in user/lib/arch.h, which includes this. */
#ifndef ARCH_USER_H
#define ARCH_USER_H

#include <stdint.h>

#define ARCH_USER_NAME "x86_64"

/* ELF TLS variant II (System V ABI, AMD64 supplement 3.4.2): below the base, where a pointer to itself stands. */
#define ARCH_TLS_BELOW 1
#define ARCH_TLS_HEAD  16

static inline void arch_syscall(uint64_t number, struct arch_syscall_registers *r)
{
	register uint64_t word1 __asm__("r10") = r->words[1];
	register uint64_t word2 __asm__("r8") = r->words[2];
	register uint64_t word3 __asm__("r9") = r->words[3];
	uint64_t cap = r->cap;

	/* SYSCALL itself destroys rcx and r11. */
	__asm__ volatile("syscall"
			 : "+a"(number), "+D"(cap), "+S"(r->info), "+d"(r->words[0]), "+r"(word1), "+r"(word2),
			   "+r"(word3)
			 :
			 : "rcx", "r11", "memory");
	r->status = (int64_t)cap;
	r->badge = number;
	r->words[1] = word1;
	r->words[2] = word2;
	r->words[3] = word3;
}

static inline int64_t arch_syscall_short(uint64_t number, uint64_t cap, uint64_t info)
{
	__asm__ volatile("syscall"
			 : "+a"(number), "+D"(cap), "+S"(info)
			 :
			 : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory");
	return (int64_t)cap;
}

static inline uint64_t arch_user_counter(void)
{
	uint32_t low, high;
	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline uint64_t arch_user_cycles(void)
{
	return arch_user_counter();
}

static inline void arch_user_relax(void)
{
	__asm__ volatile("pause" : : : "memory");
}

#endif
