/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: loader-core */
/* Whole boots with configurations as people, editors, other systems and attackers write them. */
#include "firmware/firmware.h"
#include "firmware/machines.h"
#include "firmware/sample.h"

#include "tap.h"

#define ENTRY "helion /helion/kernel.elf\ninitrd /helion/initrd\noptions a=b\n"

static EFI_GUID loader_vendor = {0x4a67b082, 0x0a4c, 0x41cf, {0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f}};

/* The plain machine without its entry, so that a test writes all of them. */
static void machine_empty(void)
{
	machine_plain(NULL);
	firmware_remove_file("\\loader\\entries\\plain.conf");
	firmware_expected.entry_name = NULL;
}

/* Boots; nothing that the firmware was asked for may be wrong, and nothing on the console may command a terminal. */
static const struct firmware_result *boot(firmware_setup setup)
{
	const struct firmware_result *result = firmware_run(setup, NULL, (struct firmware_fault){0});

	CHECK_TEXT(result->violations, "");
	for (const char *c = result->console; *c; c++)
		if (!CHECK((unsigned char)*c >= ' ' || *c == '\n' || *c == '\r'))
			break;
	return result;
}

static bool says(const struct firmware_result *result, const char *text)
{
	if (strstr(result->console, text))
		return true;
	printf("# \"%s\" is not in:\n# %s\n", text, result->console);
	return false;
}

static unsigned count_calls(const struct firmware_result *result, const char *name, const char *object)
{
	unsigned count = 0;

	for (unsigned i = 0; i < result->calls; i++)
		count += strcmp(result->trace[i].name, name) == 0 && strcmp(result->trace[i].object, object) == 0;
	return count;
}

/* ---- loader.conf ------------------------------------------------------------------------------------------------- */

static char conf[100 * 1024];

/* A menu in which somebody wants to edit, and then to start what there is. */
static void machine_conf(void *ctx)
{
	(void)ctx;
	machine_plain(NULL);
	firmware_add_text("\\loader\\loader.conf", conf);
	firmware_press(' ');
	firmware_press('e');
	firmware_press(0x17u << 16); /* Escape */
	firmware_press('\r');
}

static void odd_preferences_are_understood(void)
{
	static const char *const good[] = {
		"\xef\xbb\xbftimeout 3\r\neditor no\r\n",
		"\t timeout\t3\t\neditor\tOff",
		"timeout 3\n\n\n#\n  # x\neditor FALSE\n\n",
		"timeout menu-force\nunknown\nunknown key\ndefault\neditor 0",
		"timeout 1\ntimeout menu-force\neditor yes\neditor n",
		"timeout menu-force\neditor perhaps\n",
		"timeout 4294967295\neditor f",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct firmware_result *result;

		snprintf(conf, sizeof(conf), "%s", good[i]);
		result = boot(machine_conf);
		CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
		CHECK(says(result, "loader.conf switches the editor off."));
	}
	snprintf(conf, sizeof(conf), "timeout 99999999999\ndefault \xff\xfe[*\nconsole-mode -1\n");
	CHECK(says(boot(machine_conf), "/loader/loader.conf, line 1: the key cannot have this value: \"timeout\""));
}

/* What cannot be read may have locked the editor. */
static void damaged_preferences_lock_the_editor(void)
{
	const struct firmware_result *result;

	memset(conf, '#', sizeof(conf) - 1);
	for (size_t i = 99; i < sizeof(conf) - 1; i += 100)
		conf[i] = '\n';
	result = boot(machine_conf);
	CHECK(says(result, "warning: /loader/loader.conf: the file is too large: the file is ignored"));
	CHECK(says(result, "loader.conf switches the editor off."));
	memset(conf + 50, 'x', 5000);
	conf[6000] = '\0';
	CHECK(says(boot(machine_conf),
		   "warning: /loader/loader.conf, line 1: the line is too long: the file is ignored"));
	snprintf(conf, sizeof(conf), "timeout 3\neditor \033[2Jno\n");
	CHECK(says(boot(machine_conf), "loader.conf switches the editor off."));
	for (unsigned call = 1; call < 40; call++) {
		result = firmware_run(machine_conf, NULL, (struct firmware_fault){call, 1, EFI_DEVICE_ERROR});
		if (strcmp(result->trace[call - 1].object, "\\loader\\loader.conf") == 0 &&
		    strcmp(result->trace[call - 1].name, "Close") != 0)
			CHECK(says(result, "loader.conf switches the editor off."));
	}
}

