/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: loader-core */
/*
 * The random seed that a Linux kernel finds in the configuration table, on a host's firmware: when there is one, what it
 * depends on, and that it is taken back. The firmware itself reports leaks and tables that are not as they were before.
 */
#include "bootloader/proto/linux_seed.h"
#include "bootloader/seedfile.h"
#include "firmware/firmware.h"
#include "firmware/machines.h"

#include "tap.h"

enum { SEED_SIZE = 32, MAX_EARLIER = 600 };

/* A machine, and what the image does that is started on it. */
struct machine {
	const char *key; /* of the entry */
	bool has_no_file, is_secure, has_random, replaces, fails;
	const char *token;
	size_t earlier_size; /* of a table of an earlier loader; 0: none */
	uint8_t earlier[MAX_EARLIER];
};

/* What came of it. */
struct outcome {
	bool has_seed;
	uint8_t seed[SEED_SIZE];
	uint8_t file[64];
};

static const char first_file[33] = "nobody knows what is in this one";
static const char token[33] = "this machine's, and of no other.";
static struct machine machine;
static union {
	struct linux_seed_table table;
	uint8_t room[sizeof(struct linux_seed_table) + MAX_EARLIER];
} earlier;

static EFI_STATUS EFIAPI get_random(EFI_RNG_PROTOCOL *this, EFI_GUID *algorithm, UINTN size, UINT8 *bytes)
{
	(void)this, (void)algorithm;
	memset(bytes, 0x5c, size);
	return EFI_SUCCESS;
}

static struct linux_seed_table *find_table(void)
{
	static const EFI_GUID guid = LINUX_SEED_TABLE_GUID;

	for (UINTN i = 0; i < firmware_system_table.NumberOfTableEntries; i++)
		if (memcmp(&firmware_system_table.ConfigurationTable[i].VendorGuid, &guid, sizeof(guid)) == 0)
			return firmware_system_table.ConfigurationTable[i].VendorTable;
	return NULL;
}

static void check_earlier(void)
{
	if (find_table() == &earlier.table)
		return;
	if (earlier.table.size != SEED_SIZE || memcmp(earlier.table.bytes, machine.earlier, 8) == 0)
		firmware_violation("the earlier seed still tells what this boot got of it");
	for (size_t i = SEED_SIZE; i < MAX_EARLIER; i++)
		if (earlier.table.bytes[i])
			firmware_violation("the earlier seed is not gone");
}

/* The image: remembers the seed, and does as Linux's stub does if it has random numbers to add. */
static EFI_STATUS image_main(EFI_HANDLE handle, const void *content, size_t size)
{
	static EFI_GUID guid = LINUX_SEED_TABLE_GUID;
	static struct linux_seed_table own;
	struct linux_seed_table *table = find_table();

	(void)handle, (void)content, (void)size;
	if (table && table != &earlier.table) {
		firmware_result->flags = table->size;
		memcpy(firmware_result->seed, table->bytes, SEED_SIZE);
	}
	if (machine.earlier_size && machine.earlier_size <= LINUX_SEED_MAX_SIZE)
		check_earlier();
	if (machine.replaces) {
		firmware_set_table(guid, &own);
		memset(table->bytes, 0, table->size);
		firmware_boot_services.FreePool(table);
	}
	return machine.fails ? EFI_LOAD_ERROR : EFI_SUCCESS;
}

static void set_up(void *ctx)
{
	static EFI_GUID global = EFI_GLOBAL_VARIABLE, seed_guid = LINUX_SEED_TABLE_GUID,
			rng_guid = EFI_RNG_PROTOCOL_GUID;
	static EFI_GUID vendor = {0x4a67b082, 0x0a4c, 0x41cf, {0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f}};
	static EFI_RNG_PROTOCOL rng = {.GetRNG = get_random};
	static const uint8_t on = 1, off = 0;
	static char entry[64];
	EFI_HANDLE handle = NULL;

	(void)ctx;
	firmware_add_file("\\image", "MZ image", 8);
	snprintf(entry, sizeof(entry), "%s /image\n", machine.key ? machine.key : "linux");
	firmware_add_text("\\loader\\entries\\image.conf", entry);
	if (!machine.has_no_file)
		firmware_add_file("\\loader\\random-seed", machine_seed_file, machine_seed_size);
	if (machine.token)
		firmware_set_variable("LoaderSystemToken", vendor, machine.token, strlen(machine.token));
	if (machine.is_secure) {
		firmware_set_variable("SecureBoot", global, &on, sizeof(on));
		firmware_set_variable("SetupMode", global, &off, sizeof(off));
	}
	if (machine.has_random)
		firmware_install(&handle, rng_guid, &rng);
	if (machine.earlier_size) {
		earlier.table.size = (UINT32)machine.earlier_size;
		memcpy(earlier.table.bytes, machine.earlier, sizeof(machine.earlier));
		firmware_set_table(seed_guid, &earlier.table);
	}
	firmware_image_main = image_main;
}

static struct outcome boot_with_fault(const void *file, struct machine with, struct firmware_fault fault)
{
	const struct firmware_result *result;
	struct outcome outcome = {.has_seed = false};

