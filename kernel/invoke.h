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

struct invocation {
	struct task *task;     /* who invokes */
	struct cspace *cspace; /* its CSpace: slots in the message are of this one */
	struct cap *cap;       /* the invoked capability */
	uint64_t label;
	uint64_t words[HELION_MESSAGE_WORDS];
	struct cap *caps[HELION_MESSAGE_CAPS]; /* of the message, none is empty */
	uint64_t ret[HELION_MESSAGE_REGISTERS];
};

/* Serves the system call `call` (and `send`, whose answer is dropped) on a kernel object. */
struct trapframe;
void invoke_object(struct task *task, struct trapframe *tf);

#endif
