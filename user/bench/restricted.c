/* SPDX-License-Identifier: BSD-2-Clause */
/* Restricted mode: what a foreign system call costs, without what is done for it. */
#include <arch/foreign.h>

#include <helion/restricted.h>

#include "user/bench/bench.h"

/* From the host's invocation into the foreign code, which makes a system call, and back in the host. */
void bench_restricted(void)
{
	uint64_t vspace = helion_process.vspace, task = helion_process.task, window, pages;
	struct helion_restricted *shared;
	struct vm_mapping at;

	if (!bench_wanted("restricted"))
		return;
	window = bench_create(HELION_TYPE_VSPACE, 0);
	pages = bench_create(HELION_TYPE_PAGES, HELION_PAGE_SIZE);
	MUST(helion_pages_map(pages, 0, HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_WRITE, &at));
	MUST(helion_vspace_attach_window(vspace, window));
	MUST(helion_task_set_restricted(task, pages, 0, 0));
	shared = at.address;
	shared->registers.FOREIGN_PC = (uint64_t)(uintptr_t)arch_foreign_syscall;
	BENCH("restricted", , helion_task_enter_restricted(task) - HELION_RESTRICTED_SYSCALL, );
	MUST(helion_vspace_detach_window(vspace));
	bench_delete(window);
}
