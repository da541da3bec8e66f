/* SPDX-License-Identifier: BSD-2-Clause */
/* See version.h. The numbers in comments are the steps of UAPI.10, "Version Comparison". */
#include "lib/version.h"

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_version_character(char c)
{
	return is_digit(c) || is_letter(c) || c == '~' || c == '-' || c == '^' || c == '.';
}

static int compare_numbers(size_t a, size_t b)
{
	return a < b ? -1 : a > b;
}

static bool starts_with(struct slice text, char c)
{
	return text.length != 0 && text.start[0] == c;
}

static struct slice skip(struct slice text, size_t length)
{
	return (struct slice){text.start + length, text.length - length};
}

/* The part of the text that consists of characters of one class. */
static struct slice prefix(struct slice text, bool (*is_member)(char))
{
	size_t length = 0;
	while (length < text.length && is_member(text.start[length]))
		length++;
	return (struct slice){text.start, length};
}

static int compare_text(struct slice a, struct slice b)
{
	size_t common = a.length < b.length ? a.length : b.length;
	int order = common == 0 ? 0 : memcmp(a.start, b.start, common);
	return order != 0 ? order : compare_numbers(a.length, b.length);
}

/* Digits without regard to size: without leading zeros the longer number is the larger. */
static int compare_digits(struct slice a, struct slice b)
{
	while (starts_with(a, '0'))
		a = skip(a, 1);
	while (starts_with(b, '0'))
		b = skip(b, 1);
	if (a.length != b.length)
		return compare_numbers(a.length, b.length);
	return compare_text(a, b);
}

/* If only one text begins with the separator, it is the older; if both do, they lose it. */
static int compare_separator(struct slice *a, struct slice *b, char separator)
{
	bool a_has = starts_with(*a, separator);
	bool b_has = starts_with(*b, separator);
	if (a_has != b_has)
		return a_has ? -1 : 1;
	if (a_has) {
		*a = skip(*a, 1);
		*b = skip(*b, 1);
	}
	return 0;
}

int version_compare(struct slice a, struct slice b)
{
	for (;;) {
		int order;

		/* 1: characters that have no meaning in a version. */
		while (a.length != 0 && !is_version_character(a.start[0]))
			a = skip(a, 1);
		while (b.length != 0 && !is_version_character(b.start[0]))
			b = skip(b, 1);

		/* 2: a pre-release is older even than the end of the text. */
		order = compare_separator(&a, &b, '~');
		if (order != 0)
			return order;

		/* 3: otherwise the text that goes on is newer. */
		if (a.length == 0 || b.length == 0)
			return compare_numbers(a.length != 0, b.length != 0);

		/* 4 to 6: release, patch and point separators. */
		static const char separators[] = {'-', '^', '.'};
		for (size_t i = 0; i < sizeof separators; i++) {
			order = compare_separator(&a, &b, separators[i]);
			if (order != 0)
				return order;
		}

		/* 7: numbers, where no digits count as 0. 8: letters. */
		struct slice a_part = prefix(a, is_digit);
		struct slice b_part = prefix(b, is_digit);
		if (a_part.length != 0 || b_part.length != 0) {
			order = compare_digits(a_part, b_part);
		} else {
			a_part = prefix(a, is_letter);
			b_part = prefix(b, is_letter);
			order = compare_text(a_part, b_part);
		}
		if (order != 0)
			return order;
		a = skip(a, a_part.length);
		b = skip(b, b_part.length);
	}
}
