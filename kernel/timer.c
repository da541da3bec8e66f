/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/timer.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/invoke.h"
#include "kernel/poll.h"

/* A shorter period would leave no time for anything else. */
#define PERIOD_MIN_NS 100000ull

void timer_init(struct object *object)
{
	struct timer *timer = (struct timer *)object;

	deadline_init(&timer->deadline);
	timer->period = timer->expirations = 0;
	notification_binding_init(&timer->binding);
	pollers_init(&timer->pollers);
}

bool timer_destroy(struct object *object)
{
	struct timer *timer = (struct timer *)object;

	if (tree_contains(&timer->deadline.node))
		deadline_cancel(&timer->deadline);
	cap_clear(&timer->binding.cap);
	poll_gone(&timer->pollers);
	return true;
}

static void reached(struct deadline *deadline)
{
	struct timer *timer = list_entry(deadline, struct timer, deadline);
	uint64_t now = arch_timer_now(), when = deadline->node.key;

	timer->expirations++;
	if (timer->period) {
		/* What was missed is counted, not made up for. */
		uint64_t missed = (now - when) / timer->period;

		timer->expirations += missed;
		deadline_set(deadline, when + (missed + 1) * timer->period, reached);
	}
	notification_binding_signal(&timer->binding);
	poll_ready(&timer->pollers);
}

enum helion_error timer_invoke(struct invocation *inv)
{
	struct timer *timer = (struct timer *)inv->cap->object;

	switch (inv->label) {
	case HELION_TIMER_INFO:
		inv->ret[0] = tree_contains(&timer->deadline.node) ? timer->deadline.node.key : 0;
		inv->ret[1] = timer->expirations;
		timer->expirations = 0;
		return HELION_OK;
	case HELION_TIMER_BIND: return notification_bind(&timer->binding, inv->caps[0], inv->words[0]);
	case HELION_TIMER_SET:
		if ((inv->words[1] && inv->words[1] < PERIOD_MIN_NS) || inv->words[1] > INT64_MAX ||
		    inv->words[0] > INT64_MAX)
			return HELION_ERR_ARGUMENT;
		timer->period = inv->words[1];
		deadline_set(&timer->deadline, inv->words[0], reached);
		return HELION_OK;
	case HELION_TIMER_CANCEL:
		timer->period = 0;
		deadline_cancel(&timer->deadline);
		return HELION_OK;
	default: return HELION_ERR_INVOCATION;
	}
}
