/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract stands in user/lib/arch.h. */
#include <arch/fpu.h>

#include "arch/aarch64/kernel/fpu.h"
#include "user/lib/arch.h"

static bool has_sve(size_t size)
{
	return size != ARCH_FPU_SIZE(16, 0);
}

void arch_fpu_store(void *state, size_t size)
{
	struct arch_fpu *fpu = state;

	fpu->sve = has_sve(size);
	fpu->vector_bytes = fpu->sve ? (uint32_t)fpu_vector_bytes() : 16;
	if (fpu->sve)
		fpu_save_sve(fpu, fpu->registers + 32ul * fpu->vector_bytes);
	else
		fpu_save_simd(fpu);
}

void arch_fpu_load(const void *state, size_t size)
{
	const struct arch_fpu *fpu = state;

	if (has_sve(size))
		fpu_load_sve(fpu, fpu->registers + 32 * fpu_vector_bytes());
	else
		fpu_load_simd(fpu);
}
