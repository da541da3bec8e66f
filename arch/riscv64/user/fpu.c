/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract stands in user/lib/arch.h. */
#include <arch/fpu.h>

#include "arch/riscv64/kernel/riscv.h"
#include "user/lib/arch.h"

void arch_fpu_store(void *state, size_t size)
{
	struct arch_fpu *fpu = state;

	fpu->vlenb = (size - sizeof(*fpu)) / 32;
	riscv_fpu_save(fpu);
	if (fpu->vlenb)
		riscv_vector_save(fpu);
}

void arch_fpu_load(const void *state, size_t size)
{
	riscv_fpu_load(state);
	if (size > sizeof(struct arch_fpu))
		riscv_vector_load(state);
}
