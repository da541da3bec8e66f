/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/serial/uart.h"

#include <arch/io.h>

#include "user/lib/helion.h"

uint32_t uart_get(const struct uart *uart, uint32_t number)
{
	uint32_t offset = number << uart->shift;
	uint64_t value;

	if (uart->registers == NULL) {
		HELION_MUST(helion_ioport_in(uart->ports, uart->port + offset, 8, &value));
		return (uint32_t)value;
	}
	switch (uart->width) {
	case 4: return mmio_read32(uart->registers + offset);
	case 2: return mmio_read16(uart->registers + offset);
	default: return mmio_read8(uart->registers + offset);
	}
}

void uart_set(const struct uart *uart, uint32_t number, uint32_t value)
{
	uint32_t offset = number << uart->shift;

	if (uart->registers == NULL) {
		HELION_MUST(helion_ioport_out(uart->ports, uart->port + offset, 8, value & 0xff));
		return;
	}
	switch (uart->width) {
	case 4: mmio_write32(uart->registers + offset, value); break;
	case 2: mmio_write16(uart->registers + offset, (uint16_t)value); break;
	default: mmio_write8(uart->registers + offset, (uint8_t)value); break;
	}
}
