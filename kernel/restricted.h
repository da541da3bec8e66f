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
 * Life cycle: restricted_set() gives a task its state, which goes with the task. It runs restricted code from
 * entering to leaving, as task.restricted_mode says. A kick is a flag that every way back to restricted code looks at; whoever sets it makes the task pass there.
 *
 * Locks: exclusive; the mode, `frame` and the shared registers belong to the CPU that runs the task.
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

struct restricted {
	bool in_exception;                         /* the task's exception entry has been given a fault */
	uint64_t exception_entry, exception_stack; /* entry 0: none */
	struct cap pages;                          /* holder_kind CAP_IN_TASK, holder is the task */
	/* Where ARCH_RESTRICTED_FRAME, what interrupts and exceptions store; and TLS bases of restricted code that does not run. */
	struct trapframe frame;
};

struct invocation;
enum helion_error restricted_set(struct invocation *inv, struct task *task);
enum helion_error restricted_kick(struct task *task);
enum helion_error restricted_exception_return(struct invocation *inv, struct task *task);
/* What is wrong when the fast path did not enter. */
enum helion_error restricted_why_not(const struct invocation *inv, const struct task *task);

/* The task begins anew. */
void restricted_reset(struct task *task);
/* The task ends. */
void restricted_destroy(struct task *task);
/* The Pages are gone: restricted code ends, and what entered it fails with HELION_ERR_GONE. */
void restricted_lost(struct task *task);

/* The invocation that entered returns, in kernel/fastpath.c as the way in is. */
_Noreturn void restricted_leave(struct percpu *cpu, struct task *task, uint64_t reason);

/* An exception of the running task that has a state: of restricted code, or of its own for which it has an entry. False: neither. Without a lock. */
bool restricted_exception(struct percpu *cpu, struct task *task, const struct trap_cause *cause);

/* The running task goes on with its restricted code. With the kernel locked shared. */
_Noreturn void restricted_resume(struct percpu *cpu, struct task *task);

/* What an interrupt or exception does first: remembers where the registers of restricted code are. */
void restricted_trapped(struct percpu *cpu);

/* A task is to run its restricted code on this CPU: where traps store to and system calls go to. */
void restricted_attach(struct percpu *cpu, struct task *task);

#endif
