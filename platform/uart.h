/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a UART driver supplies to console_uart.c. Each driver is a few register
 * accesses; waiting, line ends and the log stand in console_uart.c.
 */
#ifndef PLATFORM_UART_H
#define PLATFORM_UART_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/arch.h"

struct uart {
	volatile uint8_t *registers; /* of a memory-mapped UART */
	uint16_t port;               /* of one behind I/O ports */
	bool is_port;
	uint8_t shift; /* log2 of the distance of two registers */
	uint8_t width; /* bytes of an access */
};

struct uart_driver {
	const char *name;
	void (*init)(const struct uart *uart);     /* keeps baud rate and format; no interrupts; may be NULL */
	bool (*is_ready)(const struct uart *uart); /* put() would not lose a character; NULL: always */
	void (*put)(const struct uart *uart, char c);
	/* Makes the transmitter interrupt, sending nothing visible, or stops that. NULL: it cannot. */
	void (*interrupt)(const struct uart *uart, bool enable);
};

extern const struct uart_driver uart_16550, uart_pl011, uart_sifive;

#endif
