/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Consoles that a machine may have: UARTs and the framebuffer. Each driver makes
 * a struct console (kernel/log.h); none allocates.
 */
#ifndef PLATFORM_CONSOLE_H
#define PLATFORM_CONSOLE_H

#include <stdbool.h>
#include <helion/bootctx.h>

/*
 * Starts the debug console that the boot context names, with its registers at
 * `virt` (or, for a port or SBI console, virt ignored), and adds it to the log.
 * Keeps the baud rate that the firmware set. False when the type is none.
 */
bool console_uart_init(const struct helion_console *desc, volatile void *virt);

/* The registers were mapped elsewhere: from now on they are at virt. */
void console_uart_remap(volatile void *virt);

/* Adds a text console on a framebuffer that is mapped at virt: 8x16 font, doubled on wide screens, scrolls. */
bool console_framebuffer_init(const struct helion_framebuffer *fb, volatile void *virt);
/* Clears it and shows the panic colours. From a panic only. */
void console_framebuffer_panic(void);

/* Self-test of an interrupt line: makes the UART raise its transmit interrupt (true: it can), or stops that. */
bool console_uart_irq(bool enable);

#endif
