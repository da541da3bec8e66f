/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/object.h"

#include "kernel/lock.h"
#include "kernel/log.h"

#define REAP_BUDGET 1024u

struct list_node object_dead = LIST_INITIALISER(object_dead);

static bool (*const destroy[HELION_TYPE_COUNT])(struct object *) = {
	[HELION_TYPE_MEMORY] = memory_destroy,
	[HELION_TYPE_PAGES] = pages_destroy,
	[HELION_TYPE_CSPACE] = cspace_destroy,
	[HELION_TYPE_VSPACE] = vspace_destroy,
	[HELION_TYPE_TASK] = task_destroy,
	[HELION_TYPE_IOPORT] = ioport_destroy,
	[HELION_TYPE_ENDPOINT] = endpoint_destroy,
	[HELION_TYPE_NOTIFICATION] = notification_destroy,
	[HELION_TYPE_REPLY] = reply_destroy,
	[HELION_TYPE_TIMER] = timer_destroy,
	[HELION_TYPE_IRQ_HANDLER] = irq_handler_destroy,
};

void object_init(struct object *object, enum helion_type type)
{
	object->type = (uint8_t)type;
	object->dying = object->permanent = false;
	object->cap_count = 0;
	object->memory = NULL;
	list_init(&object->caps);
}

void object_kill(struct object *object)
{
	if (object->permanent || object->dying)
		return;
	object->dying = true;
	if (object->memory)
		list_remove(&object->siblings);
	list_push_back(&object_dead, &object->siblings);
}

/* -- Capabilities ------------------------------------------------------------ */

void cap_init(struct cap *cap, enum cap_holder kind, void *holder)
{
	*cap = (struct cap){.holder = holder, .holder_kind = (uint8_t)kind};
	list_init(&cap->link);
}

void cap_set(struct cap *cap, struct object *object, uint8_t rights, uint64_t badge)
{
	kernel_assert_exclusive();
	cap->object = object;
	cap->type = object->type;
	cap->rights = rights;
	cap->badge = badge;
	object->cap_count++;
	list_push_back(&object->caps, &cap->link);
}

void cap_clear(struct cap *cap)
{
	struct object *object = cap->object;

	kernel_assert_exclusive();
	if (!object)
		return;
	cap->object = NULL;
	cap->type = HELION_TYPE_NULL;
	list_remove(&cap->link);
	if (--object->cap_count == 0)
		object_kill(object);
}

/* One capability to an object that dies goes, and its holder hears of it. False when that takes more steps. */
static bool lose(struct cap *cap)
{
	switch (cap->holder_kind) {
	case CAP_IN_MAPPING: return mapping_cap_lost(cap);
	case CAP_IN_CURSOR: revoke_cap_lost(cap); return true;
	case CAP_IN_WINDOW: window_lost(cap); return true;
	default: cap_clear(cap);
	}
	switch (cap->holder_kind) {
	case CAP_IN_CSPACE: cspace_cap_lost(cap); break;
	case CAP_IN_TASK: task_cap_lost(cap); break;
	default: break;
	}
	return true;
}

/* -- The reaper -------------------------------------------------------------- */

/* The next part of burying an object. True when it is gone from the list, buried or to be queued again later. */
static bool bury(struct object *object)
{
	struct list_node *node;

	for (unsigned i = 0; i < REAP_STEP && object_budget && (node = list_first(&object->caps)); i++)
		if (!lose(list_entry(node, struct cap, link)))
			return false;
	return list_is_empty(&object->caps) && destroy[object->type](object);
}

bool object_orphans;
unsigned object_budget;

bool object_reap(unsigned steps)
{
	struct list_node *node;

	kernel_assert_exclusive();
	object_budget = REAP_BUDGET;
	while ((node = list_first(&object_dead)) && steps-- > 0 && object_budget)
		bury(list_entry(node, struct object, siblings));
	return node;
}

void object_park(struct object *object)
{
	list_remove(&object->siblings);
}

void object_requeue(struct object *object)
{
	list_push_back(&object_dead, &object->siblings);
}
