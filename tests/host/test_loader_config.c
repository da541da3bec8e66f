/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: loader-core */
/* Whole boots with configurations as people, editors, other systems and attackers write them. */
#include "bootloader/text.h"
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
	firmware_add_text("\\loader\\entries\\\xc3\xa4\xe2\x82\xac.CONF", "title \xc3\xa4\n" ENTRY);
}

static void titles_cannot_command_a_terminal(void)
{
	const struct firmware_result *result = boot(machine_titles);

	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	CHECK(says(result, "One ?2J ? ? ?? two"));
	CHECK(says(result, "  \xc3\xa4 "));
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

/* ---- Entries that nobody has written ----------------------------------------------------------------------------- */

static const char *automatic_conf, *one_shot, *added[4];
static bool has_own_entry;

static EFI_STATUS program(EFI_HANDLE image, const void *content, size_t size)
{
	(void)image, (void)content;
	if (size != 100)
		firmware_violation("another program was started");
	return EFI_SUCCESS;
}

static void machine_automatic(void *ctx)
{
	static EFI_GUID global = EFI_GLOBAL_VARIABLE;
	static const uint64_t setup = 1;

	(void)ctx;
	machine_plain(NULL);
	if (!has_own_entry)
		firmware_remove_file("\\loader\\entries\\plain.conf");
	firmware_set_variable("OsIndicationsSupported", global, &setup, sizeof(setup));
	for (size_t i = 0; i < 4 && added[i]; i++)
		firmware_add_file(added[i], sample_bytes(100, 9), 100);
	firmware_add_text("\\loader\\loader.conf", automatic_conf);
	if (one_shot) {
		CHAR16 wide[64];

		text_to_ucs2(one_shot, (ucs2 *)wide, 64);
		firmware_set_variable("LoaderEntryOneShot", loader_vendor, wide, 2 * strlen(one_shot) + 2);
	}
	firmware_image_main = program;
}

#define ADDED(...) memcpy(added, (const char *[4]){__VA_ARGS__}, sizeof(added))

static const struct firmware_result *boot_automatic(const char *text, const char *wanted)
{
	automatic_conf = text;
	one_shot = wanted;
	return boot(machine_automatic);
}

static void programs_of_others_are_started_by_name(void)
{
	static const struct {
		const char *id, *path, *title;
	} programs[] = {
		{"auto-windows", "\\EFI\\Microsoft\\Boot\\bootmgfw.efi", "Windows Boot Manager"},
		{"auto-osx", "\\System\\Library\\CoreServices\\boot.efi", "macOS"},
		{"auto-efi-shell", "\\shellx64.efi", "EFI Shell"},
		{"auto-efi-default", "\\EFI\\BOOT\\BOOTx64.EFI", "EFI Default Loader"},
	};

	has_own_entry = true;
	for (size_t i = 0; i < 4; i++) {
		const struct firmware_result *result;

		ADDED(programs[i].path);
		result = boot_automatic("default x\n", programs[i].id);
		CHECK_EQUAL(result->images_started, 1);
		CHECK_EQUAL(result->status, EFI_SUCCESS);
		/* Neither by a pattern, nor for want of another. */
		CHECK_EQUAL(boot_automatic("default auto-*\n", NULL)->end, FIRMWARE_ENTERED);
		CHECK_EQUAL(boot_automatic("auto-entries no\n", programs[i].id)->end, FIRMWARE_ENTERED);
		result = boot_automatic("timeout 1\n", NULL);
		CHECK(says(result, programs[i].title));
		CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	}
}

static void only_programs_of_others_are_a_menu(void)
{
	const struct firmware_result *result;

	has_own_entry = false;
	ADDED("\\shellx64.efi", "\\EFI\\BOOT\\BOOTx64.EFI");
	result = boot_automatic("", NULL);
	CHECK_EQUAL(result->end, FIRMWARE_RETURNED);
	CHECK_EQUAL(result->images_started, 0);
	CHECK(says(result, "> 1  EFI Shell"));
	CHECK(says(result, "  2  EFI Default Loader"));
	CHECK(says(result, "no boot entry: neither /loader/entries"));
	CHECK(says(result, "Back to the firmware in"));
	result = boot_automatic("timeout menu-disabled\n", NULL);
	CHECK(!strstr(result->console, "EFI Shell"));
	CHECK_EQUAL(result->images_started, 0);
	/* Nothing that would only restart is worth a menu. */
	ADDED(NULL);
	CHECK(!strstr(boot_automatic("auto-reboot yes\n", NULL)->console, "Reboot"));
}

static void what_the_firmware_can_do_are_entries(void)
{
	const struct firmware_result *result;

	has_own_entry = true;
	ADDED(NULL);
	CHECK_EQUAL(boot_automatic("", "auto-reboot-to-firmware-setup")->end, FIRMWARE_RESET);
	CHECK_EQUAL(boot_automatic("auto-reboot 1\n", "auto-reboot")->end, FIRMWARE_RESET);
	CHECK_EQUAL(boot_automatic("auto-poweroff 1\n", "auto-poweroff")->end, FIRMWARE_RESET);
	CHECK_EQUAL(boot_automatic("auto-firmware no\n", "auto-reboot-to-firmware-setup")->end, FIRMWARE_ENTERED);
	CHECK_EQUAL(boot_automatic("", "auto-reboot")->end, FIRMWARE_ENTERED);
	CHECK_EQUAL(boot_automatic("", "auto-poweroff")->end, FIRMWARE_ENTERED);
	result = boot_automatic("timeout 1\nauto-poweroff yes\nauto-reboot yes\n", NULL);
	CHECK(says(result, "  2  Reboot into the firmware's set-up "));
	CHECK(says(result, "  3  Reboot "));
	CHECK(says(result, "  4  Power off "));
	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
}

static void keys_that_this_loader_cannot_do_are_said(void)
{
	const struct firmware_result *result;

	has_own_entry = true;
	ADDED(NULL);
	result = boot_automatic("beep no\nreboot-for-bitlocker off\nsecure-boot-enroll force\n", NULL);
	CHECK(!strstr(result->console, "warning"));
	result = boot_automatic("beep yes\nsecure-boot-enroll perhaps\nauto-entries x\n", NULL);
	CHECK(says(result, "/loader/loader.conf, line 1: this loader cannot do that: \"beep\""));
	CHECK(says(result, "/loader/loader.conf, line 2: the key cannot have this value: \"secure-boot-enroll\""));
	CHECK(says(result, "/loader/loader.conf, line 3: the key cannot have this value: \"auto-entries\""));
}

/* An entry that names the loader would start it, and that the entry, for ever. */
static void machine_recursion(void *ctx)
{
	static uint16_t path[64] = {0x0404, 0};
	static const char text[] = "\\EFI\\BOOT\\BOOTX64.EFI";

	machine_plain(ctx);
	path[1] = (uint16_t)(4 + 2 * sizeof(text));
	for (size_t i = 0; i < sizeof(text); i++)
		path[2 + i] = (unsigned char)text[i];
	path[2 + sizeof(text)] = 0xff7f;
	path[3 + sizeof(text)] = 4;
	firmware_set_file_path(path);
	firmware_add_text("\\loader\\entries\\z.conf", "efi efi/./boot//bootx64.EFI\n");
	firmware_add_file("\\EFI\\BOOT\\BOOTX64.EFI", sample_bytes(100, 9), 100);
}

static void the_loader_does_not_start_itself(void)
{
	const struct firmware_result *result = boot(machine_recursion);

	CHECK_EQUAL(result->images_started, 0);
	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	CHECK(says(result, "error: boot entry /loader/entries/z.conf: it would start this loader again"));
}

/* ---- Names that are not for us ----------------------------------------------------------------------------------- */

static void machine_hidden(void *ctx)
{
	machine_plain(ctx);
	firmware_add_file("\\loader\\entries\\._plain.conf", "\0\5\26\7", 4);
	firmware_add_text("\\loader\\entries\\AUTO-windows.conf", ENTRY);
	firmware_add_file("\\EFI\\Linux\\._x.efi", "x", 1);
	firmware_add_text("\\loader\\loader.conf", "timeout 1\n");
}

static void hidden_files_are_no_entries(void)
{
	const struct firmware_result *result = boot(machine_hidden);

	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	CHECK(says(result, "> 1  Plain"));
	CHECK(!strstr(result->console, "  2  "));
}

/* ---- What bootctl and systemctl write ---------------------------------------------------------------------------- */

static const CHAR16 *timeout_variable, *timeout_value;

static void machine_timeout(void *ctx)
{
	char name[64];
	size_t length;

	machine_plain(ctx);
	text_from_ucs2((const ucs2 *)timeout_variable, 64, name, sizeof(name), &length);
	for (length = 0; timeout_value[length];)
		length++;
	firmware_set_variable(name, loader_vendor, timeout_value, 2 * length + 2);
}

static bool waits_for_ever(const CHAR16 *variable, const CHAR16 *value)
{
	const struct firmware_result *result;

	timeout_variable = variable;
	timeout_value = value;
	result = boot(machine_timeout);
	/* Nobody presses a key, until after long somebody presses Q. */
	return result->end == FIRMWARE_RETURNED && strstr(result->console, "back to the firmware") &&
	       !strstr(result->console, "Starts in");
}

static void a_menu_for_this_time(void)
{
	CHECK(waits_for_ever(L"LoaderConfigTimeout", L"4294967295"));
	CHECK(waits_for_ever(L"LoaderConfigTimeout", L"menu-force"));
	CHECK(!waits_for_ever(L"LoaderConfigTimeout", L"0"));
	CHECK(waits_for_ever(L"LoaderConfigTimeoutOneShot", L"0"));
	CHECK(!waits_for_ever(L"LoaderConfigTimeoutOneShot", L"3"));
	CHECK(!waits_for_ever(L"LoaderConfigTimeoutOneShot", L"menu-hidden"));
}

static void machine_console_mode(void *ctx)
{
	machine_plain(ctx);
	firmware_add_text("\\loader\\loader.conf", "timeout 1\nconsole-mode 3\n");
	firmware_set_variable("LoaderConfigConsoleMode", loader_vendor, L"2", sizeof(L"2"));
}

static void the_text_mode_of_a_variable(void)
{
	const struct firmware_result *result = boot(machine_console_mode);

	CHECK_EQUAL(count_calls(result, "SetMode", "2"), 1);
	CHECK_EQUAL(count_calls(result, "SetMode", "3"), 0);
}

/* ---- Keys for Secure Boot ---------------------------------------------------------------------------------------- */

static const char *keys_conf, *keys_directory;

static void machine_keys(void *ctx)
{
	static EFI_GUID global = EFI_GLOBAL_VARIABLE;
	static const char *const names[] = {"db.auth", "KEK.auth", "PK.auth"};
	static const uint8_t on = 1;
	static char paths[3][64];

	machine_plain(ctx);
	firmware_set_variable("SetupMode", global, &on, sizeof(on));
	for (size_t i = 0; i < 3; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s\\%s", keys_directory, names[i]);
		firmware_add_file(paths[i], sample_bytes(100, i), 100);
	}
	firmware_add_text("\\loader\\loader.conf", keys_conf);
	firmware_press('k');
	firmware_press('k');
	firmware_press('\r');
}

static unsigned enrolled(const char *conf_text, const char *directory)
{
	const struct firmware_result *result;

	keys_conf = conf_text;
	keys_directory = directory;
	result = boot(machine_keys);
	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	return count_calls(result, "SetVariable", "PK") + count_calls(result, "SetVariable", "KEK") +
	       count_calls(result, "SetVariable", "db");
}

static void keys_are_enrolled_by_a_person_only(void)
{
	CHECK_EQUAL(enrolled("timeout 9\n", "\\loader\\keys"), 3);
	CHECK_EQUAL(enrolled("timeout 9\nsecure-boot-enroll manual\n", "\\loader\\keys\\auto"), 3);
	CHECK_EQUAL(enrolled("timeout 9\n", "\\loader\\keys\\other"), 0);
	CHECK_EQUAL(enrolled("timeout 9\nsecure-boot-enroll off\n", "\\loader\\keys"), 0);
	CHECK_EQUAL(enrolled("secure-boot-enroll force\n", "\\loader\\keys\\auto"), 0);
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
	RUN(programs_of_others_are_started_by_name);
	RUN(only_programs_of_others_are_a_menu);
	RUN(what_the_firmware_can_do_are_entries);
	RUN(keys_that_this_loader_cannot_do_are_said);
	RUN(the_loader_does_not_start_itself);
	RUN(hidden_files_are_no_entries);
	RUN(a_menu_for_this_time);
	RUN(the_text_mode_of_a_variable);
	RUN(keys_are_enrolled_by_a_person_only);
	return tap_finish();
}
