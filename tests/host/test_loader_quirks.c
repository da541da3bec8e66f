/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: loader-core */
/* Whole boots on a host's firmware that behaves as real firmware does, within and beyond the specification. */
#include "firmware/firmware.h"
#include "firmware/machines.h"
#include "firmware/sample.h"
#include "lib/bytes.h"

#include "tap.h"

static firmware_setup machine;
static struct firmware_quirks wanted;
static size_t initrd_size;

static void set_up(void *ctx)
{
	machine_initrd_size = initrd_size;
	machine(ctx);
	firmware_quirks = wanted;
	if (wanted.has_no_console) {
		firmware_system_table.ConOut = NULL;
		firmware_system_table.ConIn = NULL;
	}
}

static const struct firmware_result *boot(firmware_setup setup, struct firmware_quirks quirks)
{
	const struct firmware_result *result;

	machine = setup;
	wanted = quirks;
	result = firmware_run(set_up, NULL, (struct firmware_fault){0});
	CHECK_TEXT(result->violations, "");
	return result;
}

/* Boots the plain machine; everything it gets is compared there. */
static void boots_with(struct firmware_quirks quirks)
{
	const struct firmware_result *result = boot(machine_plain, quirks);

	if (!CHECK_EQUAL(result->end, FIRMWARE_ENTERED))
		printf("# %s\n", result->console);
}

#define BOOTS(...) boots_with((struct firmware_quirks){__VA_ARGS__})

static unsigned count_calls(const struct firmware_result *result, const char *name, const char *object)
{
	unsigned count = 0;

	for (unsigned i = 0; i < result->calls; i++)
		count += strcmp(result->trace[i].name, name) == 0 && strcmp(result->trace[i].object, object) == 0;
	return count;
}

static void a_stale_map_key_is_tried_again(void)
{
	for (unsigned tries = 0; tries < 8; tries++) {
		const struct firmware_result *result =
			boot(machine_plain,
			     (struct firmware_quirks){.stale_keys = tries, .stale_growth = tries ? 1 : 0});

		CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
		CHECK_EQUAL(result->exit_calls, tries + 1);
	}
}

/* Nothing is allocated or printed after the first try: a call that is not allowed then would be a violation. */
static void a_map_that_never_rests_resets_the_machine(void)
{
	const struct firmware_result *result = boot(machine_plain, (struct firmware_quirks){.stale_keys = 1000});

	CHECK_EQUAL(result->end, FIRMWARE_RESET);
	CHECK_EQUAL(result->exit_calls, 8);
	result = boot(machine_plain, (struct firmware_quirks){.stale_keys = 1, .map_read_fails = true});
	CHECK_EQUAL(result->end, FIRMWARE_RESET);
	CHECK_EQUAL(result->exit_calls, 1);
}

static void the_map_may_grow_at_the_last_moment(void)
{
	BOOTS(.stale_keys = 1, .stale_growth = 30);
	/* Far beyond what Linux has seen: there is no room for it, and no way back. */
	CHECK_EQUAL(boot(machine_plain, (struct firmware_quirks){.stale_keys = 1, .stale_growth = 500})->end,
		    FIRMWARE_RESET);
}

static void descriptors_of_any_size(void)
{
	BOOTS(.descriptor_size = 40);
	BOOTS(.descriptor_size = 56);
	BOOTS(.descriptor_size = 128, .stale_keys = 1, .stale_growth = 3);
	BOOTS(.zero_descriptors = true);
	CHECK(strstr(boot(machine_plain, (struct firmware_quirks){.descriptor_size = 32})->console,
		     "error: cannot get the size of the memory map: the device reported an error"));
}

static void page_0_is_no_page(void)
{
	BOOTS(.page_zero = true);
}

static void all_memory_may_be_above_4_gib(void)
{
	BOOTS(.is_memory_high = true);
}

/* Four bytes say whether it is compressed; then everything at once. */
static void files_are_read_at_once_into_place(void)
{
	const struct firmware_result *result;
	uint64_t sizes = 0;

	initrd_size = 3 << 20;
	result = boot(machine_plain, (struct firmware_quirks){0});
	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	CHECK_EQUAL(count_calls(result, "Read", "\\helion\\initrd"), 2);
	for (unsigned i = 0; i < result->calls; i++)
		if (strcmp(result->trace[i].name, "Read") == 0 &&
		    strcmp(result->trace[i].object, "\\helion\\initrd") == 0)
			sizes += result->trace[i].size;
	CHECK_EQUAL(sizes, 4 + initrd_size);
	initrd_size = 70000;
}