/* ---- Names and titles -------------------------------------------------------------------------------------------- */

static void machine_control_names(void *ctx)
{
	const uint8_t *unified;
	size_t size;

	(void)ctx;
	machine_plain(NULL);
	unified = sample_unified(&size);
	firmware_add_text("\\loader\\entries\\a\033[2J.conf", ENTRY);
	firmware_add_file("\\EFI\\Linux\\x\noptions evil\n.efi", unified, size);
	firmware_add_text("\\loader\\loader.conf", "default x*\n");
}

static void names_with_control_characters_are_no_entries(void)
{
	const struct firmware_result *result = boot(machine_control_names);

	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	CHECK(says(result, "/loader/entries: a file name has a control character in it: ignored: a?[2J.conf"));
	CHECK(says(result, "/EFI/Linux: a file name has a control character in it: ignored: x?options evil?.efi"));
	CHECK(says(result, "no boot entry for default \"x*\""));
}

/* C1 (U+009B is a terminal's CSI), right-to-left override, a line separator, and what is not UTF-8. */
static void machine_titles(void *ctx)
{
	(void)ctx;
	machine_empty();
	firmware_add_text("\\loader\\loader.conf", "timeout 1\n");
	firmware_add_text("\\loader\\entries\\9 with spaces.conf", "title\tOne \xc2\x9b"
								   "2J \xe2\x80\xae \xe2\x80\xa8 \xff\xfe two\n" ENTRY);
	firmware_add_text("\\loader\\entries\\..conf", "title dot\n" ENTRY);
	firmware_add_text("\\loader\\entries\\\xc3\xa4\xe2\x82\xac.CONF", "title \xc3\xa4\n" ENTRY);
}

static void titles_cannot_command_a_terminal(void)
{
	const struct firmware_result *result = boot(machine_titles);

	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	CHECK(says(result, "One ?2J ? ? ?? two"));
	CHECK(says(result, "  \xc3\xa4 "));
	CHECK(says(result, "  dot "));
	CHECK(!strstr(result->console, "\xc2\x9b"));
	CHECK(!strstr(result->console, "\xe2\x80\xae"));
}

/* ---- Files where directories should be --------------------------------------------------------------------------- */

static void machine_entries_file(void *ctx)
{
	(void)ctx;
	machine_empty();
	firmware_add_file("\\loader\\entries", sample_bytes(4096, 5), 4096);
	firmware_add_file("\\EFI\\Linux", sample_bytes(4096, 6), 4096);
}

static void a_file_is_no_directory(void)
{
	const struct firmware_result *result = boot(machine_entries_file);

	CHECK_EQUAL(result->end, FIRMWARE_RETURNED);
	CHECK(says(result, "error: /loader/entries should be a directory, and is a file"));
	CHECK(says(result, "error: /EFI/Linux should be a directory, and is a file"));
	CHECK_EQUAL(count_calls(result, "Read", "\\loader\\entries"), 0);
}

/* ---- Variables --------------------------------------------------------------------------------------------------- */

static uint8_t variable_value[700];
static size_t variable_size;

static void machine_one_shot(void *ctx)
{
	machine_plain(ctx);
	firmware_set_variable("LoaderEntryOneShot", loader_vendor, variable_value, variable_size);
	firmware_set_variable("LoaderEntryDefault", loader_vendor, L"\x1b[2J*\n", sizeof(L"\x1b[2J*\n"));
	firmware_set_variable("LoaderConfigTimeout", loader_vendor, L"0\neditor x", sizeof(L"0\neditor x"));
	firmware_set_variable("LoaderConfigTimeoutOneShot", loader_vendor, L"soon", sizeof(L"soon"));
}

