/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/object.h"

#include "kernel/log.h"

struct spinlock object_lock = SPINLOCK_INIT(LOCK_OBJECTS);

/* Objects that died and are not buried yet. Guarded by object_lock. */
static struct list_node dead = LIST_INITIALISER(dead);

static void (*const destroy[HELION_TYPE_COUNT])(struct object *) = {
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

static void (*const lost[])(struct cap *) = {
	[CAP_IN_CSPACE] = cspace_cap_lost,
	[CAP_IN_TASK] = task_cap_lost,
	[CAP_IN_MAPPING] = mapping_cap_lost,
	[CAP_IN_BINDING] = binding_cap_lost,
};

void object_init(struct object *object, enum helion_type type)
{
	object->type = (uint8_t)type;
	object->dying = false;
	list_init(&object->caps);
}

static void die(struct object *object)
{
	if (object->permanent || object->dying)
		return;
	object->dying = true;
	if (object->memory)
		list_remove(&object->siblings);
	list_push_back(&dead, &object->siblings);
}

void cap_set(struct cap *cap, struct object *object, uint8_t rights, uint64_t badge)
{
	spin_assert_held(&object_lock);
	cap->object = object;
	cap->rights = rights;
	cap->badge = badge;
	list_push_back(&object->caps, &cap->link);
}

void cap_clear(struct cap *cap)
{
	struct object *object = cap->object;

	spin_assert_held(&object_lock);
	if (!object)
		return;
	cap->object = NULL;
	list_remove(&cap->link);
	if (list_is_empty(&object->caps))
		die(object);
}

void object_destroy(struct object *object)
{
	struct list_node *node;

	while ((node = list_first(&object->caps))) {
		struct cap *cap = list_entry(node, struct cap, link);

		cap_clear(cap);
		lost[cap->holder_kind](cap);
	}
	die(object);
}

void object_null(struct object *object)
{
	struct list_node *node;
	bool dying = object->dying;

	/* Marked as dying, so that its last capability does not put it on the list. */
	object->dying = true;
	while ((node = list_first(&object->caps))) {
		struct cap *cap = list_entry(node, struct cap, link);

		cap_clear(cap);
		lost[cap->holder_kind](cap);
	}
	object->dying = dying;
}

void object_forget(struct object *object)
{
	if (object->dying)
		list_remove(&object->siblings);
	object->dying = true;
	object_null(object);
}

void object_requeue(struct object *object)
{
	list_push_back(&dead, &object->siblings);
}

void object_reap(void)
{
	struct list_node *node;

	while ((node = list_pop_front(&dead))) {
		struct object *object = list_entry(node, struct object, siblings);

		destroy[object->type](object);
	}
}
