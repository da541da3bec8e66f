/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The contract stands in user/lib/arch.h.
 *
 * FNOP: XSAVE and XRSTOR trap as every other instruction of the unit does when it is off (Intel SDM vol. 2D, XSAVE), but
 * not in QEMU's emulation.
 */
#include <arch/fpu.h>

#include "user/lib/arch.h"

void arch_fpu_store(void *state, size_t size)
{
	if (size > ARCH_FPU_FXSAVE_SIZE)
		__asm__ volatile("fnop; xsave64 (%0)" : : "r"(state), "a"(-1), "d"(-1) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(state) : "memory");
}

void arch_fpu_load(const void *state, size_t size)
{
	if (size > ARCH_FPU_FXSAVE_SIZE)
		__asm__ volatile("fnop; xrstor64 (%0)" : : "r"(state), "a"(-1), "d"(-1) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(state) : "memory");
}
