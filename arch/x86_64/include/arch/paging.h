/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page-table entries of x86_64 (Intel SDM vol. 3A §4.5), for lib/pagetable.h.
 * Used by the loader and by the kernel.
 *
 * Both program the PAT as ARCH_PAT so that index 5 (PAT and PWT) is
 * write-combining and indices 0-3 keep their power-on meaning.
 */
#ifndef ARCH_PAGING_H
#define ARCH_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/pagetable_flags.h"

#define ARCH_PAT 0x0007010500070406ull /* UC UC- WC WP | UC UC- WT WB */

/* Virtual addresses, for paging with four levels (five levels move only the direct map). */
#define ARCH_DIRECT_MAP_BASE(levels) ((levels) == 5 ? 0xff10000000000000ull : 0xffff800000000000ull)
#define ARCH_DIRECT_MAP_SIZE(levels) ((levels) == 5 ? 1ull << 51 : 1ull << 46)
#define ARCH_USER_TOP(levels)        ((levels) == 5 ? 1ull << 56 : 1ull << 47)

/* Bits of a physical address that an entry has room for. */
#define ARCH_PHYS_BITS 52

/* The kernel's half shares its root table with the user's half. */
#define ARCH_SPLIT_ROOTS 0

#define X86_PTE_P        (1ull << 0)
#define X86_PTE_W        (1ull << 1)
#define X86_PTE_U        (1ull << 2)
#define X86_PTE_PWT      (1ull << 3)
#define X86_PTE_PCD      (1ull << 4)
#define X86_PTE_A        (1ull << 5)
#define X86_PTE_D        (1ull << 6)
#define X86_PTE_PS       (1ull << 7) /* in a leaf above level 0 */
#define X86_PTE_PAT4K    (1ull << 7) /* in a leaf of level 0 */
#define X86_PTE_G        (1ull << 8)
#define X86_PTE_PATLARGE (1ull << 12)
#define X86_PTE_NX       (1ull << 63)
#define X86_PTE_ADDR     0x000ffffffffff000ull

static inline uint64_t arch_pte_table(uint64_t phys)
{
	return phys | X86_PTE_P | X86_PTE_W | X86_PTE_U | X86_PTE_A;
}

static inline uint64_t arch_pte_leaf(uint64_t phys, unsigned level, unsigned flags)
{
	uint64_t pte = phys | X86_PTE_P | X86_PTE_A | X86_PTE_D;

	if (level > 0)
		pte |= X86_PTE_PS;
	if (flags & PT_WRITE)
		pte |= X86_PTE_W;
	if (!(flags & PT_EXEC))
		pte |= X86_PTE_NX;
	if (flags & PT_USER)
		pte |= X86_PTE_U;
	if (flags & PT_GLOBAL)
		pte |= X86_PTE_G;
	if (flags & PT_DEVICE)
		pte |= X86_PTE_PCD | X86_PTE_PWT;
	else if (flags & PT_WRITECOMBINE)
		pte |= X86_PTE_PWT | (level > 0 ? X86_PTE_PATLARGE : X86_PTE_PAT4K);
	return pte;
}

static inline bool arch_pte_present(uint64_t pte)
{
	return pte & X86_PTE_P;
}

static inline bool arch_pte_is_leaf(uint64_t pte, unsigned level)
{
	return level == 0 || (pte & X86_PTE_PS);
}

/* Physical address of the table or of the frame. */
static inline uint64_t arch_pte_phys(uint64_t pte, unsigned level)
{
	uint64_t phys = pte & X86_PTE_ADDR;

	if (level > 0 && (pte & X86_PTE_PS))
		phys &= ~X86_PTE_PATLARGE;
	return phys;
}

/* PT_* flags of a leaf. */
static inline unsigned arch_pte_flags(uint64_t pte, unsigned level)
{
	unsigned flags = PT_READ;

	if (pte & X86_PTE_W)
		flags |= PT_WRITE;
	if (!(pte & X86_PTE_NX))
		flags |= PT_EXEC;
	if (pte & X86_PTE_U)
		flags |= PT_USER;
	if (pte & X86_PTE_G)
		flags |= PT_GLOBAL;
	if (pte & X86_PTE_PCD)
		flags |= PT_DEVICE;
	else if (pte & (level > 0 ? X86_PTE_PATLARGE : X86_PTE_PAT4K))
		flags |= PT_WRITECOMBINE;
	return flags;
}

#endif
