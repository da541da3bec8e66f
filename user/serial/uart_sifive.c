/* SPDX-License-Identifier: BSD-2-Clause */
/* The UART of SiFive's FU540 and FU740 (FU540-C000 manual, chapter 13). It does not tell when it loses bytes. */
#include <helion/bootctx.h>

#include "user/serial/uart.h"

#define SEND            0x00
#define RECEIVE         0x04
#define SEND_CONTROL    0x08
#define RECEIVE_CONTROL 0x0c
#define INTERRUPTS      0x10

#define SEND_FULL          0x80000000u
#define RECEIVE_EMPTY      0x80000000u
#define CONTROL_ENABLE     1u
#define CONTROL_COUNT      (7u << 16)
#define SEND_COUNT_4       (4u << 16) /* interrupts while fewer than this wait to be sent */
#define INTERRUPTS_SEND    1u
#define INTERRUPTS_RECEIVE 2u /* while more than the count, which is 0, have arrived */

static void start(struct uart *uart)
{
	uart->shift = 0; /* its registers are where they are */
	uart_set(uart, SEND_CONTROL, (uart_get(uart, SEND_CONTROL) & ~CONTROL_COUNT) | SEND_COUNT_4 | CONTROL_ENABLE);
	uart_set(uart, RECEIVE_CONTROL, CONTROL_ENABLE);
}

static int receive(struct uart *uart)
{
	uint32_t data = uart_get(uart, RECEIVE);

	return data & RECEIVE_EMPTY ? -1 : (int)(data & 0xff);
}

static bool send(struct uart *uart, uint8_t byte)
{
	if (uart_get(uart, SEND) & SEND_FULL)
		return false;
	uart_set(uart, SEND, byte);
	return true;
}

const struct uart_type uart_sifive = {
	HELION_CONSOLE_SIFIVE, start, receive, send, INTERRUPTS, INTERRUPTS_RECEIVE, INTERRUPTS_SEND,
};
