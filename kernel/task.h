/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Task: a thread of execution. It holds capabilities to its CSpace, its VSpace
 * and the Pages of its IPC buffer; when one of the first two is destroyed under
 * it, it stops.
 *
 * States: NEW -(configure, start)-> READY -(stop)-> STOPPED -(resume)-> READY;
 * READY -(exception)-> FAULTED -(start)-> READY; READY -(a system call that waits)->
 * WAITING -(it happens)-> READY. A task that is stopped while it waits ends its
 * system call with GONE.
 *
 * Invocations: TASK_INFO, _CONFIGURE, _START, _STOP, _RESUME, _BIND, _UNBIND, _TLS, _FPU.
 * Locks: object_lock; `state` and `run` also the run queue's lock.
 */
#ifndef KERNEL_TASK_H
#define KERNEL_TASK_H

#include <arch/trapframe.h>

#include "kernel/deadline.h"
#include "kernel/fpu.h"
#include "kernel/object.h"

struct task {
	struct object object;
	uint32_t state;       /* HELION_TASK_* */
	uint32_t cpu;         /* index of the CPU that runs it */
	struct list_node run; /* in the run queue while READY */
	struct cap cspace, vspace, buffer;
	struct cap reply;           /* to the call received last, until it is answered or stored */
	struct cap bound;           /* Notification whose signals end a recv */
	struct object reply_object; /* names this task as the caller that waits for an answer */
	struct list_node wait;      /* in the queue of what it waits for */
	uint8_t wait_kind;          /* enum wait_kind */
	uint8_t wait_rights;        /* of the capability that it sends through */
	uint64_t wait_badge;
	struct poll_set *poll_set; /* while it polls */
	struct deadline poll_deadline;
	struct helion_ipc_buffer *ipc_buffer; /* in the direct map, NULL when it has none */
	uint32_t fault;                       /* enum trap_kind + 1 of the last exception, 0 when none */
	uint64_t fault_address;
	struct fpu fpu;
	struct trapframe regs;
};

enum helion_error task_create(struct memory *memory, struct object **ret);

/* Gives it its spaces and its IPC buffer, the first page of the Pages. */
enum helion_error task_configure(struct task *task, struct cap *cspace, struct cap *vspace, struct cap *buffer);

/* Stops a task because of an exception. */
struct trap_cause;
void task_fault(struct task *task, const struct trap_cause *cause);

struct invocation;
enum helion_error task_invoke(struct invocation *inv);

#endif
