/* SPDX-License-Identifier: BSD-2-Clause */
/* Interrupts, from the trap entry. */
#ifndef X86_64_KERNEL_IRQ_H
#define X86_64_KERNEL_IRQ_H

#include <stdint.h>

void irq_dispatch(uint32_t vector);
/* The timer's vector came in. */
void timer_expired(void);

#endif
