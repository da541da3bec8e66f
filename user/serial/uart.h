/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a kind of UART supplies to the driver. The firmware has set baud rate and format.
 *
 * UARTs differ in when they interrupt, but all keep this: after receive() has returned -1 there is an interrupt when the next
 * byte arrives, after send() has returned false one when it may be tried again: as far as the register lets them through.
 */
#ifndef USER_SERIAL_UART_H
#define USER_SERIAL_UART_H

#include <stdbool.h>
#include <stdint.h>

struct uart {
	const struct uart_type *type;
	volatile char *registers; /* mapped; null for one behind I/O ports */
	uint64_t ports;           /* else the slot of the IOPort */
	uint64_t port;            /* and its first port */
	uint8_t shift;     /* log2 of the distance of two registers in bytes, where uart_get() takes their numbers */
	uint8_t width;     /* bytes of an access */
	uint64_t overruns; /* times that bytes came faster than they were taken */
};

struct uart_type {
	uint32_t console_type;                         /* enum helion_console_type */
	void (*start)(struct uart *uart);              /* makes it ready; no interrupts yet */
	int (*receive)(struct uart *uart);             /* a byte, or -1 when there is none */
	bool (*send)(struct uart *uart, uint8_t byte); /* false: not now */
	/* The register that lets interrupts through, and its bits for what arrives and for room to send. */
	uint32_t interrupts, on_receive, on_send;
};

extern const struct uart_type uart_16550, uart_pl011, uart_sifive;

/* A register by its number, or by its offset in bytes if start() has set `shift` to 0. */
uint32_t uart_get(const struct uart *uart, uint32_t number);
void uart_set(const struct uart *uart, uint32_t number, uint32_t value);

#endif
