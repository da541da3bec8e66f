/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What clients of the serial driver (/bin/serial) say to it, over an endpoint that their parent gave to both.
 *
 * A request's label is one of the following. Text is words[1] and up, its bytes in the order of memory; words[0] says how many.
 * The answer's label is 0 or an enum helion_error: HELION_ERR_BUSY when too many clients wait already, HELION_ERR_ARGUMENT.
 */
#ifndef USER_SERIAL_SERIAL_H
#define USER_SERIAL_SERIAL_H

#include <stdint.h>

#include "lib/string.h"
#include "user/lib/helion.h"

#define SERIAL_WRITE 1 /* text -> words[0]: bytes that were taken, the first of it; waits until that is at least one */
#define SERIAL_READ  2 /* words[0]: bytes at most -> text that arrived; waits until that is at least one byte */
#define SERIAL_INFO \
	3 /* -> words[0]: bytes received, [1]: bytes sent, [2]: interrupts, [3]: times that the UART lost some */

#define SERIAL_TEXT ((HELION_MESSAGE_WORDS - 1) * sizeof(uint64_t)) /* bytes of a message */

/* For the first process: starts the driver of the UART that the kernel's messages go to, with the endpoint that its clients use. */
static inline void serial_start(struct helion_child *driver, uint64_t endpoint)
{
	const struct helion_manifest *manifest = helion_process.manifest;
	const struct helion_record *uart = NULL;
	uint64_t registers, irq;

	for (uint64_t i = 0; i < manifest->record_count && uart == NULL; i++)
		if (manifest_record(manifest, i)->flags & HELION_RECORD_CONSOLE)
			uart = manifest_record(manifest, i);
	if (uart == NULL)
		helion_panic("this machine has no UART that is known");
	HELION_MUST(helion_device_registers(uart, &registers));
	HELION_MUST(helion_device_irq(uart, &irq));
	HELION_MUST(helion_child_create(driver, "/bin/serial", ""));
	HELION_MUST(helion_child_give_device(driver, "uart", uart, registers));
	HELION_MUST(helion_child_give(driver, "irq", irq, HELION_RIGHT_WRITE, 0));
	HELION_MUST(helion_child_give(driver, "serial", endpoint, HELION_RIGHT_READ, 0));
	HELION_MUST(helion_child_start(driver));
}

/* Sends the request and turns the answer's label into a status: 0 or a negative enum helion_error. */
static inline int serial_request(uint64_t endpoint, struct helion_message *m)
{
	int error = helion_request(helion_ipc_buffer(), endpoint, m);

	return error < 0 ? error : -(int)m->label;
}

/* All of the text. */
static inline int serial_write(uint64_t endpoint, const char *text, size_t length)
{
	while (length > 0) {
		struct helion_message m = {.label = SERIAL_WRITE};
		size_t part = length < SERIAL_TEXT ? length : SERIAL_TEXT;
		int error;

		m.word_count = 1 + (part + 7) / 8;
		m.words[0] = part;
		memcpy(&m.words[1], text, part);
		error = serial_request(endpoint, &m);
		if (error < 0)
			return error;
		text += m.words[0];
		length -= m.words[0];
	}
	return 0;
}

/* What has arrived, 1 to `size` bytes; returns how many. */
static inline int serial_read(uint64_t endpoint, char *text, size_t size)
{
	struct helion_message m = {.label = SERIAL_READ, .word_count = 1, .words = {size}};
	int error = serial_request(endpoint, &m);

	if (error < 0)
		return error;
	memcpy(text, &m.words[1], m.words[0]);
	return (int)m.words[0];
}

#endif
