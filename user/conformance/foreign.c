/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/conformance/foreign.h"

#include "user/conformance/conformance.h"

void attach_window_to(uint64_t vspace, uint64_t window)
{
	int error;

	/* The runner may be looking at this test on another CPU. */
	while ((error = helion_vspace_attach_window(vspace, window)) == -HELION_ERR_BUSY)
		helion_yield();
	CHECK_CALL(error);
}

uint64_t attach_window(void)
{
	uint64_t window = make(HELION_TYPE_VSPACE);

	attach_window_to(world.vspace, window);
	return window;
}

uint64_t window_address(void)
{
	struct helion_vspace_info info = {0};

	CHECK_CALL(helion_vspace_info(world.vspace, &info));
	return info.window;
}

void host_create(struct host *host, uint64_t task, void (*entry)(void), void *stack_top)
{
	host->task = task;
	host->shared = map_new(HELION_PAGE_SIZE, &host->pages);
	CHECK_CALL(helion_task_set_restricted(task, host->pages, (uint64_t)(uintptr_t)entry,
					      (uint64_t)(uintptr_t)stack_top));
}

void host_load(struct host *host, const void *code, uint64_t argument)
{
	struct helion_registers *registers = &host->shared->registers;

	*registers = (struct helion_registers){0};
	registers->FOREIGN_PC = (uint64_t)(uintptr_t)code;
	registers->FOREIGN_ARGUMENT = argument;
}

void host_run(struct host *host, uint64_t reason)
{
	int64_t status = helion_task_enter_restricted(host->task);

	CHECK_CALL((int)status);
	CHECK_EQUAL(status, reason);
}
