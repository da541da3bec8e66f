/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/cspace.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/invoke.h"
#include "kernel/memory.h"
#include "kernel/revoke.h"
#include "kernel/task.h"
#include "kernel/vm.h"

static uint64_t storage_pages(uint64_t slots)
{
	return (slots * sizeof(struct cap) + HELION_PAGE_SIZE - 1) / HELION_PAGE_SIZE;
}

static void push_free(struct cspace *cspace, struct cap *cap)
{
	list_push_front(&cspace->free, &cap->link);
	cspace->free_count++;
}

/* The first slot that was never used becomes an empty one like others, on no list. */
static struct cap *grow(struct cspace *cspace)
{
	struct cap *cap = &cspace->slots[cspace->used];

	cap_init(cap, CAP_IN_CSPACE, cspace);
	cap->slot = cspace->used++;
	return cap;
}

/* On no list, and for cap_set() only: it does not link to itself. */
static struct cap *pop_free(struct cspace *cspace)
{
	struct list_node *node = cspace->free.next;

	cspace->free_count--;
	if (__builtin_expect(node == &cspace->free, 0))
		return grow(cspace);
	list_unlink(node);
	return list_entry(node, struct cap, link);
}

enum helion_error cspace_create(struct memory *memory, uint64_t slots, struct object **ret)
{
	enum helion_error error;
	struct cspace *cspace;
	uint64_t phys;

	if (slots < CSPACE_SLOTS_MIN || slots > CSPACE_SLOTS_MAX || (slots & (slots - 1)))
		return HELION_ERR_ARGUMENT;
	error = memory_alloc_both(memory, MEMORY_CLASS(sizeof(*cspace)), HELION_TYPE_CSPACE, storage_pages(slots), 0,
				  ret, &phys);
	if (error)
		return error;
	cspace = (struct cspace *)*ret;
	cspace->slots = vm_direct(phys);
	cspace->count = (uint32_t)slots;
	cspace->used = 1;
	cap_init(&cspace->slots[0], CAP_IN_CSPACE, cspace);
	cspace->free_count = cspace->count - 1;
	list_init(&cspace->free);
	return HELION_OK;
}

bool cspace_destroy(struct object *object)
{
	struct cspace *cspace = (struct cspace *)object;

	for (unsigned i = 0; i < 4 * REAP_STEP && cspace->used > 1; i++)
		cap_clear(&cspace->slots[--cspace->used]);
	if (cspace->used > 1)
		return false;
	memory_free_pages(object->memory, vm_direct_phys(cspace->slots), storage_pages(cspace->count));
	return true;
}

uint64_t cspace_insert(struct cspace *cspace, struct object *object, uint8_t rights, uint64_t badge)
{
	struct cap *cap = pop_free(cspace);

	cap_set(cap, object, rights, badge);
	return cap->slot;
}

static inline __attribute__((always_inline)) void delete (struct cspace *cspace, struct cap *cap)
{
	cap_clear(cap);
	push_free(cspace, cap);
}

void cspace_delete(struct cspace *cspace, struct cap *cap)
{
	delete (cspace, cap);
}

static enum helion_error invoke_delete(struct cspace *cspace, uint64_t slot)
{
	struct cap *cap = cspace_lookup(cspace, slot);

	if (!cap)
		return HELION_ERR_CAP;
	delete (cspace, cap);
	return HELION_OK;
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
	for (unsigned i = 0; cspace->used <= to; i++) {
		if (i == 4 * REAP_STEP)
			return HELION_RESTART;
		list_push_back(&cspace->free, &grow(cspace)->link);
	}
	target = &cspace->slots[to];
	if (target->object)
		return HELION_ERR_OCCUPIED;
	list_unlink(&target->link);
	cspace->free_count--;
	cap_set(target, source->object, source->rights, source->badge);
	cspace_delete(cspace, source);
	return HELION_OK;
}

/* Slot, rights and badge are the invocation's words. */
static enum helion_error copy(struct invocation *inv, const struct cspace *from, struct cspace *to)
{
	const uint64_t *words = inv->words;
	const struct cap *cap = cspace_lookup(from, words[0]);

	if (!cap)
		return HELION_ERR_CAP;
	/* There is one right to answer a call. */
	if (cap->type == HELION_TYPE_REPLY)
		return HELION_ERR_TYPE;
	if (words[1] & ~(uint64_t)cap->rights)
		return HELION_ERR_RIGHTS;
	if (words[2] && cap->badge && words[2] != cap->badge)
		return HELION_ERR_ARGUMENT;
	if (!cspace_has_free(to))
		return HELION_ERR_SLOTS;
	inv->ret[0] = cspace_insert(to, cap->object, (uint8_t)words[1], words[2] ? words[2] : cap->badge);
	return HELION_OK;
}

/* For what ends an object or its capabilities everywhere. */
static enum helion_error find_destroyable(struct cspace *cspace, uint64_t slot, struct object **ret)
{
	struct cap *cap = cspace_lookup(cspace, slot);

	if (!cap)
		return HELION_ERR_CAP;
	if (!(cap->rights & HELION_RIGHT_DESTROY))
		return HELION_ERR_RIGHTS;
	*ret = cap->object;
	return HELION_OK;
}

static enum helion_error destroy(struct cspace *cspace, uint64_t slot)
{
	struct object *object;
	enum helion_error error = find_destroyable(cspace, slot, &object);

	if (error)
		return error;
	if (object->permanent)
		return HELION_ERR_BUSY;
	if (object->type == HELION_TYPE_REPLY) {
		cspace_delete(cspace, cspace_lookup(cspace, slot));
		return HELION_OK;
	}
	object_kill(object);
	return HELION_OK;
}

static enum helion_error revoke_badge(struct invocation *inv, struct cspace *cspace)
{
	struct object *object;
	enum helion_error error = find_destroyable(cspace, inv->words[0], &object);

	if (error)
		return error;
	/* Without one there is nothing to tell delegations by. */
	if (inv->words[1] == 0)
		return HELION_ERR_ARGUMENT;
	return revoke(inv->task, object, inv->words[1]);
}

static enum helion_error store_reply(struct invocation *inv, struct cspace *cspace)
{
	struct task *server = inv->task, *caller = server->client;

	if (!caller)
		return HELION_ERR_MISSING;
	if (!cspace_has_free(cspace))
		return HELION_ERR_SLOTS;
	inv->ret[0] = cspace_insert(cspace, &caller->reply_object, HELION_RIGHT_ALL, 0);
	caller->server = server->client = NULL;
	return HELION_OK;
}

enum helion_error cspace_invoke(struct invocation *inv)
{
	struct cspace *cspace = (struct cspace *)inv->cap->object;

	if (__builtin_expect(inv->label == HELION_CSPACE_DELETE, 1))
		return invoke_delete(cspace, inv->words[0]);
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
	case HELION_CSPACE_DESTROY: return destroy(cspace, inv->words[0]);
	case HELION_CSPACE_STORE_REPLY: return store_reply(inv, cspace);
	case HELION_CSPACE_REVOKE: return revoke_badge(inv, cspace);
	default: return HELION_ERR_INVOCATION;
	}
}
