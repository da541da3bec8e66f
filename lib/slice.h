/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A piece of somebody else's text: not NUL-terminated, not owned, valid as long as the buffer it points into.
 * Print one with "%.*s", (int)slice.length, slice.start. The empty slice may have a null start.
 */
#ifndef HELION_LIB_SLICE_H
#define HELION_LIB_SLICE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/string.h"

struct slice {
	const char *start;
	size_t length; /* bytes */
};

/* The whole of a NUL-terminated string. */
static inline struct slice slice_of(const char *text)
{
	return (struct slice){text, strlen(text)};
}

static inline bool slice_is_empty(struct slice slice)
{
	return slice.length == 0;
}

static inline bool slice_equals(struct slice a, struct slice b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.start, b.start, a.length) == 0);
}

static inline bool slice_equals_text(struct slice slice, const char *text)
{
	return slice_equals(slice, slice_of(text));
}

static inline char slice_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Comparison that ignores the case of ASCII letters. */
static inline bool slice_equals_nocase(struct slice slice, const char *text)
{
	size_t i;

	for (i = 0; i < slice.length && text[i]; i++)
		if (slice_lower(slice.start[i]) != slice_lower(text[i]))
			return false;
	return i == slice.length && text[i] == '\0';
}

/* Whether it ends like this, without regard to the case of ASCII letters. */
static inline bool slice_ends_nocase(struct slice slice, const char *end)
{
	size_t length = strlen(end);

	return slice.length >= length &&
	       slice_equals_nocase((struct slice){slice.start + slice.length - length, length}, end);
}

#endif
