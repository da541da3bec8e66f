/* SPDX-License-Identifier: BSD-2-Clause */
/* Words for what the ABI numbers. */
#include "user/lib/syscall.h"

static const struct {
	const char *name, *text;
} errors[HELION_ERR_COUNT] = {
	[HELION_OK] = {"OK", "success"},
	[HELION_ERR_SYSCALL] = {"ERR_SYSCALL", "no such system call"},
	[HELION_ERR_CAP] = {"ERR_CAP", "the slot is empty or out of range"},
	[HELION_ERR_TYPE] = {"ERR_TYPE", "the capability is of another type"},
	[HELION_ERR_RIGHTS] = {"ERR_RIGHTS", "the capability lacks a right"},
	[HELION_ERR_INVOCATION] = {"ERR_INVOCATION", "the object has no such invocation"},
	[HELION_ERR_MESSAGE] = {"ERR_MESSAGE", "the message has a wrong number of words or capabilities"},
	[HELION_ERR_ARGUMENT] = {"ERR_ARGUMENT", "a value is out of its range"},
	[HELION_ERR_ALIGNMENT] = {"ERR_ALIGNMENT", "an address or size is not aligned"},
	[HELION_ERR_MEMORY] = {"ERR_MEMORY", "the Memory has no room"},
	[HELION_ERR_SLOTS] = {"ERR_SLOTS", "the CSpace has no free slot"},
	[HELION_ERR_OCCUPIED] = {"ERR_OCCUPIED", "something is there already"},
	[HELION_ERR_MISSING] = {"ERR_MISSING", "nothing is there"},
	[HELION_ERR_BUSY] = {"ERR_BUSY", "the object is in use"},
	[HELION_ERR_STATE] = {"ERR_STATE", "the object is in another state"},
	[HELION_ERR_FAULT] = {"ERR_FAULT", "memory of the caller is not mapped as needed"},
	[HELION_ERR_UNSUPPORTED] = {"ERR_UNSUPPORTED", "this machine cannot do it"},
	[HELION_ERR_WOULD_BLOCK] = {"ERR_WOULD_BLOCK", "nobody waits on the other side"},
	[HELION_ERR_GONE] = {"ERR_GONE", "what the task waited for is gone"},
	[HELION_ERR_RECEIVER] = {"ERR_RECEIVER", "the receiver cannot take the message"},
	[HELION_ERR_TIMEOUT] = {"ERR_TIMEOUT", "the time has come"},
};

static const char *const types[HELION_TYPE_COUNT] = {
	[HELION_TYPE_NULL] = "-",
	[HELION_TYPE_MEMORY] = "Memory",
	[HELION_TYPE_PAGES] = "Pages",
	[HELION_TYPE_CSPACE] = "CSpace",
	[HELION_TYPE_VSPACE] = "VSpace",
	[HELION_TYPE_TASK] = "Task",
	[HELION_TYPE_IRQ_CONTROL] = "IRQControl",
	[HELION_TYPE_IOPORT_CONTROL] = "IOPortControl",
	[HELION_TYPE_IOPORT] = "IOPort",
	[HELION_TYPE_SYSTEM] = "System",
	[HELION_TYPE_ENDPOINT] = "Endpoint",
	[HELION_TYPE_NOTIFICATION] = "Notification",
	[HELION_TYPE_REPLY] = "Reply",
	[HELION_TYPE_TIMER] = "Timer",
	[HELION_TYPE_IRQ_HANDLER] = "IRQHandler",
};

static unsigned error_index(int error)
{
	unsigned index = error < 0 ? 0u - (unsigned)error : (unsigned)error;

	return index < HELION_ERR_COUNT && errors[index].name != NULL ? index : HELION_ERR_COUNT;
}

const char *helion_strerror(int error)
{
	unsigned index = error_index(error);

	return index < HELION_ERR_COUNT ? errors[index].text : "unknown error";
}

const char *helion_error_name(int error)
{
	unsigned index = error_index(error);

	return index < HELION_ERR_COUNT ? errors[index].name : "unknown error";
}

const char *helion_type_name(uint32_t type)
{
	return type < HELION_TYPE_COUNT && types[type] != NULL ? types[type] : "?";
}
