/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls: from the registers of a trap to the object, and back. They begin in
 * kernel/fastpath.c, where the common ones also end; everything else is done here,
 * under the exclusive lock.
 */
#include "kernel/syscall.h"

#include <helion/abi.h>

#include "kernel/arch.h"
#include "kernel/check.h"
#include "kernel/cpu.h"
#include "kernel/cspace.h"
#include "kernel/endpoint.h"
#include "kernel/invoke.h"
#include "kernel/lock.h"
#include "kernel/log.h"
#include "kernel/notification.h"
#include "kernel/options.h"
#include "kernel/poll.h"
#include "kernel/sched.h"
#include "kernel/task.h"
#include "kernel/vm.h"
#include "kernel/vspace.h"
#include "lib/string.h"

/* Longest text of one writecons; so much of it stays together. */
#define WRITECONS_MAX  4096u
#define WRITECONS_PART 256u

static enum helion_error identify(struct task *task, struct trapframe *tf)
{
	struct cap *cap = cspace_lookup((struct cspace *)task->cspace.object, trapframe_cap(tf));

	if (!cap)
		return HELION_ERR_CAP;
	trapframe_set_info(tf, HELION_INFO(cap->object->type, 2, 0));
	trapframe_set_word(tf, 0, cap->rights);
	trapframe_set_word(tf, 1, cap->badge);
	return HELION_OK;
}

/* One part of the text; the task comes back for the next. */
static enum helion_error writecons(struct task *task, struct trapframe *tf)
{
	uint64_t address = trapframe_cap(tf), length = trapframe_info(tf), done = 0;
	uint64_t part = length < WRITECONS_PART ? length : WRITECONS_PART, phys, run;
	char text[WRITECONS_PART];

	if (length > WRITECONS_MAX)
		return HELION_ERR_ARGUMENT;
	if (length == 0)
		return HELION_OK;
	for (; done < part && vspace_resolve((struct vspace *)task->vspace.object, address + done, &phys, &run);
	     done += run) {
		run = run < part - done ? run : part - done;
		memcpy(text + done, vm_direct(phys), run);
	}
	if (!done)
		return HELION_ERR_FAULT;
	/* What it has written is shown before it goes on (WORK_LOG). */
	if (!log_write(text, done))
		done = 0;
	else if (done == length)
		return HELION_OK;
	trapframe_restart(tf);
	trapframe_set_cap(tf, address + done);
	trapframe_set_info(tf, length - done);
	return HELION_RESTART;
}

/* A capability of the caller's CSpace of a given type; sets the caller's status otherwise. */
static struct cap *lookup(struct task *task, uint64_t slot, uint8_t type)
{
	struct cap *cap = cspace_lookup((struct cspace *)task->cspace.object, slot);

	if (cap && cap->type == type)
		return cap;
	trapframe_set_status(&task->regs, cap ? -HELION_ERR_SYSCALL : -HELION_ERR_CAP);
	return NULL;
}

/* send, nbsend and call: to an endpoint, or an invocation of what is no endpoint. */
static void send(struct task *task, struct trapframe *tf, bool call, bool may_wait)
{
	struct cap *cap = cspace_lookup((struct cspace *)task->cspace.object, trapframe_cap(tf));

	if (!cap) {
		trapframe_set_status(tf, -HELION_ERR_CAP);
		if (call) {
			trapframe_set_info(tf, 0);
			trapframe_set_badge(tf, 0);
		}
	} else if (cap->type == HELION_TYPE_ENDPOINT) {
		endpoint_send(task, cap, call, may_wait);
	} else {
		invoke_object(task, cap, call);
	}
}

static void recv(struct task *task, uint64_t slot, bool may_wait)
{
	struct cap *cap = lookup(task, slot, HELION_TYPE_ENDPOINT);

	if (cap)
		endpoint_recv(task, cap, may_wait);
}

static void wait(struct task *task, struct trapframe *tf, bool may_wait)
{
	struct cap *cap = lookup(task, trapframe_cap(tf), HELION_TYPE_NOTIFICATION);

	if (cap)
		notification_wait(task, cap, may_wait);
}

