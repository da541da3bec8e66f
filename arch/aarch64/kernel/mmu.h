/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef AARCH64_MMU_H
#define AARCH64_MMU_H

#include <stdint.h>

/* TCR_EL1 as every CPU of this machine has it. */
uint64_t mmu_tcr(void);

/* Leaves no user mapping on this CPU, not even in its TLB. */
void mmu_clear_user(void);

#endif
