/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General registers of a task, as Task read_registers and write_registers and
 * restricted mode have them. In the order in which the kernel stores them.
 */
#ifndef ARCH_REGISTERS_H
#define ARCH_REGISTERS_H

#include <stdint.h>

struct helion_registers {
	uint64_t x[32]; /* x0 is not used */
	uint64_t pc;
	uint64_t reserved[7];
};

#endif
