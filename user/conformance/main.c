/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chooses the tests, runs them one after the other and prints TAP. Options on the command line:
 *
 *   conformance=<pattern>[,<pattern>]  only tests whose group/name matches; * stands for any text
 *   repeat=<n>                         all of it n times
 *   seed=<n>                           of what is random; each round adds one
 *   soak=<seconds>                     that soak/many_rounds takes
 *
 * The status of the machine is 0 if nothing failed.
 */
#include "user/conformance/conformance.h"

static unsigned passed, failed, skipped;

/* Whether the text matches the pattern, in which * stands for any text. */
static bool matches(struct slice pattern, const char *text)
{
	const char *p = pattern.start, *end = p + pattern.length, *star = NULL, *retry = NULL;

	while (*text != '\0') {
		if (p < end && *p == '*') {
			star = ++p;
			retry = text;
		} else if (p < end && *p == *text) {
			p++;
			text++;
		} else if (star != NULL) {
			p = star;
			text = ++retry;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

/* Whether the test is to be run: without a choice, all that need not be asked for. */
static bool is_chosen(const struct test *test, struct slice choice)
{
	if (choice.length == 0)
		return !test->asked_for;
	while (choice.length > 0) {
		const char *comma = memchr(choice.start, ',', choice.length);
		size_t length = comma != NULL ? (size_t)(comma - choice.start) : choice.length;

		if (matches((struct slice){choice.start, length}, test->name))
			return true;
		length += comma != NULL;
		choice = (struct slice){choice.start + length, choice.length - length};
	}
	return false;
}

static uint64_t number_option(const char *cmdline, const char *name, uint64_t fallback)
{
	struct slice value;
	uint64_t number = 0;

	if (!option_find(cmdline, name, &value) || value.length == 0)
		return fallback;
	for (size_t i = 0; i < value.length; i++) {
		if (value.start[i] < '0' || value.start[i] > '9' || number > UINT64_MAX / 10 - 1)
			helion_panic("conformance: %s=%.*s is no number", name, (int)value.length, value.start);
		number = number * 10 + (uint64_t)(value.start[i] - '0');
	}
	return number;
}

/* Why the machine cannot run it; NULL if it can. */
static const char *lacks(const struct test *test)
{
	if (test->cpus > world.cpus)
		return "too few CPUs";
	if (test->ports && world.manifest->slot_ioport_control == 0)
		return "no I/O ports";
	if (test->device && world.edu == NULL)
		return "no edu device";
	return NULL;
}

static void run(const struct test *test, unsigned number, uint64_t seed)
{
	const char *reason = lacks(test);
	struct verdict verdict = {.outcome = OUTCOME_SKIPPED};

	/* Before it begins, so that one which stops the machine is named. */
	printf("# %s\n", test->name);
	if (reason == NULL) {
		world_run(test, seed, &verdict);
		reason = verdict.text;
	}
	switch (verdict.outcome) {
	case OUTCOME_PASSED:
		passed++;
		printf("ok %u - %s\n", number, test->name);
		break;
	case OUTCOME_SKIPPED:
		skipped++;
		printf("ok %u - %s # SKIP %s\n", number, test->name, reason);
		break;
	case OUTCOME_FAILED:
		failed++;
		printf("not ok %u - %s\n#   %s\n", number, test->name, reason);
		break;
	}
}

int main(const struct helion_manifest *manifest)
{
	const char *cmdline = manifest_cmdline(manifest);
	uint64_t repeat = number_option(cmdline, "repeat", 1), seed = number_option(cmdline, "seed", 1);
	size_t count = (size_t)(helion_tests_end - helion_tests_begin);
	struct slice choice = {"", 0};
	unsigned number = 0, planned = 0;

	option_find(cmdline, "conformance", &choice);
	world_init(manifest);
	world.soak = number_option(cmdline, "soak", 10);
	for (size_t i = 0; i < count; i++)
		planned += is_chosen(helion_tests_begin[i], choice);
	printf("# conformance on %s, %u CPUs, seed %lu\n1..%lu\n", ARCH_USER_NAME, (unsigned)manifest->cpus, seed,
	       planned * repeat);
	for (uint64_t round = 0; round < repeat; round++) {
		for (size_t i = 0; i < count; i++) {
			if (is_chosen(helion_tests_begin[i], choice))
				run(helion_tests_begin[i], ++number, seed + round);
		}
	}
	printf("# conformance: %u passed, %u failed, %u skipped\n", passed, failed, skipped);
	return failed != 0 || passed == 0;
}
