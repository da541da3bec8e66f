/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/revoke.h"

#include "kernel/cspace.h"
#include "kernel/invoke.h"
#include "kernel/task.h"

/* The cursor is on the list but counts for nothing: it names the object without keeping it alive. */
static void begin(struct task *task, struct object *object)
{
	struct cap *cursor = &task->cursor;

	cursor->object = object;
	list_push_front(&object->caps, &cursor->link);
}

void revoke_cancel(struct task *task)
{
	task->cursor.object = NULL;
	list_remove(&task->cursor.link);
}

/* The object dies. */
void revoke_cap_lost(struct cap *cap)
{
	revoke_cancel(cap->holder);
}

/* Moves the cursor behind the capability that follows it. */
static void advance(struct cap *cursor)
{
	struct list_node *next = cursor->link.next;

	list_remove(&cursor->link);
	list_insert_after(next, &cursor->link);
}

enum helion_error revoke(struct task *task, struct object *object, uint64_t badge)
{
	struct cap *cursor = &task->cursor;

	if (cursor->object != object) {
		revoke_cancel(task);
		begin(task, object);
	}
	for (unsigned i = 0; i < 4 * REAP_STEP; i++) {
		struct list_node *next = cursor->link.next;
		struct cap *cap = list_entry(next, struct cap, link);

		if (next == &object->caps) {
			revoke_cancel(task);
			return HELION_OK;
		}
		if (cap->holder_kind == CAP_IN_CSPACE && cap->badge == badge)
			cspace_delete(cap->holder, cap);
		else
			advance(cursor);
		/* That was the last: the rest is the reaper's. */
		if (object->dying) {
			revoke_cancel(task);
			return HELION_OK;
		}
	}
	return HELION_RESTART;
}
