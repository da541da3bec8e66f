/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/task.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/invoke.h"
#include "kernel/memory.h"
#include "kernel/notification.h"
#include "kernel/pages.h"
#include "kernel/sched.h"
#include "kernel/vm.h"
#include "kernel/wait.h"

enum helion_error task_create(struct memory *memory, struct object **ret)
{
	struct task *task = memory_alloc_object(memory, sizeof(*task), HELION_TYPE_TASK);
	struct cap *caps[5];

	if (!task)
		return HELION_ERR_MEMORY;
	if (!fpu_create(memory, &task->fpu)) {
		memory_free_object(&task->object);
		return HELION_ERR_MEMORY;
	}
	caps[0] = &task->cspace;
	caps[1] = &task->vspace;
	caps[2] = &task->buffer;
	caps[3] = &task->reply;
	caps[4] = &task->bound;
	for (unsigned i = 0; i < 5; i++) {
		caps[i]->holder = task;
		caps[i]->holder_kind = CAP_IN_TASK;
		list_init(&caps[i]->link);
	}
	list_init(&task->run);
	list_init(&task->wait);
	object_init(&task->reply_object, HELION_TYPE_REPLY);
	list_init(&task->reply_object.siblings);
	task->state = HELION_TASK_NEW;
	*ret = &task->object;
	return HELION_OK;
}

static void unbind(struct task *task)
{
	if (task->bound.object)
		((struct notification *)task->bound.object)->bound = NULL;
	cap_clear(&task->bound);
}

static enum helion_error bind(struct task *task, struct cap *cap)
{
	struct notification *notification = (struct notification *)cap->object;

	if (notification->object.type != HELION_TYPE_NOTIFICATION)
		return HELION_ERR_TYPE;
	if (!(cap->rights & HELION_RIGHT_READ))
		return HELION_ERR_RIGHTS;
	if (notification->bound || task->bound.object)
		return HELION_ERR_OCCUPIED;
	notification->bound = task;
	cap_set(&task->bound, cap->object, cap->rights, 0);
	return HELION_OK;
}

void task_destroy(struct object *object)
{
	struct task *task = (struct task *)object;

	wait_cancel(task, HELION_ERR_GONE);
	sched_remove(task, HELION_TASK_STOPPED);
	unbind(task);
	/* Whoever was to answer this task has nobody to answer to; whoever it was to answer hears of it. */
	object_forget(&task->reply_object);
	cap_clear(&task->reply);
	if (percpu_get()->invoker == task)
		percpu_get()->invoker = NULL;
	cap_clear(&task->cspace);
	cap_clear(&task->vspace);
	cap_clear(&task->buffer);
	fpu_destroy(object->memory, &task->fpu);
	memory_free_object(object);
}

void task_cap_lost(struct cap *cap)
{
	struct task *task = cap->holder;

	if (cap == &task->buffer) {
		task->ipc_buffer = NULL;
	} else if (cap == &task->cspace || cap == &task->vspace) {
		wait_cancel(task, HELION_ERR_GONE);
		sched_remove(task, HELION_TASK_STOPPED);
	}
}

enum helion_error task_configure(struct task *task, struct cap *cspace, struct cap *vspace, struct cap *buffer)
{
	struct pages *pages = (struct pages *)buffer->object;

