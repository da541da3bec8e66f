/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/pages.h"

#include <helion/invocations.h>

#include "kernel/invoke.h"
#include "kernel/memory.h"
#include "kernel/vm.h"
#include "lib/string.h"

enum helion_error pages_create(struct memory *memory, uint64_t size, uint64_t align, struct object **ret)
{
	enum helion_error error;
	struct pages *pages;
	uint64_t phys;

	if (size == 0)
		return HELION_ERR_ARGUMENT;
	if (size % HELION_PAGE_SIZE)
		return HELION_ERR_ALIGNMENT;
	error = memory_alloc_both(memory, MEMORY_CLASS(sizeof(*pages)), HELION_TYPE_PAGES, size / HELION_PAGE_SIZE,
				  align, ret, &phys);
	if (error)
		return error;
	pages = (struct pages *)*ret;
	pages->phys = phys;
	pages->size = size;
	pages->kind = HELION_PAGES_RAM;
	pages->mappings = 0;
	return HELION_OK;
}

void pages_init_permanent(struct pages *pages, uint64_t phys, uint64_t size, uint32_t kind)
{
	object_init(&pages->object, HELION_TYPE_PAGES);
	pages->object.permanent = true;
	pages->phys = phys;
	pages->size = size;
	pages->kind = kind;
	pages->mappings = 0;
}

bool pages_destroy(struct object *object)
{
	struct pages *pages = (struct pages *)object;

	memory_free_pages(object->memory, pages->phys, pages->size / HELION_PAGE_SIZE);
	return true;
}

enum helion_error pages_invoke(struct invocation *inv)
{
	struct pages *pages = (struct pages *)inv->cap->object;

	switch (inv->label) {
	case HELION_PAGES_INFO:
		inv->ret[0] = pages->size;
		inv->ret[1] = pages->kind;
		inv->ret[2] = pages->mappings;
		return HELION_OK;
	case HELION_PAGES_PHYS: inv->ret[0] = pages->phys; return HELION_OK;
	default: return HELION_ERR_INVOCATION;
	}
}
