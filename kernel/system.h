/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System: the machine (power, CPUs, the kernel's log and timestamps).
 *
 * Invocations: SYSTEM_*. Lock: exclusive.
 */
#ifndef KERNEL_SYSTEM_H
#define KERNEL_SYSTEM_H

#include "kernel/object.h"

struct object *system_init(void);

/* Remembers the counter's value as timestamp HELION_KTIME_*. */
void system_timestamp(unsigned which, uint64_t counter);

struct invocation;
enum helion_error system_invoke(struct invocation *inv);

#endif
