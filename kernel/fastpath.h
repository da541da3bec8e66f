/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The common cases of communication, with this CPU's lock alone: messages of words
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
#ifndef KERNEL_FASTPATH_H
#define KERNEL_FASTPATH_H

#include <stdbool.h>
#include <stdint.h>

struct percpu;
struct task;

/* Serves the system call of the running task, or says false and has changed nothing. With the kernel locked shared. Does not
 * return when it knows which task is next. */
bool fastpath(struct percpu *cpu, struct task *task, uint64_t number);

#endif
