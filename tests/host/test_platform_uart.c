/* SPDX-License-Identifier: BSD-2-Clause */
/* The UART drivers against models of their registers. */
#include "platform_shim.h"

#include "../../platform/console_uart.c"
#include "../../platform/uart_16550.c"
#include "../../platform/uart_pl011.c"
#include "../../platform/uart_sifive.c"

static char sent[256];
static unsigned sent_count, accesses, wrong_accesses, lost, busy_polls;
static unsigned polls_busy = 3;
static bool is_missing, is_irq;
static unsigned reg_shift, reg_width;
static uint32_t ier, mcr = 3, imsc, ris, txctrl, sifive_ie;

static void send(char c)
{
	lost += busy_polls != 0;
	if (sent_count < sizeof(sent) - 1)
		sent[sent_count++] = c;
	busy_polls = polls_busy;
}

static bool busy(void)
{
	return is_missing || (busy_polls != 0 && busy_polls-- != 0);
}

static uint32_t model_16550(unsigned number, const uint64_t *write)
{
	switch (number) {
	case 0:
		if (write != NULL)
			send((char)*write);
		return 0;
	case 1:
		if (write != NULL)
			ier = (uint32_t)*write;
		is_irq = (ier & 2) != 0 && (mcr & 8) != 0;
		return ier;
	case 4:
		if (write != NULL)
			mcr = (uint32_t)*write;
		return mcr;
	case 5: return busy() ? 0 : 0x60;
	default: wrong_accesses++; return 0;
	}
}

static uint64_t access_16550(uintptr_t address, unsigned width, const uint64_t *write)
{
	accesses++;
	wrong_accesses += width != reg_width || (address & ((1u << reg_shift) - 1)) != 0;
	return model_16550((address - 0x1000) >> reg_shift, write);
}

uint32_t arch_port_in(uint16_t port, unsigned width)
{
	wrong_accesses += width != 1;
	return model_16550(port - 0x3f8u, NULL);
}

void arch_port_out(uint16_t port, unsigned width, uint32_t value)
{
	uint64_t wide = value;

	wrong_accesses += width != 1;
	model_16550(port - 0x3f8u, &wide);
}

static bool ports = true;

bool arch_has_ports(void)
{
	return ports;
}

static char firmware_sent[64];

void arch_firmware_putc(char c)
{
	strncat(firmware_sent, &c, 1);
}

/* A FIFO of 16 whose interrupt comes when it has been more than half full. */
static uint64_t access_pl011(uintptr_t address, unsigned width, const uint64_t *write)
{
	wrong_accesses += width != reg_width;
	switch (address - 0x2000) {
	case 0x00:
		send((char)*write);
		busy_polls = 0;
		if (sent_count > 8)
			ris = 0x20;
		is_irq = (ris & imsc) != 0;
		return 0;
	case 0x18: return busy() ? 0x20 : 0x90;
	case 0x38:
		if (write != NULL)
			imsc = (uint32_t)*write;
		is_irq = (ris & imsc) != 0;
		return imsc;
	case 0x3c: return ris;
	case 0x44:
		ris &= ~(uint32_t)*write;
		is_irq = (ris & imsc) != 0;
		return 0;
	default: wrong_accesses++; return 0;
	}
}

static uint64_t access_sifive(uintptr_t address, unsigned width, const uint64_t *write)
{
	wrong_accesses += width != 4;
	switch (address - 0x3000) {
	case 0x00:
		if (write != NULL)
			send((char)*write);
		return busy() ? 0x80000000 : 0;
	case 0x08:
		if (write != NULL)
			txctrl = (uint32_t)*write;
		return txctrl;
	case 0x10:
		if (write != NULL)
			sifive_ie = (uint32_t)*write;
		is_irq = (sifive_ie & 1) != 0 && (txctrl >> 16 & 7) != 0;
		return sifive_ie;
	default: wrong_accesses++; return 0;
	}
}

static bool start(uint32_t type, uint64_t base, unsigned shift, unsigned width, shim_access_fn *access)
{
	struct helion_console desc = {.type = type,
				      .reg_shift = (uint8_t)shift,
				      .reg_width = (uint8_t)width,
				      .base = base};

	driver = NULL;
	waited = 0;
	is_returned = false;
	shim_access = access;
	reg_shift = shift;
	reg_width = width;
	memset(sent, 0, sizeof(sent));
	sent_count = accesses = wrong_accesses = lost = busy_polls = 0;
	is_missing = is_irq = false;
	return console_uart_init(&desc, (volatile void *)(uintptr_t)(type == HELION_CONSOLE_16550_PORT ? 0 : base));
}

