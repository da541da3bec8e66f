/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table entries of aarch64 (ARM ARM D8.3, VMSAv8-64, 4 KiB granule,
 * 48-bit addresses), for lib/pagetable.h. Used by the loader and by the kernel.
 *
 * Both program MAIR_EL1 as ARCH_MAIR; the hand-over page is in TTBR0, the
 * kernel's half in TTBR1.
 */
#ifndef ARCH_PAGING_H
#define ARCH_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/pagetable_flags.h"

/* Bits of a physical address that an entry has room for. */
#define ARCH_PHYS_BITS 48

/* Attribute 0: normal write-back; 1: Device-nGnRE; 2: normal non-cacheable. */
#define ARCH_MAIR 0x00000000004404ffull

#define ARCH_DIRECT_MAP_BASE(levels) ((void)(levels), 0xffff000000000000ull)
#define ARCH_DIRECT_MAP_SIZE(levels) ((void)(levels), 1ull << 47)
#define ARCH_USER_TOP(levels)        ((void)(levels), 1ull << 48)

#define ARCH_SPLIT_ROOTS 1

#define A64_PTE_VALID   (1ull << 0)
#define A64_PTE_TABLE   (1ull << 1) /* table, or page at level 0 */
#define A64_PTE_ATTR(n) ((uint64_t)(n) << 2)
#define A64_PTE_ATTRS   A64_PTE_ATTR(7)
#define A64_PTE_AP_USER (1ull << 6)
#define A64_PTE_AP_RO   (1ull << 7)
#define A64_PTE_INNER   (3ull << 8)
#define A64_PTE_AF      (1ull << 10)
#define A64_PTE_NG      (1ull << 11)
#define A64_PTE_PXN     (1ull << 53)
#define A64_PTE_UXN     (1ull << 54)
#define A64_PTE_ADDR    0x0000fffffffff000ull

/* A64_PTE_NG where the kernel's mappings belong to an ASID (arch/aarch64/kernel/kpti.h), else 0. The loader's are always global. */
extern uint64_t a64_kernel_ng;

static inline uint64_t arch_pte_table(uint64_t phys)
{
	return phys | A64_PTE_VALID | A64_PTE_TABLE;
}

static inline uint64_t arch_pte_leaf(uint64_t phys, unsigned level, unsigned flags)
{
	uint64_t pte = phys | A64_PTE_VALID | A64_PTE_AF;

	if (level == 0)
		pte |= A64_PTE_TABLE;
	if (!(flags & PT_WRITE))
		pte |= A64_PTE_AP_RO;
	if (flags & PT_USER) {
		pte |= A64_PTE_AP_USER | A64_PTE_PXN;
		if (!(flags & PT_EXEC))
			pte |= A64_PTE_UXN;
	} else {
		pte |= A64_PTE_UXN;
		if (!(flags & PT_EXEC))
			pte |= A64_PTE_PXN;
	}
	pte |= flags & PT_GLOBAL ? a64_kernel_ng : A64_PTE_NG;
	if (flags & PT_DEVICE)
		pte |= A64_PTE_ATTR(1);
	else if (flags & PT_WRITECOMBINE)
		pte |= A64_PTE_ATTR(2);
	else
		pte |= A64_PTE_ATTR(0) | A64_PTE_INNER;
	return pte;
}

static inline bool arch_pte_present(uint64_t pte)
{
	return pte & A64_PTE_VALID;
}

static inline bool arch_pte_is_leaf(uint64_t pte, unsigned level)
{
	return level == 0 || !(pte & A64_PTE_TABLE);
}

/* Physical address of the table or of the frame. */
static inline uint64_t arch_pte_phys(uint64_t pte, unsigned level)
{
	(void)level;
	return pte & A64_PTE_ADDR;
}

/* PT_* flags of a leaf. */
static inline unsigned arch_pte_flags(uint64_t pte, unsigned level)
{
	unsigned flags = PT_READ;

	(void)level;
	if (!(pte & A64_PTE_AP_RO))
		flags |= PT_WRITE;
	if (pte & A64_PTE_AP_USER)
		flags |= PT_USER;
	if (!(pte & ((flags & PT_USER) ? A64_PTE_UXN : A64_PTE_PXN)))
		flags |= PT_EXEC;
	if (!(pte & A64_PTE_NG))
		flags |= PT_GLOBAL;
	if ((pte & A64_PTE_ATTRS) == A64_PTE_ATTR(1))
		flags |= PT_DEVICE;
	else if ((pte & A64_PTE_ATTRS) == A64_PTE_ATTR(2))
		flags |= PT_WRITECOMBINE;
	return flags;
}

#endif
