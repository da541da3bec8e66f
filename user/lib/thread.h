/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A second task in the same address space and with the same capabilities.
 *
 * Life cycle: helion_thread_create → helion_thread_start → (runs; stops itself when its function returns, or faults,
 * or is stopped) → helion_thread_destroy. Must not print and must not use helion_call(), which use the first task's buffers.
 */
#ifndef USER_LIB_THREAD_H
#define USER_LIB_THREAD_H

#include <stdint.h>

#include "user/lib/invoke.h"
#include "user/lib/vm.h"

#define HELION_THREAD_STACK 16384 /* bytes; an unmapped page lies below */

struct helion_thread {
	void (*function)(void *argument);
	void *argument;
	uint64_t task; /* slot */
	struct vm_mapping stack, ipc;
};

/* Makes the task, its stack and its IPC buffer from helion_process.memory. On error nothing is left behind. */
int helion_thread_create(struct helion_thread *thread);

/* Runs function(argument). *thread must stay where it is as long as it runs. */
int helion_thread_start(struct helion_thread *thread, void (*function)(void *argument), void *argument);

/* Waits, yielding, until the task is in none of the states NEW and READY or until `ns` have passed; tells how it stands. */
int helion_thread_wait(const struct helion_thread *thread, uint64_t ns, struct helion_task_info *ret);

/* Stops it wherever it is and gives everything back. */
int helion_thread_destroy(struct helion_thread *thread);

#endif
