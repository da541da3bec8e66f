/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * 16550 and everything compatible with it: a PC's COM ports, most SoCs, the
 * Raspberry Pi's mini UART. Register numbers are scaled by the distance that
 * the firmware states. One character for each look at the line status: the mini
 * UART says "ready" with room for one only.
 */
#include "platform/uart.h"

enum { THR = 0, IER = 1, MCR = 4, LSR = 5 };
#define IER_THR_EMPTY 0x02
#define MCR_OUT2      0x08 /* connects the interrupt line on a PC */
#define LSR_THR_EMPTY 0x20

static uint32_t ns16550_get(const struct uart *uart, unsigned number)
{
	uint32_t offset = number << uart->shift;

	if (uart->is_port)
		return arch_port_in((uint16_t)(uart->port + offset), 1);
	switch (uart->width) {
	case 4: return mmio_read32(uart->registers + offset);
	case 2: return mmio_read16(uart->registers + offset);
	default: return mmio_read8(uart->registers + offset);
	}
}

static void ns16550_set(const struct uart *uart, unsigned number, uint8_t value)
{
	uint32_t offset = number << uart->shift;

	if (uart->is_port) {
		arch_port_out((uint16_t)(uart->port + offset), 1, value);
		return;
	}
	switch (uart->width) {
	case 4: mmio_write32(uart->registers + offset, value); break;
	case 2: mmio_write16(uart->registers + offset, value); break;
	default: mmio_write8(uart->registers + offset, value); break;
	}
}

static void ns16550_init(const struct uart *uart)
{
	ns16550_set(uart, IER, 0);
}

static bool ns16550_is_ready(const struct uart *uart)
{
	return (ns16550_get(uart, LSR) & LSR_THR_EMPTY) != 0;
}

static void ns16550_put(const struct uart *uart, char c)
{
	ns16550_set(uart, THR, (uint8_t)c);
}

static void ns16550_interrupt(const struct uart *uart, bool enable)
{
	uint8_t modem = (uint8_t)ns16550_get(uart, MCR);

	ns16550_set(uart, MCR, enable ? modem | MCR_OUT2 : modem & ~MCR_OUT2);
	ns16550_set(uart, IER, enable ? IER_THR_EMPTY : 0);
}

const struct uart_driver uart_16550 = {"16550", ns16550_init, ns16550_is_ready, ns16550_put, ns16550_interrupt};
