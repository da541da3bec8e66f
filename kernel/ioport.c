/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/ioport.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/cspace.h"
#include "kernel/invoke.h"
#include "kernel/memory.h"
#include "lib/bitmap.h"

#define PORTS 65536u

static struct object control;
/* Which ports are claimed, a bit each. Under the exclusive lock. */
static uint64_t claimed[BITMAP_WORDS(PORTS)];

struct object *ioport_control_init(void)
{
	object_init(&control, HELION_TYPE_IOPORT_CONTROL);
	control.permanent = true;
	return &control;
}

enum helion_error ioport_control_invoke(struct invocation *inv)
{
	uint64_t first = inv->words[0], count = inv->words[1];
	struct cap *memory = inv->caps[0];
	struct ioport *port;

	if (inv->label != HELION_IOPORT_CONTROL_CLAIM)
		return HELION_ERR_INVOCATION;
	if (memory->object->type != HELION_TYPE_MEMORY)
		return HELION_ERR_TYPE;
	if (!(memory->rights & HELION_RIGHT_WRITE))
		return HELION_ERR_RIGHTS;
	if (first >= PORTS || count == 0 || count > PORTS - first)
		return HELION_ERR_ARGUMENT;
	if (!bitmap_range_is_clear(claimed, first, count))
		return HELION_ERR_OCCUPIED;
	if (!cspace_has_free(inv->cspace))
		return HELION_ERR_SLOTS;
	port = memory_alloc_object((struct memory *)memory->object, MEMORY_CLASS(sizeof(*port)), HELION_TYPE_IOPORT);
	if (!port)
		return HELION_ERR_MEMORY;
	port->first = (uint32_t)first;
	port->count = (uint32_t)count;
	bitmap_set_range(claimed, first, count);
	inv->ret[0] = cspace_insert(inv->cspace, &port->object, HELION_RIGHT_ALL, 0);
	return HELION_OK;
}

bool ioport_destroy(struct object *object)
{
	struct ioport *port = (struct ioport *)object;

	bitmap_clear_range(claimed, port->first, port->count);
	return true;
}

enum helion_error ioport_invoke(struct invocation *inv)
{
	struct ioport *port = (struct ioport *)inv->cap->object;
	uint64_t number = inv->words[0], width = inv->words[1] / 8;

	if (inv->words[1] != 8 && inv->words[1] != 16 && inv->words[1] != 32)
		return HELION_ERR_ARGUMENT;
	if (number < port->first || number >= PORTS || number + width > (uint64_t)port->first + port->count)
		return HELION_ERR_ARGUMENT;
	switch (inv->label) {
	case HELION_IOPORT_IN: inv->ret[0] = arch_port_in((uint16_t)number, (unsigned)width); return HELION_OK;
	case HELION_IOPORT_OUT:
		if (inv->words[2] >> inv->words[1])
			return HELION_ERR_ARGUMENT;
		arch_port_out((uint16_t)number, (unsigned)width, (uint32_t)inv->words[2]);
		return HELION_OK;
	default: return HELION_ERR_INVOCATION;
	}
}
