/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Task: a thread of execution. It holds capabilities to its CSpace, its VSpace
 * and the Pages of its IPC buffer; when one of the first two is destroyed under
 * it, it stops. One to an Endpoint may say where its faults go.
 *
 * States: NEW -(configure, start)-> READY -(stop)-> STOPPED -(resume)-> READY;
 * READY -(a system call that waits, a fault with a handler)-> WAITING -(it happens)-> READY;
 * READY -(a fault without a handler)-> FAULTED -(start)-> READY. A task that is stopped
 * while it waits ends its system call with GONE.
 *
 * Invocations: all of TASK. Locks: everything is changed under the exclusive lock, but
 * for what communication changes (see kernel/fastpath.c): the state, the registers and
 * the waiting of the running task and of one that was taken off an object's queue.
 */
#ifndef KERNEL_TASK_H
#define KERNEL_TASK_H

#include <arch/cpu.h>
#include <arch/trapframe.h>

#include "kernel/arch.h"
#include "kernel/deadline.h"
#include "kernel/fpu.h"
#include "kernel/object.h"
#include "kernel/restricted.h"

struct task {
	struct object object;
	uint8_t state;         /* HELION_TASK_* */
	uint8_t wait_kind;     /* enum wait_kind */
	uint8_t wait_rights;   /* of the capability that it sends through */
	uint8_t priority;      /* at which it runs: its own, or that of the caller it serves */
	uint8_t base_priority; /* its own */
	uint8_t ceiling;       /* highest priority that it may give to others */
	uint8_t begun;         /* enum task_begun */
	uint8_t work;          /* WORK_*: what is left to do before it goes on */
	uint32_t
		cpu; /* index of the CPU that it runs on or whose queue it is in, or to which it belongs: one of `affinity` */
	uint64_t affinity; /* CPUs that it may run on, a bit each */
	uint64_t slice;    /* ns */
	uint64_t
		slice_left; /* ns of the one in which it had to give way to something more important; 0: it begins a new one */
	bool slice_used;       /* what percpu.slice_used was then */
	struct list_node run;  /* in the run queue while READY and not running */
	struct list_node wait; /* in the queue of what it waits for */
	uint64_t wait_badge;
	struct task *client;                  /* whose call it received last, until that is answered or stored */
	struct task *server;                  /* whose client it is */
	struct helion_ipc_buffer *ipc_buffer; /* in the direct map, NULL when it has none */
	struct cap cspace, vspace, buffer;
	struct cap bound;          /* Notification whose signals end a recv */
	struct cap fault_endpoint; /* that its faults are sent to */
	struct object
		reply_object; /* names this task as the caller that waits for an answer: has one capability at most */
	struct poll_set *poll_set; /* while it polls */
	struct deadline poll_deadline;
	uint32_t fault;        /* enum trap_kind + 1 of the last exception, 0 when none */
	uint32_t fault_access; /* HELION_FAULT_* */
	uint64_t fault_address;
	uint64_t progress[4]; /* of an invocation that is done in parts, see kernel/invoke.h */
	struct fpu fpu;
	_Atomic uint8_t
		restricted_mode; /* enum restricted_mode; written by the CPU that it runs on, or when it does not run */
	_Atomic uint8_t kicked;  /* leaves restricted mode when it next passes the kernel */
	struct trapframe *shared; /* registers of restricted code, in the direct map; NULL: it has no Pages for them */
	struct restricted *restricted; /* NULL until it is set */
	struct trapframe *frame;       /* what task_leave() stores to: regs, or the restricted code's */
	struct cap making;             /* an object that its system call has begun to make, see kernel/memory.c */
	struct cap cursor;             /* of a revocation that it has begun, see kernel/revoke.h */
	struct trapframe regs;
};

/* Where the registers of its restricted code are: it runs none; in `shared`; in restricted->frame. */
enum restricted_mode { RESTRICTED_NONE, RESTRICTED_SHARED, RESTRICTED_FRAME };

