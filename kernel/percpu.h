/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-CPU data. One struct percpu for each CPU, reached through the per-CPU
 * register (GS base, TPIDR_EL1, tp/sscratch). Only its own CPU writes it, except
 * where a field says otherwise.
 */
#ifndef KERNEL_PERCPU_H
#define KERNEL_PERCPU_H

/* Offsets for assembly. */
#define PERCPU_SELF        0
#define PERCPU_REGS        8
#define PERCPU_STACK       16
#define PERCPU_SCRATCH0    24
#define PERCPU_SCRATCH1    32
#define PERCPU_KERNEL_ROOT 40
#define PERCPU_ARCH        48

#define KERNEL_STACK_SIZE 16384 /* each with an unmapped page below */

#ifndef __ASSEMBLER__

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CPU_MAX 64

struct trapframe;
struct task;

enum cpu_state { CPU_ABSENT, CPU_STARTING, CPU_RUNNING, CPU_FAILED };

struct percpu {
	struct percpu *self;
	struct trapframe *regs; /* registers of the running task: a trap from user mode saves here */
	uint64_t stack;         /* top of this CPU's kernel stack */
	uint64_t scratch[2];    /* for the trap entry */
	uint64_t kernel_root;   /* physical address of the kernel's page table, for a starting CPU */
	uint64_t arch[32];      /* the architecture's own */

	uint32_t index;         /* 0 is the boot CPU */
	_Atomic uint32_t state; /* enum cpu_state; the CPU itself sets CPU_RUNNING */
	uint64_t hwid;          /* APIC id, MPIDR affinity, hart id */

	struct task *current;        /* NULL while idle */
	struct task *invoker;        /* whose invocation is being served; NULL once it has destroyed itself */
	uint64_t vspace_root;        /* user page table that is loaded */
	_Atomic uint64_t ticks;      /* timer interrupts so far; read by others */
	_Atomic uint64_t interrupts; /* device interrupts so far; read by others */
	_Atomic uint32_t pending;    /* IPI_* requests; others set, this CPU clears */
	_Atomic uint32_t in_panic;

	struct task *fpu_holder; /* whose state was loaded last; may be gone, see kernel/fpu.c */
	uint8_t fpu_on;          /* the floating-point unit does not trap */
};

_Static_assert(offsetof(struct percpu, self) == PERCPU_SELF, "assembly");
_Static_assert(offsetof(struct percpu, regs) == PERCPU_REGS, "assembly");
_Static_assert(offsetof(struct percpu, stack) == PERCPU_STACK, "assembly");
_Static_assert(offsetof(struct percpu, scratch) == PERCPU_SCRATCH0, "assembly");
_Static_assert(offsetof(struct percpu, kernel_root) == PERCPU_KERNEL_ROOT, "assembly");
_Static_assert(offsetof(struct percpu, arch) == PERCPU_ARCH, "assembly");

/* All CPUs; cpu_count of them are described by the firmware. */
extern struct percpu cpus[CPU_MAX];
extern uint32_t cpu_count;

#endif
#endif
