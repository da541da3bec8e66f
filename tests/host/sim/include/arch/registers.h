/* SPDX-License-Identifier: BSD-2-Clause */
/* General registers of a task on the simulated machine. */
#ifndef ARCH_REGISTERS_H
#define ARCH_REGISTERS_H

#include <stdint.h>

struct helion_registers {
	uint64_t pc, sp;
	uint64_t reserved[38];
};

#endif
