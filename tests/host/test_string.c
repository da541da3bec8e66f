/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * lib/string.c is not linked into host programs, which have a C library. It is compiled here under other names and
 * compared with that library over all small sizes, offsets and overlaps.
 */
#define memcpy  lib_memcpy
#define memmove lib_memmove
#define memset  lib_memset
#define memcmp  lib_memcmp
#define memchr  lib_memchr
#define strlen  lib_strlen
#define strnlen lib_strnlen
#define strcmp  lib_strcmp
#define strncmp lib_strncmp
#define strchr  lib_strchr
#define strrchr lib_strrchr
#include "lib/string.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strcmp
#undef strncmp
#undef strchr
#undef strrchr

#include "tap.h"

enum { AREA = 512, MAX_LENGTH = 200 };

static uint8_t source[AREA], actual[AREA], expected[AREA];

static void fill(void)
{
	for (int i = 0; i < AREA; i++) {
		source[i] = (uint8_t)(i * 7 + 1);
		actual[i] = expected[i] = (uint8_t)(i * 13 + 5);
	}
}

static int sign(int value)
{
	return value < 0 ? -1 : value > 0;
}

static void memcpy_copies_exactly(void)
{
	for (size_t from = 8; from < 24; from++)
		for (size_t to = 8; to < 24; to++)
			for (size_t length = 0; length <= MAX_LENGTH; length++) {
				fill();
				memcpy(expected + to, source + from, length);
				void *result = lib_memcpy(actual + to, source + from, length);
				if (result != actual + to || memcmp(actual, expected, AREA) != 0) {
					CHECK(!"memcpy");
					return;
				}
			}
}

static void memmove_handles_every_overlap(void)
{
	for (size_t from = 8; from < 150; from++)
		for (size_t to = 8; to < 150; to += from % 3 + 1)
			for (size_t length = 0; length <= 150; length += length % 5 + 1) {
				fill();
				memmove(expected + to, expected + from, length);
				void *result = lib_memmove(actual + to, actual + from, length);
				if (result != actual + to || memcmp(actual, expected, AREA) != 0) {
					CHECK(!"memmove");
					return;
				}
			}
}

static void memset_fills_exactly(void)
{
	for (size_t to = 8; to < 24; to++)
		for (size_t length = 0; length <= MAX_LENGTH; length++) {
			fill();
			memset(expected + to, 0x1a5, length);
			void *result = lib_memset(actual + to, 0x1a5, length);
			if (result != actual + to || memcmp(actual, expected, AREA) != 0) {
				CHECK(!"memset");
				return;
			}
		}
}

static void memcmp_orders_as_unsigned_bytes(void)
{
	for (size_t offset = 8; offset < 17; offset++)
		for (size_t length = 0; length < 70; length++)
			for (size_t change = 0; change <= length; change++) {
				fill();
				lib_memcpy(actual + offset, source + 8, length);
				if (change < length)
					actual[offset + change] ^= 0x80;
				int wanted = sign(memcmp(actual + offset, source + 8, length));
				if (sign(lib_memcmp(actual + offset, source + 8, length)) != wanted) {
					CHECK(!"memcmp");
					return;
				}
			}
}

static void memchr_finds_the_first(void)
{
	CHECK(lib_memchr("abcabc", 'c', 6) != NULL);
	const char *text = "abcabc";
	CHECK(lib_memchr(text, 'b', 6) == text + 1);
	CHECK(lib_memchr(text, 'c', 2) == NULL);
	CHECK(lib_memchr(text, '\0', 7) == text + 6);
	CHECK(lib_memchr(text, 'a' + 256, 6) == text);
}

static void lengths(void)
{
	CHECK_EQUAL(lib_strlen(""), 0);
	CHECK_EQUAL(lib_strlen("hello"), 5);
	CHECK_EQUAL(lib_strnlen("hello", 3), 3);
	CHECK_EQUAL(lib_strnlen("hello", 9), 5);
	CHECK_EQUAL(lib_strnlen("", 0), 0);
	char *unterminated = tap_copy("abc", 3);
	CHECK_EQUAL(lib_strnlen(unterminated, 3), 3);
	free(unterminated);
}

static void comparisons(void)
{
	static const char *const texts[] = {"", "a", "ab", "abc", "b", "\x7f", "\x80", "\xff"};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		for (size_t j = 0; j < sizeof texts / sizeof texts[0]; j++) {
			CHECK_EQUAL(sign(lib_strcmp(texts[i], texts[j])), sign(strcmp(texts[i], texts[j])));
			for (size_t n = 0; n < 5; n++)
				CHECK_EQUAL(sign(lib_strncmp(texts[i], texts[j], n)),
					    sign(strncmp(texts[i], texts[j], n)));
		}
}

static void searches(void)
{
	const char *text = "a/b/c";
	CHECK(lib_strchr(text, '/') == text + 1);
	CHECK(lib_strrchr(text, '/') == text + 3);
	CHECK(lib_strchr(text, '\0') == text + 5);
	CHECK(lib_strrchr(text, '\0') == text + 5);
	CHECK(lib_strchr(text, 'x') == NULL);
	CHECK(lib_strrchr(text, 'x') == NULL);
}

int main(void)
{
	RUN(memcpy_copies_exactly);
	RUN(memmove_handles_every_overlap);
	RUN(memset_fills_exactly);
	RUN(memcmp_orders_as_unsigned_bytes);
	RUN(memchr_finds_the_first);
	RUN(lengths);
	RUN(comparisons);
	RUN(searches);
	return tap_finish();
}
