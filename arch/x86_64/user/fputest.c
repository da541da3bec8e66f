/* SPDX-License-Identifier: BSD-2-Clause */
/* The contract stands in user/lib/arch.h. */
#include <arch/fpu.h>

#include "lib/string.h"
#include "user/lib/arch.h"

#define COMPONENT_AVX     2
#define COMPONENT_ZMM_END 7 /* the last part of AVX-512; memory protection keys follow, which are not used */

/* What the parts of the registers are filled with: never zero. */
static void fill(uint8_t *bytes, size_t count, uint64_t *state)
{
	for (size_t i = 0; i < count; i++) {
		*state = *state * 6364136223846793005 + 1442695040888963407;
		bytes[i] = (uint8_t)(*state >> 56) | 1;
	}
}

static bool component(unsigned i, uint64_t enabled, size_t *ret_offset, size_t *ret_size)
{
	uint32_t eax, ebx, ecx, edx;

	if (!(enabled >> i & 1))
		return false;
	__asm__ volatile("cpuid" : "=a"(eax), "=b"(ebx), "=c"(ecx), "=d"(edx) : "a"(0xd), "c"(i));
	*ret_offset = ebx;
	*ret_size = eax;
	return true;
}

static uint64_t enabled(size_t size)
{
	uint32_t low, high;

	if (size <= ARCH_FPU_FXSAVE_SIZE)
		return 3;
	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

void arch_fpu_pattern(void *state, size_t size, uint64_t seed)
{
	struct arch_fpu *fpu = state;
	uint64_t random = seed * 2 + 1;
	size_t offset, bytes;

	memset(fpu, 0, size);
	/* Precision and rounding, the top of the stack and a condition code; no exception is pending or unmasked. */
	fpu->fcw = (uint16_t)(0x033f | 0x40 | (seed & 3) << 10);
	fpu->fsw = (uint16_t)((seed & 7) << 11 | 0x100);
	fpu->ftw = 0xff;
	fpu->mxcsr = (uint32_t)(ARCH_FPU_MXCSR | (seed & 3) << 13 | (seed & 0x3f));
	for (unsigned i = 0; i < 8; i++) {
		fill(fpu->st[i], 10, &random);
		fpu->st[i][7] |= 0x80; /* a normal number has its integer bit */
	}
	fill(fpu->xmm[0], sizeof(fpu->xmm), &random);
	if (size <= ARCH_FPU_FXSAVE_SIZE)
		return;
	fpu->xstate_bv = enabled(size);
	for (unsigned i = COMPONENT_AVX; i <= COMPONENT_ZMM_END; i++)
		if (component(i, fpu->xstate_bv, &offset, &bytes))
			fill((uint8_t *)state + offset, bytes, &random);
}

void arch_fpu_clean(void *state, size_t size)
{
	struct arch_fpu *fpu = state;

	memset(fpu, 0, size);
	fpu->fcw = ARCH_FPU_FCW;
	fpu->mxcsr = ARCH_FPU_MXCSR;
}

/* Not the header, and not what is reserved. */
bool arch_fpu_equal(const void *a, const void *b, size_t size)
{
	const struct arch_fpu *x = a, *y = b;
	size_t offset, bytes;

	if (x->fcw != y->fcw || x->fsw != y->fsw || x->ftw != y->ftw || x->mxcsr != y->mxcsr)
		return false;
	for (unsigned i = 0; i < 8; i++)
		if (memcmp(x->st[i], y->st[i], 10) != 0)
			return false;
	if (memcmp(x->xmm, y->xmm, sizeof(x->xmm)) != 0)
		return false;
	for (unsigned i = COMPONENT_AVX; i <= COMPONENT_ZMM_END; i++)
		if (component(i, enabled(size), &offset, &bytes) &&
		    memcmp((const char *)a + offset, (const char *)b + offset, bytes) != 0)
			return false;
	return true;
}
