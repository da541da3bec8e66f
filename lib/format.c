/* SPDX-License-Identifier: BSD-2-Clause */
/* See format.h. */
#include "lib/format.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/string.h"

enum { MAX_DIGITS = 22 }; /* of a 64-bit number in octal */

struct specification {
	bool left, zero, alternate, plus, space;
	bool has_precision;
	int width;
	int precision;
	char length; /* '\0', 'H' for hh, 'h', 'l', 'L' for ll, 'z', 't', 'j' */
	char conversion;
};

struct output {
	struct fmt_sink *sink;
	size_t length;
};

static void put(struct output *output, const char *text, size_t length)
{
	if (length == 0)
		return;
	output->sink->write(output->sink->ctx, text, length);
	output->length += length;
}

static void put_repeated(struct output *output, char character, size_t count)
{
	if (count == 0)
		return;
	char run[16];
	memset(run, character, sizeof run);
	while (count != 0) {
		size_t part = count < sizeof run ? count : sizeof run;
		put(output, run, part);
		count -= part;
	}
}

/* Writes text in a field of the specified width. */
static void put_padded(struct output *output, const struct specification *spec, const char *text, size_t length)
{
	size_t padding = (size_t)spec->width > length ? (size_t)spec->width - length : 0;
	if (!spec->left)
		put_repeated(output, ' ', padding);
	put(output, text, length);
	if (spec->left)
		put_repeated(output, ' ', padding);
}

static void put_integer(struct output *output, const struct specification *spec, uint64_t value, bool negative)
{
	const char *digit_set = spec->conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	unsigned base = 10;
	if (spec->conversion == 'x' || spec->conversion == 'X' || spec->conversion == 'p')
		base = 16;
	else if (spec->conversion == 'o')
		base = 8;

	char digits[MAX_DIGITS];
	size_t count = 0;
	for (uint64_t rest = value; rest != 0; rest /= base)
		digits[MAX_DIGITS - ++count] = digit_set[rest % base];

	const char *prefix = "";
	if (spec->conversion == 'd' || spec->conversion == 'i')
		prefix = negative ? "-" : spec->plus ? "+" : spec->space ? " " : "";
	else if (spec->conversion == 'p' || (spec->alternate && base == 16 && value != 0))
		prefix = spec->conversion == 'X' ? "0X" : "0x";
	size_t prefix_length = strlen(prefix);

	size_t wanted = spec->has_precision ? (size_t)spec->precision : 1;
	if (base == 8 && spec->alternate && wanted <= count)
		wanted = count + 1;
	size_t zeros = wanted > count ? wanted - count : 0;
	size_t width = (size_t)spec->width;
	size_t length = prefix_length + zeros + count;
	if (spec->zero && !spec->left && !spec->has_precision && width > length) {
		zeros += width - length;
		length = width;
	}
	size_t padding = width > length ? width - length : 0;

	if (!spec->left)
		put_repeated(output, ' ', padding);
	put(output, prefix, prefix_length);
	put_repeated(output, '0', zeros);
	put(output, digits + MAX_DIGITS - count, count);
	if (spec->left)
		put_repeated(output, ' ', padding);
}

static void put_string(struct output *output, const struct specification *spec, const char *text)
{
	if (text == NULL)
		text = "(null)";
	put_padded(output, spec, text, spec->has_precision ? strnlen(text, (size_t)spec->precision) : strlen(text));
}

/* Reads decimal digits; what does not fit an int becomes INT_MAX. */
static const char *parse_number(const char *at, int *ret)
{
	int value = 0;
	for (; *at >= '0' && *at <= '9'; at++)
		if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, *at - '0', &value))
			value = INT_MAX;
	*ret = value;
	return at;
}

static const char *parse_flags(const char *at, struct specification *spec)
{
	for (;; at++) {
		switch (*at) {
		case '-': spec->left = true; break;
		case '0': spec->zero = true; break;
		case '#': spec->alternate = true; break;
		case '+': spec->plus = true; break;
		case ' ': spec->space = true; break;
		default: return at;
		}
	}
}

static const char *parse_length(const char *at, struct specification *spec)
{
	switch (*at) {
	case 'h':
	case 'l':
		spec->length = *at++;
		if (*at == spec->length) {
			spec->length = *at == 'h' ? 'H' : 'L';
			at++;
		}
		break;
	case 'z':
	case 't':
	case 'j': spec->length = *at++; break;
	default: break;
	}
	return at;
}

/*
 * va_list may be an array type, which cannot be passed on by reference once it is a parameter; hence the structure.
 */
struct arguments {
	va_list list;
};

