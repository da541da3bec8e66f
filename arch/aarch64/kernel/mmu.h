/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AARCH64_MMU_H
#define AARCH64_MMU_H

#include <stdbool.h>
#include <stdint.h>

/* TCR_EL1 as every CPU of this machine has it. */
uint64_t mmu_tcr(void);

#define TCR_E0PD1 (1ull << 56)

bool mmu_has_e0pd(void);

/* What TTBR0 is without user mappings. */
uint64_t mmu_kernel_ttbr0(void);

/* Leaves no user mapping on this CPU, not even in its TLB. */
void mmu_clear_user(void);

#endif
