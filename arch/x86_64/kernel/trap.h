/* SPDX-License-Identifier: BSD-2-Clause */
/* Called by vectors.S. */
#ifndef X86_64_KERNEL_TRAP_H
#define X86_64_KERNEL_TRAP_H

#include <arch/trapframe.h>

void trap_entry(struct trapframe *tf);

/* Non-maskable interrupts that came and were let pass (nmi=ignore). */
uint64_t trap_ignored_nmis(void);

#endif
