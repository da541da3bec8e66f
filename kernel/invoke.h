/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One invocation of a kernel object: the message as the type's code sees it.
 * The list of invocations (<helion/invocations.h>) has been applied before: the
 * label exists, words, capabilities and rights are as it says.
 */
#ifndef KERNEL_INVOKE_H
#define KERNEL_INVOKE_H

#include <helion/abi.h>

#include "kernel/object.h"

struct task;

/*
 * Not an error but the result of an invocation that has done a part of its work, a
 * bounded one, and wants to be called again: the task executes the system call once
 * more, after interrupts had a chance. Where to go on it reads from the message's
 * registers, which it may change (trapframe_set_word(&inv->task->regs)), and from
 * inv->task->progress (four words, zero in the first part). Neither is to be trusted more than any other argument.
 */
#define HELION_RESTART ((enum helion_error)HELION_ERR_COUNT)

/* Not an error either: the registers are what the invocation made of them, and there is no answer. */
#define HELION_SILENT ((enum helion_error)(HELION_ERR_COUNT + 1))

struct invocation {
	struct task *task;                  /* who invokes */
	struct cspace *cspace;              /* its CSpace: slots in the message are of this one */
	struct cap *cap;                    /* the invoked capability */
	const struct invocation_desc *desc; /* its line of the list, kernel/invoke.c */
	bool wants_answer;
	uint64_t label;
	uint64_t words[HELION_MESSAGE_WORDS];
	struct cap *caps[HELION_MESSAGE_CAPS]; /* of the message, none is empty */
	uint64_t ret
		[HELION_MESSAGE_WORDS]; /* as many as the list says; those beyond the registers go to the IPC buffer */
};

/* `call` through a capability of what is no endpoint, or `send`, whose answer is dropped; then lets run who is to run. With the
 * kernel locked exclusively. */
_Noreturn void invoke_object(struct task *task, struct cap *cap, bool wants_answer);

#endif
