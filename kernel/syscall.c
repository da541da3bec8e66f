/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls: from the registers of a trap to the object, and back. */
#include <helion/abi.h>
#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/check.h"
#include "kernel/cspace.h"
#include "kernel/endpoint.h"
#include "kernel/invoke.h"
#include "kernel/ioport.h"
#include "kernel/irq_handler.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/notification.h"
#include "kernel/options.h"
#include "kernel/pages.h"
#include "kernel/poll.h"
#include "kernel/sched.h"
#include "kernel/system.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/vm.h"
#include "kernel/vspace.h"
#include "lib/string.h"

/* Longest text of one writecons. */
#define WRITECONS_MAX 4096u

struct invocation_desc {
	uint8_t type, label, words, caps, ret, rights;
};

#define DESCRIBE(type, name, label, words, caps, ret, rights, doc) \
	{HELION_TYPE_##type, label, words, caps, ret, rights},
static const struct invocation_desc invocations[] = {HELION_INVOCATIONS(DESCRIBE)};

static enum helion_error (*const invoke[HELION_TYPE_COUNT])(struct invocation *) = {
	[HELION_TYPE_MEMORY] = memory_invoke,
	[HELION_TYPE_PAGES] = pages_invoke,
	[HELION_TYPE_CSPACE] = cspace_invoke,
	[HELION_TYPE_VSPACE] = vspace_invoke,
	[HELION_TYPE_TASK] = task_invoke,
	[HELION_TYPE_IRQ_CONTROL] = irq_control_invoke,
	[HELION_TYPE_IOPORT_CONTROL] = ioport_control_invoke,
	[HELION_TYPE_IOPORT] = ioport_invoke,
	[HELION_TYPE_SYSTEM] = system_invoke,
	[HELION_TYPE_NOTIFICATION] = notification_invoke,
	[HELION_TYPE_TIMER] = timer_invoke,
	[HELION_TYPE_IRQ_HANDLER] = irq_handler_invoke,
};

static const struct invocation_desc *describe(uint8_t type, uint64_t label)
{
	for (unsigned i = 0; i < sizeof(invocations) / sizeof(invocations[0]); i++)
		if (invocations[i].type == type && invocations[i].label == label)
			return &invocations[i];
	return NULL;
}

/* Words beyond the registers and capabilities come from the IPC buffer. Other tasks may write to it meanwhile: each word is
 * read once. */
static enum helion_error read_message(struct invocation *inv, const struct trapframe *tf, uint64_t words, uint64_t caps)
{
	const volatile struct helion_ipc_buffer *buffer = inv->task->ipc_buffer;

	if ((words > HELION_MESSAGE_REGISTERS || caps > 0) && !buffer)
		return HELION_ERR_FAULT;
	for (uint64_t i = 0; i < words; i++)
		inv->words[i] = i < HELION_MESSAGE_REGISTERS ? trapframe_word(tf, (unsigned)i) : buffer->words[i];
	for (uint64_t i = 0; i < caps; i++) {
		inv->caps[i] = cspace_lookup(inv->cspace, buffer->caps[i]);
		if (!inv->caps[i])
			return HELION_ERR_CAP;
	}
	return HELION_OK;
}

static enum helion_error invoke_checked(struct invocation *inv, const struct trapframe *tf,
					const struct invocation_desc **ret_desc)
{
	uint64_t info = trapframe_info(tf);
	uint64_t words = HELION_INFO_WORDS(info), caps = HELION_INFO_CAPS(info);
	const struct invocation_desc *desc;
	enum helion_error error;

	inv->cap = cspace_lookup(inv->cspace, trapframe_cap(tf));
	if (!inv->cap)
		return HELION_ERR_CAP;
	inv->label = HELION_INFO_LABEL(info);
	desc = describe(inv->cap->object->type, inv->label);
	if (!desc)
		return HELION_ERR_INVOCATION;
	if (words != desc->words || caps != desc->caps)
		return HELION_ERR_MESSAGE;
	if (desc->rights & ~inv->cap->rights)
		return HELION_ERR_RIGHTS;
	error = read_message(inv, tf, words, caps);
	if (error)
		return error;
	*ret_desc = desc;
	return invoke[inv->cap->object->type](inv);
}

/* "check" on the command line of a debug build. */
static void check_if_asked(void)
{
#if HELION_DEBUG
	const char *problem = boot_option("check", NULL) ? check_invariants() : NULL;

	if (problem)
		panic("%s", problem);
#endif
}

void invoke_object(struct task *task, struct trapframe *tf)
{
	bool wants_answer = trapframe_syscall(tf) == HELION_SYS_CALL;
	struct percpu *cpu = percpu_get();
	const struct invocation_desc *desc = NULL;
	struct invocation inv;
	enum helion_error error;

	spin_lock(&object_lock);
	cpu->invoker = task;
	inv.task = task;
	inv.cspace = (struct cspace *)task->cspace.object;
	error = invoke_checked(&inv, tf, &desc);
	object_reap();
	check_if_asked();
	/* A task that destroyed itself has no registers left to answer to. */
	if (cpu->invoker == task)
		trapframe_set_status(tf, -(int64_t)error);
	if (cpu->invoker == task && wants_answer) {
		trapframe_set_info(tf, HELION_INFO(0, error ? 0 : desc->ret, 0));
		trapframe_set_badge(tf, 0);
		for (unsigned i = 0; !error && i < desc->ret; i++)
			trapframe_set_word(tf, i, inv.ret[i]);
	}
	spin_unlock(&object_lock);
}

static enum helion_error identify(struct task *task, struct trapframe *tf)
{
	struct cap *cap;
	enum helion_error error = HELION_OK;

	spin_lock(&object_lock);
	cap = cspace_lookup((struct cspace *)task->cspace.object, trapframe_cap(tf));
	if (cap) {
		trapframe_set_info(tf, HELION_INFO(cap->object->type, 2, 0));
		trapframe_set_word(tf, 0, cap->rights);
		trapframe_set_word(tf, 1, cap->badge);
	} else {
		error = HELION_ERR_CAP;
	}
	spin_unlock(&object_lock);
	return error;
}

/* Text is copied out under the lock and printed after it. */
static enum helion_error writecons(struct task *task, struct trapframe *tf)
{
	uint64_t address = trapframe_cap(tf), length = trapframe_info(tf);
	char text[256];

	if (length > WRITECONS_MAX)
		return HELION_ERR_ARGUMENT;
	while (length > 0) {
		uint64_t phys, run;
		bool mapped;

		spin_lock(&object_lock);
		mapped = vspace_resolve((struct vspace *)task->vspace.object, address, &phys, &run);
		if (mapped) {
			if (run > length)
				run = length;
			if (run > sizeof(text))
				run = sizeof(text);
			memcpy(text, vm_direct(phys), run);
		}
		spin_unlock(&object_lock);
		if (!mapped)
			return HELION_ERR_FAULT;
		log_write(text, run);
		address += run;
		length -= run;
	}
	return HELION_OK;
}

/* A capability of the caller's CSpace of a given type; sets the caller's status otherwise. */
static struct cap *lookup(struct task *task, uint64_t slot, uint8_t type)
{
	struct cap *cap = cspace_lookup((struct cspace *)task->cspace.object, slot);

	if (cap && cap->object->type == type)
		return cap;
	trapframe_set_status(&task->regs, cap ? -HELION_ERR_SYSCALL : -HELION_ERR_CAP);
	return NULL;
}

/* send, nbsend and call: to an endpoint, or an invocation of what is no endpoint. */
static void send(struct task *task, struct trapframe *tf, bool call, bool may_wait)
{
	struct cap *cap;

	spin_lock(&object_lock);
	cap = cspace_lookup((struct cspace *)task->cspace.object, trapframe_cap(tf));
	if (cap && cap->object->type == HELION_TYPE_ENDPOINT) {
		endpoint_send(task, cap, call, may_wait);
		object_reap();
		check_if_asked();
		spin_unlock(&object_lock);
		return;
	}
	spin_unlock(&object_lock);
	invoke_object(task, tf);
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
	struct cap *cap = slot ? lookup(task, slot, HELION_TYPE_REPLY) : &task->reply;

	if (!cap)
		return;
	if (!cap->object) {
		trapframe_set_status(tf, -HELION_ERR_MISSING);
		return;
	}
	if (reply_answer(task, cap) && endpoint)
		recv(task, endpoint, true);
}

/* The system calls of tasks with each other. Under one lock; what died is buried at the end. */
static bool communicate(struct task *task, struct trapframe *tf)
{
	uint64_t number = trapframe_syscall(tf);
	bool known = true;

	/* Only a reply names an endpoint in the upper half. */
	if ((uint32_t)number == HELION_SYS_REPLY)
		number = HELION_SYS_REPLY;
	spin_lock(&object_lock);
	switch (number) {
	case HELION_SYS_RECV: recv(task, trapframe_cap(tf), true); break;
	case HELION_SYS_NBRECV: recv(task, trapframe_cap(tf), false); break;
	case HELION_SYS_REPLY: reply(task, tf); break;
	case HELION_SYS_SIGNAL: signal(task, tf); break;
	case HELION_SYS_WAIT: wait(task, tf, true); break;
	case HELION_SYS_NBWAIT: wait(task, tf, false); break;
	case HELION_SYS_POLL: poll_begin(task, trapframe_cap(tf), UINT64_MAX); break;
	case HELION_SYS_POLLX: poll_begin(task, trapframe_cap(tf), trapframe_info(tf)); break;
	default: known = false; break;
	}
	object_reap();
	check_if_asked();
	spin_unlock(&object_lock);
	return known;
}

void trap_syscall(struct trapframe *tf)
{
	struct task *task = percpu_get()->current;
	enum helion_error error;

	switch (trapframe_syscall(tf)) {
	case HELION_SYS_CALL: send(task, tf, true, true); return;
	case HELION_SYS_SEND: send(task, tf, false, true); return;
	case HELION_SYS_NBSEND: send(task, tf, false, false); return;
	case HELION_SYS_WRITECONS: error = writecons(task, tf); break;
	case HELION_SYS_YIELD:
		sched_yield();
		error = HELION_OK;
		break;
	case HELION_SYS_IDENTIFY: error = identify(task, tf); break;
	default:
		if (communicate(task, tf))
			return;
		error = HELION_ERR_SYSCALL;
		break;
	}
	trapframe_set_status(tf, -(int64_t)error);
}
