/* SPDX-License-Identifier: BSD-2-Clause */
/* What an interrupt controller's driver supplies to irq.c, which has the one of this machine. */
#ifndef RISCV_IRQ_H
#define RISCV_IRQ_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/percpu.h"
#include "platform/machine.h"

/*
 * Every function works on the calling hart. Those for lines and messages have a line below count, or one of the
 * messages', and are called under the kernel's lock, exclusive.
 */
struct irq_chip {
	const char *name;
	uint32_t count;                        /* lines are below this number; 0 is none */
	uint32_t message_first, message_count; /* those for messages, not below count */
	/* Makes external interrupts reach the hart; false when the controller does not know it. */
	bool (*init_cpu)(struct percpu *cpu, const struct machine_cpu *described);
	bool (*enable)(uint32_t line, bool level, bool active_low);
	void (*disable)(uint32_t line);
	void (*forget)(uint32_t line); /* also of messages; NULL: what waits cannot be dropped */
	/* What a device writes so that a line for messages fires on this hart. */
	bool (*message)(uint32_t line, uint64_t *ret_address, uint32_t *ret_data);
	/* Takes one pending interrupt, if there is one, and delivers it; the next one interrupts again. */
	void (*handle)(void);
};

/* Each resets its controller, all lines masked, and returns its description. NULL: this machine has none. */
const struct irq_chip *plic_init(const struct machine *machine);
const struct irq_chip *aplic_init(const struct machine *machine);

/*
 * imsic.c: the file of interrupts of each hart, into which devices and the APLIC write identities. Identities are the same
 * on all harts: one means the same line wherever it arrives, and counts only where it was accepted last.
 */

/* The identities are 1 to the returned number; 0 where there is no IMSIC. */
uint32_t imsic_init(const struct machine *machine);
/* As init_cpu() above. */
bool imsic_init_cpu(struct percpu *cpu, const struct machine_cpu *described);
/* Where something must write for this hart, physical; 0 when it has no file. */
uint64_t imsic_address(void);
/* This hart, and no other, takes the identity from now on and delivers it as that line. */
void imsic_accept(uint32_t identity, uint32_t line);
/* Drops what has come of the identity to this hart and was not taken yet. */
void imsic_forget(uint32_t identity);
/* Takes the first pending identity, if there is one, and delivers it. */
void imsic_handle(void);

#endif
