/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IOPortControl and IOPort: the right to claim ranges of x86 I/O ports, and one
 * claimed range. Ranges never overlap; a claim ends when its IOPort dies.
 *
 * Invocations: IOPORT_CONTROL_CLAIM; IOPORT_IN, _OUT. Lock: exclusive.
 */
#ifndef KERNEL_IOPORT_H
#define KERNEL_IOPORT_H

#include "kernel/object.h"

struct ioport {
	struct object object;
	uint32_t first, count;
};

struct object *ioport_control_init(void);

struct invocation;
enum helion_error ioport_control_invoke(struct invocation *inv);
enum helion_error ioport_invoke(struct invocation *inv);

#endif
