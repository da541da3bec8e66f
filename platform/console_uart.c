/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The debug console: the one UART that the boot context names, or the firmware's
 * console below (SBI). Output only. write() is serialised by the log.
 */
#include "platform/console.h"

#include "kernel/arch.h"
#include "kernel/log.h"
#include "platform/uart.h"

/*
 * How often a UART that is not ready is asked again. Sixteen characters at 9600 baud take 17 ms and a register access
 * hardly less than 50 ns. Once that was not enough nobody waits any more until the UART is ready again: a missing or
 * blocked one must not slow the kernel down for each character.
 */
#define POLLS_MAX 400000u

static const struct uart_driver *driver;
static struct uart uart;
static bool is_blocked;

static void sbi_put(const struct uart *unused, char c)
{
	(void)unused;
	arch_firmware_putc(c);
}

static const struct uart_driver uart_sbi = {"SBI", NULL, NULL, sbi_put, NULL};

static void console_put(char c)
{
	if (driver->is_ready != NULL) {
		uint32_t polls = is_blocked ? 1 : POLLS_MAX;

		while (!driver->is_ready(&uart)) {
			if (--polls == 0) {
				is_blocked = true;
				return;
			}
			arch_cpu_relax();
		}
		is_blocked = false;
	}
	driver->put(&uart, c);
}

static void console_write(struct console *self, const char *text, size_t length)
{
	(void)self;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n')
			console_put('\r');
		console_put(text[i]);
	}
}

static struct console console = {.write = console_write};

static const struct uart_driver *find_driver(uint32_t type)
{
	switch (type) {
	case HELION_CONSOLE_16550_PORT:
	case HELION_CONSOLE_16550: return &uart_16550;
	case HELION_CONSOLE_PL011: return &uart_pl011;
	case HELION_CONSOLE_SIFIVE: return &uart_sifive;
	case HELION_CONSOLE_SBI: return &uart_sbi;
	default: return NULL;
	}
}

bool console_uart_init(const struct helion_console *desc, volatile void *virt)
{
	const struct uart_driver *found = find_driver(desc->type);
	bool is_port = desc->type == HELION_CONSOLE_16550_PORT;

	if (driver != NULL || found == NULL)
		return false;
	if (is_port ? !arch_has_ports() || desc->base > UINT16_MAX - 8 : found != &uart_sbi && virt == NULL)
		return false;
	uart = (struct uart){
		.registers = virt,
		.port = is_port ? (uint16_t)desc->base : 0,
		.is_port = is_port,
		.shift = desc->reg_shift <= 4 ? desc->reg_shift : 0,
		.width = desc->reg_width,
	};
	if (found->init != NULL)
		found->init(&uart);
	driver = found;
	console.name = found->name;
	log_add_console(&console);
	return true;
}

void console_uart_remap(volatile void *virt)
{
	uart.registers = virt;
}

bool console_uart_irq(bool enable)
{
	if (driver == NULL || driver->interrupt == NULL)
		return false;
	driver->interrupt(&uart, enable);
	return true;
}
