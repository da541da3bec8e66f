/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams of system calls from a seed, with a check of all invariants after each. HELION_SEED=n runs one stream,
 * HELION_STREAMS=n so many.
 *
 * host-sources: kernel-core
 */
#include "tests/host/sim/sim_test.h"
#include "tests/host/sim/stream.h"

static uint64_t seed = 1;

/* splitmix64 */
static uint64_t draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void a_stream(void)
{
	static uint8_t bytes[8192];
	uint64_t state = seed;

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)draw(&state);
	sim_stream(bytes, sizeof(bytes));
}

int main(void)
{
	const char *only = getenv("HELION_SEED"), *count = getenv("HELION_STREAMS");
	uint64_t last = only ? strtoull(only, NULL, 0) : count ? strtoull(count, NULL, 0) : 40;

	sim_test_begin();
	for (seed = only ? last : 1; seed <= last; seed++) {
		/* For the case that it does not return. */
		printf("# seed %llu\n", (unsigned long long)seed);
		fflush(stdout);
		TEST(a_stream);
	}
	return tap_finish();
}
