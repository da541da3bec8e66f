/* SPDX-License-Identifier: BSD-2-Clause */
#include <arch/registers.h>

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/vm.h"
#include "lib/string.h"

_Static_assert(sizeof(struct helion_registers) == 8 * HELION_REGISTERS_WORDS, "layout");
/* Restricted code's are stored and loaded as if they were a frame. */
_Static_assert(offsetof(struct helion_registers, pc) == TRAPFRAME_SEPC, "layout");

void arch_registers_read(const struct trapframe *tf, struct helion_registers *ret)
{
	*ret = (struct helion_registers){.pc = tf->sepc};
	memcpy(ret->x + 1, tf->x + 1, sizeof(ret->x) - sizeof(ret->x[0]));
}

bool arch_registers_write(struct trapframe *tf, const struct helion_registers *registers)
{
	if (registers->pc >= vm_user_top)
		return false;
	memcpy(tf->x + 1, registers->x + 1, sizeof(tf->x) - sizeof(tf->x[0]));
	tf->sepc = registers->pc;
	return true;
}
