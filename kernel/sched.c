/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/sched.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/deadline.h"
#include "kernel/lock.h"
#include "kernel/log.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/tlb.h"
#include "kernel/vspace.h"

_Atomic uint64_t sched_idle;

/* Tasks that are READY or WAITING, and whether there was one. Under the exclusive lock. */
static uint64_t live_tasks;
static bool started;

void sched_init(void)
{
	for (unsigned i = 0; i < CPU_MAX; i++) {
		cpus[i].bit = 1ull << i;
		cpus[i].queue.lock = (struct spinlock)SPINLOCK_INIT(LOCK_SCHED);
		for (unsigned p = 0; p < PRIORITY_COUNT; p++)
			list_init(&cpus[i].queue.tasks[p]);
		cpus[i].slice_end = cpus[i].timer = UINT64_MAX;
	}
}

static bool is_live(uint32_t state)
{
	return state == HELION_TASK_READY || state == HELION_TASK_WAITING;
}

/* -- Queues ------------------------------------------------------------------- */

static unsigned highest(uint64_t ready)
{
	return 63 - (unsigned)__builtin_clzll(ready);
}

static uint64_t ready_of(const struct percpu *cpu)
{
	return atomic_load_explicit(&cpu->queue.ready, memory_order_relaxed);
}

static void enqueue(struct percpu *cpu, struct task *task, bool first)
{
	struct run_queue *queue = &cpu->queue;

	spin_assert_held(&queue->lock);
	task->cpu = cpu->index;
	if (first)
		list_push_front(&queue->tasks[task->priority], &task->run);
	else
		list_push_back(&queue->tasks[task->priority], &task->run);
	atomic_store_explicit(&queue->ready, ready_of(cpu) | 1ull << task->priority, memory_order_relaxed);
}

static void dequeue(struct percpu *cpu, struct task *task)
{
	struct run_queue *queue = &cpu->queue;

	spin_assert_held(&queue->lock);
	list_remove(&task->run);
	if (list_is_empty(&queue->tasks[task->priority]))
		atomic_store_explicit(&queue->ready, ready_of(cpu) & ~(1ull << task->priority), memory_order_relaxed);
}

bool sched_has_work(const struct percpu *cpu)
{
	return ready_of(cpu) != 0;
}

/* -- Becoming ready ----------------------------------------------------------- */

/* Where a task that becomes ready shall run. */
static struct percpu *place(const struct task *task)
{
	uint64_t idle = sched_idle_cpus() & task->affinity;

	if (!(task->affinity >> task->cpu & 1))
		return &cpus[__builtin_ctzll(idle ? idle : task->affinity)];
	if (!idle || idle >> task->cpu & 1)
		return &cpus[task->cpu];
	return &cpus[__builtin_ctzll(idle)];
}

/*
 * Another CPU has to know that a task of this priority waits for it, unless what it runs is more important. That may change at this very
 * moment: a CPU stores what it runs, and at which priority, before it looks at its queue (A), and here the queue comes
 * before the look at what runs (B). One of the two sees the other. An equal has to be told of for the slice to begin.
 */
static void tell(struct percpu *cpu, unsigned priority)
{
	const struct task *current;

	if (cpu == percpu_get())
		return;
	/* B */
	atomic_thread_fence(memory_order_seq_cst);
	current = cpu->current;
	if (!current || current->priority <= priority)
		cpu_request(cpu, CPU_REQUEST_RESCHEDULE);
}

void sched_ready(struct task *task)
{
	struct percpu *cpu = place(task);
	unsigned priority = task->priority;

	if (!is_live(task->state)) {
		live_tasks++;
		started = true;
	}
	task->state = HELION_TASK_READY;
	task->slice_left = 0;
	spin_lock(&cpu->queue.lock);
	enqueue(cpu, task, false);
	spin_unlock(&cpu->queue.lock);
	tell(cpu, priority);
}

/* -- Ceasing to run ----------------------------------------------------------- */

void sched_leave(struct percpu *cpu, struct task *task)
{
	task_leave(cpu, task);
	cpu->current = NULL;
}

/* Where a READY task is: running there, or in that queue. */
static bool runs(const struct task *task)
{
	return cpus[task->cpu].current == task;
}

/* Off its CPU. One that waited to begin a system call there will begin it again when it goes on. */
static void take_from_cpu(struct task *task)
{
	struct percpu *cpu = &cpus[task->cpu];

	if (cpu == percpu_get()) {
		sched_leave(cpu, task);
		return;
	}
	cpu_sync(cpu);
	cpu->current = NULL;
	if (!cpu->trapped)
		trapframe_restart(&task->regs);
}

