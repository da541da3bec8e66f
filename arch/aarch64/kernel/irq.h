/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an interrupt controller's driver supplies to irq.c, which has the one of
 * this machine. Every function works on the calling CPU.
 */
#ifndef AARCH64_IRQ_H
#define AARCH64_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/percpu.h"
#include "platform/machine.h"

/* Software-generated interrupts. */
#define IRQ_SGI_IPI  0 /* ipi_interrupt() */
#define IRQ_SGI_STOP 1 /* the CPU stops for good */

/* INTID of the virtual timer unless the firmware says otherwise (BSA, PPI assignments). */
#define IRQ_VIRTUAL_TIMER 27

struct irq_chip {
	const char *name;
	uint32_t count;                        /* lines are below this number */
	uint32_t message_first, message_count; /* those for messages */
	void (*init_cpu)(struct percpu *cpu);
	bool (*enable)(uint32_t line, bool level, bool active_low);
	void (*disable)(uint32_t line);
	void (*forget)(uint32_t line); /* an edge that waits; NULL: none ever does */
	void (*ipi)(struct percpu *cpu);
	void (*stop_others)(void);
	/* What makes a line for messages fire; NULL when there are none. */
	bool (*message)(uint32_t line, uint32_t device, uint64_t *ret_address, uint32_t *ret_data);
	/* Takes one pending interrupt, if there is one, and delivers it. */
	void (*handle)(void);
};

/* Each resets its controller, all lines masked, and returns its description; panics if it cannot be driven. */
const struct irq_chip *gicv2_init(const struct machine *machine);
const struct irq_chip *gicv3_init(const struct machine *machine);
const struct irq_chip *bcm2836_init(const struct machine *machine);

/* gicv2m.c: finds the frame that turns writes into SPIs, if the machine has one, and fills in what the chip says of messages. */
void gicv2m_init(const struct machine *machine, struct irq_chip *chip);

/* An IRQ was taken. */
void irq_handle(void);

/* Called by drivers between acknowledge and end of interrupt. */
void irq_deliver_timer(void);
void irq_deliver_ipi(uint32_t sgi);

/* Where GIC drivers deliver an acknowledged INTID below 1020. */
void irq_deliver_intid(uint32_t intid, uint32_t timer_intid);

#endif
