/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of the floating-point and vector registers of a task, as programs see it. With the
 * vector extension (vlenb not 0) v0 to v31 of vlenb bytes each follow.
 */
#ifndef ARCH_FPU_H
#define ARCH_FPU_H

/* Offsets for assembly. */
#define ARCH_FPU_F(n)    (8 * (n))
#define ARCH_FPU_FCSR    256
#define ARCH_FPU_VSTART  264
#define ARCH_FPU_VL      272
#define ARCH_FPU_VTYPE   280
#define ARCH_FPU_VCSR    288
#define ARCH_FPU_VECTORS 320

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

struct arch_fpu {
	uint64_t f[32]; /* a single-precision value is NaN-boxed */
	uint64_t fcsr;
	uint64_t vstart, vl, vtype, vcsr;
	uint64_t vlenb; /* as the hart has it, what a writer puts there does not count; 0: no vectors */
	uint64_t reserved[2];
	uint8_t vectors[];
};

_Static_assert(offsetof(struct arch_fpu, fcsr) == ARCH_FPU_FCSR, "assembly");
_Static_assert(offsetof(struct arch_fpu, vstart) == ARCH_FPU_VSTART, "assembly");
_Static_assert(offsetof(struct arch_fpu, vl) == ARCH_FPU_VL, "assembly");
_Static_assert(offsetof(struct arch_fpu, vtype) == ARCH_FPU_VTYPE, "assembly");
_Static_assert(offsetof(struct arch_fpu, vcsr) == ARCH_FPU_VCSR, "assembly");
_Static_assert(sizeof(struct arch_fpu) == ARCH_FPU_VECTORS, "assembly");

#endif
#endif
