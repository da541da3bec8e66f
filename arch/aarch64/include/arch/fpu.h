/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of the floating-point and vector registers of a task, as programs see it. With SVE
 * (sve = 1) the 32 registers are z0 to z31 of vector_bytes bytes each, then come p0 to p15 and
 * FFR of vector_bytes / 8 bytes each. Without it the registers are v0 to v31 of 16 bytes.
 */
#ifndef ARCH_FPU_H
#define ARCH_FPU_H

/* Offsets for assembly. */
#define ARCH_FPU_FPSR      0
#define ARCH_FPU_FPCR      4
#define ARCH_FPU_REGISTERS 64

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

struct arch_fpu {
	uint32_t fpsr, fpcr;
	uint32_t vector_bytes, sve; /* as the CPU has them; what a writer puts there does not count */
	uint32_t reserved[12];
	uint8_t registers[];
};

_Static_assert(offsetof(struct arch_fpu, fpsr) == ARCH_FPU_FPSR, "assembly");
_Static_assert(offsetof(struct arch_fpu, fpcr) == ARCH_FPU_FPCR, "assembly");
_Static_assert(sizeof(struct arch_fpu) == ARCH_FPU_REGISTERS, "assembly");

#define ARCH_FPU_SIZE(vector_bytes, sve) \
	(ARCH_FPU_REGISTERS + 32ul * (vector_bytes) + ((sve) ? 17ul * ((vector_bytes) / 8) : 0))

#endif
#endif
