/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O APICs and the legacy interrupt controllers. Lines are global system interrupts (ACPI 6.5 §5.2.13). */
#ifndef X86_64_KERNEL_IOAPIC_H
#define X86_64_KERNEL_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "platform/machine.h"

/* Maps them and masks every line. Returns how many controllers there are. */
unsigned ioapic_init(const struct machine *machine);
/* Moves the 8259s out of the way of the exceptions and masks them. */
void pic_disable(void);

/* One more than the highest line. */
uint32_t ioapic_line_count(void);
bool ioapic_has_line(uint32_t line);
/* Sends the line to a CPU. False: no such line, or the CPU cannot be named. */
bool ioapic_enable(uint32_t line, uint32_t vector, uint32_t apic_id, bool level, bool active_low);
void ioapic_disable(uint32_t line);

#endif