/* Too long, of half a character, a lone surrogate, empty text: used up all the same. */
static void a_one_shot_that_is_no_text_is_taken_away(void)
{
	static const size_t sizes[] = {700, 7, 2, 600, 1, 514};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct firmware_result *result;

		memset(variable_value, i == 2 ? 0xdc : i == 3 ? 0 : 'x', sizeof(variable_value));
		variable_size = sizes[i];
		result = boot(machine_one_shot);
		CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
		CHECK_EQUAL(count_calls(result, "SetVariable", "LoaderEntryOneShot"), 1);
		CHECK_EQUAL(count_calls(result, "SetVariable", "LoaderConfigTimeoutOneShot"), 1);
		CHECK(says(result, "LoaderEntryDefault: no boot entry for default \"?[2J*?\""));
	}
}

/* ---- Counters ---------------------------------------------------------------------------------------------------- */

static const char *counted[8], *expected_name;

static void machine_counted(void *ctx)
{
	static char paths[8][128];

	(void)ctx;
	machine_empty();
	for (size_t i = 0; i < 8 && counted[i]; i++) {
		snprintf(paths[i], sizeof(paths[i]), "\\loader\\entries\\%s", counted[i]);
		firmware_add_text(paths[i], ENTRY);
	}
	firmware_expected.entry_name = expected_name;
}

#define BOOTS_AS(name, ...)                                                       \
	do {                                                                      \
		memcpy(counted, (const char *[8]){__VA_ARGS__}, sizeof(counted)); \
		expected_name = (name);                                           \
		CHECK_EQUAL(boot(machine_counted)->end, FIRMWARE_ENTERED);        \
	} while (0)

static void counters_of_every_kind(void)
{
	BOOTS_AS("a+0-1.conf", "a+0.conf");
	BOOTS_AS("a+0-4.conf", "a+0-3.conf");
	BOOTS_AS("b.conf", "a+0-3.conf", "b.conf", "c+0.conf");
	BOOTS_AS("a+99999999999.conf", "a+99999999999.conf");
	BOOTS_AS("a+4294967294-1.conf", "a+4294967295.conf");
	BOOTS_AS("a+1-4294967295.conf", "a+2-4294967295.conf");
	BOOTS_AS("a+.conf", "a+.conf");
	BOOTS_AS("a+3-.conf", "a+3-.conf");
	BOOTS_AS("a+-3.conf", "a+-3.conf");
	BOOTS_AS("a+1+2-1.conf", "a+1+3.conf");
	BOOTS_AS("+3.conf", "+3.conf");
	BOOTS_AS("with space+3.conf", "with space+3.conf");
	BOOTS_AS("A+2-1.conf", "A+3.CONF");
}

/* The one with the most tries; and no name that is there already keeps a try from being counted. */
static void several_files_of_one_identifier(void)
{
	BOOTS_AS("a+2-1.conf", "a+1-2.conf", "a+3.conf", "a+0-9.conf");
	BOOTS_AS("a+2-2.conf", "a+2-1.conf", "a+3.conf");
	BOOTS_AS("a+2-3.conf", "a+2-1.conf", "a+2-2.conf", "a+3.conf");
	BOOTS_AS("a+1-2.conf", "a+2-7.conf", "a+2-1.conf");
}

int main(void)
{
	RUN(odd_preferences_are_understood);
	RUN(damaged_preferences_lock_the_editor);
	RUN(names_with_control_characters_are_no_entries);
	RUN(titles_cannot_command_a_terminal);
	RUN(a_file_is_no_directory);
	RUN(a_one_shot_that_is_no_text_is_taken_away);
	RUN(counters_of_every_kind);
	RUN(several_files_of_one_identifier);
	return tap_finish();
}
