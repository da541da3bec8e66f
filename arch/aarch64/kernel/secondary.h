/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page that a starting CPU enters at its physical address: the code between
 * secondary_start and secondary_end, of which the parameters are a part.
 */
#ifndef AARCH64_SECONDARY_H
#define AARCH64_SECONDARY_H

/* Offsets for assembly. */
#define SECONDARY_MAIR     0
#define SECONDARY_TCR      8
#define SECONDARY_TTBR0    16
#define SECONDARY_TTBR1    24
#define SECONDARY_SCTLR    32
#define SECONDARY_ENTRY    40
#define SECONDARY_CPUS     48
#define SECONDARY_CPUS_MAX 64

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

#include "kernel/percpu.h"

struct secondary_params {
	uint64_t mair, tcr, ttbr0, ttbr1, sctlr;
	uint64_t entry; /* virtual address of secondary_main() */
	/* Who was asked to start: a CPU that finds itself here goes on, any other waits. */
	struct {
		uint64_t hwid;
		struct percpu *_Atomic cpu; /* NULL: free, hwid is not valid */
	} cpus[SECONDARY_CPUS_MAX];
};

_Static_assert(offsetof(struct secondary_params, mair) == SECONDARY_MAIR, "assembly");
_Static_assert(offsetof(struct secondary_params, tcr) == SECONDARY_TCR, "assembly");
_Static_assert(offsetof(struct secondary_params, ttbr0) == SECONDARY_TTBR0, "assembly");
_Static_assert(offsetof(struct secondary_params, ttbr1) == SECONDARY_TTBR1, "assembly");
_Static_assert(offsetof(struct secondary_params, sctlr) == SECONDARY_SCTLR, "assembly");
_Static_assert(offsetof(struct secondary_params, entry) == SECONDARY_ENTRY, "assembly");
_Static_assert(offsetof(struct secondary_params, cpus) == SECONDARY_CPUS, "assembly");
_Static_assert(SECONDARY_CPUS_MAX >= CPU_MAX, "a place for each CPU");

extern const char secondary_start[], secondary_params[], secondary_end[];

#endif
#endif