	machine = with;
	memset(machine_seed_file, 0, 64);
	memcpy(machine_seed_file, file, 32);
	machine_seed_size = 32;
	result = firmware_run(set_up, NULL, fault);
	CHECK_EQUAL(result->end, FIRMWARE_RETURNED);
	CHECK_EQUAL(result->images_started, 1);
	CHECK_TEXT(result->violations, "");
	if (result->flags) {
		CHECK_EQUAL(result->flags, SEED_SIZE);
		outcome.has_seed = true;
		memcpy(outcome.seed, result->seed, SEED_SIZE);
	}
	memcpy(outcome.file, result->seed_file, sizeof(outcome.file));
	return outcome;
}

static struct outcome boot(const void *file, struct machine with)
{
	return boot_with_fault(file, with, (struct firmware_fault){0});
}

static bool is_other(const struct outcome *a, const struct outcome *b)
{
	return memcmp(a->seed, b->seed, SEED_SIZE) != 0 && memcmp(a->file, b->file, 32) != 0;
}

static void a_token_makes_the_file_this_machines(void)
{
	struct machine with = {.token = token}, other = {.token = "another machine's, of no relation"};
	struct outcome a = boot(first_file, with), same = boot(first_file, with), b = boot(first_file, other),
		       next = boot(a.file, with);

	CHECK(a.has_seed && b.has_seed && next.has_seed);
	CHECK(memcmp(a.seed, same.seed, SEED_SIZE) == 0 && memcmp(a.file, same.file, 32) == 0);
	CHECK(is_other(&a, &b) && is_other(&a, &next));
	CHECK(memcmp(a.file, first_file, 32) != 0);
	for (size_t i = 0; i < SEED_SIZE; i += 8)
		for (size_t k = 0; k < 32; k += 8)
			CHECK(memcmp(a.seed + i, a.file + k, 8) != 0);
}

/* The file stays as it is then. */
static void there_is_none_that_others_may_have(void)
{
	static const struct machine without[] = {
		{.token = NULL},
		{.token = "of fifteen only"},
		{.token = token, .is_secure = true},
		{.token = token, .key = "efi"},
		{.has_random = true, .key = "efi"},
		{.earlier_size = 31, .earlier = "too few"},
		{.earlier_size = LINUX_SEED_MAX_SIZE + 1, .earlier = "damaged"},
	};

	for (size_t i = 0; i < sizeof(without) / sizeof(without[0]); i++) {
		struct outcome outcome = boot(first_file, without[i]);

		CHECK(!outcome.has_seed);
		CHECK(memcmp(outcome.file, first_file, 32) == 0);
	}
	CHECK(!boot(first_file, (struct machine){.token = token, .has_random = true, .has_no_file = true}).has_seed);
}

static void random_numbers_of_the_firmware_are_enough(void)
{
	struct outcome a = boot(first_file, (struct machine){.has_random = true});
	struct outcome b = boot(first_file, (struct machine){.has_random = true, .is_secure = true});

	CHECK(a.has_seed && b.has_seed);
	CHECK(memcmp(a.file, first_file, 32) != 0 && memcmp(b.file, first_file, 32) != 0);
}

static void an_earlier_seed_counts_and_does_not_outlive_it(void)
{
	static const size_t sizes[] = {32, 40, LINUX_SEED_MAX_SIZE};
	struct machine with = {.earlier = "what an earlier loader had, too"};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct outcome a, b;

		with.earlier_size = sizes[i];
		a = boot(first_file, with);
		with.earlier[sizes[i] - 1] ^= 1;
		b = boot(first_file, with);
		CHECK(a.has_seed && b.has_seed && is_other(&a, &b));
		with.is_secure = !with.is_secure;
	}
}

static void it_is_taken_back(void)
{
	CHECK(boot(first_file, (struct machine){.token = token, .fails = true}).has_seed);
	CHECK(boot(first_file, (struct machine){.fails = true, .earlier_size = 40}).has_seed);
	/* What the image has put in its place is the image's. */
	CHECK(boot(first_file, (struct machine){.token = token, .replaces = true, .fails = true}).has_seed);
}

static void the_kernel_is_started_without_it(void)
{
	const struct firmware_call *trace = firmware_result->trace;
	unsigned install = 0;

	boot(first_file, (struct machine){.token = token});
	while (install < firmware_result->calls && strcmp(trace[install].object, "RandomSeed") != 0)
		install++;
	CHECK_TEXT(trace[install - 1].name, "AllocatePool");
	/* Calls are numbered from 1. */
	for (unsigned number = install; number <= install + 1; number++) {
		struct outcome outcome = boot_with_fault(first_file, (struct machine){.token = token},
							 (struct firmware_fault){number, 1, EFI_OUT_OF_RESOURCES});

		CHECK(!outcome.has_seed);
		CHECK(strstr(firmware_result->console, "warning: the kernel gets no random seed"));
	}
}

int main(void)
{
	RUN(a_token_makes_the_file_this_machines);
	RUN(there_is_none_that_others_may_have);
	RUN(random_numbers_of_the_firmware_are_enough);
	RUN(an_earlier_seed_counts_and_does_not_outlive_it);
	RUN(it_is_taken_back);
	RUN(the_kernel_is_started_without_it);
	return tap_finish();
}
