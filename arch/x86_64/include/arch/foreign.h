/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the code in arch/<isa>/user/foreign.S (user/lib/arch.h) has what, in struct helion_registers. */
#ifndef ARCH_FOREIGN_H
#define ARCH_FOREIGN_H

#include <stdint.h>

#include <arch/registers.h>

#include "lib/string.h"

#define FOREIGN_ARGUMENT rdi
#define FOREIGN_RESULT   rax
#define FOREIGN_PC       rip
#define FOREIGN_SP       rsp
#define FOREIGN_TLS      fs_base

/* What a system call takes, see <helion/abi.h>. */
#define FOREIGN_NUMBER rax
#define FOREIGN_CAP    rdi
#define FOREIGN_INFO   rsi
#define FOREIGN_WORD   rdx

/* Whether a value may be in this word of a state that is entered: what is neither reserved nor flags. */
static inline int foreign_is_general(unsigned word)
{
	return word >= 2 && word <= 16;
}

/* Whether the instruction for a system call itself changes this word. */
static inline int foreign_syscall_changes(unsigned word)
{
	return word == 8 || word == 13; /* r11 and rcx */
}

/* Writes a function there that returns the number. */
static inline void foreign_write_function(void *code, uint8_t value)
{
	const uint8_t bytes[] = {0xb8, value, 0, 0, 0, 0xc3}; /* mov $value, %eax; ret */

	memcpy(code, bytes, sizeof(bytes));
}

#endif
