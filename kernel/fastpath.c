/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls enter the kernel here. The common cases of communication are served, with this CPU's lock alone: messages of words
 * to a task that waits for one, answers to the call received last, signals, waiting.
 *
 * A fast path looks first and changes nothing until nothing can go wrong. Whatever
 * is less common (capabilities in the message, nobody waits, somebody polls, a bound
 * notification, an error) is left to the slow path, which does all of it under the
 * exclusive lock and is the definition of what happens: kernel/endpoint.c, kernel/notification.c.
 *
 * What keeps CPUs apart, and how a task passes from one to another:
 *   1. Queues of an endpoint or notification are changed with its lock. Whoever takes a task out owns it.
 *   2. A task is put in when its registers are in its frame (task_leave()), its message has been read and its state
 *      is set; afterwards it is not touched any more.
 *   3. A caller that waits for its answer belongs to its server, the server's fields to the CPU that it runs on.
 */
#include <helion/invocations.h>
#include <helion/restricted.h>

#include "kernel/arch.h"
#include "kernel/cspace.h"
#include "kernel/endpoint.h"
#include "kernel/invoke.h"
#include "kernel/lock.h"
#include "kernel/notification.h"
#include "kernel/restricted.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/tlb.h"
#include "kernel/trap.h"
#include "kernel/wait.h"
#include "lib/compiler.h"

/* One function from the trap to the way out: nothing is stored for a caller that will not be returned to. */

#define likely(condition)   __builtin_expect(!!(condition), 1)
#define unlikely(condition) __builtin_expect(!!(condition), 0)

static INLINE bool has_slot(const struct task *task, uint64_t slot)
{
	return likely(slot < ((const struct cspace *)task->cspace.object)->used);
}

static INLINE struct cap *slot_of(const struct task *task, uint64_t slot)
{
	return &((const struct cspace *)task->cspace.object)->slots[slot];
}

/* Whether a capability is to an object of this type that is not dying, with this right. */
static INLINE bool is(const struct cap *cap, uint8_t type, uint8_t right)
{
	return likely(cap->type == type) && likely(cap->rights & right) && likely(!cap->object->dying);
}

/* The object behind a capability of the caller, if it has this type and right. */
static INLINE struct cap *find(const struct task *task, uint64_t slot, uint8_t type, uint8_t right)
{
	return has_slot(task, slot) && is(slot_of(task, slot), type, right) ? slot_of(task, slot) : NULL;
}

/* Whether a message has words only, and not more than travel in registers. */
static INLINE bool in_registers(uint64_t info)
{
	/* Both counts in one look: that of capabilities is 256 times as much. */
	return likely((uint16_t)info <= HELION_MESSAGE_REGISTERS);
}

/* Copies the words of a message that are not in registers. False: it has capabilities, or no place. */
static INLINE bool deliver_rest(uint64_t info, const struct task *sender, const struct task *receiver)
{
	const struct helion_ipc_buffer *from = sender->ipc_buffer;
	struct helion_ipc_buffer *to = receiver->ipc_buffer;
	uint64_t words = (uint16_t)info;

	/* Capabilities count 256 times as much here, too. */
	if (words > HELION_MESSAGE_WORDS || !from || !to)
		return false;
	for (uint64_t i = HELION_MESSAGE_REGISTERS; i < words; i++)
		to->words[i] = from->words[i];
	return true;
}

/* Copies all of the registers: those beyond the message's words are undefined for the receiver, and no secret of the sender. A
 * fault's words are the kernel's account of it. */
static INLINE void deliver(uint64_t info, const struct task *sender, struct task *receiver, uint64_t badge, bool fault)
{
	uint64_t words[HELION_MESSAGE_REGISTERS];

	for (unsigned i = 0; i < HELION_MESSAGE_REGISTERS; i++)
		words[i] = fault ? task_fault_word(sender, i) : trapframe_word(&sender->regs, i);
	for (unsigned i = 0; i < HELION_MESSAGE_REGISTERS; i++)
		trapframe_set_word(&receiver->regs, i, words[i]);
	trapframe_set_status(&receiver->regs, 0);
	trapframe_set_info(&receiver->regs, info);
	trapframe_set_badge(&receiver->regs, badge);
}

