/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * printf for every place that has no C library: boot consoles, the kernel log, panic screens, user space.
 *
 * Conversions: %d %i %u %x %X %o %c %s %p %%, with the flags '-' '0' '#' '+' ' ', a width and a precision (numbers or
 * '*'), and the lengths hh h l ll z t j. %p prints 0x and lower-case hexadecimal digits. %s of a null pointer prints
 * "(null)". A conversion that is not known is printed as it stands and takes no argument; there is no %n and no
 * floating point.
 *
 * Needs no memory besides about 100 bytes of stack, takes no lock and keeps no state.
 */
#ifndef HELION_LIB_FORMAT_H
#define HELION_LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

/* Where the text goes. `write` is called with runs of text (not NUL-terminated, length > 0), in order. */
struct fmt_sink {
	void (*write)(void *ctx, const char *text, size_t length);
	void *ctx;
};

/* Writes the formatted text to the sink; returns its length in bytes. */
size_t fmt_vprintf(struct fmt_sink *sink, const char *format, va_list arguments) __attribute__((format(printf, 2, 0)));
size_t fmt_printf(struct fmt_sink *sink, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * Writes at most `capacity` bytes to `buffer` including a terminating NUL (none only if capacity is 0) and returns the
 * length that the complete text has without the NUL: it was cut if the result is >= capacity.
 */
size_t fmt_vsnprintf(char *buffer, size_t capacity, const char *format, va_list arguments)
	__attribute__((format(printf, 3, 0)));
size_t fmt_snprintf(char *buffer, size_t capacity, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
