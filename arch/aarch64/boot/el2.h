/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EL2: what the firmware's exception level must allow before EL1 runs, and the
 * register values for leaving it. All are called in EL2 only.
 */
#ifndef ARCH_AARCH64_BOOT_EL2_H
#define ARCH_AARCH64_BOOT_EL2_H

#include <stdbool.h>
#include <stdint.h>

/* FEAT_VHE: EL2 can have an upper half of its own. */
bool el2_has_vhe(void);

/* HCR_EL2 for entering EL1, or (`stay`, needs VHE) for a kernel in EL2. */
uint64_t el2_hcr(bool stay);

/* CPTR_EL2 that traps nothing, in the layout it has with E2H set or clear. */
uint64_t el2_cptr(bool vhe);

/*
 * Removes every trap to EL2 that could surprise a kernel in EL1: counters, GIC,
 * floating point, SVE, SME, fine-grained traps, debug; CNTVOFF_EL2 becomes 0. All but HCR_EL2. Does not
 * disturb code that runs in EL2.
 */
void el2_open(void);

#endif