/* Whether a task that waits may run on this CPU. If so it belongs here from now on. */
static INLINE bool take_here(const struct percpu *cpu, struct task *task)
{
	if (likely(task->cpu == cpu->index))
		return true;
	if (!(task->affinity & cpu->bit))
		return false;
	task->cpu = cpu->index;
	return true;
}

/* Runs a task whose registers that no trap touches are loaded, in place of the one that had the CPU. The slice goes on. */
static INLINE _Noreturn void run(struct percpu *cpu, struct task *task)
{
	task->state = HELION_TASK_READY;
	task->wait_kind = WAIT_NONE;
	cpu->current = task;
	cpu->regs = &task->regs;
	vspace_load(cpu, (struct vspace *)task->vspace.object);
	kernel_unlock_shared(cpu);
	arch_user_return(&task->regs);
}

/* The running task waits from now on: the last thing before others can find it in a queue. */
static INLINE void leave(struct percpu *cpu, struct task *task, enum wait_kind kind)
{
	task_leave(cpu, task);
	task->state = HELION_TASK_WAITING;
	task->wait_kind = (uint8_t)kind;
}

/* The same where it is known which task is next: run() has to follow. */
static INLINE void leave_to(struct percpu *cpu, struct task *task, enum wait_kind kind, struct task *next)
{
	task_switch(cpu, task, next);
	task->state = HELION_TASK_WAITING;
	task->wait_kind = (uint8_t)kind;
}

/* Takes the first task out of a queue that has one. */
static INLINE struct task *take_first(struct list_node *queue)
{
	struct list_node *node = queue->next, *next = node->next;

	queue->next = next;
	next->previous = queue;
	return list_entry(node, struct task, wait);
}

/* A message, after which the task waits for the answer unless that is WAIT_NONE. */
static INLINE bool send(struct percpu *cpu, struct task *task, const struct cap *cap, enum wait_kind answer)
{
	bool fault = answer == WAIT_FAULT_REPLY;
	uint64_t info = fault ? TASK_FAULT_INFO : trapframe_info(&task->regs);
	struct endpoint *endpoint;
	struct task *receiver;

	if (unlikely(!is(cap, HELION_TYPE_ENDPOINT, HELION_RIGHT_WRITE)))
		return false;
	endpoint = (struct endpoint *)cap->object;
	spin_lock(&endpoint->lock);
	receiver = list_entry(endpoint->receivers.next, struct task, wait);
	if (unlikely(list_is_empty(&endpoint->receivers)) ||
	    (!in_registers(info) && !deliver_rest(info, task, receiver)) || unlikely(!take_here(cpu, receiver))) {
		spin_unlock(&endpoint->lock);
		return false;
	}
	take_first(&endpoint->receivers);
	spin_unlock(&endpoint->lock);
	deliver(info, task, receiver, cap->badge, fault);
	if (answer != WAIT_NONE) {
		receiver->client = task;
		task->server = receiver;
		task_inherit(receiver, task);
		leave_to(cpu, task, answer, receiver);
		run(cpu, receiver);
	}
	trapframe_set_status(&task->regs, 0);
	trapframe_set_info(&task->regs, 0);
	receiver->wait_kind = WAIT_NONE;
	sched_ready(receiver);
	return true;
}

/* Waits in an endpoint that nobody sends to. */
static INLINE bool recv(struct percpu *cpu, struct task *task)
{
	const struct cap *cap = find(task, trapframe_cap(&task->regs), HELION_TYPE_ENDPOINT, HELION_RIGHT_READ);
	struct endpoint *endpoint;

	if (!cap || task->client || task->bound.object)
		return false;
	endpoint = (struct endpoint *)cap->object;
	spin_lock(&endpoint->lock);
	if (!list_is_empty(&endpoint->senders)) {
		spin_unlock(&endpoint->lock);
		return false;
	}
	task_disinherit(task);
	leave(cpu, task, WAIT_RECV);
	list_push_back(&endpoint->receivers, &task->wait);
	spin_unlock(&endpoint->lock);
	cpu->current = NULL;
	return true;
}

