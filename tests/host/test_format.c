/* SPDX-License-Identifier: BSD-2-Clause */
#include <limits.h>

#include "lib/format.h"

#include "tap.h"

/* Some formats here are wrong on purpose. */
#pragma GCC diagnostic ignored "-Wformat"

/* Formats with both implementations and compares text and length. */
#define CHECK_SAME(...)                                                           \
	do {                                                                      \
		char ours[256], theirs[256];                                      \
		size_t our_length = fmt_snprintf(ours, sizeof ours, __VA_ARGS__); \
		int their_length = snprintf(theirs, sizeof theirs, __VA_ARGS__);  \
		CHECK_TEXT(ours, theirs);                                         \
		CHECK_EQUAL(our_length, (size_t)their_length);                    \
	} while (0)

static void plain_text(void)
{
	CHECK_SAME("hello");
	CHECK_SAME("100%%");
	CHECK_SAME("%%%d%%", 5);
}

static void signed_integers(void)
{
	static const int values[] = {0, 1, -1, 42, -42, INT_MAX, INT_MIN};
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		int v = values[i];
		CHECK_SAME("%d", v);
		CHECK_SAME("%i", v);
		CHECK_SAME("[%5d] [%-5d] [%05d]", v, v, v);
		CHECK_SAME("[%+d] [% d] [%+5d] [% 05d]", v, v, v, v);
		CHECK_SAME("[%.3d] [%8.3d] [%-8.3d] [%.0d]", v, v, v, v);
	}
	CHECK_SAME("%ld %lld", LONG_MIN, LLONG_MIN);
	CHECK_SAME("%ld %lld", LONG_MAX, LLONG_MAX);
	CHECK_SAME("%hhd %hd", (signed char)-3, (short)-300);
	CHECK_SAME("%hhd", 511);
	CHECK_SAME("%zd %td %jd", (ssize_t)-5, (ptrdiff_t)-6, (intmax_t)-7);
}

static void unsigned_integers(void)
{
	static const unsigned values[] = {0, 1, 9, 10, 255, 4096, UINT_MAX};
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		unsigned v = values[i];
		CHECK_SAME("%u %x %X %o", v, v, v, v);
		CHECK_SAME("[%#x] [%#X] [%#o]", v, v, v);
		CHECK_SAME("[%8x] [%-8x] [%08x] [%#08x] [%#10x]", v, v, v, v, v);
		CHECK_SAME("[%.6x] [%10.6x] [%-10.6X] [%#.3o]", v, v, v, v);
	}
	CHECK_SAME("%lu %llu %zu %ju", ULONG_MAX, ULLONG_MAX, SIZE_MAX, UINTMAX_MAX);
	CHECK_SAME("%016lx %#llo", ULONG_MAX, ULLONG_MAX);
	CHECK_SAME("%hhu %hu", (unsigned char)200, (unsigned short)60000);
	CHECK_SAME("%hhx", 0x1234);
}

static void characters_and_strings(void)
{
	CHECK_SAME("%c%c%c", 'a', 'b', 'c');
	CHECK_SAME("[%3c] [%-3c]", 'x', 'y');
	CHECK_SAME("%s", "text");
	CHECK_SAME("[%8s] [%-8s] [%2s]", "text", "text", "text");
	CHECK_SAME("[%.2s] [%8.2s] [%-8.2s] [%.0s] [%.9s]", "text", "text", "text", "text", "text");
	char *unterminated = tap_copy("abc", 3);
	CHECK_SAME("%.3s|%.*s", unterminated, 2, unterminated);
	free(unterminated);
	char buffer[32];
	const char *null = NULL;
	fmt_snprintf(buffer, sizeof buffer, "%s", null);
	CHECK_TEXT(buffer, "(null)");
}

static void widths_from_arguments(void)
{
	CHECK_SAME("[%*d] [%-*d] [%*d]", 6, 1, 6, 2, -6, 3);
	CHECK_SAME("[%.*s] [%*.*s]", 2, "abcdef", 6, 3, "abcdef");
	CHECK_SAME("[%.*d] [%0*d]", -1, 5, 7, 9);
}

static void pointers(void)
{
	char buffer[64];
	fmt_snprintf(buffer, sizeof buffer, "%p", (void *)(uintptr_t)0xdeadbeef);
	CHECK_TEXT(buffer, "0xdeadbeef");
	fmt_snprintf(buffer, sizeof buffer, "[%14p] [%-14p] [%018p]", (void *)(uintptr_t)0x1234,
		     (void *)(uintptr_t)0x1234, (void *)(uintptr_t)0x1234);
	CHECK_TEXT(buffer, "[        0x1234] [0x1234        ] [0x0000000000001234]");
	fmt_snprintf(buffer, sizeof buffer, "%p", (void *)NULL);
	CHECK_TEXT(buffer, "0x0");
}

static size_t format(char *buffer, size_t capacity, const char *text, ...)
{
	va_list list;
	va_start(list, text);
	size_t length = fmt_vsnprintf(buffer, capacity, text, list);
	va_end(list);
	return length;
}

static void unknown_conversions_are_printed(void)
{
	char buffer[64];
	format(buffer, sizeof buffer, "[%y] [%5q] %d", 7);
	CHECK_TEXT(buffer, "[%y] [%5q] 7");
	format(buffer, sizeof buffer, "end %");
	CHECK_TEXT(buffer, "end %");
	format(buffer, sizeof buffer, "end %-08.3ll");
	CHECK_TEXT(buffer, "end %-08.3ll");
	format(buffer, sizeof buffer, "%n%f", 1);
	CHECK_TEXT(buffer, "%n%f");
}

static void cuts_what_does_not_fit(void)
{
	for (size_t capacity = 0; capacity < 16; capacity++) {
		char *exact = malloc(capacity + 1);
		exact[capacity] = 'Z';
		size_t length = fmt_snprintf(exact, capacity, "%s %05d", "abc", 12);
		CHECK_EQUAL(length, 9);
		if (capacity != 0) {
			size_t wanted = capacity - 1 < 9 ? capacity - 1 : 9;
			CHECK_EQUAL(strlen(exact), wanted);
			CHECK(memcmp(exact, "abc 00012", wanted) == 0);
		}
		CHECK_EQUAL(exact[capacity], 'Z');
		free(exact);
	}
}

struct record {
	char text[128];
	size_t used;
	unsigned calls;
	bool had_empty;
};

static void append(void *ctx, const char *text, size_t length)
{
	struct record *record = ctx;
	if (length == 0)
		record->had_empty = true;
	memcpy(record->text + record->used, text, length);
	record->used += length;
	record->calls++;
}

static void sink_gets_runs_in_order(void)
{
	struct record record = {0};
	struct fmt_sink sink = {.write = append, .ctx = &record};
	size_t length = fmt_printf(&sink, "a long run of text %40d|%s|", 5, "");
	CHECK_EQUAL(length, record.used);
	CHECK_TEXT(record.text, "a long run of text                                        5||");
	CHECK(!record.had_empty);
	CHECK(record.calls < 10);
}

int main(void)
{
	RUN(plain_text);
	RUN(signed_integers);
	RUN(unsigned_integers);
	RUN(characters_and_strings);
	RUN(widths_from_arguments);
	RUN(pointers);
	RUN(unknown_conversions_are_printed);
	RUN(cuts_what_does_not_fit);
	RUN(sink_gets_runs_in_order);
	return tap_finish();
}
