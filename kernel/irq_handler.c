/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/irq_handler.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/bootmem.h"
#include "kernel/cspace.h"
#include "kernel/invoke.h"
#include "kernel/lock.h"
#include "kernel/log.h"
#include "kernel/memory.h"
#include "kernel/poll.h"

static struct object control;
/* Who claimed each line, of devices and for messages. */
static struct irq_handler **handlers;
static uint32_t handler_count;

struct object *irq_control_init(void)
{
	object_init(&control, HELION_TYPE_IRQ_CONTROL);
	control.permanent = true;
	return &control;
}

void irq_handler_prepare(void)
{
	uint32_t first = 0, messages = arch_msi_lines(&first);

	handler_count = arch_irq_count();
	if (messages && first + messages > handler_count)
		handler_count = first + messages;
	handlers = bootmem_alloc_bytes(handler_count * sizeof(*handlers));
	if (!handlers)
		panic("too little memory for the interrupt lines");
}

static enum helion_error check_claim(const struct invocation *inv)
{
	const struct cap *memory = inv->caps[0];

	if (memory->object->type != HELION_TYPE_MEMORY)
		return HELION_ERR_TYPE;
	return memory->rights & HELION_RIGHT_WRITE ? HELION_OK : HELION_ERR_RIGHTS;
}

static enum helion_error make(struct invocation *inv, uint32_t line, bool level, bool active_low)
{
	struct memory *memory = (struct memory *)inv->caps[0]->object;
	struct irq_handler *handler;

	if (!cspace_has_free(inv->cspace))
		return HELION_ERR_SLOTS;
	handler = memory_alloc_object(memory, MEMORY_CLASS(sizeof(*handler)), HELION_TYPE_IRQ_HANDLER);
	if (!handler)
		return HELION_ERR_MEMORY;
	handler->line = line;
	handler->level = level;
	handler->active_low = active_low;
	handler->fired = handler->enabled = handler->late = false;
	notification_binding_init(&handler->binding);
	pollers_init(&handler->pollers);
	arch_irq_forget_line(line);
	handlers[line] = handler;
	inv->ret[0] = cspace_insert(inv->cspace, &handler->object, HELION_RIGHT_ALL, 0);
	return HELION_OK;
}

static enum helion_error claim(struct invocation *inv)
{
	uint64_t line = inv->words[0];
	enum helion_error error = check_claim(inv);

	if (error)
		return error;
	if (line >= arch_irq_count() || inv->words[1] > 1 || inv->words[2] > 1)
		return HELION_ERR_ARGUMENT;
	if (handlers[line])
		return HELION_ERR_OCCUPIED;
	return make(inv, (uint32_t)line, inv->words[1], inv->words[2]);
}

/* The first line for messages that is free; UINT32_MAX when there is none. */
static uint32_t free_message_line(void)
{
	uint32_t first = 0, count = arch_msi_lines(&first);

	for (uint32_t line = first; line < first + count; line++)
		if (!handlers[line])
			return line;
	return UINT32_MAX;
}

static enum helion_error claim_message(struct invocation *inv)
{
	uint32_t line, data, first;
	uint64_t address;
	enum helion_error error = check_claim(inv);

	if (error)
		return error;
	if (inv->words[0] > UINT32_MAX)
		return HELION_ERR_ARGUMENT;
	if (arch_msi_lines(&first) == 0)
		return HELION_ERR_UNSUPPORTED;
	line = free_message_line();
	if (line == UINT32_MAX)
		return HELION_ERR_OCCUPIED;
	if (!arch_msi_message(line, (uint32_t)inv->words[0], &address, &data))
		return HELION_ERR_UNSUPPORTED;
	inv->ret[1] = address;
	inv->ret[2] = data;
	return make(inv, line, false, false);
}

static void disable(struct irq_handler *handler)
{
	if (handler->enabled)
		arch_irq_disable_line(handler->line);
	handler->enabled = false;
}

bool irq_handler_destroy(struct object *object)
{
	struct irq_handler *handler = (struct irq_handler *)object;

	disable(handler);
	handlers[handler->line] = NULL;
	cap_clear(&handler->binding.cap);
	poll_gone(&handler->pollers);
	return true;
}

static void fire(struct irq_handler *handler)
{
	disable(handler);
	handler->fired = true;
	notification_binding_signal(&handler->binding);
	poll_ready(&handler->pollers);
}

bool irq_handler_interrupt(uint32_t line)
{
	struct irq_handler *handler;

	if (!handlers || line >= handler_count)
		return false;
	kernel_lock_exclusive();
	handler = handlers[line];
	if (handler && handler->enabled)
		fire(handler);
	else if (handler)
		handler->late = true;
	kernel_unlock_exclusive();
	return handler;
}

static enum helion_error acknowledge(struct irq_handler *handler)
{
	if (!handler->enabled && !arch_irq_enable_line(handler->line, handler->level, handler->active_low))
		return HELION_ERR_UNSUPPORTED;
	handler->fired = false;
	handler->enabled = true;
	if (handler->late) {
		handler->late = false;
		fire(handler);
	}
	return HELION_OK;
}

enum helion_error irq_control_invoke(struct invocation *inv)
{
	switch (inv->label) {
	case HELION_IRQ_CONTROL_INFO: inv->ret[0] = arch_irq_count(); return HELION_OK;
	case HELION_IRQ_CONTROL_CLAIM: return claim(inv);
	case HELION_IRQ_CONTROL_CLAIM_MSI: return claim_message(inv);
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
	case HELION_IRQ_HANDLER_ACK: return acknowledge(handler);
	case HELION_IRQ_HANDLER_MASK: disable(handler); return HELION_OK;
	default: return HELION_ERR_INVOCATION;
	}
}
