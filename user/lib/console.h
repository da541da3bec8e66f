/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text to the debug console. Each thread collects a line until it is complete, so that lines of several threads and
 * programs do not mix.
 */
#ifndef USER_LIB_CONSOLE_H
#define USER_LIB_CONSOLE_H

#include <stdarg.h>
#include <stddef.h>

/* Formats as lib/format.h says. Return the length of the text in bytes. */
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int vprintf(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));

/* Text as it is. */
void console_write(const char *text, size_t length);

/* Writes out a line that has no end yet. */
void console_flush(void);

#endif
