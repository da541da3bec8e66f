/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/version.h"

#include "tap.h"

static int compare(const char *a, const char *b)
{
	/* Exact copies, so that the sanitizer sees reads beyond. */
	char *a_copy = tap_copy(a, strlen(a)), *b_copy = tap_copy(b, strlen(b));
	int order = version_compare((struct slice){a_copy, strlen(a)}, (struct slice){b_copy, strlen(b)});
	free(a_copy);
	free(b_copy);
	return order < 0 ? -1 : order > 0;
}

#define CHECK_OLDER(a, b)      CHECK(compare(a, b) == -1 && compare(b, a) == 1)
#define CHECK_EQUIVALENT(a, b) CHECK(compare(a, b) == 0 && compare(b, a) == 0)

/* The specification's own examples. */
static void examples_of_the_specification(void)
{
	CHECK_EQUIVALENT("11", "11");
	CHECK_EQUIVALENT("systemd-123", "systemd-123");
	CHECK_OLDER("bar-123", "foo-123");
	CHECK_OLDER("123", "123a");
	CHECK_OLDER("123", "123.a");
	CHECK_OLDER("123.a", "123.b");
	CHECK_OLDER("123.a", "123a");
	CHECK_EQUIVALENT("11\xce\xb1", "11\xce\xb2");
	CHECK_OLDER("B", "a");
	CHECK_OLDER("", "0");
	CHECK_OLDER("0", "0.");
	CHECK_OLDER("0", "0.0");
	CHECK_OLDER("~", "0");
	CHECK_OLDER("~", "");
	CHECK_EQUIVALENT("1_", "1");
	CHECK_EQUIVALENT("_1", "1");
	CHECK_OLDER("1_", "1.2");
	CHECK_OLDER("1.3.3", "1_2_3");
	CHECK_EQUIVALENT("1+", "1");
	CHECK_EQUIVALENT("+1", "1");
	CHECK_OLDER("1+", "1.2");
	CHECK_OLDER("1.3.3", "1+2+3");
}

static void ascending_versions(void)
{
	static const char *const versions[] = {
		"~",     "~~",      "~~a",       "",        "122.1",   "123~rc1-1", "123",   "123-a", "123-a.1",
		"123-1", "123-1.1", "123^post1", "123.a-1", "123.1-1", "123a-1",    "124-1", "1000",
	};
	const size_t count = sizeof versions / sizeof versions[0];
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			if (compare(versions[i], versions[j]) != (i < j ? -1 : i > j))
				tap_check(false, versions[i], versions[j], (int)(i * 100 + j));
}

static void numbers_of_any_size(void)
{
	CHECK_OLDER("99999999999999999999999999999999998", "99999999999999999999999999999999999");
	CHECK_OLDER("9", "10");
	CHECK_OLDER("18446744073709551616", "18446744073709551617");
	CHECK_EQUIVALENT("00123", "123");
	CHECK_EQUIVALENT("1.000", "1.0");
	CHECK_OLDER("1.0009", "1.010");
}

static void kernel_versions(void)
{
	CHECK_OLDER("5.9.16-200.fc33.x86_64", "5.10.0-1.fc33.x86_64");
	CHECK_OLDER("6.1.0-9-amd64", "6.1.0-18-amd64");
	CHECK_OLDER("6.1~rc7", "6.1");
	CHECK_OLDER("helion-1.0", "helion-1.0.1");
}

/* Exhaustive over short strings: antisymmetric, transitive, and it ends. */
static void is_an_order(void)
{
	static const char alphabet[] = "0a1~-^._B";
	enum { LETTERS = sizeof alphabet - 1, STRINGS = 1 + LETTERS + LETTERS * LETTERS };
	static char strings[STRINGS][4];
	size_t count = 1;
	for (size_t i = 0; i < LETTERS; i++) {
		strings[count++][0] = alphabet[i];
		for (size_t j = 0; j < LETTERS; j++) {
			strings[count][0] = alphabet[i];
			strings[count++][1] = alphabet[j];
		}
	}
	CHECK_EQUAL(count, STRINGS);
	static signed char order[STRINGS][STRINGS];
	unsigned broken = 0;
	for (size_t i = 0; i < STRINGS; i++)
		for (size_t j = 0; j < STRINGS; j++)
			order[i][j] = (signed char)compare(strings[i], strings[j]);
	for (size_t i = 0; i < STRINGS; i++)
		for (size_t j = 0; j < STRINGS; j++) {
			if (order[i][j] != -order[j][i])
				broken++;
			for (size_t k = 0; k < STRINGS; k++)
				if (order[i][j] <= 0 && order[j][k] <= 0 && order[i][k] > 0) {
					if (broken++ < 5)
						printf("# not transitive: \"%s\" \"%s\" \"%s\"\n", strings[i],
						       strings[j], strings[k]);
				}
		}
	CHECK_EQUAL(broken, 0);
}

int main(void)
{
	RUN(examples_of_the_specification);
	RUN(ascending_versions);
	RUN(numbers_of_any_size);
	RUN(kernel_versions);
	RUN(is_an_order);
	return tap_finish();
}
