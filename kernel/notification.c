/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/notification.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/invoke.h"
#include "kernel/lock.h"
#include "kernel/poll.h"
#include "kernel/task.h"
#include "kernel/wait.h"

void notification_init(struct object *object)
{
	struct notification *notification = (struct notification *)object;

	notification->lock = (struct spinlock)SPINLOCK_INIT(LOCK_OBJECT);
	notification->pending = 0;
	list_init(&notification->waiters);
	pollers_init(&notification->pollers);
	notification->bound = NULL;
}

bool notification_destroy(struct object *object)
{
	struct notification *notification = (struct notification *)object;

	if (!wait_end_some(&notification->waiters, REAP_STEP, HELION_ERR_GONE))
		return false;
	poll_gone(&notification->pollers);
	return true;
}

bool notification_take(struct notification *notification, uint64_t *ret_badges)
{
	*ret_badges = notification->pending;
	notification->pending = 0;
	return *ret_badges != 0;
}

void notification_give(struct task *task, uint64_t badges)
{
	trapframe_set_info(&task->regs, HELION_INFO(HELION_LABEL_SIGNALS, 0, 0));
	trapframe_set_badge(&task->regs, badges);
	trapframe_set_status(&task->regs, 0);
}

void notification_signal(struct notification *notification, uint64_t badges)
{
	struct list_node *node = list_first(&notification->waiters);
	struct task *bound = notification->bound;

	kernel_assert_exclusive();
	badges |= notification->pending;
	notification->pending = 0;
	if (node) {
		struct task *task = list_entry(node, struct task, wait);

		notification_give(task, badges);
		wait_end(task, HELION_OK);
	} else if (bound && bound->wait_kind == WAIT_RECV) {
		notification_give(bound, badges);
		wait_end(bound, HELION_OK);
	} else {
		notification->pending = badges;
		poll_ready(&notification->pollers);
	}
}

void notification_wait(struct task *task, const struct cap *cap, bool may_wait)
{
	struct notification *notification = (struct notification *)cap->object;
	uint64_t badges;

	if (!(cap->rights & HELION_RIGHT_READ))
		trapframe_set_status(&task->regs, -HELION_ERR_RIGHTS);
	else if (notification_take(notification, &badges))
		notification_give(task, badges);
	else if (may_wait)
		wait_begin(task, WAIT_SIGNAL, &notification->waiters);
	else
		trapframe_set_status(&task->regs, -HELION_ERR_WOULD_BLOCK);
}

/* -- Kernel objects that signal ---------------------------------------------------- */

enum helion_error notification_bind(struct notification_binding *binding, const struct cap *notification,
				    uint64_t badge)
{
	if (notification->object->type != HELION_TYPE_NOTIFICATION)
		return HELION_ERR_TYPE;
	if (!(notification->rights & HELION_RIGHT_WRITE))
		return HELION_ERR_RIGHTS;
	if (badge == 0)
		return HELION_ERR_ARGUMENT;
	cap_clear(&binding->cap);
	cap_set(&binding->cap, notification->object, notification->rights, 0);
	binding->badge = badge;
	return HELION_OK;
}

void notification_binding_signal(const struct notification_binding *binding)
{
	if (binding->cap.object && !binding->cap.object->dying)
		notification_signal((struct notification *)binding->cap.object, binding->badge);
}

enum helion_error notification_invoke(struct invocation *inv)
{
	struct notification *notification = (struct notification *)inv->cap->object;

	if (inv->label != HELION_NOTIFICATION_INFO)
		return HELION_ERR_INVOCATION;
	inv->ret[0] = notification->pending;
	inv->ret[1] = !list_is_empty(&notification->waiters);
	return HELION_OK;
}
