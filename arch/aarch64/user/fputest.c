/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract stands in user/lib/arch.h. */
#include <arch/fpu.h>

#include "arch/aarch64/kernel/fpu.h"
#include "lib/string.h"
#include "user/lib/arch.h"

#define FPCR_RMODE_SHIFT 22
#define FPCR_DN          (1u << 25)
#define FPSR_CUMULATIVE  0x9fu

void arch_fpu_clean(void *state, size_t size)
{
	struct arch_fpu *fpu = state;

	memset(fpu, 0, size);
	fpu->sve = size != ARCH_FPU_SIZE(16, 0);
	fpu->vector_bytes = fpu->sve ? (uint32_t)fpu_vector_bytes() : 16;
}

void arch_fpu_pattern(void *state, size_t size, uint64_t seed)
{
	struct arch_fpu *fpu = state;
	uint64_t random = seed * 2 + 1;

	arch_fpu_clean(state, size);
	fpu->fpcr = (uint32_t)((seed & 3) << FPCR_RMODE_SHIFT) | FPCR_DN;
	fpu->fpsr = (uint32_t)seed & FPSR_CUMULATIVE;
	for (size_t i = 0; i < size - sizeof(*fpu); i++) {
		random = random * 6364136223846793005 + 1442695040888963407;
		fpu->registers[i] = (uint8_t)(random >> 56) | 1;
	}
	/* FFR is a row of ones from the lowest bit on; one of them is as good as another. */
	if (fpu->sve)
		memset((char *)state + size - fpu->vector_bytes / 8, 0xff, fpu->vector_bytes / 8);
}

bool arch_fpu_equal(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size) == 0;
}
