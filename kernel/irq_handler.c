/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/irq_handler.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/bootmem.h"
#include "kernel/cspace.h"
#include "kernel/invoke.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/poll.h"

static struct object control;
/* Who claimed each line. */
static struct irq_handler **handlers;

struct object *irq_control_init(void)
{
	object_init(&control, HELION_TYPE_IRQ_CONTROL);
	control.permanent = true;
	return &control;
}

void irq_handler_prepare(void)
{
	handlers = bootmem_alloc_bytes(arch_irq_count() * sizeof(*handlers));
	if (!handlers)
		panic("too little memory for the interrupt lines");
}

static enum helion_error claim(struct invocation *inv)
{
	uint64_t line = inv->words[0];
	struct cap *memory = inv->caps[0];
	struct irq_handler *handler;

	if (memory->object->type != HELION_TYPE_MEMORY)
		return HELION_ERR_TYPE;
	if (!(memory->rights & HELION_RIGHT_WRITE))
		return HELION_ERR_RIGHTS;
	if (line >= arch_irq_count() || inv->words[1] > 1 || inv->words[2] > 1)
		return HELION_ERR_ARGUMENT;
	if (handlers[line])
		return HELION_ERR_OCCUPIED;
	if (!cspace_has_free(inv->cspace))
		return HELION_ERR_SLOTS;
	handler = memory_alloc_object((struct memory *)memory->object, sizeof(*handler), HELION_TYPE_IRQ_HANDLER);
	if (!handler)
		return HELION_ERR_MEMORY;
	handler->line = (uint32_t)line;
	handler->level = inv->words[1];
	handler->active_low = inv->words[2];
	notification_binding_init(&handler->binding);
	list_init(&handler->pollers);
	handlers[line] = handler;
	inv->ret[0] = cspace_insert(inv->cspace, &handler->object, HELION_RIGHT_ALL, 0);
	return HELION_OK;
}

static void disable(struct irq_handler *handler)
{
	if (handler->enabled)
		arch_irq_disable_line(handler->line);
	handler->enabled = false;
}

void irq_handler_destroy(struct object *object)
{
	struct irq_handler *handler = (struct irq_handler *)object;

	disable(handler);
	handlers[handler->line] = NULL;
	cap_clear(&handler->binding.cap);
	poll_gone(&handler->pollers);
	memory_free_object(object);
}

bool irq_handler_interrupt(uint32_t line)
{
	struct irq_handler *handler;

	if (!handlers || line >= arch_irq_count())
		return false;
	spin_lock(&object_lock);
	handler = handlers[line];
	if (handler) {
		disable(handler);
		handler->fired = true;
		notification_binding_signal(&handler->binding);
		poll_ready(&handler->pollers);
	}
	spin_unlock(&object_lock);
	return handler;
}

enum helion_error irq_control_invoke(struct invocation *inv)
{
	switch (inv->label) {
	case HELION_IRQ_CONTROL_INFO: inv->ret[0] = arch_irq_count(); return HELION_OK;
	case HELION_IRQ_CONTROL_CLAIM: return claim(inv);
	default: return HELION_ERR_INVOCATION;
	}
}

enum helion_error irq_handler_invoke(struct invocation *inv)
{
	struct irq_handler *handler = (struct irq_handler *)inv->cap->object;

	switch (inv->label) {
	case HELION_IRQ_HANDLER_INFO:
		inv->ret[0] = handler->line;
		inv->ret[1] = handler->fired;
		return HELION_OK;
	case HELION_IRQ_HANDLER_BIND: return notification_bind(&handler->binding, inv->caps[0], inv->words[0]);
	case HELION_IRQ_HANDLER_ACK:
		handler->fired = false;
		if (!handler->enabled && !arch_irq_enable_line(handler->line, handler->level, handler->active_low))
			return HELION_ERR_UNSUPPORTED;
		handler->enabled = true;
		return HELION_OK;
	case HELION_IRQ_HANDLER_MASK: disable(handler); return HELION_OK;
	default: return HELION_ERR_INVOCATION;
	}
}
