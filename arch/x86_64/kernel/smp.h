/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting and stopping the other CPUs. */
#ifndef X86_64_KERNEL_SMP_H
#define X86_64_KERNEL_SMP_H

#include <stdbool.h>

#include "kernel/percpu.h"

/* A CPU that panics has asked all others to stop. */
bool smp_is_stopping(void);

/* Called by the trampoline, on the CPU's own stack and the kernel's page tables. */
_Noreturn void smp_secondary(struct percpu *cpu);

#endif
