/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the library keeps for each thread, in its thread-local storage, and how a thread sleeps until another wakes it.
 */
#ifndef USER_LIB_SELF_H
#define USER_LIB_SELF_H

#include <stdbool.h>
#include <stdint.h>

#include <helion/abi.h>

struct thread_block;

/* What a thread sleeps for. It can be announced for one of each at a time: a mutex may be needed to withdraw from an event. */
enum helion_wake {
	HELION_WAKE_LOCK = 1, /* a mutex */
	HELION_WAKE_EVENT = 2 /* anything else */
};

struct helion_self {
	struct helion_ipc_buffer *ipc_buffer;
	struct thread_block *block; /* null in the first thread */
	/* Slots of its notification, 0 in the first thread until there is a second: signalled through the first it
	 * gets HELION_WAKE_LOCK, through the second HELION_WAKE_EVENT. */
	uint64_t wake_lock, wake_event;
	uint64_t pending; /* enum helion_wake: came while it waited for the other */
};

extern _Thread_local struct helion_self helion_self;

/* The IPC buffer of the calling thread. */
static inline struct helion_ipc_buffer *helion_ipc_buffer(void)
{
	return helion_self.ipc_buffer;
}

/*
 * A thread announces itself to others by a structure that has one of its slots in it, and then parks; whoever finds the
 * structure takes it from where it was announced and unparks the thread, exactly once. As nothing else
 * signals the notification, no wake-up is lost or too many.
 */
void helion_park(enum helion_wake wake);
void helion_unpark(uint64_t slot);

/* Parks for an event until `deadline`, in ns of the monotonic clock. False when it has come: a thread that cannot withdraw its
 * announcement then still has to park. */
bool helion_park_until(uint64_t deadline);

/* Makes such a notification from helion_process.memory, and gives it back. 0 or a negative enum helion_error. */
int helion_wake_create(uint64_t *ret_lock, uint64_t *ret_event);
int helion_wake_delete(uint64_t lock, uint64_t event);

#endif
