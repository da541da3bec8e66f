/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/cspace.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/invoke.h"
#include "kernel/memory.h"
#include "kernel/task.h"
#include "kernel/vm.h"
#include "lib/string.h"

static uint64_t storage_pages(uint64_t slots)
{
	return (slots * sizeof(struct cap) + HELION_PAGE_SIZE - 1) / HELION_PAGE_SIZE;
}

static void push_free(struct cspace *cspace, struct cap *cap)
{
	list_push_front(&cspace->free, &cap->link);
	cspace->free_count++;
}

static struct cap *pop_free(struct cspace *cspace)
{
	cspace->free_count--;
	return list_entry(list_pop_front(&cspace->free), struct cap, link);
}

enum helion_error cspace_create(struct memory *memory, uint64_t slots, struct object **ret)
{
	struct cspace *cspace;
	uint64_t phys;

	if (slots < CSPACE_SLOTS_MIN || slots > CSPACE_SLOTS_MAX || (slots & (slots - 1)))
		return HELION_ERR_ARGUMENT;
	cspace = memory_alloc_object(memory, sizeof(*cspace), HELION_TYPE_CSPACE);
	if (!cspace)
		return HELION_ERR_MEMORY;
	phys = memory_alloc_pages(memory, storage_pages(slots), 0);
	if (!phys) {
		memory_free_object(&cspace->object);
		return HELION_ERR_MEMORY;
	}
	cspace->slots = vm_direct(phys);
	cspace->count = (uint32_t)slots;
	memset(cspace->slots, 0, slots * sizeof(struct cap));
	list_init(&cspace->free);
	for (uint64_t i = slots - 1; i > 0; i--) {
		cspace->slots[i].holder = cspace;
		cspace->slots[i].holder_kind = CAP_IN_CSPACE;
		push_free(cspace, &cspace->slots[i]);
	}
	*ret = &cspace->object;
	return HELION_OK;
}

void cspace_destroy(struct object *object)
{
	struct cspace *cspace = (struct cspace *)object;

	for (uint32_t i = 1; i < cspace->count; i++)
		cap_clear(&cspace->slots[i]);
	memory_free_pages(object->memory, vm_direct_phys(cspace->slots), storage_pages(cspace->count));
	memory_free_object(object);
}

struct cap *cspace_lookup(const struct cspace *cspace, uint64_t slot)
{
	if (slot == 0 || slot >= cspace->count || !cspace->slots[slot].object)
		return NULL;
	return &cspace->slots[slot];
}

uint64_t cspace_insert(struct cspace *cspace, struct object *object, uint8_t rights, uint64_t badge)
{
	struct cap *cap = pop_free(cspace);

	cap_set(cap, object, rights, badge);
	return (uint64_t)(cap - cspace->slots);
}

void cspace_delete(struct cspace *cspace, struct cap *cap)
{
	cap_clear(cap);
	push_free(cspace, cap);
}

void cspace_cap_lost(struct cap *cap)
{
	push_free(cap->holder, cap);
}

static enum helion_error move(struct cspace *cspace, uint64_t from, uint64_t to)
{
	struct cap *source = cspace_lookup(cspace, from);
	struct cap *target;

	if (!source)
		return HELION_ERR_CAP;
	if (to == 0 || to >= cspace->count)
		return HELION_ERR_ARGUMENT;
	target = &cspace->slots[to];
	if (target->object)
		return HELION_ERR_OCCUPIED;
	list_remove(&target->link);
	cspace->free_count--;
	cap_set(target, source->object, source->rights, source->badge);
	cspace_delete(cspace, source);
	return HELION_OK;
}

/* Slot, rights and badge are the invocation's words. */
static enum helion_error copy(struct invocation *inv, const struct cspace *from, struct cspace *to)
{
	const struct cap *cap = cspace_lookup(from, inv->words[0]);
	uint64_t rights = inv->words[1], badge = inv->words[2];

	if (!cap)
		return HELION_ERR_CAP;
	if (rights & ~(uint64_t)cap->rights)
		return HELION_ERR_RIGHTS;
	if (badge && cap->badge && badge != cap->badge)
		return HELION_ERR_ARGUMENT;
	if (!cspace_has_free(to))
		return HELION_ERR_SLOTS;
	inv->ret[0] = cspace_insert(to, cap->object, (uint8_t)rights, badge ? badge : cap->badge);
	return HELION_OK;
}

enum helion_error cspace_invoke(struct invocation *inv)
{
	struct cspace *cspace = (struct cspace *)inv->cap->object;
	struct cap *cap;

	switch (inv->label) {
	case HELION_CSPACE_INFO:
		inv->ret[0] = cspace->count;
		inv->ret[1] = cspace->free_count;
		return HELION_OK;
	case HELION_CSPACE_COPY: return copy(inv, cspace, cspace);
	case HELION_CSPACE_GRANT:
		if (inv->caps[0]->object->type != HELION_TYPE_CSPACE)
			return HELION_ERR_TYPE;
		if (!(inv->caps[0]->rights & HELION_RIGHT_WRITE))
			return HELION_ERR_RIGHTS;
		return copy(inv, cspace, (struct cspace *)inv->caps[0]->object);
	case HELION_CSPACE_MOVE: return move(cspace, inv->words[0], inv->words[1]);
	case HELION_CSPACE_DELETE:
		cap = cspace_lookup(cspace, inv->words[0]);
		if (!cap)
			return HELION_ERR_CAP;
		cspace_delete(cspace, cap);
		return HELION_OK;
	case HELION_CSPACE_DESTROY:
		cap = cspace_lookup(cspace, inv->words[0]);
		if (!cap)
			return HELION_ERR_CAP;
		if (!(cap->rights & HELION_RIGHT_DESTROY))
			return HELION_ERR_RIGHTS;
		if (cap->object->permanent)
			return HELION_ERR_BUSY;
		object_destroy(cap->object);
		return HELION_OK;
	case HELION_CSPACE_STORE_REPLY:
		if (!inv->task->reply.object)
			return HELION_ERR_MISSING;
		if (!cspace_has_free(cspace))
			return HELION_ERR_SLOTS;
		inv->ret[0] = cspace_insert(cspace, inv->task->reply.object, HELION_RIGHT_ALL, 0);
		cap_clear(&inv->task->reply);
		return HELION_OK;
	default: return HELION_ERR_INVOCATION;
	}
}
