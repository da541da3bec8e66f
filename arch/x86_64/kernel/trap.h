/* SPDX-License-Identifier: BSD-2-Clause */
/* Called by vectors.S. */
#ifndef X86_64_KERNEL_TRAP_H
#define X86_64_KERNEL_TRAP_H

#include <arch/trapframe.h>

void trap_entry(struct trapframe *tf);

#endif
