/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restricted mode (see <helion/restricted.h>): the way in and out of code that a
 * task runs for others.
 *
 * While restricted code runs, a system call stores the registers straight into the
 * Pages that the task shares with the kernel, and they are loaded straight from there:
 * a foreign system call costs no copy. Other tasks may write to those Pages at any
 * time. So nothing that is read there is trusted: the kernel looks at none of it, and what
 * is loaded into registers of the processor is made harmless in a register first
 * (arch_restricted_return()).
 *
 * Where a processor itself pushes what it must find again (ARCH_RESTRICTED_FRAME), interrupts and exceptions store
 * into a frame of the kernel's own instead, from which the code also goes on.
 *
 * Life cycle: restricted_set() gives a task its state, which goes with the task. `active` from entering to leaving.
 * A kick is a flag that every way back to restricted code looks at; whoever sets it makes the task pass there.
 *
 * Locks: exclusive; `active`, `frame` and the shared registers belong to the CPU that runs the task.
 */
#ifndef KERNEL_RESTRICTED_H
#define KERNEL_RESTRICTED_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <arch/trapframe.h>

#include "kernel/object.h"

struct percpu;
struct task;
struct trap_cause;
struct helion_restricted;

struct restricted {
	struct helion_restricted *shared; /* in the direct map; NULL: its Pages are gone */
	bool active;                      /* restricted code runs, or is interrupted */
	bool in_frame;                    /* and its registers are in `frame`, not in `shared` */
	bool in_exception;                /* the task's exception entry has been given a fault */
	_Atomic bool kicked;
	uint8_t size_class;
	uint64_t exception_entry, exception_stack; /* entry 0: none */
	struct cap pages;                          /* holder_kind CAP_IN_TASK, holder is the task */
	struct trapframe
		frame; /* TLS bases of restricted code that does not run; where ARCH_RESTRICTED_FRAME, all of it */
};

struct invocation;
enum helion_error restricted_set(struct invocation *inv, struct task *task);
enum helion_error restricted_kick(struct task *task);
enum helion_error restricted_exception_return(struct invocation *inv, struct task *task);
/* What is wrong when restricted_enter() was not possible. */
enum helion_error restricted_why_not(const struct invocation *inv, const struct task *task);

/* The task begins anew. */
void restricted_reset(struct task *task);
/* The task ends. */
void restricted_destroy(struct task *task);
/* The Pages are gone: restricted code ends, and what entered it fails with HELION_ERR_GONE. */
void restricted_lost(struct task *task);

/* The running task enters restricted mode, if it can: then does not return. With the kernel locked shared. */
void restricted_enter(struct percpu *cpu, struct task *task);

/* An exception of the running task: of restricted code, or of its own for which it has an entry. False: neither. Without a lock. */
bool restricted_exception(struct percpu *cpu, struct task *task, const struct trap_cause *cause);

/* The running task goes on with its restricted code. With the kernel locked shared. */
_Noreturn void restricted_resume(struct percpu *cpu, struct task *task);

/* What an interrupt or exception does first: remembers where the registers of restricted code are. */
void restricted_trapped(struct percpu *cpu);

/* A system call of restricted code that runs was not begun: it is executed again. */
void restricted_restart(struct task *task);

/* A task with `active` is to run on this CPU: what traps store to and system calls go to. */
void restricted_attach(struct percpu *cpu, struct task *task);

#endif
