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
 * A task has one call outstanding at the most. Whoever received it remembers it
 * (task->client) until it answers or receives again; storing it (CSPACE_STORE_REPLY)
 * makes a capability to a Reply of it, which is part of the calling task. There is one
 * at the most: it can be moved and sent (which moves it), not copied. It ends with
 * the answer, or when the capability is deleted.
 *
 * A fault of a task that has a fault endpoint is a call of the kernel in its name, with the
 * label HELION_LABEL_FAULT; the answer lets it go on, or with a label leaves it FAULTED.
 *
 * No invocations: a call goes to whoever receives. Locks: exclusive; what
 * kernel/fastpath.c does instead of this takes the endpoint's.
 */
#ifndef KERNEL_ENDPOINT_H
#define KERNEL_ENDPOINT_H

#include "kernel/object.h"
#include "kernel/poll.h"
#include "kernel/spinlock.h"

struct task;

struct endpoint {
	struct object object;
	struct spinlock lock;       /* LOCK_OBJECT: the queues */
	struct list_node senders;   /* struct task.wait */
	struct list_node receivers; /* struct task.wait; one of the two is always empty */
	struct pollers pollers;
};

/* Of new storage. */
void endpoint_init(struct object *object);

/* System calls of `task` on an endpoint. They set its registers, also when it has to wait. */
void endpoint_send(struct task *task, const struct cap *cap, bool call, bool may_wait);
void endpoint_recv(struct task *task, const struct cap *cap, bool may_wait);

/* Sends the fault of a task that has a fault endpoint. */
void endpoint_fault(struct task *task);

/* Answers the call that `caller` waits for; that ends it, unless the message itself was wrong. Sets the status of `task`; true
 * when that is success. */
bool reply_answer(struct task *task, struct task *caller);

/* The task that a Reply is part of. */
struct task *reply_caller(const struct object *reply);

#endif