/* Answers the call or fault received last, whose task waits in this way, and waits for the next where nobody calls yet. */
static INLINE bool reply_recv(struct percpu *cpu, struct task *task, uint64_t number, enum wait_kind kind)
{
	const struct cap *cap = find(task, number >> 32, HELION_TYPE_ENDPOINT, HELION_RIGHT_READ);
	uint64_t info = trapframe_info(&task->regs);
	struct task *client = task->client;
	bool fault = kind == WAIT_FAULT_REPLY;
	struct endpoint *endpoint;
	uint64_t ready;

	if (unlikely(!cap) || unlikely(!client) || unlikely(trapframe_cap(&task->regs) != 0) ||
	    unlikely(client->wait_kind != kind) || unlikely(task->bound.object != NULL) ||
	    (fault && HELION_INFO_LABEL(info)))
		return false;
	/* Whoever puts a task in this CPU's queue tells it, unless what runs is more important (tell() in kernel/sched.c). Where
	 * the server is more important than the client, that has to be seen to run before the look at the queue (A). */
	if (task->priority > client->priority) {
		cpu->current = client;
		atomic_thread_fence(memory_order_seq_cst);
	}
	ready = atomic_load_explicit(&cpu->queue.ready, memory_order_relaxed);
	if (unlikely(ready) && ready >> client->priority > 1) {
		cpu->current = task;
		return false;
	}
	endpoint = (struct endpoint *)cap->object;
	spin_lock(&endpoint->lock);
	if (unlikely(!list_is_empty(&endpoint->senders)) ||
	    (!fault && !in_registers(info) && !deliver_rest(info, task, client)) || unlikely(!take_here(cpu, client))) {
		spin_unlock(&endpoint->lock);
		cpu->current = task;
		return false;
	}
	/* A fault is no system call: its registers are not to be touched. */
	if (!fault)
		deliver(info, task, client, 0, false);
	task->client = NULL;
	task_disinherit(task);
	leave_to(cpu, task, WAIT_RECV, client);
	list_push_back(&endpoint->receivers, &task->wait);
	spin_unlock(&endpoint->lock);
	client->server = NULL;
	run(cpu, client);
}

static INLINE void give(struct task *task, uint64_t badges)
{
	trapframe_set_info(&task->regs, HELION_INFO(HELION_LABEL_SIGNALS, 0, 0));
	trapframe_set_badge(&task->regs, badges);
	trapframe_set_status(&task->regs, 0);
}

static INLINE bool signal(struct percpu *cpu, struct task *task)
{
	const struct cap *cap = find(task, trapframe_cap(&task->regs), HELION_TYPE_NOTIFICATION, HELION_RIGHT_WRITE);
	struct notification *notification;
	struct task *waiter;
	uint64_t badges;

	if (unlikely(!cap))
		return false;
	notification = (struct notification *)cap->object;
	badges = cap->badge ? cap->badge : 1;
	spin_lock(&notification->lock);
	if (list_is_empty(&notification->waiters)) {
		if (unlikely(notification->bound != NULL) || unlikely(notification->pollers.count)) {
			spin_unlock(&notification->lock);
			return false;
		}
		notification->pending |= badges;
		spin_unlock(&notification->lock);
		trapframe_set_status(&task->regs, 0);
		/* Nothing has changed on this CPU. */
		kernel_unlock_shared(cpu);
		arch_user_return(&task->regs);
	}
	waiter = take_first(&notification->waiters);
	spin_unlock(&notification->lock);
	trapframe_set_status(&task->regs, 0);
	waiter->wait_kind = WAIT_NONE;
	give(waiter, badges);
	if (waiter->priority > task->priority && waiter->cpu == cpu->index) {
		sched_preempt(cpu, task);
		task_enter(cpu, waiter);
		run(cpu, waiter);
	}
	sched_ready(waiter);
	return true;
}

