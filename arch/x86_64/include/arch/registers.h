/* SPDX-License-Identifier: BSD-2-Clause */
/* General registers of a task, as Task read_registers and write_registers and restricted mode have them. */
#ifndef ARCH_REGISTERS_H
#define ARCH_REGISTERS_H

#include <stdint.h>

struct helion_registers {
	uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, rsp;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t rip;
	uint64_t rflags; /* written: the flags that a program may change; the rest is as it has to be */
	uint64_t fs_base, gs_base;
	uint64_t reserved[16];
};

#endif
