/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table entries of riscv64 (RISC-V privileged architecture, Sv39, Sv48 and
 * Sv57), for lib/pagetable.h. Used by the loader and by the kernel.
 *
 * Memory types are those of the platform's physical memory attributes, and of the
 * entry where the hart has Svpbmt and machine mode lets it be used. PT_DEVICE and
 * PT_WRITECOMBINE stand in the bits that are software's besides, so that they can
 * be read back anywhere. A and D are always set, as hardware may fault instead of
 * setting them.
 */
#ifndef ARCH_PAGING_H
#define ARCH_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/pagetable_flags.h"

/* Bits of a physical address that an entry has room for. */
#define ARCH_PHYS_BITS 56

/* The upper half begins at the sign-extended top bit; half of it is the direct map's. */
#define ARCH_DIRECT_MAP_BASE(levels) (~0ull << (9 * (levels) + 11))
#define ARCH_DIRECT_MAP_SIZE(levels) (1ull << (9 * (levels) + 10))
#define ARCH_USER_TOP(levels)        (1ull << (9 * (levels) + 11))

#define ARCH_SPLIT_ROOTS 0

#define RV_PTE_V   (1ull << 0)
#define RV_PTE_R   (1ull << 1)
#define RV_PTE_W   (1ull << 2)
#define RV_PTE_X   (1ull << 3)
#define RV_PTE_U   (1ull << 4)
#define RV_PTE_G   (1ull << 5)
#define RV_PTE_A   (1ull << 6)
#define RV_PTE_D   (1ull << 7)
#define RV_PTE_PPN 0x003ffffffffffc00ull

/* Of the bits for software (RSW). */
#define RV_PTE_DEVICE       (1ull << 8)
#define RV_PTE_WRITECOMBINE (1ull << 9)
/* Svpbmt (privileged, chapter "Svpbmt"): non-cacheable main memory, of which accesses may be merged; I/O. */
#define RV_PTE_PBMT_NC (1ull << 61)
#define RV_PTE_PBMT_IO (1ull << 62)

/* Those of the two that may be used: all, or none. The loader uses none. */
extern uint64_t riscv_pbmt;

static inline uint64_t arch_pte_table(uint64_t phys)
{
	return (phys >> 2) | RV_PTE_V;
}

static inline uint64_t arch_pte_leaf(uint64_t phys, unsigned level, unsigned flags)
{
	uint64_t pte = (phys >> 2) | RV_PTE_V | RV_PTE_A | RV_PTE_D | RV_PTE_R;

	(void)level;
	if (flags & PT_WRITE)
		pte |= RV_PTE_W;
	if (flags & PT_EXEC)
		pte |= RV_PTE_X;
	if (flags & PT_USER)
		pte |= RV_PTE_U;
	if (flags & PT_GLOBAL)
		pte |= RV_PTE_G;
	if (flags & PT_DEVICE)
		pte |= RV_PTE_DEVICE | (riscv_pbmt & RV_PTE_PBMT_IO);
	else if (flags & PT_WRITECOMBINE)
		pte |= RV_PTE_WRITECOMBINE | (riscv_pbmt & RV_PTE_PBMT_NC);
	return pte;
}

static inline bool arch_pte_present(uint64_t pte)
{
	return pte & RV_PTE_V;
}

static inline bool arch_pte_is_leaf(uint64_t pte, unsigned level)
{
	return level == 0 || (pte & (RV_PTE_R | RV_PTE_W | RV_PTE_X));
}

/* Physical address of the table or of the frame. */
static inline uint64_t arch_pte_phys(uint64_t pte, unsigned level)
{
	(void)level;
	return (pte & RV_PTE_PPN) << 2;
}

/* PT_* flags of a leaf. */
static inline unsigned arch_pte_flags(uint64_t pte, unsigned level)
{
	unsigned flags = 0;

	(void)level;
	if (pte & RV_PTE_R)
		flags |= PT_READ;
	if (pte & RV_PTE_W)
		flags |= PT_WRITE;
	if (pte & RV_PTE_X)
		flags |= PT_EXEC;
	if (pte & RV_PTE_U)
		flags |= PT_USER;
	if (pte & RV_PTE_G)
		flags |= PT_GLOBAL;
	if (pte & RV_PTE_DEVICE)
		flags |= PT_DEVICE;
	if (pte & RV_PTE_WRITECOMBINE)
		flags |= PT_WRITECOMBINE;
	return flags;
}

#endif
