/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * poll and pollx: waiting for any of several endpoints, notifications, timers and
 * IRQ handlers. Each of these has a list of pollers. The poll set of a waiting
 * task comes from the Memory that the task was made from and goes back to it when
 * the wait ends. Lock: exclusive.
 *
 * What becomes ready only wakes its pollers. Each looks at its own set when it runs, before it
 * goes on (WORK_POLL): so a set's size is no burden to whoever signals. If others have taken all by then it waits again.
 */
#ifndef KERNEL_POLL_H
#define KERNEL_POLL_H

#include <helion/abi.h>

#include "kernel/object.h"

struct task;

/* Most tasks that may poll one object at the same time: all are woken in one go. */
#define POLLERS_MAX 32u

/* The tasks that poll an object, also those that were woken and have not run: they may wait on. */
struct pollers {
	struct list_node nodes; /* struct poll_node.link */
	uint32_t count;
};

static inline void pollers_init(struct pollers *pollers)
{
	list_init(&pollers->nodes);
	pollers->count = 0;
}

struct poll_node {
	struct list_node link; /* in the object's list of pollers, from the beginning of the poll to its end */
	struct object *object; /* NULL: it was destroyed, and the node is in no list */
};

struct poll_set {
	uint32_t count;
	uint32_t status; /* enum helion_error: why it ends although nothing is ready */
	uint64_t until;
	struct poll_node nodes[HELION_POLL_MAX];
	struct task *task;
};

/* The system call: slots are in the task's IPC buffer. deadline UINT64_MAX: none. Sets the task's registers. */
void poll_begin(struct task *task, uint64_t count, uint64_t deadline);

/* The object has become ready, or was destroyed: its pollers are woken. */
void poll_wake(struct pollers *pollers, enum helion_error status);
static inline void poll_ready(struct pollers *pollers)
{
	if (!list_is_empty(&pollers->nodes))
		poll_wake(pollers, HELION_OK);
}
static inline void poll_gone(struct pollers *pollers)
{
	if (!list_is_empty(&pollers->nodes))
		poll_wake(pollers, HELION_ERR_GONE);
}

/* The running task was woken: it gets its answer, or waits again. */
void poll_finish(struct task *task);

/* The task's poll set is given back. Called by wait_cancel(). */
void poll_end(struct task *task);

#endif
