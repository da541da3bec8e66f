/* SPDX-License-Identifier: BSD-2-Clause */
/* Arm PrimeCell UART PL011 (DDI 0183) and the SBSA generic UART, which is its core. */
#include "platform/uart.h"

#define DR   0x00
#define FR   0x18
#define IMSC 0x38
#define RIS  0x3c
#define ICR  0x44

#define FR_TXFF    0x20 /* transmit FIFO full */
#define INT_TX     0x20
#define FIFO_DEPTH 32

static uint32_t pl011_get(const struct uart *uart, unsigned offset)
{
	return uart->width == 2 ? mmio_read16(uart->registers + offset) : mmio_read32(uart->registers + offset);
}

/*
 * SBSA §B requires 32-bit accesses of some implementations; older ones of AMBA's 16-bit kind say so in their
 * description.
 */
static void pl011_set(const struct uart *uart, unsigned offset, uint16_t value)
{
	if (uart->width == 2)
		mmio_write16(uart->registers + offset, value);
	else
		mmio_write32(uart->registers + offset, value);
}

static void pl011_init(const struct uart *uart)
{
	pl011_set(uart, IMSC, 0);
	pl011_set(uart, ICR, 0x7ff);
}

static bool pl011_is_ready(const struct uart *uart)
{
	return (pl011_get(uart, FR) & FR_TXFF) == 0;
}

static void pl011_put(const struct uart *uart, char c)
{
	pl011_set(uart, DR, (uint8_t)c);
}

/*
 * The interrupt is raised when the FIFO drains past its trigger level, not while it is empty: it has to be filled first.
 * Carriage returns show nowhere.
 */
static void pl011_interrupt(const struct uart *uart, bool enable)
{
	pl011_set(uart, IMSC, enable ? INT_TX : 0);
	if (!enable) {
		pl011_set(uart, ICR, INT_TX);
		return;
	}
	for (unsigned i = 0; i < FIFO_DEPTH && (pl011_get(uart, RIS) & INT_TX) == 0 && pl011_is_ready(uart); i++)
		pl011_put(uart, '\r');
}

const struct uart_driver uart_pl011 = {"PL011", pl011_init, pl011_is_ready, pl011_put, pl011_interrupt};
