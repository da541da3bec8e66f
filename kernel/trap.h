/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_TRAP_H
#define KERNEL_TRAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* The first task. Set when init is made. */
extern struct task *init_task;

/* The interrupt line that a self-test waits for (UINT32_MAX: none), and how often it fired. */
extern uint32_t trap_test_line;
extern _Atomic uint32_t trap_test_count;

struct percpu;
struct task;
struct trap_cause;
struct trapframe;

/* Whether an exception that stored the registers there came out of user mode on this CPU. */
bool trap_from_user(const struct percpu *cpu, const struct trapframe *tf);

/* Notes an exception of the running task, and does not return if a handler waits for it that can have the CPU at once. With no lock held; in
 * kernel/fastpath.c. */
void trap_fault(struct percpu *cpu, struct task *task, const struct trap_cause *cause);

#endif
