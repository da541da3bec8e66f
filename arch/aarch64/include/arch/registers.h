/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General registers of a task, as Task read_registers and write_registers and
 * restricted mode have them. In the order in which the kernel stores them.
 */
#ifndef ARCH_REGISTERS_H
#define ARCH_REGISTERS_H

#include <stdint.h>

struct helion_registers {
	uint64_t x[31];
	uint64_t sp, pc;
	uint64_t pstate; /* loaded: N, Z, C and V; the rest is as it has to be */
	uint64_t tpidr;  /* TPIDR_EL0 */
	uint64_t reserved[5];
};

#endif