static void signal(struct task *task, struct trapframe *tf)
{
	struct cap *cap = lookup(task, trapframe_cap(tf), HELION_TYPE_NOTIFICATION);

	if (!cap)
		return;
	trapframe_set_status(tf, cap->rights & HELION_RIGHT_WRITE ? 0 : -HELION_ERR_RIGHTS);
	if (cap->rights & HELION_RIGHT_WRITE)
		notification_signal((struct notification *)cap->object, cap->badge ? cap->badge : 1);
}

/* The answer first; only when that succeeded the task receives. */
static void reply(struct task *task, struct trapframe *tf)
{
	uint64_t endpoint = trapframe_syscall(tf) >> 32;
	uint64_t slot = trapframe_cap(tf);
	struct task *caller = task->client;

	/* Answered already: it begins again to receive. */
	if (task->progress[0]) {
		recv(task, endpoint, true);
		return;
	}
	if (slot) {
		struct cap *cap = lookup(task, slot, HELION_TYPE_REPLY);

		if (!cap)
			return;
		caller = reply_caller(cap->object);
	}
	if (!caller) {
		trapframe_set_status(tf, -HELION_ERR_MISSING);
		return;
	}
	if (!reply_answer(task, caller) || !endpoint)
		return;
	task->progress[0] = 1;
	task->begun = BEGUN_SOMETHING;
	recv(task, endpoint, true);
}

static void serve(struct task *task, struct trapframe *tf)
{
	enum helion_error error;

	switch ((uint32_t)trapframe_syscall(tf)) {
	case HELION_SYS_CALL: send(task, tf, true, true); return;
	case HELION_SYS_SEND: send(task, tf, false, true); return;
	case HELION_SYS_NBSEND: send(task, tf, false, false); return;
	case HELION_SYS_RECV: recv(task, trapframe_cap(tf), true); return;
	case HELION_SYS_NBRECV: recv(task, trapframe_cap(tf), false); return;
	case HELION_SYS_REPLY: reply(task, tf); return;
	case HELION_SYS_SIGNAL: signal(task, tf); return;
	case HELION_SYS_WAIT: wait(task, tf, true); return;
	case HELION_SYS_NBWAIT: wait(task, tf, false); return;
	case HELION_SYS_POLL: poll_begin(task, trapframe_cap(tf), UINT64_MAX); return;
	case HELION_SYS_POLLX: poll_begin(task, trapframe_cap(tf), trapframe_info(tf)); return;
	case HELION_SYS_WRITECONS: error = writecons(task, tf); break;
	case HELION_SYS_IDENTIFY: error = identify(task, tf); break;
	default: error = HELION_ERR_SYSCALL; break;
	}
	if (error != HELION_RESTART)
		trapframe_set_status(tf, -(int64_t)error);
}

#if HELION_DEBUG
void check_if_asked(void)
{
	const char *problem = boot_option("check", NULL) ? check_invariants() : NULL;

	if (problem)
		panic("%s", problem);
}
#endif

void syscall_leave_buried(struct percpu *cpu, bool more)
{
	if (cpu->current)
		cpu->current->work = (uint8_t)((cpu->current->work & ~WORK_REAP) | (more ? WORK_REAP : 0));
	object_orphans = more && (object_orphans || !cpu->current);
	if (!more)
		check_if_asked();
}

void syscall_bury_orphans(struct percpu *cpu)
{
	kernel_lock_upgrade(cpu);
	object_orphans = object_reap(1);
	kernel_lock_downgrade(cpu);
}

void syscall_work(struct percpu *cpu)
{
	uint8_t work = cpu->current->work;

	/* Whoever takes it off this CPU waits for this CPU's answer, which may be given in log_step(). */
	if (!log_is_behind())
		cpu->current->work &= (uint8_t)~WORK_LOG;
	else if (work & WORK_LOG)
		log_step();
	if (work & (WORK_REAP | WORK_POLL)) {
		kernel_lock_exclusive();
		if (cpu->current && cpu->current->work & WORK_POLL)
			poll_finish(cpu->current);
		if (work & WORK_REAP)
			syscall_leave_buried(cpu, object_reap(REAP_STEPS));
		kernel_unlock_exclusive();
	}
	cpu_take_interrupts();
}

void syscall_serve(struct percpu *cpu, struct task *task)
{
	kernel_lock_upgrade(cpu);
	if (cpu->current == task) {
		task_begin(task);
		serve(task, &task->regs);
		syscall_leave_buried(cpu, object_reap(REAP_STEPS));
	}
	kernel_lock_downgrade(cpu);
}
