/* SPDX-License-Identifier: BSD-2-Clause */
/* The UART of SiFive's FU540 and FU740 (FU540-C000 manual, chapter 13). All registers are 32 bits wide. */
#include "platform/uart.h"

#define TXDATA 0x00
#define TXCTRL 0x08
#define IE     0x10

#define TXDATA_FULL    0x80000000u
#define TXCTRL_ENABLE  1u
#define TXCTRL_COUNT   (7u << 16) /* the interrupt is pending while fewer characters wait */
#define TXCTRL_COUNT_1 (1u << 16)
#define IE_TX          1u

static void sifive_init(const struct uart *uart)
{
	mmio_write32(uart->registers + IE, 0);
	mmio_write32(uart->registers + TXCTRL, mmio_read32(uart->registers + TXCTRL) | TXCTRL_ENABLE);
}

static bool sifive_is_ready(const struct uart *uart)
{
	return (mmio_read32(uart->registers + TXDATA) & TXDATA_FULL) == 0;
}

static void sifive_put(const struct uart *uart, char c)
{
	mmio_write32(uart->registers + TXDATA, (uint8_t)c);
}

static void sifive_interrupt(const struct uart *uart, bool enable)
{
	uint32_t control = mmio_read32(uart->registers + TXCTRL) & ~TXCTRL_COUNT;

	mmio_write32(uart->registers + TXCTRL, control | TXCTRL_COUNT_1);
	mmio_write32(uart->registers + IE, enable ? IE_TX : 0);
}

const struct uart_driver uart_sifive = {"SiFive UART", sifive_init, sifive_is_ready, sifive_put, sifive_interrupt};
