/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What CPUs remember of page tables.
 *
 * An address space has an ASID of its own as long as there are any (on machines that
 * have them); the translations of one without are dropped whenever it is loaded. Its
 * mask of CPUs says where translations of it may be.
 *
 * Changes are noted while the kernel is locked exclusively and flushed once, before
 * it is unlocked, on the CPUs of the mask alone; nobody else can get memory that
 * became free in between. Where the hardware flushes other CPUs itself (ARCH_TLB_BROADCAST)
 * nobody is interrupted.
 */
#ifndef KERNEL_TLB_H
#define KERNEL_TLB_H

#include <stdint.h>

#include <arch/cpu.h>

#include "kernel/percpu.h"
#include "kernel/vspace.h"

/* While the kernel starts: how many ASIDs there are. */
void tlb_init(void);

/* An ASID that nobody has, 0: there is none left. Exclusive. */
uint16_t tlb_asid_alloc(void);

/* Switches this CPU to an address space: all of it, or (the other token) without its window. With the kernel locked, shared at least. */
static inline __attribute__((always_inline)) void vspace_switch(struct percpu *cpu, struct vspace *vspace,
								uint64_t token)
{
	if (cpu->vspace_token == token)
		return;
	cpu->vspace_token = token;
	if (__builtin_expect(!(atomic_load_explicit(&vspace->cpus, memory_order_relaxed) & cpu->bit), 0)) {
		atomic_fetch_or_explicit(&vspace->cpus, cpu->bit, memory_order_relaxed);
		/* window_attach() did so for all that were in there then. */
		if (vspace->window.object)
			atomic_fetch_or_explicit(&((struct vspace *)vspace->window.object)->cpus, cpu->bit,
						 memory_order_relaxed);
	}
	arch_vspace_switch(token);
}

static inline __attribute__((always_inline)) void vspace_load(struct percpu *cpu, struct vspace *vspace)
{
	vspace_switch(cpu, vspace, vspace->token);
}

/* Translations of this part of the address space were taken away or restricted. Exclusive. */
void tlb_note(struct vspace *vspace, uint64_t virt, uint64_t size);

/* Gives a page table of the address space back to its Memory, as soon as no CPU can walk through it. Exclusive. */
void tlb_free_table(struct vspace *vspace, uint64_t phys);

/* The address space ends: afterwards no CPU has it loaded, and its ASID is free. Exclusive. */
void tlb_note_end(struct vspace *vspace);

/* Flushes what was noted, on every CPU that may have it, and frees the tables. Called when the exclusive lock is given up. */
void tlb_commit_noted(void);
extern bool tlb_noted;

static inline void tlb_commit(void)
{
	if (__builtin_expect(tlb_noted, 0))
		tlb_commit_noted();
}

/* This CPU's part, asked for by CPU_REQUEST_FLUSH. */
void tlb_flush_request(struct percpu *cpu);

/* Flushes so far: times that a CPU flushed for itself or was asked to. For measurements. */
uint64_t tlb_flush_count(void);

#endif
