/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Started in place of init. Options on the command line:
 *   bench.op=<name>[,<name>...]   measure these operations only; a name that ends in * stands for all that begin so
 *   bench.pairs                   instead, pairs of tasks on several CPUs: "bench: pairs <pairs> <calls> <ticks> <contended>"
 * Prints "bench: op <name> <median> <least> <most> <parts>" for each operation, and "bench: done".
 */
#include "user/bench/bench.h"

uint64_t bench_samples[BENCH_ROUNDS];
unsigned bench_rounds = BENCH_ROUNDS;

static struct slice chosen;       /* the names, separated by commas; empty: all */
static uint64_t counter_overhead; /* between two readings of the counter with nothing between */
static unsigned reported;

static bool matches(struct slice pattern, struct slice name)
{
	if (pattern.length > 0 && pattern.start[pattern.length - 1] == '*')
		return name.length >= pattern.length - 1 && memcmp(pattern.start, name.start, pattern.length - 1) == 0;
	return slice_equals(pattern, name);
}

bool bench_wanted(const char *name)
{
	struct slice rest = chosen;

	if (slice_is_empty(rest))
		return true;
	while (rest.length > 0) {
		const char *comma = memchr(rest.start, ',', rest.length);
		size_t length = comma != NULL ? (size_t)(comma - rest.start) : rest.length;

		if (matches((struct slice){rest.start, length}, slice_of(name)))
			return true;
		length += comma != NULL;
		rest = (struct slice){rest.start + length, rest.length - length};
	}
	return false;
}

/* Shell sort: no recursion, and quick enough for a thousand. */
static void sort_samples(void)
{
	for (size_t gap = bench_rounds / 2; gap > 0; gap /= 2) {
		for (size_t i = gap; i < bench_rounds; i++) {
			uint64_t value = bench_samples[i];
			size_t j = i;

			for (; j >= gap && bench_samples[j - gap] > value; j -= gap)
				bench_samples[j] = bench_samples[j - gap];
			bench_samples[j] = value;
		}
	}
}

static uint64_t net(size_t index)
{
	uint64_t ticks = bench_samples[index];

	return ticks > counter_overhead ? ticks - counter_overhead : 0;
}

void bench_report(const char *name, unsigned parts, int64_t status)
{
	if (status != 0)
		helion_panic("%s: an operation failed", name);
	sort_samples();
	printf("bench: op %s %lu %lu %lu %u\n", name, net(bench_rounds / 2), net(0), net(bench_rounds - 1), parts);
	bench_rounds = BENCH_ROUNDS;
	reported++;
}

__attribute__((noinline)) void bench_mark_begin(void)
{
	__asm__ volatile("" : : : "memory");
}

__attribute__((noinline)) void bench_mark_end(void)
{
	/* Not the same code as above, which the compiler might merge. */
	__asm__ volatile("nop" : : : "memory");
}

void bench_must(int64_t error, const char *what)
{
	if (error < 0)
		helion_panic("%s: %s", what, helion_strerror((int)error));
}

uint64_t bench_create(enum helion_type type, uint64_t size)
{
	uint64_t slot;

	MUST(helion_memory_create(helion_process.memory, type, size, 0, &slot));
	return slot;
}

void bench_delete(uint64_t slot)
{
	MUST(helion_cspace_delete(helion_process.cspace, slot));
}

static void measure_counter(void)
{
	for (unsigned i = 0; i < BENCH_ROUNDS; i++) {
		uint64_t start = arch_user_cycles();

		bench_samples[i] = arch_user_cycles() - start;
	}
	sort_samples();
	counter_overhead = bench_samples[BENCH_ROUNDS / 2];
}

int main(const struct helion_manifest *manifest)
{
	option_find(manifest_cmdline(manifest), "bench.op", &chosen);
	if (option_find(manifest_cmdline(manifest), "bench.pairs", NULL)) {
		bench_pairs();
		printf("bench: done\n");
		return 0;
	}
	measure_counter();
	bench_syscalls();
	bench_ipc();
	bench_memory();
	bench_objects();
	bench_waits();
	bench_traps();
	bench_restricted();
	if (reported == 0)
		helion_panic("no operation is called %.*s", (int)chosen.length, chosen.start);
	printf("bench: done\n");
	return 0;
}
