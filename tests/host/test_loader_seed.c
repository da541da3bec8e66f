/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: loader-core */
/*
 * The seed file, on a host's firmware without any other source of random numbers, whose clock shows the same in each run:
 * all differences come from the file.
 */
#include "firmware/firmware.h"
#include "firmware/machines.h"

#include "tap.h"

static const uint8_t zeros[HELION_SEED_SIZE];

/* Everything that a boot made of the file. */
struct outcome {
	uint32_t flags;
	uint64_t slide;
	uint8_t seed[HELION_SEED_SIZE];
	uint8_t file[64];
};

static struct outcome boot_from(const void *file, size_t size, struct firmware_fault fault)
{
	const struct firmware_result *result;
	struct outcome outcome;

	memset(machine_seed_file, 0, 64);
	memcpy(machine_seed_file, file, size);
	machine_seed_size = size;
	result = firmware_run(machine_seed, NULL, fault);
	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	CHECK_TEXT(result->violations, "");
	outcome.flags = result->flags;
	outcome.slide = result->slide;
	memcpy(outcome.seed, result->seed, sizeof(outcome.seed));
	memcpy(outcome.file, result->seed_file, sizeof(outcome.file));
	return outcome;
}

static const char first[64] = "a file of thirty-two random bytes, and of more of them";

static bool is_used(const struct outcome *outcome)
{
	bool flag = outcome->flags & HELION_BOOT_SEED_FILE;

	/* With the file, or not at all; there is no other source. */
	CHECK_EQUAL((outcome->flags & HELION_BOOT_SEED_ANY) != 0, flag);
	CHECK_EQUAL((outcome->flags & HELION_BOOT_KASLR) != 0, flag);
	CHECK_EQUAL(memcmp(outcome->seed, zeros, sizeof(zeros)) != 0, flag);
	if (!flag)
		CHECK_EQUAL(outcome->slide, 0);
	return flag;
}

static void every_boot_gets_another_seed_and_leaves_another_file(void)
{
	struct outcome boots[8];
	size_t other_slides = 0;

	for (size_t i = 0; i < 8; i++) {
		boots[i] = boot_from(i ? (const void *)boots[i - 1].file : first, 32, (struct firmware_fault){0});
		CHECK(is_used(&boots[i]));
		CHECK(memcmp(boots[i].file + 32, zeros, 32) == 0); /* as long as before */
		CHECK(memcmp(boots[i].file, first, 32) != 0);
		for (size_t k = 0; k < i; k++) {
			CHECK(memcmp(boots[i].seed, boots[k].seed, HELION_SEED_SIZE) != 0);
			CHECK(memcmp(boots[i].file, boots[k].file, 32) != 0);
		}
		other_slides += i && boots[i].slide != boots[0].slide;
	}
	CHECK(other_slides > 0);
}

static void the_file_does_not_tell_the_seed(void)
{
	struct outcome outcome = boot_from(first, 64, (struct firmware_fault){0});

	CHECK(is_used(&outcome));
	for (size_t i = 0; i < HELION_SEED_SIZE; i += 8)
		for (size_t k = 0; k < 64; k += 8)
			CHECK(memcmp(outcome.seed + i, outcome.file + k, 8) != 0);
}

/* So what differs above is due to the file; and each of its bytes counts. */
static void the_same_file_gives_the_same_seed(void)
{
	struct outcome a = boot_from(first, 33, (struct firmware_fault){0});
	struct outcome b = boot_from(first, 33, (struct firmware_fault){0});
	char changed[33];

	CHECK(memcmp(a.seed, b.seed, sizeof(a.seed)) == 0 && memcmp(a.file, b.file, 64) == 0);
	CHECK_EQUAL(a.slide, b.slide);
	for (size_t i = 0; i < sizeof(changed); i++) {
		memcpy(changed, first, sizeof(changed));
		changed[i] ^= 1;
		b = boot_from(changed, sizeof(changed), (struct firmware_fault){0});
		CHECK(memcmp(a.seed, b.seed, sizeof(a.seed)) != 0 && memcmp(a.file, b.file, 33) != 0);
	}
}

/* Whatever fails: a seed that was used does not lie on the disk any more. */
static void it_counts_only_if_it_was_replaced(void)
{
	static struct firmware_call trace[FIRMWARE_MAX_CALLS];
	const struct firmware_result *result = firmware_run(machine_seed, NULL, (struct firmware_fault){0});
	unsigned calls = result->calls, unused = 0;

	memcpy(trace, result->trace, sizeof(trace));
	for (unsigned i = 0; i < calls; i++) {
		struct outcome outcome;
		bool used;

		if (strcmp(trace[i].object, "\\loader\\random-seed") != 0)
			continue;
		outcome = boot_from(first, 32, (struct firmware_fault){i + 1, 1, EFI_DEVICE_ERROR});
		used = is_used(&outcome);
		CHECK(!used || memcmp(outcome.file, first, 32) != 0);
		unused += !used;
		/* "Close" comes when all is done. */
		CHECK_EQUAL(used, strcmp(trace[i].name, "Close") == 0);
		if (!used)
			CHECK(strstr(firmware_result->console, "warning: /loader/random-seed is not used, "));
	}
	/* Open, Read, SetPosition, Write, Flush. */
	CHECK_EQUAL(unused, 5);
}

static void a_read_only_file_is_not_used(void)
{
	const struct firmware_result *result = firmware_run(machine_seed, NULL, (struct firmware_fault){0});
	unsigned number = 0;
	struct outcome outcome;

	while (number < result->calls && strcmp(result->trace[number].object, "\\loader\\random-seed") != 0)
		number++;
	outcome = boot_from(first, 32, (struct firmware_fault){number + 1, 1, EFI_WRITE_PROTECTED});
	CHECK(!is_used(&outcome));
	CHECK(memcmp(outcome.file, first, 32) == 0);
	CHECK(strstr(firmware_result->console, "it cannot be opened for writing: write protected"));
	/* Where a disk that is read-only says so before it says that there is no such file, nothing is said. */
	result = firmware_run(machine_plain, NULL, (struct firmware_fault){number + 1, 1, EFI_WRITE_PROTECTED});
	CHECK_TEXT(result->trace[number].object, "\\loader\\random-seed");
	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	CHECK(!strstr(result->console, "random-seed"));
}

static void its_size_has_bounds(void)
{
	static char file[514];
	static const struct {
		size_t size;
		bool is_good;
	} sizes[] = {{0, false}, {31, false}, {32, true}, {512, true}, {513, false}};

	memset(file, 'x', sizeof(file));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct outcome outcome = boot_from(file, sizes[i].size, (struct firmware_fault){0});

		CHECK_EQUAL(is_used(&outcome), sizes[i].is_good);
		CHECK_EQUAL(!strstr(firmware_result->console, "it must have 32 to 512 bytes"), sizes[i].is_good);
		if (!sizes[i].is_good)
			CHECK(sizes[i].size == 0 || outcome.file[0] == 'x');
	}
}

int main(void)
{
	RUN(every_boot_gets_another_seed_and_leaves_another_file);
	RUN(the_file_does_not_tell_the_seed);
	RUN(the_same_file_gives_the_same_seed);
	RUN(it_counts_only_if_it_was_replaced);
	RUN(a_read_only_file_is_not_used);
	RUN(its_size_has_bounds);
	return tap_finish();
}
