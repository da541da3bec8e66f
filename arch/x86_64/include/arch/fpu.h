/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The state of the x87, SSE, AVX and AVX-512 registers of a task, as programs see it: the
 * standard form of an XSAVE area (Intel SDM vol. 1 §13.4), of which CPUID leaf 0Dh says where
 * each part stands. A bit of XSTATE_BV that is clear stands for the initial state of that part,
 * whatever its bytes are. On a CPU without XSAVE it is the first 512 bytes, those of FXSAVE.
 */
#ifndef ARCH_FPU_H
#define ARCH_FPU_H

#include <stdint.h>

struct arch_fpu {
	uint16_t fcw, fsw;
	uint8_t ftw, reserved0; /* a bit for each x87 register that is not empty */
	uint16_t fop;
	uint64_t fip, fdp;
	uint32_t mxcsr, mxcsr_mask;
	uint8_t st[8][16]; /* 10 bytes of each count */
	uint8_t xmm[16][16];
	uint8_t reserved1[96];
	/* The header; only with XSAVE. */
	uint64_t xstate_bv, xcomp_bv; /* the latter is 0 */
	uint64_t reserved2[6];        /* 0 */
	uint8_t extended[];           /* upper halves of ymm0 to 15 first, if there are any */
};

#define ARCH_FPU_FXSAVE_SIZE 512

_Static_assert(sizeof(struct arch_fpu) == 576, "layout");

#define ARCH_FPU_FCW   0x037f /* what a new task has: all exceptions masked, 64-bit precision, to nearest */
#define ARCH_FPU_MXCSR 0x1f80

#endif
