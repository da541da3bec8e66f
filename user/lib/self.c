/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/self.h"

#include "user/lib/invoke.h"
#include "user/lib/ipc.h"
#include "user/lib/start.h"
#include "user/lib/syscall.h"

_Thread_local struct helion_self helion_self;

void helion_park(enum helion_wake wake)
{
	uint64_t badges;
	int error;

	while (!(helion_self.pending & wake)) {
		error = helion_wait(helion_self.wake_lock, &badges);
		/* GONE: somebody stopped this task while it waited, and let it run on. */
		if (error < 0 && error != -HELION_ERR_GONE)
			helion_panic("a thread cannot sleep: %s", helion_strerror(error));
		if (error == 0)
			helion_self.pending |= badges;
	}
	helion_self.pending &= ~(uint64_t)wake;
}

void helion_unpark(uint64_t slot)
{
	int error = helion_signal(slot);

	if (error < 0)
		helion_panic("a thread cannot be woken: %s", helion_strerror(error));
}

bool helion_park_until(uint64_t deadline)
{
	uint64_t ready;
	int error;

	if (!(helion_self.pending & HELION_WAKE_EVENT)) {
		do
			error = helion_poll(helion_self.ipc_buffer, &helion_self.wake_lock, 1, deadline, &ready);
		while (error == -HELION_ERR_GONE);
		if (error == -HELION_ERR_TIMEOUT)
			return false;
		if (error < 0)
			helion_panic("a thread cannot sleep: %s", helion_strerror(error));
	}
	helion_park(HELION_WAKE_EVENT);
	return true;
}

int helion_wake_create(uint64_t *ret_lock, uint64_t *ret_event)
{
	uint64_t lock;
	int error = helion_memory_create(helion_process.memory, HELION_TYPE_NOTIFICATION, 0, 0, &lock);

	if (error < 0)
		return error;
	error = helion_cspace_copy(helion_process.cspace, lock, HELION_RIGHT_WRITE, HELION_WAKE_EVENT, ret_event);
	if (error < 0)
		helion_cspace_delete(helion_process.cspace, lock);
	else
		*ret_lock = lock;
	return error;
}

int helion_wake_delete(uint64_t lock, uint64_t event)
{
	int first = helion_cspace_delete(helion_process.cspace, event);
	int second = helion_cspace_delete(helion_process.cspace, lock);

	return first < 0 ? first : second;
}
