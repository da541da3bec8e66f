/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Notification: a word of pending badges. Signalling never waits; a signal goes to
 * the task that waits longest, to a task that is bound and receives, or stays
 * pending, joined (or-ed) with what is pending already.
 *
 * Invocations: NOTIFICATION_INFO. Locks: exclusive; what kernel/fastpath.c does instead of this takes the notification's.
 */
#ifndef KERNEL_NOTIFICATION_H
#define KERNEL_NOTIFICATION_H

#include "kernel/object.h"
#include "kernel/poll.h"
#include "kernel/spinlock.h"

struct task;

struct notification {
	struct object object;
	struct spinlock lock; /* LOCK_OBJECT: the next two */
	uint64_t pending;
	struct list_node waiters; /* struct task.wait */
	struct pollers pollers;
	struct task *bound; /* whose recv its signals end; NULL when none */
};

/* A notification that a kernel object signals, and with what. */
struct notification_binding {
	struct cap cap; /* holder_kind CAP_IN_BINDING; empty when there is none */
	uint64_t badge;
};

/* Of new storage. */
void notification_init(struct object *object);

void notification_signal(struct notification *notification, uint64_t badges);

/* Takes what is pending; false when nothing is. */
bool notification_take(struct notification *notification, uint64_t *ret_badges);

/* Puts badges into the registers of a task that waited for them, or received. */
void notification_give(struct task *task, uint64_t badges);

/* The system call `wait` of `task`. Sets its registers, also when it has to wait. */
void notification_wait(struct task *task, const struct cap *cap, bool may_wait);

static inline void notification_binding_init(struct notification_binding *binding)
{
	cap_init(&binding->cap, CAP_IN_BINDING, binding);
}
enum helion_error notification_bind(struct notification_binding *binding, const struct cap *notification,
				    uint64_t badge);
void notification_binding_signal(const struct notification_binding *binding);

struct invocation;
enum helion_error notification_invoke(struct invocation *inv);

#endif
