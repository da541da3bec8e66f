/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A minimal producer of TAP (Test Anything Protocol) for host tests. Either one test point per function, with any
 * number of checks; a failing check prints where and what, and the function goes on:
 *
 *	static void adds_numbers(void) { CHECK(1 + 1 == 2); }
 *	int main(void) { RUN(adds_numbers); return tap_finish(); }
 *
 * or one test point per condition:
 *
 *	int main(void) { tap_ok(1 + 1 == 2, "adds %s", "numbers"); return tap_done(); }
 */
#ifndef HELION_TESTS_TAP_H
#define HELION_TESTS_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned tap_points, tap_failed_points, tap_failed_checks;

static inline bool tap_check(bool passed, const char *what, const char *file, int line)
{
	if (!passed) {
		tap_failed_checks++;
		printf("# %s:%d: failed: %s\n", file, line, what);
	}
	return passed;
}

static inline bool tap_check_equal(unsigned long long actual, unsigned long long expected, const char *what,
				   const char *file, int line)
{
	if (actual == expected)
		return true;
	tap_failed_checks++;
	printf("# %s:%d: failed: %s is 0x%llx, expected 0x%llx\n", file, line, what, actual, expected);
	return false;
}

static inline bool tap_check_text(const char *actual, size_t length, const char *expected, const char *what,
				  const char *file, int line)
{
	if (length == strlen(expected) && (length == 0 || memcmp(actual, expected, length) == 0))
		return true;
	tap_failed_checks++;
	printf("# %s:%d: failed: %s is \"%.*s\", expected \"%s\"\n", file, line, what, (int)length, actual, expected);
	return false;
}

static inline void tap_run(void (*function)(void), const char *name)
{
	unsigned before = tap_failed_checks;
	function();
	bool passed = tap_failed_checks == before;
	tap_points++;
	if (!passed)
		tap_failed_points++;
	printf("%s %u - ", passed ? "ok" : "not ok", tap_points);
	for (; *name != '\0'; name++)
		putchar(*name == '_' ? ' ' : *name);
	putchar('\n');
	fflush(stdout);
}

/* One test point. Returns the condition. */
static inline __attribute__((format(printf, 2, 3))) bool tap_ok(bool passed, const char *format, ...)
{
	va_list list;
	tap_points++;
	if (!passed)
		tap_failed_points++;
	printf("%s %u - ", passed ? "ok" : "not ok", tap_points);
	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	putchar('\n');
	fflush(stdout);
	return passed;
}

/* Prints the plan; the result is for main() to return. */
static inline int tap_finish(void)
{
	printf("1..%u\n", tap_points);
	return tap_failed_points == 0 ? 0 : 1;
}

static inline int tap_done(void)
{
	return tap_finish();
}

/* A copy in a block of exactly this size, so that the sanitizer sees any access beyond. free() it. */
static inline void *tap_copy(const void *data, size_t size)
{
	void *copy = malloc(size == 0 ? 1 : size);
	if (copy == NULL)
		abort();
	if (size != 0)
		memcpy(copy, data, size);
	return copy;
}

#define CHECK(condition) tap_check((condition), #condition, __FILE__, __LINE__)
#define CHECK_EQUAL(actual, expected) \
	tap_check_equal((unsigned long long)(actual), (unsigned long long)(expected), #actual, __FILE__, __LINE__)
#define CHECK_TEXT(text, expected) tap_check_text((text), strlen(text), (expected), #text, __FILE__, __LINE__)
#define CHECK_SLICE(slice, expected) \
	tap_check_text((slice).start, (slice).length, (expected), #slice, __FILE__, __LINE__)
#define RUN(function) tap_run((function), #function)

/* Every value of an error enum has a phrase of its own. */
#define CHECK_PHRASES(strerror_function, first, last)                                                   \
	do {                                                                                            \
		for (int tap_i = (first); tap_i <= (last); tap_i++) {                                   \
			CHECK(strcmp(strerror_function(tap_i), "unknown error") != 0);                  \
			for (int tap_j = (first); tap_j < tap_i; tap_j++)                               \
				CHECK(strcmp(strerror_function(tap_i), strerror_function(tap_j)) != 0); \
		}                                                                                       \
		CHECK_TEXT(strerror_function((last) + 1), "unknown error");                             \
	} while (0)

#endif
