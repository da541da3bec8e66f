/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for a serial port, as a process: it has the UART's registers, its interrupt and an endpoint, and nothing else
 * of the machine. Its parent gives it
 *
 *   "uart"    Pages with the registers, or an IOPort; with the record of the manifest, which says where they begin
 *   "irq"     the IRQHandler of the UART's line
 *   "serial"  the Endpoint that clients talk to (user/serial/serial.h)
 *
 * One task does it all: an interrupt signals a notification that is bound to the task, so it ends the same recv that requests
 * come from. Whoever cannot be answered at once is left waiting, its reply stored in a slot.
 */
#include "user/serial/serial.h"
#include "user/serial/uart.h"

#define RING     256u /* bytes; a power of two */
#define DEFERRED 8u
#define BATCH    64u /* bytes to send between two looks at what has arrived */

struct ring {
	uint32_t head, tail; /* count of bytes put in, and taken out */
	char bytes[RING];
};

/* A client that waits, for text or for room for its own. */
struct deferred {
	uint64_t reply; /* slot */
	struct helion_message request;
};

static struct uart uart;
static struct ring received, to_send;
static struct deferred deferred[DEFERRED]; /* in the order in which they came */
static uint32_t deferred_count;
static uint64_t bytes_received, bytes_sent, interrupts;

static uint32_t ring_used(const struct ring *ring)
{
	return ring->head - ring->tail;
}

static uint32_t ring_put(struct ring *ring, const char *text, uint32_t length)
{
	uint32_t count = 0;

	while (count < length && ring_used(ring) < RING)
		ring->bytes[ring->head++ % RING] = text[count++];
	return count;
}

static uint32_t ring_take(struct ring *ring, char *text, uint32_t size)
{
	uint32_t count = 0;

	while (count < size && ring_used(ring) > 0)
		text[count++] = ring->bytes[ring->tail++ % RING];
	return count;
}

/* -- The UART -------------------------------------------------------------------------------------------------- */

/* Which interrupts may come. */
static void uart_wait(bool to_receive, bool to_send)
{
	uart_set(&uart, uart.type->interrupts,
		 (to_receive ? uart.type->on_receive : 0) | (to_send ? uart.type->on_send : 0));
}

/* All that has arrived, as far as there is room; what stays in the UART holds up the sender or is counted as lost. */
static void receive_all(void)
{
	int byte;

	while (ring_used(&received) < RING && (byte = uart.type->receive(&uart)) >= 0) {
		received.bytes[received.head++ % RING] = (char)byte;
		bytes_received++;
	}
}

/* Moves bytes both ways until neither can go on, and waits for what they lack. */
static void serve_uart(void)
{
	bool is_full = false;

	do {
		receive_all();
		for (uint32_t i = 0; i < BATCH && ring_used(&to_send) > 0 && !is_full; i++) {
			is_full = !uart.type->send(&uart, (uint8_t)to_send.bytes[to_send.tail % RING]);
			to_send.tail += !is_full;
			bytes_sent += !is_full;
		}
	} while (ring_used(&to_send) > 0 && !is_full);
	uart_wait(ring_used(&received) < RING, is_full);
}

static bool uart_open(void)
{
	static const struct uart_type *const types[] = {&uart_16550, &uart_pl011, &uart_sifive};
	const struct helion_manifest *manifest = helion_process.manifest;
	const struct helion_record *record = helion_given_record("uart");
	uint32_t wanted = manifest->console_type;
	struct vm_mapping mapping;

	if (wanted == HELION_CONSOLE_16550_PORT)
		wanted = HELION_CONSOLE_16550;
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i]->console_type == wanted)
			uart.type = types[i];
	if (uart.type == NULL || record == NULL)
		return false;
	uart.shift = manifest->console_reg_shift;
	uart.width = manifest->console_reg_width;
	if (record->type == HELION_TYPE_IOPORT) {
		uart.ports = record->slot;
		uart.port = record->base;
		return true;
	}
	HELION_MUST(helion_pages_map(record->slot, 0, HELION_PAGE_SIZE, HELION_MAP_READ | HELION_MAP_WRITE, &mapping));
	uart.registers = (volatile char *)mapping.address + record->base % HELION_PAGE_SIZE;
	return true;
}

/* -- Requests -------------------------------------------------------------------------------------------------- */

/* Turns a request into its answer; false: not yet, and it is as it was. */
static bool answer(struct helion_message *m)
{
	char *text = (char *)&m->words[1];
	uint64_t count = m->word_count > 0 ? m->words[0] : 0;

	switch (m->label) {
	case SERIAL_WRITE:
		if (count == 0 || count > SERIAL_TEXT || m->word_count < 1 + (count + 7) / 8)
			break;
		count = ring_put(&to_send, text, (uint32_t)count);
		if (count == 0)
			return false;
		*m = (struct helion_message){.word_count = 1, .words = {count}};
		return true;
	case SERIAL_READ:
		if (count == 0)
			break;
		count = ring_take(&received, text, count < SERIAL_TEXT ? (uint32_t)count : SERIAL_TEXT);
		if (count == 0)
			return false;
		m->label = 0;
		m->words[0] = count;
		m->word_count = 1 + (count + 7) / 8;
		return true;
	case SERIAL_INFO:
		*m = (struct helion_message){.word_count = 4,
					     .words = {bytes_received, bytes_sent, interrupts, uart.overruns}};
		return true;
	default: break;
	}
	*m = (struct helion_message){.label = HELION_ERR_ARGUMENT};
	return true;
}

