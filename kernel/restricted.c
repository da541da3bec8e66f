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
	uint8_t size_class;
	struct restricted *restricted = memory_alloc_small(task->object.memory, sizeof(*restricted), &size_class);

	if (!restricted)
		return NULL;
	restricted->size_class = size_class;
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
	if (entry >= ARCH_USER_TOP(kernel_pagetable.levels) || stack >= ARCH_USER_TOP(kernel_pagetable.levels))
		return HELION_ERR_ARGUMENT;
	if (restricted && restricted->active)
		return HELION_ERR_STATE;
	if (!restricted)
		restricted = allocate(task);
	if (!restricted)
		return HELION_ERR_MEMORY;
	task->restricted = restricted;
	cap_clear(&restricted->pages);
	cap_set(&restricted->pages, inv->caps[0]->object, inv->caps[0]->rights, 0);
	restricted->shared = vm_direct(((struct pages *)inv->caps[0]->object)->phys);
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
	restricted->active = restricted->in_exception = false;
	task->frame = &task->regs;
}

void restricted_destroy(struct task *task)
{
	struct restricted *restricted = task->restricted;

	if (!restricted)
		return;
	cap_clear(&restricted->pages);
	task->restricted = NULL;
	memory_free_small(task->object.memory, restricted, restricted->size_class);
}

void restricted_lost(struct task *task)
{
	struct restricted *restricted = task->restricted;
	bool ready = task->state == HELION_TASK_READY;

	if (restricted->active) {
		/* It leaves its CPU, which may have to store registers there. */
		if (ready)
			sched_remove(task, HELION_TASK_STOPPED);
		restricted->active = false;
		task->frame = &task->regs;
		trapframe_set_status(&task->regs, -HELION_ERR_GONE);
		if (ready)
			sched_ready(task);
	}
	restricted->shared = NULL;
}

/* -- In and out ------------------------------------------------------------------ */

/* The shared registers have the layout of a frame. */
static struct trapframe *shared_frame(const struct restricted *restricted)
{
	return (struct trapframe *)&restricted->shared->registers;
}

void restricted_attach(struct percpu *cpu, struct task *task)
{
	struct vspace *vspace = (struct vspace *)task->vspace.object;
	bool active = task->restricted && task->restricted->active;

	task->frame = active ? &task->restricted->frame : &task->regs;
	cpu->regs = active ? shared_frame(task->restricted) : &task->regs;
	arch_restricted_stack(task->frame);
	cpu->syscall = active ? restricted_syscall : trap_syscall;
	vspace_switch(cpu, vspace, active ? vspace->restricted_token : vspace->token);
}

void restricted_enter(struct percpu *cpu, struct task *task)
{
	struct restricted *restricted = task->restricted;
	struct vspace *vspace = (struct vspace *)task->vspace.object;

	if (!restricted || !restricted->shared || !vspace->window.object ||
	    !arch_restricted_tls_enter(shared_frame(restricted), &task->regs))
		return;
	restricted->active = true;
	restricted->in_frame = false;
	restricted_attach(cpu, task);
	restricted_resume(cpu, task);
}

/* The invocation that entered returns. */
static _Noreturn void leave(struct percpu *cpu, struct task *task, uint64_t reason)
{
	struct restricted *restricted = task->restricted;

	restricted->active = false;
	arch_restricted_tls_leave(shared_frame(restricted), &task->regs);
	restricted_attach(cpu, task);
	trapframe_set_status(&task->regs, 0);
	trapframe_set_info(&task->regs, HELION_INFO(0, 1, 0));
	trapframe_set_word(&task->regs, 0, reason);
	kernel_unlock_shared(cpu);
	arch_user_return(&task->regs);
}

/* What the kernel's frame has goes where the task can see it. */
static void share_frame(struct restricted *restricted)
{
	if (restricted->in_frame)
		arch_registers_read(&restricted->frame, &restricted->shared->registers);
	restricted->in_frame = false;
}

void restricted_syscall(struct trapframe *tf)
{
	struct percpu *cpu = percpu_get();
	struct task *task = cpu->current;

	arch_restricted_syscall(tf);
	kernel_lock_shared(cpu);
	/* Somebody has stopped it, or taken the Pages: then there is nowhere to return to. */
	if (cpu->current != task || !task->restricted->active)
		sched_exit(cpu);
	leave(cpu, task, HELION_RESTRICTED_SYSCALL);
}

void restricted_resume(struct percpu *cpu, struct task *task)
{
	struct restricted *restricted = task->restricted;

	if (__builtin_expect(atomic_load_explicit(&restricted->kicked, memory_order_relaxed), 0)) {
		atomic_store_explicit(&restricted->kicked, false, memory_order_relaxed);
		share_frame(restricted);
		leave(cpu, task, HELION_RESTRICTED_KICK);
	}
	kernel_unlock_shared(cpu);
	if (restricted->in_frame)
		arch_user_return(&restricted->frame);
	arch_restricted_return(shared_frame(restricted));
}

enum helion_error restricted_kick(struct task *task)
{
	if (!task->restricted)
		return HELION_ERR_STATE;
	atomic_store(&task->restricted->kicked, true);
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
	if (!task->restricted || !task->restricted->shared || !vspace->window.object)
		return HELION_ERR_STATE;
	/* The TLS base is none. */
	return HELION_ERR_ARGUMENT;
}

void restricted_trapped(struct percpu *cpu)
{
	struct task *task = cpu->current;

	cpu->trapped = true;
	if (task && task->restricted && task->restricted->active)
		task->restricted->in_frame = ARCH_RESTRICTED_FRAME;
}

void restricted_restart(struct task *task)
{
	trapframe_restart(shared_frame(task->restricted));
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
	arch_registers_read(&task->regs, &restricted->shared->exception.registers);
	restricted->shared->exception.fault = describe(cause);
	restricted->in_exception = true;
	trapframe_jump(&task->regs, restricted->exception_entry, restricted->exception_stack);
}

bool restricted_exception(struct percpu *cpu, struct task *task, const struct trap_cause *cause)
{
	struct restricted *restricted = task->restricted;
	bool handled = false;

	if (!restricted)
		return false;
	kernel_lock_shared(cpu);
	if (cpu->current != task) {
		handled = true;
	} else if (restricted->active) {
		share_frame(restricted);
		restricted->shared->fault = describe(cause);
		leave(cpu, task, HELION_RESTRICTED_EXCEPTION);
	} else if (restricted->shared && restricted->exception_entry && !restricted->in_exception) {
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
	if (!restricted || !restricted->shared || !restricted->in_exception)
		return HELION_ERR_STATE;
	registers = restricted->shared->exception.registers;
	task_leave(percpu_get(), task);
	if (!arch_registers_write(&task->regs, &registers))
		return HELION_ERR_ARGUMENT;
	task_enter(percpu_get(), task);
	restricted->in_exception = false;
	return HELION_SILENT;
}
