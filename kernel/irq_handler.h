/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IRQControl: the machine's interrupt lines and messages. IRQHandler: one of them. A line that
 * fires is masked until it is acknowledged, so a driver that does not run cannot
 * stop the machine.
 *
 * A message that comes while its line is masked is not lost: the next
 * acknowledgement delivers it.
 *
 * Invocations: IRQ_CONTROL_INFO, _CLAIM, _CLAIM_MSI; IRQ_HANDLER_INFO, _BIND, _ACK, _MASK.
 * Lock: exclusive.
 */
#ifndef KERNEL_IRQ_HANDLER_H
#define KERNEL_IRQ_HANDLER_H

#include "kernel/notification.h"

struct irq_handler {
	struct object object;
	uint32_t line;
	bool level, active_low;
	bool fired; /* and not acknowledged */
	bool enabled;
	bool late; /* fired while it was not enabled: what cannot be masked does */
	struct notification_binding binding;
	struct pollers pollers;
};

struct object *irq_control_init(void);
/* While memory can still be had: the table of lines. */
void irq_handler_prepare(void);

/* A line fired. False when nobody claimed it. */
bool irq_handler_interrupt(uint32_t line);

struct invocation;
enum helion_error irq_control_invoke(struct invocation *inv);
enum helion_error irq_handler_invoke(struct invocation *inv);

#endif
