/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/thread.h"

#include "user/lib/arch.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"

_Noreturn void helion_thread_main(struct helion_thread *thread);

_Noreturn void helion_thread_main(struct helion_thread *thread)
{
	struct helion_ipc_buffer *buffer = thread->ipc.address;

	thread->function(thread->argument);
	for (;;)
		helion_call_with(buffer, thread->task, HELION_TASK_STOP, NULL, 0, NULL, 0, NULL, 0);
}

int helion_thread_create(struct helion_thread *thread)
{
	int error;

	*thread = (struct helion_thread){0};
	error = helion_pages_map_new(HELION_THREAD_STACK, &thread->stack);
	if (error < 0)
		return error;
	error = helion_pages_map_new(HELION_PAGE_SIZE, &thread->ipc);
	if (error < 0)
		goto release_stack;
	error = helion_memory_create(helion_process.memory, HELION_TYPE_TASK, 0, 0, &thread->task);
	if (error < 0)
		goto release_ipc;
	error = helion_task_configure(thread->task, helion_process.cspace, helion_process.vspace, thread->ipc.pages);
	if (error < 0)
		goto delete_task;
	return 0;

delete_task:
	helion_cspace_delete(helion_process.cspace, thread->task);
release_ipc:
	helion_pages_release(&thread->ipc);
release_stack:
	helion_pages_release(&thread->stack);
	return error;
}

int helion_thread_start(struct helion_thread *thread, void (*function)(void *argument), void *argument)
{
	uint64_t stack_top = (uint64_t)(uintptr_t)thread->stack.address + thread->stack.size;

	thread->function = function;
	thread->argument = argument;
	return helion_task_start(thread->task, (uint64_t)(uintptr_t)helion_thread_entry, stack_top,
				 (uint64_t)(uintptr_t)thread, 0);
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
			deadline = now.time + ns;
		if (now.time > deadline)
			return 0;
		helion_yield();
	}
}

int helion_thread_destroy(struct helion_thread *thread)
{
	int error, first = 0;

	error = helion_task_stop(thread->task);
	/* It may have stopped already. */
	if (error < 0 && error != -HELION_ERR_STATE)
		first = error;
	error = helion_cspace_delete(helion_process.cspace, thread->task);
	if (first == 0)
		first = error;
	error = helion_pages_release(&thread->ipc);
	if (first == 0)
		first = error;
	error = helion_pages_release(&thread->stack);
	return first != 0 ? first : error;
}