/* One that fails spoils the handle: the file has to be opened again. */
static void firmware_that_fails_on_large_reads(void)
{
	const struct firmware_result *result;

	initrd_size = 3 << 20;
	result = boot(machine_plain, (struct firmware_quirks){.largest_read = 1 << 20});
	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	CHECK_EQUAL(count_calls(result, "Read", "\\helion\\initrd"), 1 + 1 + 3);
	CHECK_EQUAL(count_calls(result, "Open", "\\helion\\initrd"), 2);
	result = boot(machine_plain, (struct firmware_quirks){.largest_read = 4096});
	CHECK_EQUAL(result->end, FIRMWARE_RETURNED);
	CHECK(strstr(result->console,
		     "error: cannot read /helion/kernel.elf at byte 8192 of 16384: the device reported an error"));
	initrd_size = 70000;
}

static void reads_may_be_short(void)
{
	BOOTS(.short_reads = 1000);
	BOOTS(.short_reads = 37);
}

static void a_file_that_ends_early_is_refused(void)
{
	const struct firmware_result *result =
		boot(machine_plain, (struct firmware_quirks){.truncated = "\\helion\\initrd"});

	CHECK_EQUAL(result->end, FIRMWARE_RETURNED);
	CHECK(strstr(result->console,
		     "error: cannot read /helion/initrd at byte 35000 of 70000: unexpected end of the file"));
	result = boot(machine_plain, (struct firmware_quirks){.truncated = "\\helion\\kernel.elf"});
	CHECK_EQUAL(result->end, FIRMWARE_RETURNED);
	CHECK(strstr(result->console,
		     "error: cannot read /helion/kernel.elf at byte 8192 of 16384: unexpected end of the file"));
}

static void a_machine_without_consoles(void)
{
	BOOTS(.has_no_console = true);
	CHECK_EQUAL(boot(machine_plain,
			 (struct firmware_quirks){.has_no_console = true, .truncated = "\\helion\\initrd"})
			    ->end,
		    FIRMWARE_RETURNED);
}

/* LoadImage gives a handle even for an image that is not trusted. */
static void an_image_that_is_not_trusted_is_not_started(void)
{
	const struct firmware_result *result =
		boot(machine_linux_image, (struct firmware_quirks){.load_image = EFI_SECURITY_VIOLATION});

	CHECK_EQUAL(result->end, FIRMWARE_RETURNED);
	CHECK_EQUAL(result->images_started, 0);
	CHECK(strstr(result->console, "error: the firmware does not allow /helion/module to be started (Secure Boot): "
				      "security violation"));
}

/* Every file of the entry in turn ends halfway. */
static void nothing_is_started_of_half_a_file(void)
{
	static const char *const files[] = {"\\helion\\kernel.elf", "\\helion\\initrd",    "\\helion\\second",
					    "\\helion\\module",     "\\helion\\board.dtb", "\\helion\\board.dtbo"};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		CHECK_EQUAL(boot(machine_full, (struct firmware_quirks){.truncated = files[i]})->end,
			    FIRMWARE_RETURNED);
	CHECK_EQUAL(
		boot(machine_linux_image, (struct firmware_quirks){.truncated = "\\helion\\module"})->images_started,
		0);
	CHECK_EQUAL(
		boot(machine_linux_image, (struct firmware_quirks){.truncated = "\\helion\\initrd"})->images_started,
		0);
}

/* ---- Compressed files -------------------------------------------------------------------------------------------- */

static uint8_t *(*pack)(const void *content, size_t size, size_t *ret_size);
static size_t spoil_at;  /* byte of the packed initrd to change, from its end; 0: none */
static size_t cut_bytes; /* bytes to cut off its end */

static void packed_initrd(void *ctx)
{
	const void *content;
	size_t size;
	uint8_t *packed;

	machine_plain(ctx);
	content = firmware_file("\\helion\\initrd", &size);
	packed = pack(content, size, &size);
	if (spoil_at)
		packed[size - spoil_at] ^= 1;
	firmware_add_file("\\helion\\initrd", packed, size - cut_bytes);
}

static void compressed_files_are_decoded(void)
{
	pack = sample_gzip;
	CHECK_EQUAL(boot(packed_initrd, (struct firmware_quirks){0})->end, FIRMWARE_ENTERED);
	pack = sample_zstd;
	CHECK_EQUAL(boot(packed_initrd, (struct firmware_quirks){0})->end, FIRMWARE_ENTERED);
	CHECK_EQUAL(boot(machine_compressed, (struct firmware_quirks){.short_reads = 1000})->end, FIRMWARE_ENTERED);
}