static void take(struct task *task)
{
	struct percpu *cpu = &cpus[task->cpu];

	if (runs(task)) {
		take_from_cpu(task);
	} else if (!list_is_empty(&task->run)) {
		spin_lock(&cpu->queue.lock);
		dequeue(cpu, task);
		spin_unlock(&cpu->queue.lock);
	}
}

void sched_remove(struct task *task, uint32_t state)
{
	kernel_assert_exclusive();
	take(task);
	live_tasks -= is_live(task->state) && !is_live(state);
	task->state = (uint8_t)state;
}

void sched_set_priority(struct task *task, uint8_t priority)
{
	struct percpu *cpu = &cpus[task->cpu];

	kernel_assert_exclusive();
	if (runs(task)) {
		task->priority = priority;
		/* What waits there may now be more important. */
		if (cpu != percpu_get())
			cpu_request(cpu, CPU_REQUEST_RESCHEDULE);
	} else if (!list_is_empty(&task->run)) {
		take(task);
		task->priority = priority;
		sched_ready(task);
	} else {
		task->priority = priority;
	}
}

void sched_set_affinity(struct task *task, uint64_t affinity)
{
	kernel_assert_exclusive();
	task->affinity = affinity;
	if (affinity >> task->cpu & 1)
		return;
	if (runs(task) || !list_is_empty(&task->run)) {
		take(task);
		sched_ready(task);
	} else {
		/* The fast paths let a task that waits go on where it was without another look. */
		task->cpu = (uint32_t)__builtin_ctzll(affinity);
	}
}

void sched_rotate(struct percpu *cpu)
{
	cpu->slice_over = true;
}

/* -- Choosing ----------------------------------------------------------------- */

/* Whether `task` need not give way to what is in the queue. */
static bool keeps_cpu(const struct percpu *cpu, const struct task *task)
{
	uint64_t ready;

	/* A: it may just have been lowered. */
	atomic_thread_fence(memory_order_seq_cst);
	ready = ready_of(cpu) >> task->priority;
	return ready == 0 || (ready == 1 && !cpu->slice_over);
}

static struct task *pop(struct percpu *cpu)
{
	struct task *task = NULL;
	uint64_t ready;

	spin_lock(&cpu->queue.lock);
	ready = ready_of(cpu);
	if (ready) {
		task = list_entry(list_first(&cpu->queue.tasks[highest(ready)]), struct task, run);
		dequeue(cpu, task);
	}
	spin_unlock(&cpu->queue.lock);
	return task;
}

/* A task of the queue of another CPU that may run here; the most important of the first queue that has one. */
static struct task *steal_from(struct percpu *victim, const struct percpu *cpu)
{
	struct task *task = NULL;

	if (!ready_of(victim))
		return NULL;
	spin_lock(&victim->queue.lock);
	for (uint64_t ready = ready_of(victim); ready && !task; ready &= ~(1ull << highest(ready))) {
		/* Only the first of each queue is looked at: the time this takes is bounded. */
		struct task *first = list_entry(list_first(&victim->queue.tasks[highest(ready)]), struct task, run);

		if (first->affinity >> cpu->index & 1)
			task = first;
	}
	if (task)
		dequeue(victim, task);
	spin_unlock(&victim->queue.lock);
	return task;
}

static struct task *steal(struct percpu *cpu)
{
	struct task *task = NULL;

	for (uint32_t i = 1; i < cpu_count && !task; i++)
		task = steal_from(&cpus[(cpu->index + i) % cpu_count], cpu);
	return task;
}

/* A task that has to wait here: a CPU that idles may take it. */
static void tell_idle(const struct percpu *cpu, const struct task *task)
{
	uint64_t idle = sched_idle_cpus() & task->affinity & ~(1ull << cpu->index);

	if (idle)
		cpu_request(&cpus[__builtin_ctzll(idle)], CPU_REQUEST_RESCHEDULE);
}

/* The running task gives way to something more important; it goes on with what it has left of its slice. A slice that has just
 * ended puts it at the end of its queue. */
void sched_preempt(struct percpu *cpu, struct task *task)
{
	uint64_t now;

	sched_leave(cpu, task);
	if (cpu->slice_end != UINT64_MAX && !cpu->slice_over) {
		now = arch_timer_now();
		cpu->slice_over = now >= cpu->slice_end;
		task->slice_left = cpu->slice_over ? 0 : cpu->slice_end - now;
		task->slice_used = cpu->slice_used;
	}
	spin_lock(&cpu->queue.lock);
	enqueue(cpu, task, !cpu->slice_over);
	spin_unlock(&cpu->queue.lock);
	cpu->slice_over = false;
	cpu->slice_end = UINT64_MAX;
	tell_idle(cpu, task);
}

/* The task that runs next; NULL: idle. A task that gives way goes back to its queue. */
static struct task *choose(struct percpu *cpu)
{
	struct task *current = cpu->current;

