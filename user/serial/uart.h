/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kind of UART supplies to the driver. The firmware has set baud rate and format.
 *
 * UARTs differ in when they interrupt, but all keep this: after receive() has returned -1 there is an interrupt when the next
 * byte arrives, after send() has returned false one when it may be tried again: as far as wait_for() has let them through.
 */
#ifndef USER_SERIAL_UART_H
#define USER_SERIAL_UART_H

#include <stdbool.h>
#include <stdint.h>

struct uart {
	const struct uart_type *type;
	volatile char *registers; /* mapped; null for one behind I/O ports */
	uint64_t ports;           /* else the slot of the IOPort, and its first port */
	uint64_t port;
	uint8_t shift, width; /* log2 of the distance of two registers, and bytes of an access */
	uint64_t overruns;    /* times that bytes came faster than they were taken */
};

struct uart_type {
	uint32_t console_type;                                        /* enum helion_console_type */
	void (*start)(struct uart *uart);                             /* makes it ready, no interrupts yet */
	int (*receive)(struct uart *uart);                            /* a byte, or -1 when there is none */
	bool (*send)(struct uart *uart, uint8_t byte);                /* false: not now */
	void (*wait_for)(struct uart *uart, bool receive, bool send); /* which interrupts may come */
};

extern const struct uart_type uart_16550, uart_pl011, uart_sifive;

/* A register by its offset (at a distance of one byte, if the firmware states a distance), in accesses of the width. */
uint32_t uart_get(const struct uart *uart, uint32_t offset);
void uart_set(const struct uart *uart, uint32_t offset, uint32_t value);

#endif
