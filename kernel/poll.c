/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/poll.h"

#include "kernel/arch.h"
#include "kernel/cspace.h"
#include "kernel/deadline.h"
#include "kernel/endpoint.h"
#include "kernel/irq_handler.h"
#include "kernel/memory.h"
#include "kernel/notification.h"
#include "kernel/sched.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/wait.h"

/* The object's list of pollers; NULL when it cannot be polled. */
static struct pollers *pollers_of(struct object *object)
{
	switch (object->type) {
	case HELION_TYPE_ENDPOINT: return &((struct endpoint *)object)->pollers;
	case HELION_TYPE_NOTIFICATION: return &((struct notification *)object)->pollers;
	case HELION_TYPE_TIMER: return &((struct timer *)object)->pollers;
	case HELION_TYPE_IRQ_HANDLER: return &((struct irq_handler *)object)->pollers;
	default: return NULL;
	}
}

static bool is_ready(const struct object *object)
{
	switch (object->type) {
	case HELION_TYPE_ENDPOINT: return !list_is_empty(&((const struct endpoint *)object)->senders);
	case HELION_TYPE_NOTIFICATION: return ((const struct notification *)object)->pending != 0;
	case HELION_TYPE_TIMER: return ((const struct timer *)object)->expirations != 0;
	case HELION_TYPE_IRQ_HANDLER: return ((const struct irq_handler *)object)->fired;
	default: return false;
	}
}

static enum helion_error lookup(struct task *task, uint64_t slot, struct object **ret)
{
	struct cap *cap = cspace_lookup((struct cspace *)task->cspace.object, slot);

	if (!cap)
		return HELION_ERR_CAP;
	if (!pollers_of(cap->object))
		return HELION_ERR_TYPE;
	if (!(cap->rights & HELION_RIGHT_READ))
		return HELION_ERR_RIGHTS;
	if (pollers_of(cap->object)->count >= POLLERS_MAX)
		return HELION_ERR_BUSY;
	*ret = cap->object;
	return HELION_OK;
}

/* Finds and checks all, and says which are ready now. Others may write to the buffer meanwhile: each slot is read once. */
static enum helion_error check(struct task *task, uint64_t count, struct object **objects, uint64_t *ret_ready)
{
	const volatile struct helion_ipc_buffer *buffer = task->ipc_buffer;
	uint64_t bit = 1;

	*ret_ready = 0;
	if (count == 0 || count > HELION_POLL_MAX)
		return HELION_ERR_ARGUMENT;
	if (!buffer)
		return HELION_ERR_FAULT;
	for (unsigned i = 0; i < count; i++, bit <<= 1) {
		enum helion_error error = lookup(task, buffer->words[i], &objects[i]);

		if (error)
			return error;
		if (is_ready(objects[i]))
			*ret_ready |= bit;
	}
	return HELION_OK;
}

static void answer(struct task *task, uint64_t ready)
{
	trapframe_set_word(&task->regs, 0, ready);
	trapframe_set_info(&task->regs, HELION_INFO(0, 1, 0));
}

/* It will look at its set itself. Its deadline stays where it is meanwhile, and may come. */
static void wake(struct task *task, enum helion_error status)
{
	if (status)
		task->poll_set->status = status;
	if (task->work & WORK_POLL)
		return;
	task->work |= WORK_POLL;
	sched_ready(task);
	object_spend(REAP_WAKE);
}

static void timed_out(struct deadline *deadline)
{
	wake(list_entry(deadline, struct task, poll_deadline), HELION_ERR_TIMEOUT);
}

static void wait(struct task *task)
{
	if (task->poll_set->until != UINT64_MAX)
		deadline_set(&task->poll_deadline, task->poll_set->until, timed_out);
	wait_begin(task, WAIT_POLL, NULL);
}

/* Not inlined: who finds something ready need not keep registers for this. */
static __attribute__((noinline)) void begin(struct task *task, struct object **objects, uint64_t count, uint64_t until)
{
	struct poll_set *set = memory_alloc_small(task->object.memory, sizeof(*set));

	if (!set) {
		trapframe_set_status(&task->regs, -HELION_ERR_MEMORY);
		return;
	}
	set->task = task;
	set->count = (uint32_t)count;
	set->status = HELION_OK;
	set->until = until;
	for (unsigned i = 0; i < count; i++) {
		struct pollers *pollers = pollers_of(objects[i]);

		set->nodes[i].object = objects[i];
		list_push_back(&pollers->nodes, &set->nodes[i].link);
		pollers->count++;
	}
	task->poll_set = set;
	wait(task);
}

void poll_begin(struct task *task, uint64_t count, uint64_t until)
{
	struct object *objects[HELION_POLL_MAX];
	uint64_t ready;
	enum helion_error error = check(task, count, objects, &ready);

	trapframe_set_status(&task->regs, -(int64_t)error);
	if (error)
		return;
	if (ready) {
		answer(task, ready);
		return;
	}
	if (until <= arch_timer_now()) {
		trapframe_set_status(&task->regs, -HELION_ERR_TIMEOUT);
		return;
	}
	begin(task, objects, count, until);
}

void poll_wake(struct pollers *pollers, enum helion_error status)
{
	struct list_node *next;

	for (struct list_node *link = pollers->nodes.next; link != &pollers->nodes; link = next) {
		struct poll_node *node = list_entry(link, struct poll_node, link);
		struct poll_set *set = memory_small_of(node);

		next = link->next;
		if (status) {
			list_remove(link);
			node->object = NULL;
		}
		wake(set->task, status);
	}
}

void poll_finish(struct task *task)
{
	struct poll_set *set = task->poll_set;
	enum helion_error status = set->status;
	uint64_t ready = 0;

	for (unsigned i = 0; i < set->count; i++)
		if (set->nodes[i].object && is_ready(set->nodes[i].object))
			ready |= 1ull << i;
	task->work &= (uint8_t)~WORK_POLL;
	if (!ready && !status) {
		wait(task);
		return;
	}
	wait_cancel(task, ready ? HELION_OK : status);
	if (ready)
		answer(task, ready);
}

void poll_end(struct task *task)
{
	struct poll_set *set = task->poll_set;

	deadline_cancel(&task->poll_deadline);
	for (unsigned i = 0; i < set->count; i++) {
		struct poll_node *node = &set->nodes[i];

		if (!node->object)
			continue;
		list_remove(&node->link);
		pollers_of(node->object)->count--;
	}
	task->work &= (uint8_t)~WORK_POLL;
	task->poll_set = NULL;
	memory_free_small(task->object.memory, set);
}
