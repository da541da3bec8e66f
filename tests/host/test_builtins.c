/* SPDX-License-Identifier: BSD-2-Clause */
/* lib/builtins.c against the instructions that the developer's machine has. */
#include <stdint.h>
#include <stdlib.h>

#include "tap.h"

int __popcountdi2(unsigned long value);
int __ctzdi2(unsigned long value);
int __clzdi2(unsigned long value);

static void check_value(uint64_t value)
{
	CHECK_EQUAL(__popcountdi2(value), __builtin_popcountll(value));
	if (value == 0)
		return;
	CHECK_EQUAL(__ctzdi2(value), __builtin_ctzll(value));
	CHECK_EQUAL(__clzdi2(value), __builtin_clzll(value));
}

static void single_bits_and_runs(void)
{
	check_value(0);
	for (unsigned bit = 0; bit < 64; bit++) {
		check_value(1ull << bit);
		check_value(~0ull << bit);
		check_value(~0ull >> bit);
	}
}

static void random_values(void)
{
	srand(1);
	for (unsigned n = 0; n < 10000; n++)
		check_value(((uint64_t)rand() << 42 ^ (uint64_t)rand() << 21 ^ (uint64_t)rand()) >> rand() % 64);
}

int main(void)
{
	RUN(single_bits_and_runs);
	RUN(random_values);
	return tap_finish();
}
