/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: one run queue for each CPU, round robin, a one-shot timer for
 * the time slice. A task that waits is not in the queue; nothing blocks inside
 * the kernel. Lock: each queue's own (LOCK_SCHED).
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <stdbool.h>

#include "kernel/percpu.h"

struct task;

void sched_init(void);

/* Makes a task READY at the end of its CPU's queue. */
void sched_ready(struct task *task);

/* Takes a task out of the queue if it is there, and sets its state. */
void sched_remove(struct task *task, uint32_t state);

/* The running task goes to the end of the queue. */
void sched_yield(void);

bool sched_has_work(const struct percpu *cpu);

#endif
