/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What other CPUs may remember of page tables. Changes are noted while the kernel
 * is locked exclusively and flushed once, before it is unlocked; nobody else can
 * get memory that became free in between.
 */
#ifndef KERNEL_TLB_H
#define KERNEL_TLB_H

#include <stdint.h>

#include "kernel/percpu.h"

struct vspace;

/* Switches this CPU to an address space. With the kernel locked, shared at least. */
void vspace_load(struct percpu *cpu, struct vspace *vspace);

/* Translations of the address space were taken away or restricted. */
void tlb_note(struct vspace *vspace);

/* The address space ends: no CPU has it loaded afterwards. */
void tlb_note_end(struct vspace *vspace);

/* Flushes what was noted, on every CPU that may have it. Called when the exclusive lock is given up. */
void tlb_commit(void);

/* This CPU's part, asked for by CPU_REQUEST_FLUSH. */
void tlb_flush_request(struct percpu *cpu);

#endif
