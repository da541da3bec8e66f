/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/fpu.h"

#include "kernel/arch.h"
#include "kernel/memory.h"
#include "kernel/task.h"
#include "kernel/vm.h"
#include "lib/string.h"

static uint64_t area_pages(void)
{
	return (arch_fpu_size() + HELION_PAGE_SIZE - 1) / HELION_PAGE_SIZE;
}

bool fpu_create(struct memory *memory, struct fpu *fpu)
{
	size_t size = arch_fpu_size();
	uint64_t phys;

	fpu->area = NULL;
	if (size == 0)
		return true;
	if (size <= MEMORY_SMALL_MAX) {
		fpu->area = memory_alloc_class(memory, MEMORY_CLASS(size));
	} else {
		phys = memory_alloc_pages(memory, area_pages(), 0);
		if (phys)
			fpu->area = vm_direct(phys);
	}
	return fpu->area;
}

void fpu_destroy(struct memory *memory, struct fpu *fpu)
{
	if (fpu->area && arch_fpu_size() <= MEMORY_SMALL_MAX)
		memory_free_small(memory, fpu->area);
	else if (fpu->area)
		memory_free_pages(memory, vm_direct_phys(fpu->area), area_pages());
	*fpu = (struct fpu){0};
}

/* Whether the registers of this CPU have the task's state, or, while it runs, are it. A CPU that ran another user of
 * the unit since has another holder, and a task that ran elsewhere since another CPU. */
static bool holds(const struct percpu *cpu, const struct task *task)
{
	return cpu->fpu_holder == task && task->fpu.cpu == cpu->index + 1;
}

static void turn(struct percpu *cpu, bool on)
{
	if (cpu->fpu_on == on)
		return;
	arch_fpu_enable(on);
	cpu->fpu_on = on;
}

void fpu_save(struct percpu *cpu, struct task *task)
{
	if (cpu->fpu_on && holds(cpu, task))
		arch_fpu_save(task->fpu.area);
}

void fpu_switch(struct percpu *cpu, struct task *task)
{
	turn(cpu, task->fpu.used);
	if (!task->fpu.used || holds(cpu, task))
		return;
	arch_fpu_load(task->fpu.area);
	cpu->fpu_holder = task;
	task->fpu.cpu = cpu->index + 1;
}

bool fpu_trap(struct task *task)
{
	if (!task->fpu.area || task->fpu.denied || task->fpu.used)
		return false;
	arch_fpu_reset(task->fpu.area);
	task->fpu.used = true;
	task->fpu.cpu = 0;
	fpu_switch(percpu_get(), task);
	return true;
}

void fpu_allow(struct task *task, bool allowed)
{
	task->fpu.denied = !allowed;
	if (!allowed)
		task->fpu.used = false;
}

bool fpu_read(struct task *task, void *state)
{
	struct percpu *cpu = percpu_get();

	if (!task->fpu.area || task->fpu.denied)
		return false;
	if (cpu->current == task)
		fpu_leave(cpu, task);
	if (task->fpu.used)
		memcpy(state, task->fpu.area, arch_fpu_size());
	else
		arch_fpu_reset(state);
	return true;
}

bool fpu_write(struct task *task, const void *state)
{
	if (!task->fpu.area || task->fpu.denied)
		return false;
	memcpy(task->fpu.area, state, arch_fpu_size());
	arch_fpu_sanitize(task->fpu.area);
	task->fpu.used = true;
	/* Whatever registers have is out of date. */
	task->fpu.cpu = 0;
	return true;
}
