/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the serial driver as a process, and sends back what is typed. Ctrl-D ends it. */
#include "user/serial/serial.h"

#define CTRL_D 4

int main(const struct helion_manifest *manifest)
{
	static const char greeting[] = "echo: type something, Ctrl-D ends\r\n";
	struct helion_message info = {.label = SERIAL_INFO};
	struct helion_child driver;
	uint64_t serial;
	char text[SERIAL_TEXT];
	int length, status;

	HELION_MUST(helion_memory_create(manifest->slot_memory, HELION_TYPE_ENDPOINT, 0, 0, &serial));
	serial_start(&driver, serial);
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
