/* SPDX-License-Identifier: BSD-2-Clause */
/* Arm PrimeCell UART PL011 (DDI 0183). */
#include <helion/bootctx.h>

#include "user/serial/uart.h"

#define DATA  0x00 /* 11 OE: bytes were lost before this one */
#define FLAGS 0x18
#define LEVEL 0x34 /* IFLS */
#define MASK  0x38 /* IMSC: which interrupts come */
#define CLEAR 0x44

#define DATA_OVERRUN      0x800
#define FLAGS_RECEIVED_NO 0x10
#define FLAGS_SEND_FULL   0x20
#define LEVEL_EIGHTH      0x00 /* full or left, both ways */
#define INTERRUPT_RECEIVE 0x50 /* as full as LEVEL says, or something and nothing more for 32 bits' time */
#define INTERRUPT_SEND    0x20 /* no fuller than LEVEL says, after having been so */
#define INTERRUPTS        0x7ff

static void start(struct uart *uart)
{
	uart->shift = 0; /* its registers are where they are */
	uart_set(uart, LEVEL, LEVEL_EIGHTH);
	uart_set(uart, CLEAR, INTERRUPTS);
}

static int receive(struct uart *uart)
{
	uint32_t data;

	if (uart_get(uart, FLAGS) & FLAGS_RECEIVED_NO)
		return -1;
	data = uart_get(uart, DATA);
	uart->overruns += (data & DATA_OVERRUN) != 0;
	return (int)(data & 0xff);
}

static bool send(struct uart *uart, uint8_t byte)
{
	if (uart_get(uart, FLAGS) & FLAGS_SEND_FULL)
		return false;
	uart_set(uart, DATA, byte);
	return true;
}

const struct uart_type uart_pl011 = {
	HELION_CONSOLE_PL011, start, receive, send, MASK, INTERRUPT_RECEIVE, INTERRUPT_SEND,
};
