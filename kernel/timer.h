/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timer: a one-shot or periodic deadline on the monotonic clock; when it comes it
 * is counted, and a notification is signalled if one is bound.
 *
 * Invocations: TIMER_INFO, _BIND, _SET, _CANCEL. Lock: exclusive.
 */
#ifndef KERNEL_TIMER_H
#define KERNEL_TIMER_H

#include "kernel/deadline.h"
#include "kernel/notification.h"

struct timer {
	struct object object;
	struct deadline deadline;
	uint64_t period;      /* ns, 0: once */
	uint64_t expirations; /* since the last TIMER_INFO */
	struct notification_binding binding;
	struct pollers pollers;
};

/* Of new storage. */
void timer_init(struct object *object);

struct invocation;
enum helion_error timer_invoke(struct invocation *inv);

#endif
