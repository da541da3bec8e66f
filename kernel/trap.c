/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens on exceptions and device interrupts. */
#include "kernel/trap.h"

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/irq_handler.h"
#include "kernel/lock.h"
#include "kernel/log.h"
#include "kernel/object.h"
#include "kernel/task.h"

struct task *init_task;

/* Line that a self-test waits for, and how often it came. */
uint32_t trap_test_line = UINT32_MAX;
_Atomic uint32_t trap_test_count;

static const char *access_name(const struct trap_cause *cause)
{
	return cause->exec ? "execute" : cause->write ? "write" : "read";
}

static void report(const struct task *task, const struct trapframe *tf, const struct trap_cause *cause)
{
	unsigned long long pc = trapframe_pc(tf), address = cause->address;
	const char *name = task == init_task ? "init" : "(user)";

	if (cause->kind == TRAP_PAGE_FAULT)
		kprintf("task %s: %s: %s of %#llx at %#llx\n", name, cause->name, access_name(cause), address, pc);
	else
		kprintf("task %s: %s (code %#llx) at %#llx\n", name, cause->name, (unsigned long long)cause->code, pc);
	/* Nobody could go on without init, and nobody could say why. */
	if (task == init_task)
		panic_trap(tf, "init died of an exception: %s", cause->name);
}

/* A frame of restricted code is where others can write: only its address tells. */
bool trap_from_user(const struct percpu *cpu, const struct trapframe *tf)
{
	return cpu->current && (tf == cpu->regs || tf == cpu->current->frame);
}

void trap_exception(struct trapframe *tf, const struct trap_cause *cause)
{
	struct percpu *cpu = percpu_get();
	struct task *task = cpu->current;
	bool stopped;

	if (!trap_from_user(cpu, tf)) {
		if (cause->kind == TRAP_PAGE_FAULT)
			panic_trap(tf, "%s: %s of %#llx at %#llx", cause->name, access_name(cause),
				   (unsigned long long)cause->address, (unsigned long long)trapframe_pc(tf));
		panic_trap(tf, "%s (code %#llx) at %#llx", cause->name, (unsigned long long)cause->code,
			   (unsigned long long)trapframe_pc(tf));
	}
	restricted_trapped(cpu);
	if (cause->kind == TRAP_FPU && fpu_trap(task))
		return;
	if (cause->kind == TRAP_MACHINE_CHECK)
		panic_trap(tf, "%s (code %#llx) in user mode", cause->name, (unsigned long long)cause->code);
	if (task->restricted && restricted_exception(cpu, task, cause))
		return;
	trap_fault(cpu, task, cause);
	kernel_lock_exclusive();
	/* Unless somebody has stopped it meanwhile. */
	stopped = cpu->current == task && !task_fault(task);
	if (stopped)
		report(task, tf, cause);
	kernel_unlock_exclusive();
	while (stopped && log_step())
		cpu_take_interrupts();
}

void trap_interrupt(uint32_t line)
{
	restricted_trapped(percpu_get());
	atomic_fetch_add_explicit(&percpu_get()->interrupts, 1, memory_order_relaxed);
	if (line == trap_test_line) {
		atomic_fetch_add(&trap_test_count, 1);
		arch_irq_disable_line(line);
		return;
	}
	if (irq_handler_interrupt(line))
		return;
	/* Nobody has claimed it: keep a level-triggered line from coming again at once. */
	kprintf("interrupt line %u fired unclaimed and is masked\n", line);
	arch_irq_disable_line(line);
}
