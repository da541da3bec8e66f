/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/thread.h"

#include <stdatomic.h>

#include "lib/checked.h"
#include "lib/string.h"
#include "user/lib/arch.h"
#include "user/lib/console.h"
#include "user/lib/self.h"
#include "user/lib/start.h"
#include "user/lib/sync.h"
#include "user/lib/syscall.h"
#include "user/lib/tls.h"

/* How a thread stands to who joins it. Any other value is the address of the struct waiter of the one that does. */
enum { NEVER_STARTED, RUNNING, ENDED };

/* At the end of the stack's mapping, behind it thread-local storage. */
struct thread_block {
	struct helion_entry entry;
	void (*function)(void *argument);
	void *argument;
	uint64_t value;
	atomic_uintptr_t join;
	struct helion_ipc_buffer *ipc_buffer;
	uint64_t task, wake_lock, wake_event; /* slots, as in struct helion_thread, which need not stay where it is */
} __attribute__((aligned(64)));

static void begin(void *argument)
{
	struct thread_block *block = argument;

	helion_self = (struct helion_self){
		.ipc_buffer = block->ipc_buffer,
		.block = block,
		.wake_lock = block->wake_lock,
		.wake_event = block->wake_event,
	};
	block->function(block->argument);
	helion_thread_exit(0);
}

_Noreturn void helion_thread_exit(uint64_t value)
{
	struct thread_block *block = helion_self.block;
	uint64_t task;
	uintptr_t join;

	if (block == NULL)
		helion_exit((int)value);
	console_flush();
	block->value = value;
	task = block->task;
	/* From here on this stack may be given back at any moment, but for that the task is stopped first. */
	join = atomic_exchange_explicit(&block->join, ENDED, memory_order_acq_rel);
	if (join > ENDED)
		helion_unpark(((struct waiter *)join)->wake);
	for (;;)
		helion_task_stop(task);
}

/* -- Making and giving back ---------------------------------------------------------------------------------- */

/* The first thread sleeps only when there is a second one. */
static int prepare_first_thread(void)
{
	if (helion_self.wake_lock != 0)
		return 0;
	return helion_wake_create(&helion_self.wake_lock, &helion_self.wake_event);
}

static int make_task(struct helion_thread *thread)
{
	int error;

	error = helion_memory_create(helion_process.memory, HELION_TYPE_TASK, 0, 0, &thread->task);
	if (error < 0)
		return error;
	error = helion_task_configure(thread->task, helion_process.cspace, helion_process.vspace, thread->ipc.pages);
	if (error < 0)
		helion_cspace_delete(helion_process.cspace, thread->task);
	return error;
}

int helion_thread_create_sized(struct helion_thread *thread, size_t stack)
{
	size_t top = sizeof(struct thread_block) + tls_block_size(), size;
	int error;

	*thread = (struct helion_thread){0};
	if (!checked_add_size(stack, top, &size))
		return -HELION_ERR_MEMORY;
	error = prepare_first_thread();
	if (error < 0)
		return error;
	error = helion_pages_map_new(size, &thread->stack);
	if (error < 0)
		return error;
	thread->block = (struct thread_block *)((char *)thread->stack.address + thread->stack.size - top);
	error = helion_pages_map_new(HELION_PAGE_SIZE, &thread->ipc);
	if (error < 0)
		goto release_stack;
	error = helion_wake_create(&thread->wake_lock, &thread->wake_event);
	if (error < 0)
		goto release_ipc;
	error = make_task(thread);
	if (error < 0)
		goto delete_wake;
	return 0;

delete_wake:
	helion_wake_delete(thread->wake_lock, thread->wake_event);
release_ipc:
	helion_pages_release(&thread->ipc);
release_stack:
	helion_pages_release(&thread->stack);
	return error;
}

int helion_thread_create(struct helion_thread *thread)
{
	return helion_thread_create_sized(thread, HELION_THREAD_STACK);
}

int helion_thread_destroy(struct helion_thread *thread)
{
	int errors[5], error = helion_task_stop(thread->task);

	/* It may have stopped already. */
	errors[0] = error == -HELION_ERR_STATE ? 0 : error;
	errors[1] = helion_cspace_delete(helion_process.cspace, thread->task);
	errors[2] = helion_wake_delete(thread->wake_lock, thread->wake_event);
	errors[3] = helion_pages_release(&thread->ipc);
	errors[4] = helion_pages_release(&thread->stack);
	for (unsigned i = 0; i < 5; i++)
		if (errors[i] < 0)
			return errors[i];
	return 0;
}

/* -- Running --------------------------------------------------------------------------------------------------- */

int helion_thread_start(struct helion_thread *thread, void (*function)(void *argument), void *argument)
{
	struct thread_block *block = thread->block;
	void *storage = block + 1;
	struct helion_task_info info;
	uint64_t base;
	int error = helion_task_info(thread->task, &info);

	if (error < 0)
		return error;
	/* Its block is in use. */
	if (info.state == HELION_TASK_READY || info.state == HELION_TASK_WAITING)
		return -HELION_ERR_STATE;
	memset(storage, 0, tls_block_size());
	base = tls_block_init(storage);
	*block = (struct thread_block){
		.entry = {begin, block},
		.function = function,
		.argument = argument,
		.join = RUNNING,
		.ipc_buffer = thread->ipc.address,
		.task = thread->task,
		.wake_lock = thread->wake_lock,
		.wake_event = thread->wake_event,
	};
	return helion_task_start(thread->task, (uint64_t)(uintptr_t)helion_thread_entry, (uint64_t)(uintptr_t)block,
				 (uint64_t)(uintptr_t)block, base);
}

int helion_thread_run(struct helion_thread *thread, void (*function)(void *argument), void *argument)
{
	int error = helion_thread_create(thread);

	if (error < 0)
		return error;
	error = helion_thread_start(thread, function, argument);
	if (error < 0)
		helion_thread_destroy(thread);
	return error;
}

int helion_thread_join(struct helion_thread *thread, uint64_t *ret_value)
{
	struct waiter self = {.wake = helion_self.wake_event};
	uintptr_t expected = RUNNING;
	struct helion_task_info info;
	int error;

	error = helion_task_info(thread->task, &info);
	if (error < 0)
		return error;
	if (info.state == HELION_TASK_FAULTED)
		return -HELION_ERR_STATE;
	if (atomic_compare_exchange_strong_explicit(&thread->block->join, &expected, (uintptr_t)&self,
						    memory_order_acq_rel, memory_order_acquire))
		helion_park(HELION_WAKE_EVENT);
	else if (expected != ENDED)
		return expected > ENDED ? -HELION_ERR_BUSY : -HELION_ERR_STATE;
	if (ret_value != NULL)
		*ret_value = thread->block->value;
	return helion_thread_destroy(thread);
}

int helion_thread_wait(const struct helion_thread *thread, uint64_t ns, struct helion_task_info *ret)
{
	struct helion_system_info now;
	uint64_t deadline = 0;
	int error;

	for (;;) {
		error = helion_task_info(thread->task, ret);
		if (error < 0)
			return error;
		if (ret->state != HELION_TASK_NEW && ret->state != HELION_TASK_READY)
			return 0;
		error = helion_system_info(helion_process.system, &now);
		if (error < 0)
			return error;
		if (deadline == 0)
			deadline = ns < UINT64_MAX - now.time ? now.time + ns : UINT64_MAX;
		if (now.time > deadline)
			return 0;
		helion_yield();
	}
}
