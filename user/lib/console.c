/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/console.h"

#include "lib/format.h"
#include "user/lib/syscall.h"

static _Thread_local char line[256];
static _Thread_local size_t line_length;

void console_flush(void)
{
	if (line_length != 0)
		helion_writecons(line, line_length);
	line_length = 0;
}

void console_write(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		line[line_length++] = text[i];
		if (text[i] == '\n' || line_length == sizeof(line))
			console_flush();
	}
}

static void sink_write(void *context, const char *text, size_t length)
{
	(void)context;
	console_write(text, length);
}

int vprintf(const char *format, va_list arguments)
{
	struct fmt_sink sink = {sink_write, NULL};

	return (int)fmt_vprintf(&sink, format, arguments);
}

int printf(const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vprintf(format, arguments);
	va_end(arguments);
	return length;
}