/* Answers a request, by a Reply's slot or (0) the last one. What was read for a client that is gone is there for the next. */
static void give(uint64_t reply, const struct helion_message *request, const struct helion_message *m)
{
	if (helion_reply(helion_ipc_buffer(), reply, m) < 0 && request->label == SERIAL_READ && m->label == 0)
		received.tail -= (uint32_t)m->words[0];
}

static void remove_deferred(uint32_t index)
{
	memmove(&deferred[index], &deferred[index + 1], (--deferred_count - index) * sizeof(deferred[0]));
}

/* Answers those who can be; true if there were any. */
static bool answer_deferred(void)
{
	uint32_t before = deferred_count;

	for (uint32_t i = 0; i < deferred_count;) {
		struct helion_message m = deferred[i].request;

		if (!answer(&m)) {
			i++;
			continue;
		}
		give(deferred[i].reply, &deferred[i].request, &m);
		remove_deferred(i);
	}
	return deferred_count != before;
}

/* Those who have ended took their Reply along, which has emptied its slot. */
static void forget_ended(void)
{
	enum helion_type type;

	for (uint32_t i = 0; i < deferred_count;) {
		if (helion_identify(deferred[i].reply, &type, NULL, NULL) == 0 && type == HELION_TYPE_REPLY)
			i++;
		else
			remove_deferred(i);
	}
}

/* Keeps the request for later. */
static void defer(const struct helion_message *request)
{
	static const struct helion_message busy = {.label = HELION_ERR_BUSY};
	uint64_t reply;

	if (deferred_count == DEFERRED)
		forget_ended();
	/* Without a slot, or (MISSING) if it was no call, the answer goes to the client if there is one. */
	if (deferred_count == DEFERRED || helion_cspace_store_reply(helion_process.cspace, &reply) < 0) {
		helion_reply(helion_ipc_buffer(), 0, &busy);
		return;
	}
	/* The slot was free: if somebody waited for it, his end has emptied it. */
	for (uint32_t i = 0; i < deferred_count; i++)
		if (deferred[i].reply == reply)
			remove_deferred(i--);
	deferred[deferred_count++] = (struct deferred){reply, *request};
}

static void serve(const struct helion_message *request)
{
	struct helion_message m = *request;

	/* Nobody asked for them. */
	for (uint64_t i = 0; i < request->cap_count; i++)
		HELION_MUST(helion_cspace_delete(helion_process.cspace, request->caps[i]));
	if (answer(&m))
		give(0, request, &m);
	else
		defer(request);
}

static void work(void)
{
	do {
		serve_uart();
	} while (answer_deferred());
}

int main(const struct helion_manifest *manifest)
{
	const struct helion_record *device = helion_given_record("uart");
	uint64_t endpoint = helion_given("serial"), irq = helion_given("irq"), notification;
	struct helion_message m;
	bool is_edge;
	int error;

	if (endpoint == 0 || irq == 0 || !uart_open())
		helion_panic("this needs a serial port of a known kind, its interrupt and an endpoint");
	HELION_MUST(helion_memory_create(manifest->slot_memory, HELION_TYPE_NOTIFICATION, 0, 0, &notification));
	HELION_MUST(helion_irq_handler_bind(irq, notification, 1));
	HELION_MUST(helion_task_bind(manifest->slot_task, notification));
	is_edge = (device->flags & HELION_RECORD_IRQ_EDGE) != 0;
	uart.type->start(&uart);
	HELION_MUST(helion_irq_handler_ack(irq));
	work();
	while ((error = helion_recv(helion_ipc_buffer(), endpoint, &m)) != -HELION_ERR_GONE) {
		bool is_interrupt;

		if (error == -HELION_ERR_SLOTS)
			continue; /* capabilities that there was no room for: the sender knows */
		HELION_MUST(error);
		is_interrupt = m.label == HELION_LABEL_SIGNALS;
		interrupts += is_interrupt;
		/* An edge that comes before the acknowledgement is lost: first that, then the UART. A level just comes again. */
		if (is_interrupt && is_edge)
			HELION_MUST(helion_irq_handler_ack(irq));
		if (!is_interrupt)
			serve(&m);
		work();
		if (is_interrupt && !is_edge)
			HELION_MUST(helion_irq_handler_ack(irq));
	}
	while (ring_used(&to_send) > 0) {
		serve_uart();
		helion_yield();
	}
	uart_wait(false, false);
	return 0;
}