static void expect_refusal(const char *message)
{
	const struct firmware_result *result = boot(packed_initrd, (struct firmware_quirks){0});

	CHECK_EQUAL(result->end, FIRMWARE_RETURNED);
	if (!CHECK(strstr(result->console, message)))
		printf("# %s\n", result->console);
}

static void damaged_compressed_files_are_refused(void)
{
	pack = sample_gzip;
	spoil_at = 100;
	expect_refusal("error: cannot decompress /helion/initrd (gzip): its checksum is wrong");
	spoil_at = 2;
	expect_refusal("error: cannot decompress /helion/initrd (gzip): it is damaged");
	spoil_at = 0;
	cut_bytes = 1000;
	expect_refusal("error: cannot decompress /helion/initrd (gzip): it ends too early");
	pack = sample_zstd;
	expect_refusal("error: cannot decompress /helion/initrd (zstd): it ends too early");
	cut_bytes = 0;
}

/* 64 MiB of the same byte, in a machine of 16. */
static uint8_t *pack_bomb(const void *content, size_t size, size_t *ret_size)
{
	enum { BLOCKS = 512, HEADER = 6 };
	uint8_t *file = calloc(1, HEADER + 4 * BLOCKS);

	(void)content, (void)size;
	memcpy(file, "\x28\xb5\x2f\xfd\0\x38", HEADER);
	for (uint32_t i = 0; i < BLOCKS; i++)
		store_le32(file + HEADER + 4 * i, 128 * 1024 << 3 | 1 << 1 | (i == BLOCKS - 1));
	*ret_size = HEADER + 4 * BLOCKS;
	return file;
}

static void more_than_there_is_memory_for_is_refused(void)
{
	pack = pack_bomb;
	expect_refusal("error: cannot get memory to decompress /helion/initrd (zstd): not enough memory");
}

/* Each thing that is measured: nothing is started that the TPM did not take, and a log that is full is not the TPM. */
static void what_the_tpm_refuses_is_not_started(void)
{
	static struct firmware_call trace[FIRMWARE_MAX_CALLS];
	const struct firmware_result *result = boot(machine_full, (struct firmware_quirks){0});
	unsigned calls = result->calls, measured = 0;

	memcpy(trace, result->trace, sizeof(trace));
	for (unsigned i = 0; i < calls; i++) {
		if (strcmp(trace[i].name, "HashLogExtendEvent") != 0)
			continue;
		measured++;
		result = firmware_run(machine_full, NULL, (struct firmware_fault){i + 1, 1, EFI_DEVICE_ERROR});
		CHECK_EQUAL(result->end, FIRMWARE_RETURNED);
		CHECK(strstr(result->console, "error: cannot measure \"") != NULL);
		result = firmware_run(machine_full, NULL, (struct firmware_fault){i + 1, 1, EFI_VOLUME_FULL});
		CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
		CHECK(strstr(result->console, "warning: the TPM's event log is full: it lacks \"") != NULL);
	}
	/* Entry, command line, kernel, at least one initramfs. */
	CHECK(measured >= 4);
}

/* ---- From a server ----------------------------------------------------------------------------------------------- */

static void expect_failure(firmware_setup setup, struct firmware_quirks quirks, const char *message)
{
	const struct firmware_result *result = boot(setup, quirks);

	CHECK_EQUAL(result->end, FIRMWARE_RETURNED);
	if (!CHECK(strstr(result->console, message)))
		printf("# %s\n", result->console);
}