static INLINE bool wait(struct percpu *cpu, struct task *task)
{
	const struct cap *cap = find(task, trapframe_cap(&task->regs), HELION_TYPE_NOTIFICATION, HELION_RIGHT_READ);
	struct notification *notification;
	uint64_t badges;

	if (unlikely(!cap))
		return false;
	notification = (struct notification *)cap->object;
	spin_lock(&notification->lock);
	badges = notification->pending;
	notification->pending = 0;
	if (badges) {
		spin_unlock(&notification->lock);
		give(task, badges);
		kernel_unlock_shared(cpu);
		arch_user_return(&task->regs);
	}
	leave(cpu, task, WAIT_SIGNAL);
	list_push_back(&notification->waiters, &task->wait);
	spin_unlock(&notification->lock);
	cpu->current = NULL;
	return true;
}

/* To the next of the same priority, if there is one. */
static INLINE bool yield(struct percpu *cpu, struct task *task)
{
	uint64_t ready = atomic_load_explicit(&cpu->queue.ready, memory_order_relaxed) >> task->priority;
	struct list_node *queue = &cpu->queue.tasks[task->priority];
	struct task *next;

	trapframe_set_status(&task->regs, 0);
	if (!ready) {
		kernel_unlock_shared(cpu);
		arch_user_return(&task->regs);
	}
	/* Whoever waits has the rest of this slice and one more, see kernel/sched.h; if none runs yet, one has to begin. */
	if (likely(ready == 1) && likely(cpu->slice_end != UINT64_MAX) && likely(!sched_idle_cpus())) {
		spin_lock(&cpu->queue.lock);
		next = list_entry(queue->next, struct task, run);
		if (likely(!list_is_empty(queue)) && likely(!next->work) && likely(next->frame == &next->regs)) {
			list_remove(&next->run);
			task_switch(cpu, task, next);
			list_push_back(queue, &task->run);
			spin_unlock(&cpu->queue.lock);
			cpu->slice_used = false;
			run(cpu, next);
		}
		spin_unlock(&cpu->queue.lock);
	}
	sched_rotate(cpu);
	return true;
}

/* Serves the system call, or says false and has changed nothing. Does not return when it knows which task is next. */
static INLINE bool serve(struct percpu *cpu, struct task *task, uint64_t number)
{
	switch (number) {
	case HELION_SYS_SIGNAL: return signal(cpu, task);
	case HELION_SYS_WAIT: return wait(cpu, task);
	case HELION_SYS_RECV: return recv(cpu, task);
	case HELION_SYS_SEND:
	case HELION_SYS_NBSEND:
		return has_slot(task, trapframe_cap(&task->regs)) &&
		       send(cpu, task, slot_of(task, trapframe_cap(&task->regs)), WAIT_NONE);
	case HELION_SYS_YIELD: return yield(cpu, task);
	default: return false;
	}
}

/* -- Restricted mode ------------------------------------------------------------ */

/* The running task changes sides on its CPU, which has run its address space before. */
static INLINE void change_sides(struct percpu *cpu, struct task *task, struct trapframe *frame, uint64_t token)
{
	task->frame = frame;
	arch_restricted_stack(cpu, frame);
	cpu->vspace_token = token;
	arch_vspace_switch(token);
}

/* The running task enters restricted mode, if it can: then does not return. */
static INLINE void enter_restricted(struct percpu *cpu, struct task *task)
{
	struct vspace *vspace = (struct vspace *)task->vspace.object;
	struct trapframe *shared = task->shared;

	if (unlikely(!shared) || unlikely(!vspace->window.object) ||
	    unlikely(!arch_restricted_tls_enter(cpu, shared, &task->regs)))
		return;
	atomic_store_explicit(&task->restricted_mode, RESTRICTED_SHARED, memory_order_relaxed);
	cpu->regs = shared;
	cpu->syscall = restricted_syscall;
	change_sides(cpu, task, ARCH_RESTRICTED_FRAME ? &task->restricted->frame : shared, vspace->restricted_token);
	if (unlikely(atomic_load_explicit(&task->kicked, memory_order_relaxed)))
		restricted_resume(cpu, task);
	kernel_unlock_shared(cpu);
	arch_restricted_return(shared);
}

/*
 * The invocation that entered returns. Without the kernel's lock: all that this touches belongs to the task and to this
 * CPU, and whoever takes the task, its address space or its Pages away waits first until this CPU has answered, which
 * it does not before it has left the kernel.
 */
