/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/sched.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/deadline.h"
#include "kernel/log.h"
#include "kernel/spinlock.h"
#include "kernel/task.h"
#include "kernel/vm.h"
#include "kernel/vspace.h"

#define TIME_SLICE_NS 10000000ull

/* READY tasks of one CPU; the running one is the first. */
struct run_queue {
	struct spinlock lock;
	struct list_node tasks; /* struct task.run */
	bool slice_over;        /* set by the timer, cleared by the next choice */
	uint64_t slice_end;     /* ns; of the running task */
	uint64_t timer;         /* ns; what the CPU's timer is set for */
};

static struct run_queue queues[CPU_MAX];

/* Tasks run on the boot CPU; `started` once the first was ready. */
#define TASK_CPU 0
static bool started;
/* Tasks in state WAITING. Guarded by object_lock. */
static uint64_t waiting_count;

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
	waiting_count -= task->state == HELION_TASK_WAITING;
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
	waiting_count -= task->state == HELION_TASK_WAITING;
	waiting_count += state == HELION_TASK_WAITING;
	task->state = state;
	if (cpu->current == task) {
		fpu_leave(cpu, task);
		cpu->current = NULL;
	}
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

/* The timer is only touched when the next thing to happen is another one. */
static void set_timer(struct percpu *cpu)
{
	struct run_queue *queue = &queues[cpu->index];
	uint64_t when = cpu->current ? queue->slice_end : UINT64_MAX;

	if (cpu->index == TASK_CPU && deadline_next() < when)
		when = deadline_next();
	if (when != queue->timer) {
		queue->timer = when;
		arch_timer_set(when);
	}
}

void timer_interrupt(void)
{
	struct percpu *cpu = percpu_get();

	uint64_t now = arch_timer_now();

	atomic_fetch_add_explicit(&cpu->ticks, 1, memory_order_relaxed);
	queues[cpu->index].timer = UINT64_MAX;
	if (now >= queues[cpu->index].slice_end)
		queues[cpu->index].slice_over = true;
	if (cpu->index != TASK_CPU)
		return;
	spin_lock(&object_lock);
	deadline_run(now);
	spin_unlock(&object_lock);
	set_timer(cpu);
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
		if (started && cpu->index == TASK_CPU) {
			/* Without one that waits nothing will ever happen again: only a task can start a task. */
			if (waiting_count == 0)
				panic("every task has stopped, and no task is left to start one");
			set_timer(cpu);
		}
		cpu_idle();
	}
	if (task != cpu->current && cpu->current)
		fpu_leave(cpu, cpu->current);
	if (task != cpu->current || queue->slice_over) {
		cpu->current = task;
		queue->slice_over = false;
		queue->slice_end = arch_timer_now() + TIME_SLICE_NS;
	}
	set_timer(cpu);
	cpu->regs = &task->regs;
	load_vspace(cpu, task);
	fpu_enter(cpu, task);
	arch_user_return(&task->regs);
}
