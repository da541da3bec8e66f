/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the registers of a trap to the code of an object's type, and back.
 */
#include "kernel/invoke.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/check.h"
#include "kernel/cspace.h"
#include "kernel/ioport.h"
#include "kernel/irq_handler.h"
#include "kernel/lock.h"
#include "kernel/memory.h"
#include "kernel/notification.h"
#include "kernel/pages.h"
#include "kernel/sched.h"
#include "kernel/syscall.h"
#include "kernel/system.h"
#include "kernel/task.h"
#include "kernel/timer.h"
#include "kernel/vspace.h"
#include "lib/compiler.h"

/* One function that does not return, as in kernel/fastpath.c. */

/* The list, by type and label. */
#define LABELS 32

struct invocation_desc {
	uint64_t info; /* as a message has to have it; 0: there is no such invocation */
	uint8_t words, caps, ret, rights;
	uint8_t buffer; /* what of the message and the answer is in the IPC buffer */
};

enum { BUFFER_NOTHING, BUFFER_A_CAP, BUFFER_MORE };
#define BUFFER(words, caps, ret)                                                                             \
	((words) > HELION_MESSAGE_REGISTERS || (ret) > HELION_MESSAGE_REGISTERS || (caps) > 1 ? BUFFER_MORE  \
	 : (caps) == 1                                                                        ? BUFFER_A_CAP \
											      : BUFFER_NOTHING)
#define LINE(label, words, caps, ret, rights)                                                       \
	{                                                                                           \
		HELION_INFO(label, words, caps), words, caps, ret, rights, BUFFER(words, caps, ret) \
	}
#define DESCRIBE(type, name, label, words, caps, ret, rights, errors, cost, doc) \
	[HELION_TYPE_##type][label] = LINE(label, words, HELION_CAPS_COUNT(caps), ret, rights),
static const struct invocation_desc invocations[HELION_TYPE_COUNT][LABELS] = {HELION_INVOCATIONS(DESCRIBE)};

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

static INLINE enum helion_error read_cap(struct invocation *inv, const volatile struct helion_ipc_buffer *buffer,
					 unsigned i)
{
	inv->caps[i] = cspace_lookup(inv->cspace, buffer->caps[i]);
	return inv->caps[i] ? HELION_OK : HELION_ERR_CAP;
}

/* Words beyond the registers and capabilities come from the IPC buffer. Other tasks may write to it meanwhile: each word is
 * read once. */
static INLINE enum helion_error read_buffer(struct invocation *inv, const struct invocation_desc *desc)
{
	const volatile struct helion_ipc_buffer *buffer = inv->task->ipc_buffer;

	enum helion_error error = HELION_OK;

	if (!buffer)
		return HELION_ERR_FAULT;
	if (__builtin_expect(desc->buffer == BUFFER_A_CAP, 1))
		return read_cap(inv, buffer, 0);
	for (unsigned i = HELION_MESSAGE_REGISTERS; i < desc->words; i++)
		inv->words[i] = buffer->words[i];
	for (unsigned i = 0; i < desc->caps && !error; i++)
		error = read_cap(inv, buffer, i);
	return error;
}

static INLINE enum helion_error invoke_checked(struct invocation *inv, const struct trapframe *tf,
					       const struct invocation_desc *desc)
{
	uint64_t info = trapframe_info(tf);
	enum helion_error error;

	inv->label = HELION_INFO_LABEL(info);
	/* All of it in one look. */
	if (info != desc->info || !info)
		return desc->info && inv->label == HELION_INFO_LABEL(desc->info) ? HELION_ERR_MESSAGE
										 : HELION_ERR_INVOCATION;
	if (desc->rights & ~inv->cap->rights)
		return HELION_ERR_RIGHTS;
	/* All of the registers, which costs less than to ask how many. */
	for (unsigned i = 0; i < HELION_MESSAGE_REGISTERS; i++)
		inv->words[i] = trapframe_word(tf, i);
	if (__builtin_expect(desc->buffer, 0)) {
		error = read_buffer(inv, desc);
		if (error)
			return error;
	}
	error = invoke[inv->cap->type](inv);
	check_error(inv, error);
	return error;
}

static INLINE void answer(const struct invocation *inv, struct trapframe *tf, unsigned words)
{
	trapframe_set_info(tf, HELION_INFO(0, words, 0));
	if (words > 0)
		trapframe_set_word(tf, 0, inv->ret[0]);
	if (words <= 1)
		return;
	for (unsigned i = 1; i < words; i++) {
		if (i < HELION_MESSAGE_REGISTERS)
			trapframe_set_word(tf, i, inv->ret[i]);
		else
			inv->task->ipc_buffer->words[i] = inv->ret[i];
	}
}

/* The first step of burying, if it is an easy one. Whether there is more to do. */
static INLINE bool bury(void)
{
	struct object *object = list_entry(object_dead.next, struct object, siblings);

	object_budget = REAP_BUDGET;
	if (__builtin_expect(list_is_empty(&object->caps), 1) && object_destroy[object->type](object))
		memory_free_object(object);
	return !list_is_empty(&object_dead) && object_reap(REAP_STEPS - 1);
}

/* The status is an error, or says that there is to be none. */
static void fail(struct invocation *inv, struct trapframe *tf, enum helion_error error)
{
	/* A task that stopped or ended itself has no answer to get; one that is to go on later begins again. */
	if (error == HELION_RESTART) {
		inv->task->begun = BEGUN_RESTARTS;
		trapframe_restart(tf);
	} else if (error != HELION_SILENT) {
		trapframe_set_status(tf, -(int64_t)error);
		if (inv->wants_answer) {
			trapframe_set_badge(tf, 0);
			trapframe_set_info(tf, 0);
		}
	}
}

void invoke_object(struct task *task, struct cap *cap, bool wants_answer)
{
	struct trapframe *tf = &task->regs;
	const struct invocation_desc *desc = &invocations[cap->type][HELION_INFO_LABEL(trapframe_info(tf)) % LABELS];
	struct invocation inv;
	enum helion_error error;

	/* Where it is, is not to be computed again. */
	__asm__("" : "+r"(desc));
	inv.task = task;
	inv.cspace = (struct cspace *)task->cspace.object;
	inv.cap = cap;
	inv.wants_answer = wants_answer;
	inv.desc = desc;
	error = invoke_checked(&inv, tf, desc);
	/* No register has kept anything. */
	task = inv.task;
	tf = &task->regs;
	if (__builtin_expect(error != HELION_OK, 0)) {
		fail(&inv, tf, error);
	} else {
		trapframe_set_status(tf, 0);
		if (__builtin_expect(inv.wants_answer, 1)) {
			trapframe_set_badge(tf, 0);
			answer(&inv, tf, inv.desc->ret);
		}
	}
	/* Nothing of this changes who runs next or when, as a rule. */
	if (!list_is_empty(&object_dead) && bury()) {
		syscall_leave_buried(percpu_get(), true);
	} else {
		check_if_asked();
		if (__builtin_expect(sched_is_undisturbed(percpu_get(), inv.task), 1)) {
			kernel_unlock_exclusive();
			arch_user_return(&inv.task->regs);
		}
	}
	kernel_lock_downgrade(percpu_get());
	sched_exit(percpu_get());
}