	if (cspace->object->type != HELION_TYPE_CSPACE || vspace->object->type != HELION_TYPE_VSPACE ||
	    pages->object.type != HELION_TYPE_PAGES)
		return HELION_ERR_TYPE;
	/* A task uses all that is in its spaces, and by its messages the kernel reads and writes the buffer for it. */
	if (!(cspace->rights & HELION_RIGHT_WRITE) || !(vspace->rights & HELION_RIGHT_WRITE) ||
	    !(buffer->rights & HELION_RIGHT_WRITE) || !(buffer->rights & HELION_RIGHT_READ))
		return HELION_ERR_RIGHTS;
	if (pages->kind != HELION_PAGES_RAM)
		return HELION_ERR_ARGUMENT;
	if (task->state == HELION_TASK_READY || task->state == HELION_TASK_WAITING)
		return HELION_ERR_STATE;
	cap_clear(&task->cspace);
	cap_clear(&task->vspace);
	cap_clear(&task->buffer);
	cap_set(&task->cspace, cspace->object, cspace->rights, 0);
	cap_set(&task->vspace, vspace->object, vspace->rights, 0);
	cap_set(&task->buffer, buffer->object, buffer->rights, 0);
	task->ipc_buffer = vm_direct(pages->phys);
	return HELION_OK;
}

static enum helion_error start(struct task *task, const uint64_t *words)
{
	if (task->state == HELION_TASK_READY || task->state == HELION_TASK_WAITING)
		return HELION_ERR_STATE;
	if (!task->cspace.object || !task->vspace.object)
		return HELION_ERR_STATE;
	if (words[0] >= ARCH_USER_TOP(kernel_pagetable.levels) || words[1] >= ARCH_USER_TOP(kernel_pagetable.levels) ||
	    words[3] >= ARCH_USER_TOP(kernel_pagetable.levels))
		return HELION_ERR_ARGUMENT;
	trapframe_init(&task->regs, words[0], words[1], words[2], 0, 0, words[3]);
	task->fault = 0;
	sched_ready(task);
	return HELION_OK;
}

/* The registers of another task that can run may be in a CPU at this moment. */
static enum helion_error set_tls(struct task *task, const struct task *invoker, uint64_t base)
{
	if (task != invoker && task->state == HELION_TASK_READY)
		return HELION_ERR_STATE;
	if (base >= ARCH_USER_TOP(kernel_pagetable.levels))
		return HELION_ERR_ARGUMENT;
	trapframe_set_tls(&task->regs, base);
	return HELION_OK;
}

void task_fault(struct task *task, const struct trap_cause *cause)
{
	task->fault = (uint32_t)cause->kind + 1;
	task->fault_address = cause->address;
	sched_remove(task, HELION_TASK_FAULTED);
}

enum helion_error task_invoke(struct invocation *inv)
{
	struct task *task = (struct task *)inv->cap->object;

	switch (inv->label) {
	case HELION_TASK_INFO:
		inv->ret[0] = task->state;
		inv->ret[1] = task->cpu;
		inv->ret[2] = task->fault;
		inv->ret[3] = task->fault_address;
		return HELION_OK;
	case HELION_TASK_CONFIGURE: return task_configure(task, inv->caps[0], inv->caps[1], inv->caps[2]);
	case HELION_TASK_START: return start(task, inv->words);
	case HELION_TASK_STOP:
		if (task->state != HELION_TASK_READY && task->state != HELION_TASK_WAITING)
			return HELION_ERR_STATE;
		wait_cancel(task, HELION_ERR_GONE);
		sched_remove(task, HELION_TASK_STOPPED);
		return HELION_OK;
	case HELION_TASK_RESUME:
		if (task->state != HELION_TASK_STOPPED || !task->cspace.object || !task->vspace.object)
			return HELION_ERR_STATE;
		sched_ready(task);
		return HELION_OK;
	case HELION_TASK_BIND: return bind(task, inv->caps[0]);
	case HELION_TASK_UNBIND:
		if (!task->bound.object)
			return HELION_ERR_MISSING;
		unbind(task);
		return HELION_OK;
	case HELION_TASK_TLS: return set_tls(task, inv->task, inv->words[0]);
	case HELION_TASK_FPU:
		if (inv->words[0] > 1)
			return HELION_ERR_ARGUMENT;
		if (task->state == HELION_TASK_READY || task->state == HELION_TASK_WAITING)
			return HELION_ERR_STATE;
		fpu_allow(task, inv->words[0]);
		return HELION_OK;
	default: return HELION_ERR_INVOCATION;
	}
}
