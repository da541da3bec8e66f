/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Formats with a format string out of the input and compares with the C library's snprintf. Formats for which the two
 * differ on purpose (%p, unknown conversions) or that the standard leaves undefined are only run.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/format.h"

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"

struct conversion {
	char text[24];
	char kind;   /* conversion character */
	char length; /* '\0', 'h', 'H', 'l', 'L', 'z' */
};

/* Makes one well-formed conversion from three bytes. */
static void make(const uint8_t *data, struct conversion *ret)
{
	static const char kinds[] = "diuxXocs";
	static const char *const lengths[] = {"", "h", "hh", "l", "ll", "z"};
	static const char length_names[] = {'\0', 'h', 'H', 'l', 'L', 'z'};
	char flags[6] = "";
	ret->kind = kinds[data[0] % 8];
	unsigned length = data[0] / 8 % 6;
	if (ret->kind == 'c' || ret->kind == 's')
		length = 0;
	ret->length = length_names[length];
	/* The standard leaves some flags undefined for some conversions. */
	if (data[1] & 1)
		strcat(flags, "-");
	if (data[1] & 2 && ret->kind != 'c' && ret->kind != 's')
		strcat(flags, "0");
	if (data[1] & 4 && strchr("xXo", ret->kind) != NULL)
		strcat(flags, "#");
	if (data[1] & 8 && strchr("di", ret->kind) != NULL)
		strcat(flags, "+");
	if (data[1] & 16 && strchr("di", ret->kind) != NULL)
		strcat(flags, " ");
	char width[8] = "", precision[8] = "";
	if (data[1] & 32)
		sprintf(width, "%u", data[2] % 40 + 1u);
	if (data[1] & 64 && ret->kind != 'c')
		sprintf(precision, ".%u", data[2] / 4 % 40u);
	snprintf(ret->text, sizeof ret->text, "<%%%s%s%s%s%c>", flags, width, precision, lengths[length], ret->kind);
}

static void compare(const struct conversion *c, uint64_t value, const char *string, size_t capacity)
{
	char ours[256], theirs[256];
	size_t our_length;
	int their_length;
#define BOTH(argument)                                                   \
	(our_length = fmt_snprintf(ours, capacity, c->text, (argument)), \
	 their_length = snprintf(theirs, capacity, c->text, (argument)))
	switch (c->kind == 's' ? 's' : c->length) {
	case 's': BOTH(string); break;
	case 'l': BOTH((long)value); break;
	case 'L': BOTH((long long)value); break;
	case 'z': BOTH((size_t)value); break;
	default: BOTH(c->kind == 'c' ? (int)(value % 255) + 1 : (int)value); break;
	}
	if (our_length != (size_t)their_length || (capacity != 0 && strcmp(ours, theirs) != 0)) {
		fprintf(stderr, "\"%s\": \"%s\" instead of \"%s\"\n", c->text, ours, theirs);
		abort();
	}
}

/* Any text as a format: it must end, stay inside its buffer and return its length. Widths are kept small. */
static void run_any(const uint8_t *data, size_t size)
{
	char format[64], out[32];
	size_t length = 0, digits = 0;
	for (size_t i = 0; i < size && length < sizeof format - 1; i++) {
		char c = (char)data[i];
		if (c == '\0' || c == '*' || c == 's')
			continue;
		digits = c >= '0' && c <= '9' ? digits + 1 : 0;
		if (digits > 4)
			continue;
		format[length++] = c;
	}
	format[length] = '\0';
	/* More arguments than a format of this length can take. */
	uint64_t a = 0x123456789abcdef;
	size_t result = fmt_snprintf(out, sizeof out, format, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a, a,
				     a, a, a, a, a, a, a, a, a, a, a, a, a);
	if (strlen(out) != (result < sizeof out ? result : sizeof out - 1))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run_any(data, size);
	if (size < 12)
		return 0;
	struct conversion conversion;
	uint64_t value;
	char string[32];
	size_t string_size = size - 12 < sizeof string - 1 ? size - 12 : sizeof string - 1;
	memcpy(&value, data + 4, sizeof value);
	memcpy(string, data + 12, string_size);
	string[string_size] = '\0';
	make(data, &conversion);
	compare(&conversion, value, string, 256);
	compare(&conversion, value, string, data[3] % 64);
	return 0;
}
