/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x87, SSE, AVX and AVX-512 state. CR0.TS turns all of them off.
 *
 * XSAVEOPT is used where it is there, XSAVE, or FXSAVE. Not XSAVES: its compacted form
 * would have to be converted for those who read or write the state of a task, and what
 * it saves beside the state of programs is not used.
 */
#ifndef X86_64_KERNEL_FPU_H
#define X86_64_KERNEL_FPU_H

#include <stdint.h>

/* Bits of CR4 that are needed, of those that this CPU has. */
uint64_t fpu_cr4(void);

#endif
