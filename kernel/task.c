/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/task.h"

#include <helion/invocations.h>

#include <arch/registers.h>

#include "kernel/arch.h"
#include "kernel/cspace.h"
#include "kernel/endpoint.h"
#include "kernel/invoke.h"
#include "kernel/memory.h"
#include "kernel/notification.h"
#include "kernel/pages.h"
#include "kernel/revoke.h"
#include "kernel/sched.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "kernel/wait.h"
#include "lib/string.h"

_Static_assert(sizeof(struct task) <= MEMORY_SMALL_MAX, "storage of a task");

enum helion_error task_create(struct memory *memory, struct object **ret)
{
	struct task *task = memory_alloc_object(memory, MEMORY_CLASS(sizeof(*task)), HELION_TYPE_TASK);

	if (!task)
		return HELION_ERR_MEMORY;
	memory_zero_rest(task);
	if (!fpu_create(memory, &task->fpu)) {
		memory_free_object(&task->object);
		return HELION_ERR_MEMORY;
	}
	cap_init(&task->cspace, CAP_IN_TASK, task);
	cap_init(&task->vspace, CAP_IN_TASK, task);
	cap_init(&task->buffer, CAP_IN_TASK, task);
	cap_init(&task->bound, CAP_IN_TASK, task);
	cap_init(&task->fault_endpoint, CAP_IN_TASK, task);
	cap_init(&task->making, CAP_IN_TASK, task);
	cap_init(&task->cursor, CAP_IN_CURSOR, task);
	list_init(&task->cursor.link);
	list_init(&task->run);
	list_init(&task->wait);
	object_init(&task->reply_object, HELION_TYPE_REPLY);
	list_init(&task->reply_object.siblings);
	task->state = HELION_TASK_NEW;
	task->frame = &task->regs;
	task->priority = task->base_priority = task->ceiling = PRIORITY_DEFAULT;
	task->slice = SLICE_DEFAULT_NS;
	task->affinity = UINT64_MAX >> (64 - cpu_count);
	*ret = &task->object;
	return HELION_OK;
}