static void what_a_server_does_wrong_is_said(void)
{
	static const char from[] = "error: cannot load /helion/initrd from http://10.0.2.2:8000/helion/initrd ";
	char message[256];

	expect_failure(
		machine_pxe, (struct firmware_quirks){.truncated = "\\helion\\initrd"},
		"error: cannot load /helion/initrd from helion/initrd (35000 of 70000 bytes came): unexpected end");
	snprintf(message, sizeof(message), "%s(35000 of 70000 bytes came): the server has closed the connection", from);
	expect_failure(machine_http, (struct firmware_quirks){.truncated = "\\helion\\initrd"}, message);
	snprintf(message, sizeof(message), "%s(the server answers with status 403): HTTP error", from);
	expect_failure(machine_http, (struct firmware_quirks){.http_status = 20}, message);
	snprintf(message, sizeof(message), "%s(the server answers with status 503): HTTP error", from);
	expect_failure(machine_http, (struct firmware_quirks){.http_status = 38}, message);
	expect_failure(machine_http, (struct firmware_quirks){.http_status = 21},
		       "error: cannot load /helion/initrd from http://10.0.2.2:8000/helion/initrd: not found");
	expect_failure(machine_http, (struct firmware_quirks){.http_is_silent = true},
		       "(the server does not answer): timed out");
	expect_failure(machine_http, (struct firmware_quirks){.http_is_unsized = true},
		       "(the server does not say how long it is): protocol error");
	expect_failure(machine_http, (struct firmware_quirks){.has_no_address = true},
		       "error: cannot get an IPv4 address by DHCP, with a timer of 20 seconds: timed out");
}

static void waiting_machine(void *ctx)
{
	machine_plain(ctx);
	firmware_add_text("\\loader\\loader.conf", "timeout menu-force\n");
}

/* Nobody presses a key for long: the firmware's watchdog, which would reset the machine, is armed again and again. */
static void the_watchdog_is_fed_while_the_menu_waits(void)
{
	const struct firmware_result *result = boot(waiting_machine, (struct firmware_quirks){0});
	unsigned armed = 0, ticks = 0;

	for (unsigned i = 0; i < result->calls; i++) {
		ticks += strcmp(result->trace[i].name, "WaitForEvent") == 0;
		if (strcmp(result->trace[i].name, "SetWatchdogTimer") == 0 &&
		    strcmp(result->trace[i].object, "300 seconds") == 0) {
			armed++;
			ticks = 0;
		}
		if (!CHECK(ticks <= 61))
			break;
	}
	CHECK(armed >= 2);
}

static char mode_conf[64];
static INT32 mode_at_start;

static void machine_in_mode(void *ctx)
{
	machine_plain(ctx);
	firmware_add_text("\\loader\\loader.conf", mode_conf);
	firmware_system_table.ConOut->Mode->Mode = mode_at_start;
}

/* 80 x 25, one that does not work, 128 x 40 and 60 x 20: which one the menu takes, by console-mode. "" for none. */
static void the_menu_chooses_a_text_mode(void)
{
	static const struct {
		const char *value;
		INT32 current;
		const char *expected;
	} cases[] = {{"keep", 0, ""},  {"keep", 3, ""}, {"auto", 0, ""},   {"auto", 2, ""},
		     {"auto", 3, "2"}, {"max", 0, "2"}, {"max", 2, ""},    {"3", 0, "3"},
		     {"0", 0, ""},     {"0", 2, "0"},   {"largest", 3, ""}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct firmware_result *result;
		const char *mode = "";

		snprintf(mode_conf, sizeof(mode_conf), "timeout 1\nconsole-mode %s\n", cases[i].value);
		mode_at_start = cases[i].current;
		result = boot(machine_in_mode, (struct firmware_quirks){0});
		CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
		for (unsigned call = 0; call < result->calls; call++)
			if (strcmp(result->trace[call].name, "SetMode") == 0)
				mode = result->trace[call].object;
		if (!CHECK_TEXT(mode, cases[i].expected))
			printf("# console-mode %s in mode %d\n", cases[i].value, (int)cases[i].current);
	}
}

int main(void)
{
	initrd_size = machine_initrd_size;
	RUN(a_stale_map_key_is_tried_again);
	RUN(a_map_that_never_rests_resets_the_machine);
	RUN(the_map_may_grow_at_the_last_moment);
	RUN(descriptors_of_any_size);
	RUN(page_0_is_no_page);
	RUN(all_memory_may_be_above_4_gib);
	RUN(files_are_read_at_once_into_place);
	RUN(firmware_that_fails_on_large_reads);
	RUN(reads_may_be_short);
	RUN(a_file_that_ends_early_is_refused);
	RUN(a_machine_without_consoles);
	RUN(an_image_that_is_not_trusted_is_not_started);
	RUN(nothing_is_started_of_half_a_file);
	RUN(what_a_server_does_wrong_is_said);
	RUN(compressed_files_are_decoded);
	RUN(damaged_compressed_files_are_refused);
	RUN(more_than_there_is_memory_for_is_refused);
	RUN(what_the_tpm_refuses_is_not_started);
	RUN(the_watchdog_is_fed_while_the_menu_waits);
	RUN(the_menu_chooses_a_text_mode);
	return tap_finish();
}
