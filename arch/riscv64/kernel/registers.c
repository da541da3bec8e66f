/* SPDX-License-Identifier: BSD-2-Clause */
#include <arch/registers.h>

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/vm.h"
#include "lib/string.h"

_Static_assert(sizeof(struct helion_registers) == 8 * HELION_REGISTERS_WORDS, "layout");

void arch_registers_read(const struct trapframe *tf, struct helion_registers *ret)
{
	*ret = (struct helion_registers){.pc = tf->sepc};
	memcpy(ret->x, tf->x + 1, sizeof(ret->x));
}

bool arch_registers_write(struct trapframe *tf, const struct helion_registers *registers)
{
	if (registers->pc >= ARCH_USER_TOP(kernel_pagetable.levels))
		return false;
	memcpy(tf->x + 1, registers->x, sizeof(registers->x));
	tf->sepc = registers->pc;
	return true;
}
