/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/restricted.h"

#include <helion/invocations.h>
#include <helion/restricted.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/cspace.h"
#include "kernel/invoke.h"
#include "kernel/lock.h"
#include "kernel/memory.h"
#include "kernel/pages.h"
#include "kernel/sched.h"
#include "kernel/task.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "kernel/vspace.h"
#include "lib/string.h"

/* -- Setting it up ---------------------------------------------------------------- */

static enum helion_error check_pages(const struct cap *cap)
{
	const struct pages *pages = (const struct pages *)cap->object;

	if (cap->type != HELION_TYPE_PAGES)
		return HELION_ERR_TYPE;
	if (!(cap->rights & HELION_RIGHT_READ) || !(cap->rights & HELION_RIGHT_WRITE))
		return HELION_ERR_RIGHTS;
	return pages->kind == HELION_PAGES_RAM ? HELION_OK : HELION_ERR_ARGUMENT;
}

static struct restricted *allocate(struct task *task)
{
	struct restricted *restricted = memory_alloc_small(task->object.memory, sizeof(*restricted));

	if (!restricted)
		return NULL;
	cap_init(&restricted->pages, CAP_IN_TASK, task);
	/* What the frame has of kernel mode's (code and stack segment) is that of any task. */
	trapframe_init(&restricted->frame, 0, 0, 0, 0, 0, 0);
	return restricted;
}

enum helion_error restricted_set(struct invocation *inv, struct task *task)
{
	uint64_t entry = inv->words[0], stack = inv->words[1];
	struct restricted *restricted = task->restricted;
	enum helion_error error = check_pages(inv->caps[0]);

	if (error)
		return error;
	if (entry >= vm_user_top || stack >= vm_user_top)
		return HELION_ERR_ARGUMENT;
	if (task_is_restricted(task))
		return HELION_ERR_STATE;
	if (!restricted)
		restricted = allocate(task);
	if (!restricted)
		return HELION_ERR_MEMORY;
	task->restricted = restricted;
	cap_clear(&restricted->pages);
	cap_set(&restricted->pages, inv->caps[0]->object, inv->caps[0]->rights, 0);
	task->shared = vm_direct(((struct pages *)inv->caps[0]->object)->phys);
	restricted->exception_entry = entry;
	restricted->exception_stack = stack;
	restricted->in_exception = false;
	return HELION_OK;
}

void restricted_reset(struct task *task)
{
	struct restricted *restricted = task->restricted;

	if (!restricted)
		return;
	atomic_store_explicit(&task->restricted_mode, RESTRICTED_NONE, memory_order_relaxed);
	restricted->in_exception = false;
	task->frame = &task->regs;
}

void restricted_destroy(struct task *task)
{
	struct restricted *restricted = task->restricted;

	if (!restricted)
		return;
	cap_clear(&restricted->pages);
	task->restricted = NULL;
	task->shared = NULL;
	memory_free_small(task->object.memory, restricted);
}

void restricted_lost(struct task *task)
{
	bool ready = task->state == HELION_TASK_READY;

	if (task_is_restricted(task)) {
		/* It leaves its CPU, which may have to store registers there. */
		if (ready)
			sched_remove(task, HELION_TASK_STOPPED);
		restricted_reset(task);
		trapframe_set_status(&task->regs, -HELION_ERR_GONE);
		if (ready)
			sched_ready(task);
	}
	task->shared = NULL;
}

/* -- In and out ------------------------------------------------------------------ */

void restricted_attach(struct percpu *cpu, struct task *task)
{
	struct vspace *vspace = (struct vspace *)task->vspace.object;

	cpu->regs = task->shared;
	arch_restricted_stack(cpu, task->frame);
	cpu->syscall = restricted_syscall;
	vspace_switch(cpu, vspace, vspace->restricted_token);
}

static struct helion_restricted *state_of(const struct task *task)
{
	return (struct helion_restricted *)task->shared;
}

_Static_assert(offsetof(struct helion_restricted, registers) == 0, "the shared registers have the layout of a frame");

