/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the code in arch/<isa>/user/foreign.S (user/lib/arch.h) has what, in struct helion_registers. */
#ifndef ARCH_FOREIGN_H
#define ARCH_FOREIGN_H

#include <stdint.h>

#include <arch/registers.h>

#include "lib/string.h"

#define FOREIGN_ARGUMENT x[0]
#define FOREIGN_RESULT   x[1]
#define FOREIGN_PC       pc
#define FOREIGN_SP       sp
#define FOREIGN_TLS      tpidr

/* What a system call takes, see <helion/abi.h>. */
#define FOREIGN_NUMBER x[8]
#define FOREIGN_CAP    x[0]
#define FOREIGN_INFO   x[1]
#define FOREIGN_WORD   x[2]

/* Whether a value may be in this word of a state that is entered: what is neither reserved nor flags. */
static inline int foreign_is_general(unsigned word)
{
	return word <= 31;
}

/* Whether the instruction for a system call itself changes this word. */
static inline int foreign_syscall_changes(unsigned word)
{
	(void)word;
	return 0;
}

/* Writes a function there that returns the number. */
static inline void foreign_write_function(void *code, uint8_t value)
{
	const uint32_t bytes[] = {0x52800000u | (uint32_t)value << 5, 0xd65f03c0}; /* mov w0, #value; ret */

	memcpy(code, bytes, sizeof(bytes));
}

#endif
