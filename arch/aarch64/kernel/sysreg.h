/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System registers and the fields of ID registers. Registers that the assembler's
 * base architecture does not know are named by their encoding (ARM ARM C5.1.2).
 */
#ifndef AARCH64_SYSREG_H
#define AARCH64_SYSREG_H

#include <stdint.h>

/* The name may be a macro for an encoding. */
#define SYSREG_NAME(name) #name

#define sysreg_read(name)                                                                         \
	({                                                                                        \
		uint64_t sysreg_value;                                                            \
		__asm__ volatile("mrs %0, " SYSREG_NAME(name) : "=r"(sysreg_value) : : "memory"); \
		sysreg_value;                                                                     \
	})

#define sysreg_write(name, value)                                                                   \
	do {                                                                                        \
		uint64_t sysreg_value = (value);                                                    \
		__asm__ volatile("msr " SYSREG_NAME(name) ", %0" : : "r"(sysreg_value) : "memory"); \
	} while (0)

static inline void isb(void)
{
	__asm__ volatile("isb" : : : "memory");
}

/* Four bits of an ID register. */
static inline unsigned id_field(uint64_t id, unsigned shift)
{
	return (id >> shift) & 0xf;
}

/* MPIDR_EL1: the four affinity levels, which is how firmware tables name a CPU. */
#define MPIDR_AFFINITY 0xff00ffffffull

/* SCTLR_EL1 (ARM ARM D17.2.118). The bits that are one in an Armv8.0 CPU. */
#define SCTLR_RES1 0x30d00800ull
#define SCTLR_M    (1ull << 0) /* MMU */
#define SCTLR_C    (1ull << 2) /* data caches */
#define SCTLR_SA   (1ull << 3) /* check sp's alignment in EL1 */
#define SCTLR_SA0  (1ull << 4) /* and in EL0 */
#define SCTLR_ITD  (1ull << 7) /* AArch32's IT and SETEND undefined */
#define SCTLR_SED  (1ull << 8)
#define SCTLR_I    (1ull << 12) /* instruction caches */
#define SCTLR_DZE  (1ull << 14) /* EL0 may DC ZVA */
#define SCTLR_UCT  (1ull << 15) /* EL0 may read CTR_EL0 */
#define SCTLR_NTWI (1ull << 16) /* EL0 may WFI */
#define SCTLR_NTWE (1ull << 18) /* EL0 may WFE */
#define SCTLR_SPAN (1ull << 23) /* PSTATE.PAN is left alone by an exception */
#define SCTLR_UCI  (1ull << 26) /* EL0 may clean and invalidate caches by address */

/* What the kernel runs with. WXN stays off: no mapping is both writable and executable, see lib/pagetable.h. */
#define SCTLR_KERNEL                                                                                           \
	(SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_SA0 | SCTLR_ITD | SCTLR_SED | SCTLR_I | SCTLR_DZE | \
	 SCTLR_UCT | SCTLR_NTWI | SCTLR_NTWE | SCTLR_UCI)

/* ESR_EL1 (ARM ARM D17.2.37). */
#define ESR_EC(esr) (((esr) >> 26) & 0x3f)

#endif
