/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/strtoul.c is not linked into host programs, which have a C library. Compared with that library here. */
#define strtoul lib_strtoul
#include "lib/strtoul.c"
#undef strtoul

#include "tap.h"

static void check(const char *text)
{
	char *copy = tap_copy(text, strlen(text) + 1), *end = NULL, *expected_end = NULL;

	CHECK_EQUAL(lib_strtoul(copy, &end, 10), strtoul(copy, &expected_end, 10));
	CHECK(end == expected_end);
	free(copy);
}

static void decimal_numbers(void)
{
	check("0");
	check("7");
	check("0042:x");
	check("123456789abc");
	check("18446744073709551615");
}

static void no_digits(void)
{
	check("");
	check("x1");
	check(":");
}

static void numbers_that_do_not_fit(void)
{
	check("18446744073709551616");
	check("18446744073709551620");
	check("99999999999999999999999999999999x");
}

int main(void)
{
	RUN(decimal_numbers);
	RUN(no_digits);
	RUN(numbers_that_do_not_fit);
	return tap_finish();
}
