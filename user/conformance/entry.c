/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/conformance/entry.h"

#include <arch/paging.h>

uint64_t entry_user_top(void)
{
	struct helion_vspace_info info = {0};
	unsigned levels = 3;

	CHECK_CALL(helion_vspace_info(world.vspace, &info));
	while (ARCH_USER_TOP(levels) < info.window)
		levels++;
	return ARCH_USER_TOP(levels);
}

uint64_t entry_bad_address(unsigned i)
{
	const uint64_t top = entry_user_top(),
		       addresses[] = {top, top + 1, ~top, ~top + 1, 1ull << 63, ~0ull, top | 0x1000};

	return i < sizeof(addresses) / sizeof(addresses[0]) ? addresses[i] : 0;
}

static uint64_t count_of(const struct partner *partner)
{
	return __atomic_load_n(&partner->a, __ATOMIC_RELAXED);
}

void entry_stop(struct partner *partner, void (*function)(struct partner *), struct helion_registers *ret)
{
	partner_create(partner);
	partner_start(partner, function);
	EVENTUALLY(count_of(partner) > 0);
	CHECK_CALL(helion_task_stop(partner->task));
	CHECK_CALL(helion_task_read_registers(partner->task, ret));
}

void entry_go_on(struct partner *partner)
{
	uint64_t count = count_of(partner);

	CHECK_CALL(helion_task_resume(partner->task));
	EVENTUALLY(count_of(partner) > count);
	CHECK_CALL(helion_task_stop(partner->task));
}

static uint64_t scratch[8];

uint64_t entry_fault_of(const struct entry_code *code)
{
	uint64_t pages = make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE), task = make(HELION_TYPE_TASK);
	uint64_t buffer = make_sized(HELION_TYPE_PAGES, HELION_PAGE_SIZE);
	char *page = map(pages, HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_WRITE);
	struct helion_task_info info = {0};
	void *text;

	memcpy(page, code->code, code->size);
	text = map(pages, HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_EXEC);
	CHECK_CALL(helion_task_configure(task, world.cspace, world.vspace, buffer));
	CHECK_CALL(helion_task_start(task, (uint64_t)(uintptr_t)text, (uint64_t)(uintptr_t)(scratch + 8),
				     (uint64_t)(uintptr_t)scratch, 0));
	EVENTUALLY((helion_task_info(task, &info), info.state) == HELION_TASK_FAULTED);
	delete (task);
	unmap(text, HELION_PAGE_SIZE);
	unmap(page, HELION_PAGE_SIZE);
	delete (buffer);
	delete (pages);
	return info.fault;
}

void entry_faults(const struct entry_code *codes, size_t count, uint64_t kind)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t fault = entry_fault_of(&codes[i]);

		if (fault != kind)
			test_fail(__FILE__, __LINE__, "instruction %u gives fault %u", (unsigned)i, (unsigned)fault);
	}
}
