/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: more tasks in the same address space and with the same capabilities. Each has a stack with an unmapped page
 * below, thread-local storage (_Thread_local), an IPC buffer and a Notification to sleep on, all made from
 * helion_process.memory. It runs on the CPUs and with the priority that the kernel gives a new task; helion_task_set_priority()
 * and so on change that.
 *
 * Life cycle: helion_thread_create → helion_thread_start → (runs; ends when its function returns or calls
 * helion_thread_exit(), or faults, or is stopped) → helion_thread_join or _destroy. One that has ended may be started again.
 *
 * Functions return 0 or a negative enum helion_error.
 */
#ifndef USER_LIB_THREAD_H
#define USER_LIB_THREAD_H

#include <stddef.h>
#include <stdint.h>

#include "user/lib/invoke.h"
#include "user/lib/vm.h"

#define HELION_THREAD_STACK 16384 /* bytes of stack that helion_thread_create() gives */

struct thread_block;

struct helion_thread {
	uint64_t task;                  /* slot */
	uint64_t wake_lock, wake_event; /* slots: what it sleeps on, see self.h */
	struct vm_mapping stack, ipc;   /* the first holds `block` and thread-local storage too, at its end */
	struct thread_block *block;
};

/* Makes the task and all that belongs to it. On error nothing is left behind. */
int helion_thread_create(struct helion_thread *thread);
/* The same with at least `stack` bytes of stack. */
int helion_thread_create_sized(struct helion_thread *thread, size_t stack);

/* Runs function(argument), with thread-local variables as they are initialised. -HELION_ERR_STATE while it runs. */
int helion_thread_start(struct helion_thread *thread, void (*function)(void *argument), void *argument);

/* Both in one: on error nothing is left behind. */
int helion_thread_run(struct helion_thread *thread, void (*function)(void *argument), void *argument);

/* Ends the calling thread with a value for who joins it; in the first thread it ends the process. Returning from the
 * thread's function is helion_thread_exit(0). */
_Noreturn void helion_thread_exit(uint64_t value);

/*
 * Waits for the end of the thread, gives everything back and stores the value of its helion_thread_exit() (ret_value
 * may be null). -HELION_ERR_STATE: it never started, or it faulted: see helion_task_info(), then destroy it.
 * -HELION_ERR_BUSY: another thread waits for it. A thread that faults, or is stopped, while it is waited for is not
 * noticed; of a process that another started, the other hears of a fault (child.h).
 */
int helion_thread_join(struct helion_thread *thread, uint64_t *ret_value);

/* Waits, yielding, until the task is in none of the states NEW and READY or until `ns` have passed; tells how it stands. */
int helion_thread_wait(const struct helion_thread *thread, uint64_t ns, struct helion_task_info *ret);

/* Stops it wherever it is and gives everything back. It must not hold or wait for a mutex. */
int helion_thread_destroy(struct helion_thread *thread);

#endif
