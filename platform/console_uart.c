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
#define POLLS_MAX  400000u
#define POLLS_PART 16u /* of them at a time, with interrupts off */

static const struct uart_driver *driver;
static struct uart uart;
static uint32_t waited;  /* polls since it was ready */
static bool is_returned; /* the carriage return before the next line feed has been sent */

static void sbi_put(const struct uart *unused, char c)
{
	(void)unused;
	arch_firmware_putc(c);
}

static const struct uart_driver uart_sbi = {"SBI", NULL, NULL, sbi_put, NULL};

/* False: not now. */
static bool console_put(char c)
{
	if (driver->is_ready != NULL) {
		for (uint32_t polls = 0; !driver->is_ready(&uart); arch_cpu_relax()) {
			if (waited == POLLS_MAX)
				return true;
			waited++;
			if (++polls == POLLS_PART)
				return false;
		}
		waited = 0;
	}
	driver->put(&uart, c);
	return true;
}

static size_t console_write(struct console *self, const char *text, size_t length)
{
	(void)self;
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\n' && !is_returned && !console_put('\r'))
			return i;
		is_returned = text[i] == '\n';
		if (!console_put(text[i]))
			return i;
		is_returned = false;
	}
	return length;
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
