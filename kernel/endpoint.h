/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Endpoint: synchronous rendezvous; whoever waits longest is served first. Reply:
 * the right to answer one call, once.
 *
 * Nothing is queued but tasks: the message stays in the sender's registers and IPC
 * buffer until a receiver takes it. A message goes over whole or not at all:
 *
 *   the sender's buffer, capabilities or rights are wrong   the sender gets the error, the receiver waits on
 *   the receiver has no buffer or too few free slots        the receiver gets FAULT or SLOTS, the sender RECEIVER
 *   the endpoint is destroyed                               everyone who waits gets GONE
 *   nobody can answer a call any more                       the caller gets GONE
 *
 * A Reply is part of the calling task: a task has one call outstanding at the
 * most. The receiver holds a capability to it; storing it (CSPACE_STORE_REPLY)
 * moves it to a slot. It ends with the answer, or when no capability is left.
 *
 * No invocations: a call goes to whoever receives. Lock: object_lock.
 */
#ifndef KERNEL_ENDPOINT_H
#define KERNEL_ENDPOINT_H

#include "kernel/object.h"

struct task;

struct endpoint {
	struct object object;
	struct list_node senders;   /* struct task.wait */
	struct list_node receivers; /* struct task.wait; one of the two is always empty */
	struct list_node pollers;   /* struct poll_node.link */
};

enum helion_error endpoint_create(struct memory *memory, struct object **ret);

/* System calls of `task` on an endpoint. They set its registers, also when it has to wait. */
void endpoint_send(struct task *task, const struct cap *cap, bool call, bool may_wait);
void endpoint_recv(struct task *task, const struct cap *cap, bool may_wait);

/* Answers: `reply` is a capability to a Reply; it is consumed, unless the message
 * itself was wrong. Sets the status of `task`; true when that is success. */
bool reply_answer(struct task *task, struct cap *reply);

#endif
