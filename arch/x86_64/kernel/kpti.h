/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tables for user mode that lack the kernel (against Meltdown, CVE-2017-5754), on processors that need them.
 *
 * The kernel then runs with its own tables, kernel_pagetable; it reaches no memory through user addresses. The root table of
 * an address space has in the kernel's half one entry, the same in all, which leads to what an entry needs: a page of code (kptientry.S),
 * the IDT, and for each CPU a page of data and the IST stacks. So the TLB forgets user mode on each entry and the kernel on
 * each return, and nothing is global.
 *
 * Where the processor needs none of this nothing is different, and nothing costs more: other entries are in the
 * IDT and in LSTAR, and kpti_init() patches the ways out.
 *
 * kpti=on and kpti=off on the command line decide otherwise.
 */
#ifndef X86_64_KERNEL_KPTI_H
#define X86_64_KERNEL_KPTI_H

/* Offsets for assembly: struct entry_data, struct entry_top. */
#define ENTRY_SCRATCH     0
#define ENTRY_KERNEL_ROOT 8
#define ENTRY_SYSCALL     16
#define ENTRY_TOP_ROOT    8

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stdint.h>

#include "kernel/percpu.h"
#include "percpu_x86.h"

/* Above each stack that the processor itself takes. */
struct entry_top {
	struct percpu *cpu;
	uint64_t kernel_root;
};

/* A CPU's page of data. The page of code is mapped before it for each CPU, for SYSCALL, which finds this from there. */
struct entry_data {
	uint64_t scratch;
	uint64_t kernel_root;
	uint64_t syscall; /* syscall_entry_kernel */
	uint64_t gdt[GDT_ENTRIES];
	uint32_t pad;
	struct tss tss; /* the processor's; x86_percpu.tss.rsp[0] is where the registers go in the end */
	uint32_t pad1;
	uint64_t stack[33];
	struct entry_top top;
};

_Static_assert(offsetof(struct entry_data, scratch) == ENTRY_SCRATCH, "assembly");
_Static_assert(offsetof(struct entry_data, kernel_root) == ENTRY_KERNEL_ROOT, "assembly");
_Static_assert(offsetof(struct entry_data, syscall) == ENTRY_SYSCALL, "assembly");
_Static_assert(offsetof(struct entry_top, kernel_root) == ENTRY_TOP_ROOT, "assembly");
_Static_assert(offsetof(struct entry_data, top) % 16 == 0, "the processor aligns the stack");

/* On the boot CPU, its kernel tables loaded: decides, and if so makes the tables, and the boot CPU's part. */
void kpti_init(struct percpu *boot);
/* The part of another CPU, before it starts. */
void kpti_prepare(struct percpu *cpu);

/* Root table whose upper half address spaces have instead of the kernel's; physical address, 0: they have the kernel's. */
extern uint64_t kpti_root;

/* Whether the tables hold what they should and nothing else. */
bool kpti_check(void);

/* Where SYSCALL enters on this CPU. */
uint64_t kpti_syscall_entry(const struct percpu *cpu);

#endif
#endif
