/* SPDX-License-Identifier: BSD-2-Clause */
#include <arch/registers.h>

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "lib/string.h"

_Static_assert(sizeof(struct helion_registers) == 8 * HELION_REGISTERS_WORDS, "layout");
/* Restricted code's are stored and loaded as if they were a frame. */
_Static_assert(offsetof(struct helion_registers, sp) == TRAPFRAME_SP &&
		       offsetof(struct helion_registers, pc) == TRAPFRAME_PC &&
		       offsetof(struct helion_registers, tpidr) == TRAPFRAME_TLS,
	       "layout");

/* N, Z, C and V (ARM ARM C5.2.18). */
#define PSTATE_FLAGS (0xfull << 28)

void arch_registers_read(const struct trapframe *tf, struct helion_registers *ret)
{
	*ret = (struct helion_registers){
		.sp = tf->sp,
		.pc = tf->pc,
		.pstate = tf->pstate & PSTATE_FLAGS,
		.tpidr = tf->tls,
	};
	memcpy(ret->x, tf->x, sizeof(ret->x));
}

bool arch_registers_write(struct trapframe *tf, const struct helion_registers *registers)
{
	if (registers->pc >= ARCH_USER_TOP(4))
		return false;
	memcpy(tf->x, registers->x, sizeof(tf->x));
	tf->sp = registers->sp;
	tf->pc = registers->pc;
	tf->pstate = (registers->pstate & PSTATE_FLAGS) | A64_PSTATE_EL0 | A64_PSTATE_F;
	tf->tls = registers->tpidr;
	return true;
}
