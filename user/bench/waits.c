/* SPDX-License-Identifier: BSD-2-Clause */
/* Polls and timers. */
#include "user/bench/bench.h"

/* The last of the objects is ready, so that all are looked at and the task does not wait. */
static void bench_poll(const char *name, size_t count)
{
	struct helion_ipc_buffer *buffer = helion_process.ipc_buffer;
	uint64_t notifications[HELION_POLL_MAX];

	if (!bench_wanted(name))
		return;
	for (size_t i = 0; i < count; i++)
		notifications[i] = bench_create(HELION_TYPE_NOTIFICATION, 0);
	MUST(helion_signal(notifications[count - 1]));
	BENCH(name, for (size_t i = 0; i < count; i++) buffer->words[i] = notifications[i];
	      , arch_syscall_short(HELION_SYS_POLL, count, 0), );
	for (size_t i = 0; i < count; i++)
		bench_delete(notifications[i]);
}

/* Set to a time that has come, so that it interrupts at once. Until the task has the signal. */
static int64_t fire(uint64_t timer, uint64_t notification)
{
	int64_t status = helion_timer_set(timer, 1, 0);

	return status | arch_syscall_short(HELION_SYS_WAIT, notification, 0);
}

static void bench_timer(void)
{
	uint64_t timer, notification;

	if (!bench_wanted("timer-set") && !bench_wanted("timer-cancel") && !bench_wanted("timer-fire"))
		return;
	timer = bench_create(HELION_TYPE_TIMER, 0);
	notification = bench_create(HELION_TYPE_NOTIFICATION, 0);
	MUST(helion_timer_bind(timer, notification, 1));
	BENCH("timer-set", , helion_timer_set(timer, UINT64_MAX / 4, 0), MUST(helion_timer_cancel(timer)));
	BENCH("timer-cancel", MUST(helion_timer_set(timer, UINT64_MAX / 4, 0)), helion_timer_cancel(timer), );
	BENCH("timer-fire", , fire(timer, notification), );
	bench_delete(timer);
	bench_delete(notification);
}

void bench_waits(void)
{
	bench_poll("poll-1", 1);
	bench_poll("poll-8", 8);
	bench_poll("poll-32", 32);
	bench_timer();
}