static inline __attribute__((always_inline)) bool task_is_restricted(const struct task *task)
{
	return atomic_load_explicit(&task->restricted_mode, memory_order_relaxed) != RESTRICTED_NONE;
}

/* What a system call has done a part of: nothing, then `progress`, `making` and `cursor` are empty; something; and it will be executed
 * again to go on with it. */
enum task_begun { BEGUN_NOTHING, BEGUN_SOMETHING, BEGUN_RESTARTS };

#define WORK_REAP 1u /* bury what has died */
#define WORK_LOG  2u /* have the consoles show what was written, see kernel/log.h */
#define WORK_POLL 4u /* see what of its poll set is ready, see kernel/poll.h */

/* What the trap entry leaves in the CPU until another task runs: stores it with the rest, loads it. */
static inline __attribute__((always_inline)) void task_leave(struct percpu *cpu, struct task *task)
{
	arch_task_leave(task->frame);
	fpu_leave(cpu, task);
}

static inline __attribute__((always_inline)) void task_enter(struct percpu *cpu, struct task *task)
{
	arch_task_enter(task->frame);
	fpu_enter(cpu, task);
}

/* From the running task to another, which costs less in one; neither is in restricted mode. The floating-point unit is on while,
 * and only while, the running task owns a state of it. */
static inline __attribute__((always_inline)) void task_switch(struct percpu *cpu, struct task *from, struct task *to)
{
	arch_task_switch(&from->regs, &to->regs);
	if (__builtin_expect(from->fpu.used | to->fpu.used, 0)) {
		fpu_leave(cpu, from);
		fpu_enter(cpu, to);
	}
}

enum helion_error task_create(struct memory *memory, struct object **ret);

/* Gives it its spaces and its IPC buffer, the first page of the Pages. */
enum helion_error task_configure(struct task *task, struct cap *cspace, struct cap *vspace, struct cap *buffer);

/* Drops what a system call of it has begun and will not go on with. */
void task_abandon(struct task *task);

/* A system call begins: what an earlier one had begun and this one does not go on with is dropped. */
static inline void task_begin(struct task *task)
{
	if (__builtin_expect(!task->begun, 1))
		return;
	if (task->begun == BEGUN_RESTARTS)
		task->begun = BEGUN_SOMETHING;
	else
		task_abandon(task);
}

/* HELION_FAULT_* of an exception. */
static inline uint32_t task_fault_access(const struct trap_cause *cause)
{
	uint32_t access = cause->exec ? HELION_FAULT_EXEC : cause->write ? HELION_FAULT_WRITE : 0;

	return access | (cause->present ? HELION_FAULT_PRESENT : 0);
}

/* Keeps what an exception of the running task was. */
static inline void task_note_fault(struct task *task, const struct trap_cause *cause)
{
	task->fault = (uint32_t)cause->kind + 1;
	task->fault_address = cause->address;
	task->fault_access = task_fault_access(cause);
}

/* What the kernel sends for a task that faulted. */
#define TASK_FAULT_INFO HELION_INFO(HELION_LABEL_FAULT, HELION_FAULT_WORDS, 0)
static inline __attribute__((always_inline)) uint64_t task_fault_word(const struct task *task, unsigned i)
{
	switch (i) {
	case 0: return task->fault;
	case 1: return task->fault_address;
	case 2: return trapframe_pc(&task->regs);
	default: return task->fault_access;
	}
}

/* An exception of the running task, noted before: goes to its fault endpoint, or stops it (false). */
bool task_fault(struct task *task);

/* Runs at its own priority again, if it served somebody. */
static inline void task_disinherit(struct task *task)
{
	task->priority = task->base_priority;
}

/* Runs at the priority of whom it serves, if that is higher. It is running, or in no queue. */
static inline void task_inherit(struct task *server, const struct task *client)
{
	server->priority = client->priority > server->base_priority ? client->priority : server->base_priority;
}

struct invocation;
enum helion_error task_invoke(struct invocation *inv);

#endif