/* What the kernel's frame has goes where the task can see it. */
static void share_frame(struct task *task)
{
	if (task->restricted_mode == RESTRICTED_FRAME)
		arch_registers_read(&task->restricted->frame, &state_of(task)->registers);
}

void restricted_resume(struct percpu *cpu, struct task *task)
{
	if (__builtin_expect(task->kicked, 0)) {
		task->kicked = false;
		share_frame(task);
		kernel_unlock_shared(cpu);
		restricted_leave(cpu, task, HELION_RESTRICTED_KICK);
	}
	kernel_unlock_shared(cpu);
	if (task->restricted_mode == RESTRICTED_FRAME)
		arch_user_return(&task->restricted->frame);
	arch_restricted_return(task->shared);
}

enum helion_error restricted_kick(struct task *task)
{
	if (!task->restricted)
		return HELION_ERR_STATE;
	task->kicked = true;
	if (cpus[task->cpu].current == task && task->cpu != percpu_get()->index)
		cpu_request(&cpus[task->cpu], CPU_REQUEST_RESCHEDULE);
	return HELION_OK;
}

enum helion_error restricted_why_not(const struct invocation *inv, const struct task *task)
{
	const struct vspace *vspace = (const struct vspace *)task->vspace.object;

	if (task != inv->task)
		return HELION_ERR_ARGUMENT;
	/* No state, no window. */
	if (!task->shared || !vspace->window.object)
		return HELION_ERR_STATE;
	/* The TLS base is none. */
	return HELION_ERR_ARGUMENT;
}

void restricted_trapped(struct percpu *cpu)
{
	struct task *task = cpu->current;

	cpu->trapped = true;
	if (ARCH_RESTRICTED_FRAME && task && task_is_restricted(task))
		atomic_store_explicit(&task->restricted_mode, RESTRICTED_FRAME, memory_order_relaxed);
}

/* -- Exceptions -------------------------------------------------------------------- */

static struct helion_fault describe(const struct trap_cause *cause)
{
	return (struct helion_fault){
		.kind = (uint64_t)cause->kind + 1,
		.address = cause->address,
		.access = task_fault_access(cause),
		.code = cause->code,
	};
}

/* The task's own code faulted, and it wants to see to that itself. */
static void give_to_entry(struct task *task, const struct trap_cause *cause)
{
	struct restricted *restricted = task->restricted;

	task_leave(percpu_get(), task);
	arch_registers_read(&task->regs, &state_of(task)->exception.registers);
	state_of(task)->exception.fault = describe(cause);
	restricted->in_exception = true;
	trapframe_jump(&task->regs, restricted->exception_entry, restricted->exception_stack);
}

bool restricted_exception(struct percpu *cpu, struct task *task, const struct trap_cause *cause)
{
	struct restricted *restricted = task->restricted;
	bool handled = false;

	kernel_lock_shared(cpu);
	if (cpu->current != task) {
		handled = true;
	} else if (task_is_restricted(task)) {
		share_frame(task);
		state_of(task)->fault = describe(cause);
		kernel_unlock_shared(cpu);
		restricted_leave(cpu, task, HELION_RESTRICTED_EXCEPTION);
	} else if (task->shared && restricted->exception_entry && !restricted->in_exception) {
		give_to_entry(task, cause);
		handled = true;
	}
	kernel_unlock_shared(cpu);
	return handled;
}

enum helion_error restricted_exception_return(struct invocation *inv, struct task *task)
{
	struct restricted *restricted = task->restricted;
	struct helion_registers registers;

	if (task != inv->task)
		return HELION_ERR_ARGUMENT;
	if (!task->shared || !restricted->in_exception)
		return HELION_ERR_STATE;
	registers = state_of(task)->exception.registers;
	task_leave(percpu_get(), task);
	if (!arch_registers_write(&task->regs, &registers))
		return HELION_ERR_ARGUMENT;
	task_enter(percpu_get(), task);
	restricted->in_exception = false;
	return HELION_SILENT;
}