	if (current && keeps_cpu(cpu, current))
		return current;
	if (current)
		sched_preempt(cpu, current);
	current = pop(cpu);
	return current ? current : steal(cpu);
}

/* -- The timer ---------------------------------------------------------------- */

/* A slice is measured while somebody waits for its end. */
static void set_slice(struct percpu *cpu)
{
	bool wanted = cpu->current && ready_of(cpu) >> cpu->current->priority & 1;

	if (!wanted) {
		cpu->slice_end = UINT64_MAX;
	} else if (cpu->slice_end == UINT64_MAX) {
		cpu->slice_end = arch_timer_now() + cpu->current->slice;
		cpu->slice_used = true;
	}
}

void sched_set_timer(struct percpu *cpu)
{
	uint64_t when = deadline_next(cpu);

	if (cpu->slice_end < when)
		when = cpu->slice_end;
	if (when != cpu->timer) {
		cpu->timer = when;
		arch_timer_set(when);
	}
}

/* The task that runs at the end of a slice may have got the CPU in its middle: it has the next one, too. The timer is not set
 * for the past, or it would come again and again where interrupts are taken before the next choice. */
static void end_slice(struct percpu *cpu)
{
	cpu->slice_end = UINT64_MAX;
	if (cpu->slice_used)
		cpu->slice_over = true;
	else
		cpu->slice_used = true;
}

void timer_interrupt(void)
{
	struct percpu *cpu = percpu_get();
	uint64_t now = arch_timer_now();

	restricted_trapped(cpu);
	atomic_fetch_add_explicit(&cpu->ticks, 1, memory_order_relaxed);
	cpu->timer = UINT64_MAX;
	if (now >= cpu->slice_end)
		end_slice(cpu);
	if (deadline_next(cpu) <= now) {
		kernel_lock_exclusive();
		deadline_run(cpu, now);
		kernel_unlock_exclusive();
	}
	sched_set_timer(cpu);
}

/* -- Leaving the kernel --------------------------------------------------------- */

static void idle(struct percpu *cpu)
{
	bool buries;

	/* Only a task can start a task. */
	if (started && live_tasks == 0)
		panic("every task has stopped, and no task is left to start one");
	cpu->slice_end = UINT64_MAX;
	sched_set_timer(cpu);
	atomic_fetch_or(&sched_idle, 1ull << cpu->index);
	buries = object_orphans;
	kernel_unlock_shared(cpu);
	if (buries || log_step())
		cpu_take_interrupts();
	else
		cpu_idle();
	kernel_lock_shared(cpu);
	cpu->trapped = false;
	atomic_fetch_and(&sched_idle, ~(1ull << cpu->index));
}

static void enter(struct percpu *cpu, struct task *task)
{
	cpu->current = task;
	cpu->slice_used = false;
	if (task->slice_left) {
		cpu->slice_end = arch_timer_now() + task->slice_left;
		cpu->slice_used = task->slice_used;
		task->slice_left = 0;
	}
	task->cpu = cpu->index;
	if (task_is_restricted(task)) {
		restricted_attach(cpu, task);
	} else {
		cpu->regs = &task->regs;
		cpu->syscall = trap_syscall;
		vspace_load(cpu, (struct vspace *)task->vspace.object);
	}
	task_enter(cpu, task);
}

void sched_exit(struct percpu *cpu)
{
	struct task *task;

	for (;;) {
		if (__builtin_expect(object_orphans, 0)) {
			/* The system call of `current` is done, should it be taken while this waits for the lock. */
			cpu->trapped = true;
			syscall_bury_orphans(cpu);
			cpu->trapped = false;
		}
		task = choose(cpu);
		if (!task) {
			idle(cpu);
			continue;
		}
		if (task != cpu->current)
			enter(cpu, task);
		if (cpu->slice_over) {
			cpu->slice_over = false;
			cpu->slice_used = false;
			cpu->slice_end = UINT64_MAX;
		}
		set_slice(cpu);
		sched_set_timer(cpu);
		if (!task->work)
			break;
		/* What it has left to do comes first, in its slice; it may be gone afterwards. */
		cpu->trapped = true;
		kernel_unlock_shared(cpu);
		syscall_work(cpu);
		kernel_lock_shared(cpu);
		cpu->trapped = false;
	}
	if (__builtin_expect(task_is_restricted(task), 0))
		restricted_resume(cpu, task);
	kernel_unlock_shared(cpu);
	arch_user_return(&task->regs);
}

void kernel_exit(void)
{
	struct percpu *cpu = percpu_get();

	/* Again for interrupts that nobody knew. */
	restricted_trapped(cpu);
	kernel_lock_shared(cpu);
	cpu->trapped = false;
	sched_exit(cpu);
}