static int64_t next_signed(struct arguments *arguments, char length)
{
	switch (length) {
	case 'H': return (signed char)va_arg(arguments->list, int);
	case 'h': return (short)va_arg(arguments->list, int);
	case 'l': return va_arg(arguments->list, long);
	case 'L': return va_arg(arguments->list, long long);
	case 'z':
	case 't': return va_arg(arguments->list, ptrdiff_t);
	case 'j': return va_arg(arguments->list, intmax_t);
	default: return va_arg(arguments->list, int);
	}
}

static uint64_t next_unsigned(struct arguments *arguments, char length)
{
	switch (length) {
	case 'H': return (unsigned char)va_arg(arguments->list, unsigned);
	case 'h': return (unsigned short)va_arg(arguments->list, unsigned);
	case 'l': return va_arg(arguments->list, unsigned long);
	case 'L': return va_arg(arguments->list, unsigned long long);
	case 'z':
	case 't': return va_arg(arguments->list, size_t);
	case 'j': return va_arg(arguments->list, uintmax_t);
	default: return va_arg(arguments->list, unsigned);
	}
}

/* Parses what follows '%', except the conversion's argument. Returns the place behind the conversion character. */
static const char *parse_specification(const char *at, struct specification *spec, struct arguments *arguments)
{
	*spec = (struct specification){0};
	at = parse_flags(at, spec);
	if (*at == '*') {
		at++;
		spec->width = va_arg(arguments->list, int);
		if (spec->width < 0) {
			spec->left = true;
			spec->width = spec->width == INT_MIN ? INT_MAX : -spec->width;
		}
	} else {
		at = parse_number(at, &spec->width);
	}
	if (*at == '.') {
		at++;
		spec->has_precision = true;
		if (*at == '*') {
			at++;
			spec->precision = va_arg(arguments->list, int);
			if (spec->precision < 0)
				spec->has_precision = false;
		} else {
			at = parse_number(at, &spec->precision);
		}
	}
	at = parse_length(at, spec);
	spec->conversion = *at;
	return *at == '\0' ? at : at + 1;
}

/* False if the conversion is not known; then it took no argument. */
static bool convert(struct output *output, const struct specification *spec, struct arguments *arguments)
{
	switch (spec->conversion) {
	case 'd':
	case 'i': {
		int64_t value = next_signed(arguments, spec->length);
		put_integer(output, spec, value < 0 ? -(uint64_t)value : (uint64_t)value, value < 0);
		return true;
	}
	case 'u':
	case 'x':
	case 'X':
	case 'o': put_integer(output, spec, next_unsigned(arguments, spec->length), false); return true;
	case 'p': put_integer(output, spec, (uintptr_t)va_arg(arguments->list, void *), false); return true;
	case 'c': {
		char character = (char)va_arg(arguments->list, int);
		put_padded(output, spec, &character, 1);
		return true;
	}
	case 's': put_string(output, spec, va_arg(arguments->list, const char *)); return true;
	case '%': put(output, "%", 1); return true;
	default: return false;
	}
}

size_t fmt_vprintf(struct fmt_sink *sink, const char *format, va_list list)
{
	struct output output = {.sink = sink};
	struct arguments arguments;
	va_copy(arguments.list, list);

	while (*format != '\0') {
		const char *percent = format;
		while (*percent != '\0' && *percent != '%')
			percent++;
		put(&output, format, (size_t)(percent - format));
		if (*percent == '\0')
			break;

		struct specification spec;
		format = parse_specification(percent + 1, &spec, &arguments);
		if (!convert(&output, &spec, &arguments))
			put(&output, percent, (size_t)(format - percent));
	}

	va_end(arguments.list);
	return output.length;
}

size_t fmt_printf(struct fmt_sink *sink, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	size_t length = fmt_vprintf(sink, format, list);
	va_end(list);
	return length;
}

struct buffer {
	char *start;
	size_t used;
	size_t capacity; /* without the NUL */
};

static void write_to_buffer(void *ctx, const char *text, size_t length)
{
	struct buffer *buffer = ctx;
	size_t room = buffer->capacity - buffer->used;
	if (length > room)
		length = room;
	memcpy(buffer->start + buffer->used, text, length);
	buffer->used += length;
}

static void discard(void *ctx, const char *text, size_t length)
{
	(void)ctx;
	(void)text;
	(void)length;
}

size_t fmt_vsnprintf(char *start, size_t capacity, const char *format, va_list list)
{
	if (capacity == 0) {
		struct fmt_sink sink = {.write = discard};
		return fmt_vprintf(&sink, format, list);
	}
	struct buffer buffer = {.start = start, .capacity = capacity - 1};
	struct fmt_sink sink = {.write = write_to_buffer, .ctx = &buffer};
	size_t length = fmt_vprintf(&sink, format, list);
	start[buffer.used] = '\0';
	return length;
}

size_t fmt_snprintf(char *start, size_t capacity, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	size_t length = fmt_vsnprintf(start, capacity, format, list);
	va_end(list);
	return length;
}