static bool says(const char *text, const char *as)
{
	shim_say(text);
	return strcmp(sent, as) == 0 && lost == 0 && wrong_accesses == 0;
}

static void test_16550(void)
{
	static const uint8_t shapes[][2] = {{0, 1}, {2, 4}, {2, 1}, {1, 2}};

	for (size_t i = 0; i < 4; i++) {
		ier = 5;
		CHECK(start(HELION_CONSOLE_16550, 0x1000, shapes[i][0], shapes[i][1], access_16550));
		CHECK_THAT(ier == 0 && mcr == 3, "no interrupts, the rest is kept");
		CHECK(says("one\ntwo", "one\r\ntwo"));
		CHECK(console_uart_irq(true) && is_irq && sent_count == 8);
		CHECK(console_uart_irq(false) && ier == 0 && mcr == 3);
	}
	CHECK(start(HELION_CONSOLE_16550_PORT, 0x3f8, 0, 1, access_16550) && says("port\n", "port\r\n"));
	CHECK(accesses == 0 && console_uart_irq(true) && is_irq && console_uart_irq(false));
}

static void test_pl011(void)
{
	for (unsigned width = 2; width <= 4; width += 2) {
		ris = 0x30, imsc = 0x30;
		CHECK(start(HELION_CONSOLE_PL011, 0x2000, 0, width, access_pl011) && imsc == 0 && ris == 0);
		CHECK(says("a\n", "a\r\n"));
		CHECK(console_uart_irq(true) && is_irq && wrong_accesses == 0);
		CHECK_THAT(strspn(sent + 3, "\r") == strlen(sent + 3), "nothing visible is sent for it");
		CHECK(console_uart_irq(false) && !is_irq && imsc == 0);
	}
}

static void test_sifive(void)
{
	txctrl = 0;
	CHECK(start(HELION_CONSOLE_SIFIVE, 0x3000, 0, 4, access_sifive) && says("x\ny", "x\r\ny") && (txctrl & 1));
	CHECK(console_uart_irq(true) && is_irq && console_uart_irq(false) && sifive_ie == 0);
}

static void test_sbi(void)
{
	CHECK(start(HELION_CONSOLE_SBI, 0, 0, 0, NULL));
	shim_say("sbi\n");
	CHECK_TEXT(firmware_sent, "sbi\r\n");
	CHECK(!console_uart_irq(true));
}

/* A UART that never becomes ready costs a bounded time, once. */
static void test_missing(void)
{
	CHECK(start(HELION_CONSOLE_16550, 0x1000, 0, 1, access_16550));
	is_missing = true;
	CHECK(says("lost", "") && accesses < POLLS_MAX + 20);
	accesses = 0;
	CHECK(says("lost as well", "") && accesses == 12);
	is_missing = false;
	CHECK(says("back", "back"));
}

/* One that is slow is not waited for in one go, and gets every character once. */
static void test_slow(void)
{
	CHECK(start(HELION_CONSOLE_16550, 0x1000, 0, 1, access_16550));
	polls_busy = 1000;
	CHECK(shim_console->write(shim_console, "a\nb", 3) == 1);
	accesses = 0;
	CHECK(shim_console->write(shim_console, "\nb", 2) == 0 && accesses <= POLLS_PART);
	CHECK(says("\nb\n\n", "a\r\nb\r\n\r\n"));
	polls_busy = 3;
}

static void test_refusals(void)
{
	CHECK(!start(HELION_CONSOLE_NONE, 0, 0, 0, NULL) && !console_uart_irq(true));
	CHECK(!start(77, 0x1000, 0, 1, NULL));
	CHECK(!start(HELION_CONSOLE_PL011, 0, 0, 4, NULL));
	CHECK(!start(HELION_CONSOLE_16550_PORT, 0xfffc, 0, 1, NULL));
	ports = false;
	CHECK(!start(HELION_CONSOLE_16550_PORT, 0x3f8, 0, 1, NULL));
	ports = true;
}

int main(void)
{
	RUN(test_16550);
	RUN(test_pl011);
	RUN(test_sifive);
	RUN(test_sbi);
	RUN(test_missing);
	RUN(test_slow);
	RUN(test_refusals);
	return tap_finish();
}
