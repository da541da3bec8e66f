/* SPDX-License-Identifier: BSD-2-Clause */
/* The local APIC, in x2APIC or xAPIC mode; the same on all CPUs. */
#ifndef X86_64_KERNEL_LAPIC_H
#define X86_64_KERNEL_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

/* Chooses the mode and maps the registers. `base` is what the firmware says, 0 if nothing. */
void lapic_init(uint64_t base);
/* Switches this CPU's on, everything masked. */
void lapic_init_cpu(bool boot_cpu);
bool lapic_is_x2apic(void);

void lapic_eoi(void);
/* Whether the interrupt is in service, so that it wants lapic_eoi(). */
bool lapic_in_service(uint32_t vector);
/* Clears and returns the error status. */
uint32_t lapic_error(void);

/* Interrupt commands. False: this mode cannot address the CPU. Waits until the command was accepted. */
bool lapic_send(uint32_t apic_id, uint32_t vector);
bool lapic_send_nmi(uint32_t apic_id);
bool lapic_send_init(uint32_t apic_id);
bool lapic_send_startup(uint32_t apic_id, uint32_t page);

/* Timer. */
#define LAPIC_TIMER_MASKED   (1u << 16)
#define LAPIC_TIMER_DEADLINE (2u << 17)
void lapic_timer_mode(uint32_t lvt);
void lapic_timer_start(uint32_t count);
uint32_t lapic_timer_count(void);

#endif
