/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the serial driver as a process, and sends back what is typed. Ctrl-D ends it. */
#include "user/serial/serial.h"

#define CTRL_D 4

/* The record of the UART that the kernel's messages go to. */
static const struct helion_record *find_console(const struct helion_manifest *manifest)
{
	for (uint64_t i = 0; i < manifest->record_count; i++)
		if (manifest_record(manifest, i)->flags & HELION_RECORD_CONSOLE)
			return manifest_record(manifest, i);
	helion_panic("this machine has no UART that is known");
}

static void start_driver(struct helion_child *driver, const struct helion_manifest *manifest, uint64_t endpoint)
{
	const struct helion_record *uart = find_console(manifest);
	uint64_t registers = uart->slot, irq;

	if (uart->flags & HELION_RECORD_PORTS)
		HELION_MUST(helion_ioport_control_claim(manifest->slot_ioport_control, manifest->slot_memory,
							uart->base, uart->size, &registers));
	HELION_MUST(helion_irq_control_claim(manifest->slot_irq_control, manifest->slot_memory, uart->irq,
					     !(uart->flags & HELION_RECORD_IRQ_EDGE),
					     (uart->flags & HELION_RECORD_IRQ_LOW) != 0, &irq));
	HELION_MUST(helion_child_create(driver, "/bin/serial", ""));
	HELION_MUST(helion_child_give_device(driver, "uart", uart, registers));
	HELION_MUST(helion_child_give(driver, "irq", irq, HELION_RIGHT_WRITE, 0));
	HELION_MUST(helion_child_give(driver, "serial", endpoint, HELION_RIGHT_READ, 0));
	HELION_MUST(helion_child_start(driver));
}

int main(const struct helion_manifest *manifest)
{
	static const char greeting[] = "echo: type something, Ctrl-D ends\r\n";
	struct helion_message info = {.label = SERIAL_INFO};
	struct helion_child driver;
	uint64_t serial;
	char text[SERIAL_TEXT];
	int length, status;

	HELION_MUST(helion_memory_create(manifest->slot_memory, HELION_TYPE_ENDPOINT, 0, 0, &serial));
	start_driver(&driver, manifest, serial);
	HELION_MUST(serial_write(serial, greeting, sizeof(greeting) - 1));
	do {
		length = serial_read(serial, text, sizeof(text));
		HELION_MUST(length);
		HELION_MUST(serial_write(serial, text, (size_t)length));
	} while (memchr(text, CTRL_D, (size_t)length) == NULL);
	HELION_MUST(serial_request(serial, &info));
	HELION_MUST(helion_cspace_destroy(manifest->slot_cspace, serial)); /* the driver's loop ends */
	HELION_MUST(helion_child_wait(&driver, &status));
	HELION_MUST(helion_child_destroy(&driver));
	printf("echo: %lu bytes received, %lu sent, %lu interrupts, %lu times some were lost\n", info.words[0],
	       info.words[1], info.words[2], info.words[3]);
	return status;
}
