/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SYSCALL_H
#define KERNEL_SYSCALL_H

#include <stdbool.h>

struct percpu;
struct task;

/* Serves the system call of the running task. With the kernel locked shared, before and afterwards; the task may be gone then.
 * Does not return from an invocation. */
void syscall_serve(struct percpu *cpu, struct task *task);

/* Steps of burying that a system call does before interrupts have a chance. */
#define REAP_STEPS 4u

/* After those: what is left is done before the running task goes on, if it still runs. With the kernel locked exclusively. */
void syscall_leave_buried(struct percpu *cpu, bool more);

/* "check" on the command line of a debug build. */
#if HELION_DEBUG
void check_if_asked(void);
#else
static inline void check_if_asked(void) {}
#endif

/* The next part of what is left to do before the running task goes on (task->work); takes interrupts afterwards. With no lock held. */
void syscall_work(struct percpu *cpu);

/* One step of what object_orphans tells of. With the kernel locked shared. */
void syscall_bury_orphans(struct percpu *cpu);

#endif
