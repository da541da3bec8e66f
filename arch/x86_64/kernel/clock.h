/* SPDX-License-Identifier: BSD-2-Clause */
/* The time-stamp counter as a clock. */
#ifndef X86_64_KERNEL_CLOCK_H
#define X86_64_KERNEL_CLOCK_H

#include <stdint.h>

#include "platform/machine.h"

/* Ticks per second of the time-stamp counter, from the CPU, the hypervisor or a measurement; *ret_source says which. */
uint64_t clock_find_tsc_hz(const struct machine *machine, const char **ret_source);

/* Waits, with clock_set_hz() done. */
void clock_set_hz(uint64_t hz);
void clock_delay_us(uint64_t microseconds);

#endif
