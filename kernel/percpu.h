/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Per-CPU data. One struct percpu for each CPU, reached through the per-CPU
 * register (GS base, TPIDR_EL1, tp/sscratch). Only its own CPU writes it, except
 * where a field says otherwise.
 */
#ifndef KERNEL_PERCPU_H
#define KERNEL_PERCPU_H

/* Offsets for assembly. */
#define PERCPU_SELF         0
#define PERCPU_REGS         8
#define PERCPU_STACK        16
#define PERCPU_SYSCALL      24
#define PERCPU_SCRATCH0     32
#define PERCPU_SCRATCH1     40
#define PERCPU_ARCH         48
#define PERCPU_KERNEL_ROOT  304
#define PERCPU_VSPACE_TOKEN 312

#define KERNEL_STACK_SIZE 16384 /* each with an unmapped page below */

#ifndef __ASSEMBLER__

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/spinlock.h"
#include "lib/list.h"
#include "lib/tree.h"

#define CPU_MAX 64

/* Priorities 0 to 63; higher goes first. */
#define PRIORITY_COUNT 64u

struct trapframe;
struct task;

enum cpu_state { CPU_ABSENT, CPU_STARTING, CPU_RUNNING, CPU_FAILED };

/* The tasks that wait for this CPU; the one that runs is in no queue. See kernel/sched.h. */
struct run_queue {
	struct spinlock lock;                   /* LOCK_SCHED */
	_Atomic uint64_t ready;                 /* bit p: queue p is not empty; may be read without the lock */
	struct list_node tasks[PRIORITY_COUNT]; /* struct task.run */
};

struct percpu {
	struct percpu *self;
	struct trapframe *regs;              /* registers of the running task: a trap from user mode saves here */
	uint64_t stack;                      /* top of this CPU's kernel stack */
	void (*syscall)(struct trapframe *); /* where a system call goes: trap_syscall(), or restricted_syscall() */
	uint64_t scratch[2];                 /* for the trap entry */
	uint64_t arch[32];                   /* the architecture's own */
	uint64_t kernel_root;                /* physical address of the kernel's page table, for a starting CPU */
	uint64_t vspace_token;               /* of the address space that is loaded, 0: none */

	uint32_t index;         /* 0 is the boot CPU */
	_Atomic uint32_t state; /* enum cpu_state; the CPU itself sets CPU_RUNNING */

	_Atomic uint32_t shares; /* the kernel's lock, see kernel/lock.h */
	uint64_t bit;            /* 1 << index */
	struct task *current;    /* that runs here; NULL while idle. Others write it under the exclusive lock */
	bool trapped; /* by an interrupt or exception, until it has its lock again; false while it waits for the lock: to begin a
				      * system call of `current` */
	bool slice_over;       /* set by the timer, cleared by the next choice */
	bool slice_used;       /* by the timer's last interrupt for it: the next one ends the slice */
	uint64_t slice_end;    /* ns; UINT64_MAX when nobody waits for the slice to end */
	uint64_t timer;        /* ns; what the one-shot timer is set for */
	struct tree deadlines; /* struct deadline.node, set on this CPU; under the exclusive lock */
	struct run_queue queue;
	uint64_t contended;          /* locks that it had to wait for so far */
	uint64_t hwid;               /* APIC id, MPIDR affinity, hart id */
	_Atomic uint64_t ticks;      /* timer interrupts so far; read by others */
	_Atomic uint64_t interrupts; /* device interrupts so far; read by others */
	_Atomic uint32_t pending;    /* CPU_REQUEST_* of others, which set bits that this CPU clears */
	_Atomic uint32_t in_panic;

	struct task *fpu_holder; /* whose state was loaded last; may be gone, see kernel/fpu.c */
	uint8_t fpu_on;          /* the floating-point unit does not trap */
};

_Static_assert(offsetof(struct percpu, self) == PERCPU_SELF, "assembly");
_Static_assert(offsetof(struct percpu, regs) == PERCPU_REGS, "assembly");
_Static_assert(offsetof(struct percpu, stack) == PERCPU_STACK, "assembly");
_Static_assert(offsetof(struct percpu, scratch) == PERCPU_SCRATCH0, "assembly");
_Static_assert(offsetof(struct percpu, kernel_root) == PERCPU_KERNEL_ROOT, "assembly");
_Static_assert(offsetof(struct percpu, vspace_token) == PERCPU_VSPACE_TOKEN, "assembly");
_Static_assert(offsetof(struct percpu, arch) == PERCPU_ARCH, "assembly");
_Static_assert(offsetof(struct percpu, syscall) == PERCPU_SYSCALL, "assembly");

/* All CPUs; cpu_count of them are described by the firmware. */
extern struct percpu cpus[CPU_MAX];
extern uint32_t cpu_count;

#endif
#endif