/* Runs or will go on by itself. */
static bool is_active(const struct task *task)
{
	return task->state == HELION_TASK_READY || task->state == HELION_TASK_WAITING;
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

void task_abandon(struct task *task)
{
	if (task->cursor.object)
		revoke_cancel(task);
	cap_clear(&task->making);
	for (unsigned i = 0; i < 4; i++)
		task->progress[i] = 0;
	task->begun = BEGUN_NOTHING;
}

/* Whoever was to answer this task has nobody to answer to; whoever it was to answer hears of it. */
bool task_destroy(struct object *object)
{
	struct task *task = (struct task *)object;

	wait_cancel(task, HELION_ERR_GONE);
	sched_remove(task, HELION_TASK_STOPPED);
	unbind(task);
	wait_forget_call(task);
	if (task->client)
		wait_end(task->client, HELION_ERR_GONE);
	task_abandon(task);
	restricted_destroy(task);
	cap_clear(&task->fault_endpoint);
	cap_clear(&task->cspace);
	cap_clear(&task->vspace);
	cap_clear(&task->buffer);
	fpu_destroy(object->memory, &task->fpu);
	return true;
}

void task_cap_lost(struct cap *cap)
{
	struct task *task = cap->holder;

	if (cap == &task->buffer) {
		task->ipc_buffer = NULL;
	} else if (task->restricted && cap == &task->restricted->pages) {
		restricted_lost(task);
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
	if (is_active(task))
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

/* Code in a window goes on in whatever address space has the same one. */
static enum helion_error switch_vspace(struct invocation *inv, struct task *task)
{
	struct cap *vspace = inv->caps[0];

	if (vspace->type != HELION_TYPE_VSPACE)
		return HELION_ERR_TYPE;
	if (!(vspace->rights & HELION_RIGHT_WRITE))
		return HELION_ERR_RIGHTS;
	if (task != inv->task)
		return HELION_ERR_ARGUMENT;
	cap_clear(&task->vspace);
	cap_set(&task->vspace, vspace->object, vspace->rights, 0);
	vspace_load(percpu_get(), (struct vspace *)vspace->object);
	return HELION_OK;
}

static enum helion_error start(struct task *task, const uint64_t *words)
{
	if (is_active(task))
		return HELION_ERR_STATE;
	if (!task->cspace.object || !task->vspace.object)
		return HELION_ERR_STATE;
	if (words[0] >= vm_user_top || words[1] >= vm_user_top || words[3] >= vm_user_top)
		return HELION_ERR_ARGUMENT;
	task_abandon(task);
	restricted_reset(task);
	task->fpu.used = false; /* and begins with a clean state, as all its other registers */
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
	if (base >= vm_user_top)
		return HELION_ERR_ARGUMENT;
	if (task == invoker)
		task_leave(percpu_get(), task);
	trapframe_set_tls(&task->regs, base);
	if (task == invoker)
		task_enter(percpu_get(), task);
	return HELION_OK;
}

bool task_fault(struct task *task)
{
	if (task->fault_endpoint.object && !task->fault_endpoint.object->dying) {
		endpoint_fault(task);
		return true;
	}
	sched_remove(task, HELION_TASK_FAULTED);
	return false;
}

/* -- Scheduling ----------------------------------------------------------------- */

/* Nobody gives more than he may himself. */
static enum helion_error set_priority(struct invocation *inv, struct task *task)
{
	uint64_t priority = inv->words[0], ceiling = inv->words[1];

	if (priority >= PRIORITY_COUNT || ceiling >= PRIORITY_COUNT || priority > ceiling)
		return HELION_ERR_ARGUMENT;
	if (ceiling > inv->task->ceiling)
		return HELION_ERR_RIGHTS;
	task->base_priority = (uint8_t)priority;
	task->ceiling = (uint8_t)ceiling;
	if (task->client && task->client->priority > priority)
		priority = task->client->priority;
	sched_set_priority(task, (uint8_t)priority);
	return HELION_OK;
}

static enum helion_error set_affinity(struct task *task, uint64_t affinity)
{
	uint64_t running = 0;

	for (uint32_t i = 0; i < cpu_count; i++)
		running |= (uint64_t)(atomic_load(&cpus[i].state) == CPU_RUNNING) << i;
	if (!(affinity & running))
		return HELION_ERR_ARGUMENT;
	sched_set_affinity(task, affinity & running);
	return HELION_OK;
}

static enum helion_error set_slice(struct task *task, uint64_t slice)
{
	if (slice < SLICE_MIN_NS || slice > SLICE_MAX_NS)
		return HELION_ERR_ARGUMENT;
	task->slice = slice;
	return HELION_OK;
}

static enum helion_error set_fault_endpoint(struct task *task, const struct cap *cap)
{
	if (cap->object->type != HELION_TYPE_ENDPOINT)
		return HELION_ERR_TYPE;
	if (!(cap->rights & HELION_RIGHT_WRITE))
		return HELION_ERR_RIGHTS;
	cap_clear(&task->fault_endpoint);
	cap_set(&task->fault_endpoint, cap->object, cap->rights, cap->badge);
	return HELION_OK;
}

/* -- Registers ------------------------------------------------------------------ */

/* They are not the system call's or the fault's to change any more. */
static bool registers_are_free(const struct task *task)
{
	return !is_active(task) || task->wait_kind == WAIT_FAULT || task->wait_kind == WAIT_FAULT_REPLY;
}

static enum helion_error read_registers(struct invocation *inv, struct task *task)
{
	struct helion_registers registers;

	if (!registers_are_free(task))
		return HELION_ERR_STATE;
	arch_registers_read(&task->regs, &registers);
	memcpy(inv->ret, &registers, sizeof(registers));
	return HELION_OK;
}

static enum helion_error write_registers(struct invocation *inv, struct task *task)
{
	struct helion_registers registers;

	if (!registers_are_free(task))
		return HELION_ERR_STATE;
	memcpy(&registers, inv->words, sizeof(registers));
	if (!arch_registers_write(&task->regs, &registers))
		return HELION_ERR_ARGUMENT;
	task_abandon(task);
	return HELION_OK;
}

/* The Pages that a floating-point state is copied from or to. */
static enum helion_error check_fpu_pages(const struct invocation *inv, const struct task *task, uint8_t right)
{
	const struct pages *pages = (const struct pages *)inv->caps[0]->object;

	if (pages->object.type != HELION_TYPE_PAGES)
		return HELION_ERR_TYPE;
	if (!(inv->caps[0]->rights & right))
		return HELION_ERR_RIGHTS;
	if (task != inv->task && is_active(task))
		return HELION_ERR_STATE;
	return pages->kind == HELION_PAGES_RAM && pages->size >= arch_fpu_size() ? HELION_OK : HELION_ERR_ARGUMENT;
}

static enum helion_error read_fpu(struct invocation *inv, struct task *task)
{
	enum helion_error error = check_fpu_pages(inv, task, HELION_RIGHT_WRITE);

	if (error)
		return error;
	if (!fpu_read(task, vm_direct(((struct pages *)inv->caps[0]->object)->phys)))
		return HELION_ERR_UNSUPPORTED;
	inv->ret[0] = arch_fpu_size();
	return HELION_OK;
}

static enum helion_error write_fpu(struct invocation *inv, struct task *task)
{
	enum helion_error error = check_fpu_pages(inv, task, HELION_RIGHT_READ);

	if (error)
		return error;
	return fpu_write(task, vm_direct(((struct pages *)inv->caps[0]->object)->phys)) ? HELION_OK
											: HELION_ERR_UNSUPPORTED;
}

static enum helion_error stop(struct task *task)
{
	if (!is_active(task))
		return HELION_ERR_STATE;
	wait_cancel(task, HELION_ERR_GONE);
	sched_remove(task, HELION_TASK_STOPPED);
	task_abandon(task);
	return HELION_OK;
}

static enum helion_error resume(struct task *task)
{
	if (task->state != HELION_TASK_STOPPED || !task->cspace.object || !task->vspace.object)
		return HELION_ERR_STATE;
	sched_ready(task);
	return HELION_OK;
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
	case HELION_TASK_STOP: return stop(task);
	case HELION_TASK_RESUME: return resume(task);
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
	case HELION_TASK_PRIORITY: return set_priority(inv, task);
	case HELION_TASK_AFFINITY: return set_affinity(task, inv->words[0]);
	case HELION_TASK_SLICE: return set_slice(task, inv->words[0]);
	case HELION_TASK_SCHEDULE:
		inv->ret[0] = task->base_priority;
		inv->ret[1] = task->ceiling;
		inv->ret[2] = task->affinity;
		inv->ret[3] = task->slice;
		return HELION_OK;
	case HELION_TASK_SET_FAULT: return set_fault_endpoint(task, inv->caps[0]);
	case HELION_TASK_CLEAR_FAULT:
		if (!task->fault_endpoint.object)
			return HELION_ERR_MISSING;
		cap_clear(&task->fault_endpoint);
		return HELION_OK;
	case HELION_TASK_SET_RESTRICTED: return restricted_set(inv, task);
	case HELION_TASK_ENTER_RESTRICTED: return restricted_why_not(inv, task);
	case HELION_TASK_KICK: return restricted_kick(task);
	case HELION_TASK_EXCEPTION_RETURN: return restricted_exception_return(inv, task);
	case HELION_TASK_SWITCH_VSPACE: return switch_vspace(inv, task);
	case HELION_TASK_READ_FPU: return read_fpu(inv, task);
	case HELION_TASK_WRITE_FPU: return write_fpu(inv, task);
	case HELION_TASK_READ_REGISTERS: return read_registers(inv, task);
	case HELION_TASK_WRITE_REGISTERS: return write_registers(inv, task);
	default: return HELION_ERR_INVOCATION;
	}
}
