/* SPDX-License-Identifier: BSD-2-Clause */
/* I/O ports, for the portable kernel. */
#include "kernel/arch.h"

#include "x86.h"

bool arch_has_ports(void)
{
	return true;
}

uint32_t arch_port_in(uint16_t port, unsigned width)
{
	switch (width) {
	case 1: return port_in8(port);
	case 2: return port_in16(port);
	default: return port_in32(port);
	}
}

void arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
	switch (width) {
	case 1: port_out8(port, (uint8_t)value); break;
	case 2: port_out16(port, (uint16_t)value); break;
	default: port_out32(port, value); break;
	}
}

void arch_firmware_putc(char c)
{
	(void)c;
}
