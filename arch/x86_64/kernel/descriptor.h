/* SPDX-License-Identifier: BSD-2-Clause */
/* GDT, TSS and IDT. */
#ifndef X86_64_KERNEL_DESCRIPTOR_H
#define X86_64_KERNEL_DESCRIPTOR_H

#include "kernel/percpu.h"

/* Points every vector at its stub: before the first descriptor_load(), and when kpti_root is set. */
void descriptor_init(void);
/* The IDT, one page. */
const void *descriptor_idt(void);

/* Loads this CPU's GDT, TSS and the IDT, and makes `cpu` its per-CPU data. x86_percpu.ist_stacks is set. */
void descriptor_load(struct percpu *cpu);

#endif
