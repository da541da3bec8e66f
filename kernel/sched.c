/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/sched.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/log.h"
#include "kernel/spinlock.h"
#include "kernel/task.h"
#include "kernel/vm.h"
#include "kernel/vspace.h"

#define TIME_SLICE_NS	10000000ull

/* READY tasks of one CPU; the running one is the first. */
struct run_queue {
	struct spinlock lock;
	struct list_node tasks;		/* struct task.run */
	bool slice_over;		/* set by the timer, cleared by the next choice */
};

static struct run_queue queues[CPU_MAX];

/* Tasks run on the boot CPU; `started` once the first was ready. */
#define TASK_CPU	0
static bool started;

void sched_init(void)
{
	for (unsigned i = 0; i < CPU_MAX; i++) {
		queues[i].lock = (struct spinlock)SPINLOCK_INIT(LOCK_SCHED);
		list_init(&queues[i].tasks);
	}
}

void sched_ready(struct task *task)
{
	struct run_queue *queue = &queues[task->cpu];

	started = true;
	spin_lock(&queue->lock);
	task->state = HELION_TASK_READY;
	list_push_back(&queue->tasks, &task->run);
	spin_unlock(&queue->lock);
	if (task->cpu != percpu_get()->index)
		cpu_request(&cpus[task->cpu], IPI_RESCHEDULE);
}

void sched_remove(struct task *task, uint32_t state)
{
	struct run_queue *queue = &queues[task->cpu];
	struct percpu *cpu = percpu_get();

	spin_lock(&queue->lock);
	list_remove(&task->run);
	task->state = state;
	if (cpu->current == task)
		cpu->current = NULL;
	spin_unlock(&queue->lock);
}

/* A task that is alone goes on with the slice it has: a new one each time would put off the timer for ever. */
void sched_yield(void)
{
	struct run_queue *queue = &queues[percpu_get()->index];

	spin_lock(&queue->lock);
	if (list_first(&queue->tasks) != list_last(&queue->tasks))
		queue->slice_over = true;
	spin_unlock(&queue->lock);
}

bool sched_has_work(const struct percpu *cpu)
{
	return !list_is_empty(&queues[cpu->index].tasks);
}

void timer_interrupt(void)
{
	struct percpu *cpu = percpu_get();

	atomic_fetch_add_explicit(&cpu->ticks, 1, memory_order_relaxed);
	queues[cpu->index].slice_over = true;
}

/* First task of the queue, after the one whose slice is over went to the end. NULL: idle. */
static struct task *choose(struct percpu *cpu)
{
	struct run_queue *queue = &queues[cpu->index];
	struct list_node *node;

	spin_lock(&queue->lock);
	if (queue->slice_over && cpu->current) {
		list_remove(&cpu->current->run);
		list_push_back(&queue->tasks, &cpu->current->run);
	}
	node = list_first(&queue->tasks);
	spin_unlock(&queue->lock);
	return node ? list_entry(node, struct task, run) : NULL;
}

static void load_vspace(struct percpu *cpu, struct task *task)
{
	struct vspace *vspace = (struct vspace *)task->vspace.object;

	if (cpu->vspace_root != vspace->tables.root) {
		arch_vspace_load(vspace->tables.root, vspace->asid);
		cpu->vspace_root = vspace->tables.root;
	}
}

void kernel_exit(void)
{
	struct percpu *cpu = percpu_get();
	struct run_queue *queue = &queues[cpu->index];
	struct task *task;

	while (!(task = choose(cpu))) {
		cpu->current = NULL;
		/* Only a task can start a task: without one left nothing will ever happen again. */
		if (started && cpu->index == TASK_CPU)
			panic("every task has stopped, and no task is left to start one");
		cpu_idle();
	}
	if (task != cpu->current || queue->slice_over) {
		cpu->current = task;
		queue->slice_over = false;
		arch_timer_set(arch_timer_now() + TIME_SLICE_NS);
	}
	cpu->regs = &task->regs;
	load_vspace(cpu, task);
	arch_user_return(&task->regs);
}
