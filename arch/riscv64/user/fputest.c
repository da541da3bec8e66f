/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract stands in user/lib/arch.h. */
#include <arch/fpu.h>

#include "lib/string.h"
#include "user/lib/arch.h"

#define VTYPE_E8_M1 0 /* elements of 8 bits, one register at a time */
#define VTYPE_VILL  (1ull << 63)

void arch_fpu_clean(void *state, size_t size)
{
	struct arch_fpu *fpu = state;

	memset(fpu, 0, size);
	fpu->vlenb = (size - sizeof(*fpu)) / 32;
	fpu->vtype = fpu->vlenb ? VTYPE_VILL : 0;
}

void arch_fpu_pattern(void *state, size_t size, uint64_t seed)
{
	struct arch_fpu *fpu = state;
	uint64_t random = seed * 2 + 1;

	arch_fpu_clean(state, size);
	for (unsigned i = 0; i < 32; i++) {
		random = random * 6364136223846793005 + 1442695040888963407;
		fpu->f[i] = random | 1;
	}
	fpu->fcsr = (seed & 3) << 5 | (seed & 0x1f);
	if (!fpu->vlenb)
		return;
	fpu->vtype = VTYPE_E8_M1;
	fpu->vl = 1 + seed % fpu->vlenb;
	fpu->vcsr = seed & 7;
	for (size_t i = 0; i < size - sizeof(*fpu); i++) {
		random = random * 6364136223846793005 + 1442695040888963407;
		fpu->vectors[i] = (uint8_t)(random >> 56) | 1;
	}
}

bool arch_fpu_equal(const void *a, const void *b, size_t size)
{
	return memcmp(a, b, size) == 0;
}
