/* SPDX-License-Identifier: BSD-2-Clause */
/* Floating-point, Advanced SIMD and SVE state. CPACR_EL1 turns all of them off (ARM ARM D17.2.33). */
#ifndef AARCH64_FPU_H
#define AARCH64_FPU_H

#include <stdint.h>

/* fpustate.S. `area` is a struct arch_fpu, whose control words are saved and loaded too; `predicates` is where p0 stands in it. */
void fpu_save_simd(void *area);
void fpu_load_simd(const void *area);
void fpu_save_sve(void *area, void *predicates);
void fpu_load_sve(const void *area, const void *predicates);
/* Bytes of a vector register. */
uint64_t fpu_vector_bytes(void);

#endif
