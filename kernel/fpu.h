/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating-point and vector registers of tasks.
 *
 * A task does not own any until its first instruction that needs them traps: the
 * unit is off. It is then given a clean state, and from then on its registers are
 * saved each time it leaves a CPU and loaded when it comes back. So no CPU ever
 * holds the only copy of the state of a task that does not run there, and no task
 * waits for another CPU to give one up.
 *
 * The room for the state is part of what a Task takes from its Memory. A task can
 * be denied the unit; then the first such instruction is a fault.
 *
 * Locks: the fields of struct fpu belong to whoever may make the task run or keep
 * it from running: the CPU that runs it, else the holder of the lock that guards
 * task->state.
 */
#ifndef KERNEL_FPU_H
#define KERNEL_FPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/percpu.h"

struct memory;
struct task;

struct fpu {
	void *area;      /* arch_fpu_size() bytes in the direct map, undefined until `used`; NULL: no such unit here */
	uint32_t cpu;    /* index + 1 of the CPU that loaded or saved it last, 0: registers nowhere have it */
	uint16_t used;   /* the task owns a state */
	uint16_t denied; /* and must not have one */
};

/* Takes and gives back the area. False: the Memory has no room. */
bool fpu_create(struct memory *memory, struct fpu *fpu);
void fpu_destroy(struct memory *memory, struct fpu *fpu);

/* The running task has met an instruction of a unit that is off: gives it a clean state and returns true, or returns
 * false when that was not the reason or the task is denied it. Then it is a fault. */
bool fpu_trap(struct task *task);

/* What a task that does not run may do from now on. Denied: what it had in the registers is forgotten. */
void fpu_allow(struct task *task, bool allowed);

/*
 * The complete state of a task, in the layout of <arch/fpu.h>, arch_fpu_size() bytes. The task is the running one of
 * this CPU, or does not run. One that owns no state yet reads as the clean one. What is written need not be sound:
 * values that the CPU would not take are made ones that it does. False: there is no unit, or it is denied the task.
 */
bool fpu_read(struct task *task, void *state);
bool fpu_write(struct task *task, const void *state);

/* The slow halves of what follows. */
void fpu_save(struct percpu *cpu, struct task *task);
void fpu_switch(struct percpu *cpu, struct task *task);

/* The running task stops running on this CPU. Before anybody else can see that. (A macro: struct task holds a struct fpu.) */
#define fpu_leave(cpu_, task_)                                  \
	do {                                                    \
		if (__builtin_expect((task_)->fpu.used, false)) \
			fpu_save(cpu_, task_);                  \
	} while (0)

/* This CPU goes on with the task. */
#define fpu_enter(cpu_, task_)                                                   \
	do {                                                                     \
		if (__builtin_expect((task_)->fpu.used | (cpu_)->fpu_on, false)) \
			fpu_switch(cpu_, task_);                                 \
	} while (0)

#endif
