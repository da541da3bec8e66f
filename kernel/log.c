/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/log.h"

#include <stdarg.h>
#include <stdbool.h>

#include "kernel/spinlock.h"
#include "lib/format.h"

#define RING_SIZE 16384u /* power of two */

/* Guarded by `lock`. Position p of the log is ring[p % RING_SIZE]. */
static struct spinlock lock = SPINLOCK_INIT(LOCK_LOG);
static char ring[RING_SIZE];
static uint64_t written;
static struct console *consoles;
static bool unlocked; /* a panic goes on without the lock */

static void take_lock(void)
{
	if (!unlocked)
		spin_lock(&lock);
}

static void drop_lock(void)
{
	if (!unlocked)
		spin_unlock(&lock);
}

static void put(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		ring[(written + i) % RING_SIZE] = text[i];
	written += length;
	for (struct console *console = consoles; console; console = console->next)
		console->write(console, text, length);
}

void log_write(const char *text, size_t length)
{
	take_lock();
	put(text, length);
	drop_lock();
}

static void sink_write(void *ctx, const char *text, size_t length)
{
	(void)ctx;
	put(text, length);
}

static void vprint(const char *format, va_list arguments)
{
	struct fmt_sink sink = {.write = sink_write};

	take_lock();
	fmt_vprintf(&sink, format, arguments);
	drop_lock();
}

void kprintf(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vprint(format, arguments);
	va_end(arguments);
}

void kvprintf(const char *format, va_list arguments)
{
	vprint(format, arguments);
}

/* The oldest position that is still in the ring. */
static uint64_t oldest(void)
{
	return written > RING_SIZE ? written - RING_SIZE : 0;
}

void log_add_console(struct console *console)
{
	take_lock();
	for (uint64_t at = oldest(); at < written;) {
		uint64_t start = at % RING_SIZE;
		uint64_t length = written - at;

		if (length > RING_SIZE - start)
			length = RING_SIZE - start;
		console->write(console, ring + start, length);
		at += length;
	}
	console->next = consoles;
	consoles = console;
	drop_lock();
}

size_t log_read(uint64_t *position, char *buffer, size_t size)
{
	size_t count = 0;

	take_lock();
	if (*position < oldest())
		*position = oldest();
	while (count < size && *position < written)
		buffer[count++] = ring[(*position)++ % RING_SIZE];
	drop_lock();
	return count;
}

uint64_t log_position(void)
{
	return written;
}

uint64_t log_last_lines(unsigned lines)
{
	uint64_t at = written;

	/* The newline at the very end closes the last line. */
	while (at > oldest() && (at == written || ring[(at - 1) % RING_SIZE] != '\n' || --lines > 0))
		at--;
	return at;
}

void log_break_lock(void)
{
	unlocked = true;
}
