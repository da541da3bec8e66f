/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/wait.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/poll.h"
#include "kernel/sched.h"
#include "kernel/task.h"

void wait_begin(struct task *task, enum wait_kind kind, struct list_node *queue)
{
	spin_assert_held(&object_lock);
	sched_remove(task, HELION_TASK_WAITING);
	task->wait_kind = kind;
	if (queue)
		list_push_back(queue, &task->wait);
}

void wait_cancel(struct task *task, enum helion_error status)
{
	enum wait_kind kind = task->wait_kind;

	if (kind == WAIT_NONE)
		return;
	if (task->wait_kind == WAIT_POLL)
		poll_end(task);
	list_remove(&task->wait);
	task->wait_kind = WAIT_NONE;
	/* However the call ended, nobody can answer it any more: a right kept from it must not serve for the next. */
	if (kind == WAIT_REPLY)
		object_null(&task->reply_object);
	trapframe_set_status(&task->regs, -(int64_t)status);
	/* Only a message, signals or the answer of a poll leave something in the info register. */
	if (status || kind == WAIT_SEND)
		trapframe_set_info(&task->regs, 0);
}

void wait_end(struct task *task, enum helion_error status)
{
	wait_cancel(task, status);
	sched_ready(task);
}

void wait_end_all(struct list_node *queue, enum helion_error status)
{
	struct list_node *node;

	while ((node = list_first(queue)))
		wait_end(list_entry(node, struct task, wait), status);
}

uint64_t wait_count(const struct list_node *queue)
{
	uint64_t count = 0;

	for (const struct list_node *node = queue->next; node != queue; node = node->next)
		count++;
	return count;
}
