/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting: how a task stops until something happens, and how it goes on. A
 * waiting task is in no run queue; it is on one list (`wait`) of the object it
 * waits for, or has a poll set, or waits for the answer of a call.
 *
 * Whoever ends a wait says why: the status becomes the result of the system call
 * that began it. Lock: object_lock.
 */
#ifndef KERNEL_WAIT_H
#define KERNEL_WAIT_H

#include <helion/abi.h>

#include "kernel/object.h"

struct task;

enum wait_kind {
	WAIT_NONE,
	WAIT_SEND,   /* in an endpoint's queue of senders */
	WAIT_CALL,   /* the same, and then for the answer */
	WAIT_REPLY,  /* for the answer of a call that was received */
	WAIT_RECV,   /* in an endpoint's queue of receivers */
	WAIT_SIGNAL, /* in a notification's queue */
	WAIT_POLL,   /* has a poll set */
};

/* The running task stops; `queue` may be NULL. */
void wait_begin(struct task *task, enum wait_kind kind, struct list_node *queue);

/* The task goes on with this status as the result of its system call. */
void wait_end(struct task *task, enum helion_error status);

/* The task no longer waits, and does not go on either (it was stopped, or dies). Its system call ends with `status`. */
void wait_cancel(struct task *task, enum helion_error status);

/* Ends the wait of every task on the list. */
void wait_end_all(struct list_node *queue, enum helion_error status);

/* Number of tasks on the list. */
uint64_t wait_count(const struct list_node *queue);

#endif
