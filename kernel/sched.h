/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The scheduler: fixed priorities, round robin within one, a run queue for each
 * CPU. The task that runs is in no queue (percpu.current); one that waits neither.
 * Nothing blocks inside the kernel.
 *
 * A task that becomes ready goes to the CPU that it ran on last, unless that one
 * is busy and another that it may run on idles. A CPU that has nothing to do takes
 * a task from the queue of another. Who may change what:
 *
 *   a queue             whoever holds its lock
 *   percpu.current      its CPU; others under the exclusive lock, after cpu_sync()
 *   a waiting task      whoever took it off the queue of what it waited for
 *   anything of a task  under the exclusive lock
 *
 * Slices: the timer is set for the end of a slice only while another task of the
 * same priority waits for the CPU. It is not set anew at each switch: a task that
 * gets the CPU in the middle keeps the rest of that slice and one of its own, so it
 * runs for one to two slices before it goes to the end of its queue. Who gives way to
 * something more important goes on with the rest of his slice afterwards.
 *
 * Priority inversion: a task that receives a call runs at the priority of the
 * caller, if that is higher than its own, until it has answered or receives again.
 * A caller that still waits in the endpoint's queue raises nobody: a server that is
 * to serve important clients at once is given the priority itself.
 */
#ifndef KERNEL_SCHED_H
#define KERNEL_SCHED_H

#include <stdbool.h>

#include "kernel/deadline.h"
#include "kernel/percpu.h"
#include "kernel/task.h"

#define PRIORITY_DEFAULT 16u
#define SLICE_DEFAULT_NS 10000000ull
#define SLICE_MIN_NS     100000ull
#define SLICE_MAX_NS     1000000000ull

void sched_init(void);

/* Makes a task READY, at the end of the queue of its priority on a CPU that it may run on. It is in no queue and runs nowhere. */
void sched_ready(struct task *task);

/* The running task of this CPU stops running, its registers are saved; it is in no queue then. */
void sched_leave(struct percpu *cpu, struct task *task);

/* The running task of this CPU stops running and is the first of its queue. */
void sched_preempt(struct percpu *cpu, struct task *task);

/* Takes a task off its CPU or out of its queue, wherever that is, and sets its state. Exclusive. */
void sched_remove(struct task *task, uint32_t state);

/* The priority at which a task runs from now on. Exclusive. */
void sched_set_priority(struct task *task, uint8_t priority);

/* The CPUs on which a task may run from now on; at least one of them runs. Exclusive. */
void sched_set_affinity(struct task *task, uint64_t affinity);

/* The running task goes to the end of its queue. */
void sched_rotate(struct percpu *cpu);

/* CPUs that idle, a bit each. Only a hint: whoever is sent a task there looks again. */
extern _Atomic uint64_t sched_idle;

static inline uint64_t sched_idle_cpus(void)
{
	return atomic_load_explicit(&sched_idle, memory_order_relaxed);
}

bool sched_has_work(const struct percpu *cpu);

/* Whether sched_exit() would have nothing to do but return to this task, which made an invocation that is done and has left nothing to
 * bury. Still under the exclusive lock. */
static inline __attribute__((always_inline)) bool sched_is_undisturbed(const struct percpu *cpu,
								       const struct task *task)
{
	return cpu->current == task &&
	       !(atomic_load_explicit(&cpu->queue.ready, memory_order_relaxed) >> task->priority) &&
	       cpu->slice_end == UINT64_MAX && cpu->timer == deadline_next(cpu);
}

/* Runs the next task, or idles. The kernel is locked shared. */
_Noreturn void sched_exit(struct percpu *cpu);

/* Sets this CPU's timer for what comes next, if that has changed. */
void sched_set_timer(struct percpu *cpu);

#endif
