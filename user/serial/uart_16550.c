/* SPDX-License-Identifier: BSD-2-Clause */
/* 16550 and what is compatible with it: a PC's COM ports, most SoCs, the Raspberry Pi's mini UART. */
#include <helion/bootctx.h>

#include "user/serial/uart.h"

enum { DATA = 0, INTERRUPTS = 1, FIFO = 2, MODEM = 4, LINE = 5 };
#define INTERRUPTS_RECEIVE 0x01
#define INTERRUPTS_EMPTY   0x02
#define FIFO_ENABLE        0x01 /* and one byte received is enough for an interrupt; what is in there stays */
#define MODEM_READY        0x0b /* DTR and RTS; OUT2 connects the interrupt line on a PC */
#define LINE_RECEIVED      0x01
#define LINE_OVERRUN       0x02
#define LINE_EMPTY         0x20

static void start(struct uart *uart)
{
	uart_set(uart, FIFO, FIFO_ENABLE);
	uart_set(uart, MODEM, uart_get(uart, MODEM) | MODEM_READY);
}

static int receive(struct uart *uart)
{
	uint32_t line = uart_get(uart, LINE);

	uart->overruns += (line & LINE_OVERRUN) != 0;
	return line & LINE_RECEIVED ? (int)(uart_get(uart, DATA) & 0xff) : -1;
}

/* One byte for each look at the line: the mini UART calls itself empty when there is room for one. */
static bool send(struct uart *uart, uint8_t byte)
{
	uint32_t line = uart_get(uart, LINE);

	uart->overruns += (line & LINE_OVERRUN) != 0;
	if (!(line & LINE_EMPTY))
		return false;
	uart_set(uart, DATA, byte);
	return true;
}

const struct uart_type uart_16550 = {
	HELION_CONSOLE_16550, start, receive, send, INTERRUPTS, INTERRUPTS_RECEIVE, INTERRUPTS_EMPTY,
};
