/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * General registers of a task, as Task read_registers and write_registers and
 * restricted mode have them. In the order in which the kernel stores them.
 */
#ifndef ARCH_REGISTERS_H
#define ARCH_REGISTERS_H

#include <stdint.h>

struct helion_registers {
	uint64_t gs_base; /* restricted mode: not used, GS base is the task's */
	uint64_t fs_base;
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t reserved0[2];
	uint64_t rip;
	uint64_t reserved1;
	uint64_t rflags; /* loaded: the flags that a program may change; the rest is as it has to be */
	uint64_t rsp;
	uint64_t reserved2;
	uint64_t reserved3[16];
};

#endif
