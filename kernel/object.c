/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/object.h"

#include "kernel/lock.h"
#include "kernel/log.h"
#include "kernel/memory.h"

struct list_node object_dead = LIST_INITIALISER(object_dead);

bool (*const object_destroy[HELION_TYPE_COUNT])(struct object *object) = {
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

void object_kill(struct object *object)
{
	if (object->permanent || object->dying)
		return;
	object->dying = true;
	list_unlink(&object->siblings);
	list_push_back(&object_dead, &object->siblings);
}

/* -- Capabilities ------------------------------------------------------------ */

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

/* Some of the capabilities to an object that dies go. True when there are none left. */
static __attribute__((noinline)) bool lose_some(struct object *object)
{
	struct list_node *node;

	for (unsigned i = 0; i < REAP_STEP && object_budget && (node = list_first(&object->caps)); i++)
		if (!lose(list_entry(node, struct cap, link)))
			return false;
	return list_is_empty(&object->caps);
}

bool object_orphans;
unsigned object_budget = REAP_BUDGET;

bool object_reap(unsigned steps)
{
	kernel_assert_exclusive();
	while (!list_is_empty(&object_dead) && steps-- > 0 && object_budget) {
		struct object *object = list_entry(object_dead.next, struct object, siblings);

		if ((list_is_empty(&object->caps) || lose_some(object)) && object_destroy[object->type](object))
			memory_free_object(object);
	}
	object_budget = REAP_BUDGET;
	return !list_is_empty(&object_dead);
}

void object_park(struct object *object)
{
	list_remove(&object->siblings);
}

void object_requeue(struct object *object)
{
	list_push_back(&object_dead, &object->siblings);
}