static INLINE _Noreturn void leave_restricted(struct percpu *cpu, struct task *task, uint64_t reason)
{
	arch_restricted_tls_leave(cpu, task->shared, &task->regs);
	/* Nothing is stored there any more. */
	atomic_store_explicit(&task->restricted_mode, RESTRICTED_NONE, memory_order_release);
	cpu->regs = &task->regs;
	cpu->syscall = trap_syscall;
	change_sides(cpu, task, &task->regs, ((struct vspace *)task->vspace.object)->token);
	trapframe_set_status(&task->regs, (int64_t)reason);
	trapframe_set_info(&task->regs, 0);
	arch_user_return(&task->regs);
}

void restricted_leave(struct percpu *cpu, struct task *task, uint64_t reason)
{
	leave_restricted(cpu, task, reason);
}

void restricted_syscall(struct trapframe *tf)
{
	struct percpu *cpu = percpu_get();

	arch_restricted_syscall(tf);
	leave_restricted(cpu, cpu->current, HELION_RESTRICTED_SYSCALL);
}

/* -- Entry ------------------------------------------------------------------------ */

/* A call, served as serve() does; or the task enters restricted mode; or it invokes a kernel object. */
static INLINE bool call(struct percpu *cpu, struct task *task)
{
	struct cap *cap;

	if (!has_slot(task, trapframe_cap(&task->regs)))
		return false;
	cap = slot_of(task, trapframe_cap(&task->regs));
	if (likely(cap->type == HELION_TYPE_ENDPOINT))
		return send(cpu, task, cap, WAIT_REPLY);
	/* What the task itself is behind is no empty slot, and not dying. */
	if (cap->object == &task->object && likely(cap->rights & HELION_RIGHT_WRITE) &&
	    trapframe_info(&task->regs) == HELION_INFO(HELION_TASK_ENTER_RESTRICTED, 0, 0))
		enter_restricted(cpu, task);
	if (unlikely(!cap->object) || unlikely(cap->object->dying))
		return false;
	if (likely(kernel_lock_upgrade(cpu))) {
		task_begin(task);
		invoke_object(task, cap, true);
	}
	/* Another CPU may have changed anything. */
	kernel_lock_downgrade(cpu);
	return false;
}

/* Apart, so that answers to calls do not pay for it. */
static __attribute__((noinline)) bool answer_fault(struct percpu *cpu, struct task *task)
{
	return reply_recv(cpu, task, trapframe_syscall(&task->regs), WAIT_FAULT_REPLY);
}

/* Whether `task` is still the running one: it may have been taken off this CPU while it waited for the lock. */
static INLINE bool enter(struct percpu *cpu, const struct task *task)
{
	return likely(!kernel_lock_shared(cpu)) || cpu->current == task;
}

void trap_syscall(struct trapframe *tf)
{
	struct percpu *cpu = percpu_get();
	struct task *task = cpu->current;
	uint64_t number = trapframe_syscall(tf);

	/* The two that are to be fast come first, each with a way of its own. */
	if (likely(number == HELION_SYS_CALL)) {
		if (enter(cpu, task) && !call(cpu, task))
			syscall_serve(cpu, task);
		sched_exit(cpu);
	}
	if (likely((uint32_t)number == HELION_SYS_REPLY)) {
		if (enter(cpu, task) && !reply_recv(cpu, task, number, WAIT_REPLY) && !answer_fault(cpu, task))
			syscall_serve(cpu, task);
		sched_exit(cpu);
	}
	if (unlikely(number - 1 >= HELION_SYS_COUNT - 1)) {
		trapframe_set_status(tf, -HELION_ERR_SYSCALL);
		arch_user_return(tf);
	}
	if (enter(cpu, task) && !serve(cpu, task, number))
		syscall_serve(cpu, task);
	sched_exit(cpu);
}

void trap_fault(struct percpu *cpu, struct task *task, const struct trap_cause *cause)
{
	if (enter(cpu, task)) {
		task_note_fault(task, cause);
		cpu->trapped = false;
		send(cpu, task, &task->fault_endpoint, WAIT_FAULT_REPLY);
		cpu->trapped = true;
	}
	kernel_unlock_shared(cpu);
}
