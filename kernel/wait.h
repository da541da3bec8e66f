/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting: how a task stops until something happens, and how it goes on. A
 * waiting task is in no run queue; it is on one list (`wait`) of the object it
 * waits for, or has a poll set, or waits for the answer of a call.
 *
 * Whoever ends a wait says why: the status becomes the result of the system call
 * that began it. All of this with the kernel locked exclusively, but for
 * wait_begin(), which needs the lock of the object whose queue it is.
 */
#ifndef KERNEL_WAIT_H
#define KERNEL_WAIT_H

#include <helion/abi.h>

#include "kernel/object.h"

struct task;

enum wait_kind {
	WAIT_NONE,
	WAIT_SEND,        /* in an endpoint's queue of senders */
	WAIT_CALL,        /* the same, and then for the answer */
	WAIT_REPLY,       /* for the answer of a call that was received */
	WAIT_RECV,        /* in an endpoint's queue of receivers */
	WAIT_SIGNAL,      /* in a notification's queue */
	WAIT_POLL,        /* has a poll set */
	WAIT_FAULT,       /* in its fault endpoint's queue of senders: not by a system call */
	WAIT_FAULT_REPLY, /* for whoever received its fault */
};

/* The running task stops; `queue` may be NULL. */
void wait_begin(struct task *task, enum wait_kind kind, struct list_node *queue);

/* The task goes on with this status as the result of its system call. */
void wait_end(struct task *task, enum helion_error status);

/* The task no longer waits, and does not go on either (it was stopped, or dies). Its system call ends with `status`. */
void wait_cancel(struct task *task, enum helion_error status);

/* Nobody can answer the call any more that the task waits, or waited, for. */
void wait_forget_call(struct task *caller);

/* Ends the wait of at most `max` tasks on the list; whether it is empty then. */
bool wait_end_more(struct list_node *queue, unsigned max, enum helion_error status);
static inline bool wait_end_some(struct list_node *queue, unsigned max, enum helion_error status)
{
	return list_is_empty(queue) || wait_end_more(queue, max, status);
}

#endif
