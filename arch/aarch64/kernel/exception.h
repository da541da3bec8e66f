/* SPDX-License-Identifier: BSD-2-Clause */
/* Handlers that vectors.S calls. Those for user mode return to kernel_exit(), those for the kernel to where it was. */
#ifndef AARCH64_EXCEPTION_H
#define AARCH64_EXCEPTION_H

#include <arch/trapframe.h>

extern char exception_vectors[];

void exception_sync(struct trapframe *tf);
void exception_user_aarch32(struct trapframe *tf);
void exception_kernel_sp0(struct trapframe *tf);
/* sp was not in this CPU's kernel stack, or there was no room left in it. */
_Noreturn void exception_kernel_stack(struct trapframe *tf);
void exception_irq(struct trapframe *tf);
void exception_fiq(struct trapframe *tf);
void exception_serror(struct trapframe *tf);

#endif
