/* SPDX-License-Identifier: BSD-2-Clause */
/* See select.h. */
#include "bootloader/select.h"

/*
 * Matches one character with the bracket expression whose '[' is at pattern.start[at]. Returns the index behind its
 * ']', or 0 if there is none.
 */
static size_t match_bracket(struct slice pattern, size_t at, char c, bool *ret_matches)
{
	size_t i = at + 1, first;
	bool negated = i < pattern.length && (pattern.start[i] == '!' || pattern.start[i] == '^');
	bool matches = false;

	if (negated)
		i++;
	for (first = i; i < pattern.length && (pattern.start[i] != ']' || i == first); i++) {
		char from = slice_lower(pattern.start[i]), to = from;

		if (i + 2 < pattern.length && pattern.start[i + 1] == '-' && pattern.start[i + 2] != ']') {
			to = slice_lower(pattern.start[i + 2]);
			i += 2;
		}
		if (from <= slice_lower(c) && slice_lower(c) <= to)
			matches = true;
	}
	if (i == pattern.length)
		return 0;
	*ret_matches = matches != negated;
	return i + 1;
}

/* Bytes of the UTF-8 character at text.start[at]. */
static size_t width(struct slice text, size_t at)
{
	size_t end = at + 1;

	while (end < text.length && ((unsigned char)text.start[end] & 0xc0) == 0x80)
		end++;
	return end - at;
}

/*
 * Matches one character of the text with the element of the pattern at *at, which is no '*', and moves past that. Returns
 * the bytes of the text that it stands for, 0 if they do not match.
 */
static size_t match_one(struct slice pattern, size_t *at, struct slice text, size_t t)
{
	char element = pattern.start[*at];
	bool matches;
	size_t next;

	if (element == '?') {
		*at += 1;
		return width(text, t);
	}
	if (element == '[' && (next = match_bracket(pattern, *at, text.start[t], &matches)) != 0) {
		*at = next;
		return matches ? width(text, t) : 0;
	}
	if (element == '\\' && *at + 1 < pattern.length)
		element = pattern.start[++*at];
	*at += 1;
	return slice_lower(element) == slice_lower(text.start[t]);
}

bool select_glob(struct slice pattern, struct slice text)
{
	size_t p = 0, t = 0, star = SELECT_NONE, resume = 0, matched;

	/* Only the last '*' ever has to be tried with more text: no recursion. */
	while (t < text.length) {
		if (p < pattern.length && pattern.start[p] == '*') {
			star = ++p;
			resume = t;
			continue;
		}
		if (p < pattern.length && (matched = match_one(pattern, &p, text, t)) != 0) {
			t += matched;
			continue;
		}
		if (star == SELECT_NONE)
			return false;
		p = star;
		t = ++resume;
	}
	while (p < pattern.length && pattern.start[p] == '*')
		p++;
	return p == pattern.length;
}

bool select_matches(struct slice pattern, struct slice id, const char *suffix)
{
	const size_t length = strlen(suffix);
	char name[256 + 8];

	if (select_glob(pattern, id))
		return true;
	if (id.length + length > sizeof(name))
		return false;
	memcpy(name, id.start, id.length);
	memcpy(name + id.length, suffix, length);
	return select_glob(pattern, (struct slice){name, id.length + length});
}

static bool has_wildcard(struct slice pattern)
{
	for (size_t i = 0; i < pattern.length; i++)
		if (pattern.start[i] == '*' || pattern.start[i] == '?' || pattern.start[i] == '[')
			return true;
	return false;
}

size_t select_pattern(struct slice pattern, const struct select_entry *entries, size_t count)
{
	if (slice_is_empty(pattern))
		return SELECT_NONE;
	for (size_t i = 0; i < count; i++) {
		if (entries[i].is_foreign || entries[i].was_tried)
			continue;
		if ((entries[i].is_exhausted || entries[i].is_automatic) && has_wildcard(pattern))
			continue;
		if (select_matches(pattern, entries[i].id, entries[i].suffix))
			return i;
	}
	return SELECT_NONE;
}

size_t select_next(const struct select_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!entries[i].is_foreign && !entries[i].is_automatic && !entries[i].was_tried)
			return i;
	return SELECT_NONE;
}
