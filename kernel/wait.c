/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/wait.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/cspace.h"
#include "kernel/lock.h"
#include "kernel/poll.h"
#include "kernel/sched.h"
#include "kernel/task.h"

void wait_begin(struct task *task, enum wait_kind kind, struct list_node *queue)
{
	sched_leave(percpu_get(), task);
	task->state = HELION_TASK_WAITING;
	task->wait_kind = (uint8_t)kind;
	if (queue)
		list_push_back(queue, &task->wait);
}

void wait_forget_call(struct task *caller)
{
	struct list_node *node = list_first(&caller->reply_object.caps);

	if (caller->server)
		caller->server->client = NULL;
	caller->server = NULL;
	if (!node)
		return;
	/* Marked as dying, so that its last capability does not put it on the reaper's list. */
	caller->reply_object.dying = true;
	cap_clear(list_entry(node, struct cap, link));
	cspace_cap_lost(list_entry(node, struct cap, link));
	caller->reply_object.dying = false;
}

static bool is_queued(enum wait_kind kind)
{
	return kind == WAIT_SEND || kind == WAIT_CALL || kind == WAIT_RECV || kind == WAIT_SIGNAL || kind == WAIT_FAULT;
}

void wait_cancel(struct task *task, enum helion_error status)
{
	enum wait_kind kind = task->wait_kind;

	kernel_assert_exclusive();
	if (kind == WAIT_NONE)
		return;
	if (kind == WAIT_POLL)
		poll_end(task);
	/* A node that a fast path took out of a queue does not know that. */
	if (is_queued(kind))
		list_remove(&task->wait);
	task->wait_kind = WAIT_NONE;
	/* However the call ended, nobody can answer it any more: a right kept from it must not serve for the next. */
	if (kind == WAIT_REPLY || kind == WAIT_FAULT_REPLY)
		wait_forget_call(task);
	/* A fault is no system call: its registers are not to be touched. */
	if (kind == WAIT_FAULT || kind == WAIT_FAULT_REPLY)
		return;
	trapframe_set_status(&task->regs, -(int64_t)status);
	/* Only a message, signals or the answer of a poll leave something in the info register. */
	if (status || kind == WAIT_SEND)
		trapframe_set_info(&task->regs, 0);
}

void wait_end(struct task *task, enum helion_error status)
{
	bool fault = task->wait_kind == WAIT_FAULT || task->wait_kind == WAIT_FAULT_REPLY;

	wait_cancel(task, status);
	/* Nobody can handle the fault any more: it would only fault again. */
	if (fault && status)
		sched_remove(task, HELION_TASK_FAULTED);
	else
		sched_ready(task);
}

bool wait_end_more(struct list_node *queue, unsigned max, enum helion_error status)
{
	struct list_node *node;

	while ((node = list_first(queue)) && max-- > 0) {
		wait_end(list_entry(node, struct task, wait), status);
		object_spend(REAP_WAKE);
	}
	return list_is_empty(queue);
}
