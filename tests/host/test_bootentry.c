/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/bootentry.h"

#include "tap.h"

struct reports {
	unsigned count;
	enum bootentry_error last;
	unsigned line;
	char key[64];
};

static void record(void *ctx, enum bootentry_error problem, unsigned line, struct slice key)
{
	struct reports *reports = ctx;
	reports->count++;
	reports->last = problem;
	reports->line = line;
	snprintf(reports->key, sizeof reports->key, "%.*s", (int)key.length, key.length == 0 ? "" : key.start);
}

static struct reports reports;
static const struct bootentry_reporter reporter = {.report = record, .ctx = &reports};
static struct bootentry entry;
static char *text; /* what `entry` points into */

static enum bootentry_error parse_bytes(const char *bytes, size_t length)
{
	free(text);
	text = tap_copy(bytes, length);
	reports = (struct reports){0};
	return bootentry_parse(text, length, &reporter, &entry);
}

static enum bootentry_error parse(const char *string)
{
	return parse_bytes(string, strlen(string));
}

static void a_complete_entry(void)
{
	CHECK_EQUAL(parse("# a comment\n"
			  "title        Helion 1.0 (debug)\n"
			  "version\t1.0~rc1\n"
			  "machine-id   0123456789abcdef0123456789abcdef\n"
			  "sort-key     helion\n"
			  "architecture x64\n"
			  "\n"
			  "helion       /helion/kernel\n"
			  "initrd       /helion/initramfs\n"
			  "initrd       /helion/more\n"
			  "module       /helion/m1 first second  third\n"
			  "module       /helion/m2\n"
			  "options      a=1 b\n"
			  "options      c\n"
			  "devicetree   /dtb/board.dtb\n"
			  "devicetree-overlay /dtb/a.dtbo /dtb/b.dtbo\n"
			  "sha256 000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F /helion/kernel\n"),
		    BOOTENTRY_OK);
	CHECK_EQUAL(reports.count, 0);
	CHECK_SLICE(entry.title, "Helion 1.0 (debug)");
	CHECK_SLICE(entry.version, "1.0~rc1");
	CHECK_SLICE(entry.machine_id, "0123456789abcdef0123456789abcdef");
	CHECK_SLICE(entry.sort_key, "helion");
	CHECK_SLICE(entry.architecture, "x64");
	CHECK_SLICE(entry.helion_path, "/helion/kernel");
	CHECK(slice_is_empty(entry.linux_path) && slice_is_empty(entry.efi_path));
	CHECK_EQUAL(entry.initrd_count, 2);
	CHECK_SLICE(entry.initrds[1], "/helion/more");
	CHECK_EQUAL(entry.module_count, 2);
	CHECK_SLICE(entry.modules[0].path, "/helion/m1");
	CHECK_SLICE(entry.modules[0].command_line, "first second  third");
	CHECK_SLICE(entry.modules[1].path, "/helion/m2");
	CHECK_SLICE(entry.modules[1].command_line, "");
	CHECK_EQUAL(entry.option_count, 2);
	CHECK_SLICE(entry.devicetree, "/dtb/board.dtb");
	CHECK_EQUAL(entry.overlay_count, 2);
	CHECK_SLICE(entry.overlays[0], "/dtb/a.dtbo");
	CHECK_SLICE(entry.overlays[1], "/dtb/b.dtbo");
	CHECK_EQUAL(entry.pin_count, 1);
	const uint8_t *digest = bootentry_find_pin(&entry, slice_of("/helion/kernel"));
	CHECK(digest != NULL && digest[0] == 0 && digest[31] == 0x1f);
	CHECK(bootentry_find_pin(&entry, slice_of("/helion/kerne")) == NULL);
}

static void unusual_but_good_text(void)
{
	CHECK_EQUAL(parse("\xef\xbb\xbfhelion /k"), BOOTENTRY_OK); /* BOM, no final newline */
	CHECK_SLICE(entry.helion_path, "/k");
	CHECK_EQUAL(parse("helion /k\r\ntitle A B\r\n\r\n"), BOOTENTRY_OK);
	CHECK_SLICE(entry.helion_path, "/k");
	CHECK_SLICE(entry.title, "A B");
	CHECK_EQUAL(parse(" \t helion \t /k \t \n\t# indented comment\n   \n"), BOOTENTRY_OK);
	CHECK_SLICE(entry.helion_path, "/k");
	CHECK_EQUAL(parse("helion /k\ntitle Gr\xc3\xb6\xc3\x9f"
			  "e # not a comment\n"),
		    BOOTENTRY_OK);
	CHECK_SLICE(entry.title, "Gr\xc3\xb6\xc3\x9f"
				 "e # not a comment");
	CHECK_EQUAL(reports.count, 0);
	CHECK_EQUAL(parse("linux /vmlinuz\n"), BOOTENTRY_OK);
	CHECK_SLICE(entry.linux_path, "/vmlinuz");
	CHECK_EQUAL(parse("efi /shell.efi\n"), BOOTENTRY_OK);
	CHECK_SLICE(entry.efi_path, "/shell.efi");
	CHECK_EQUAL(bootentry_parse("helion /k\nfoo bar", 17, NULL, &entry), BOOTENTRY_OK); /* no reporter */
	CHECK_EQUAL(entry.unknown_count, 1);
}

static void ignored_lines_are_reported(void)
{
	CHECK_EQUAL(parse("helion /k\nfrobnicate yes\n"), BOOTENTRY_OK);
	CHECK_EQUAL(reports.last, BOOTENTRY_WARNING_UNKNOWN_KEY);
	CHECK_EQUAL(reports.line, 2);
	CHECK_TEXT(reports.key, "frobnicate");
	CHECK_EQUAL(entry.unknown_count, 1);
	CHECK_EQUAL(parse("HELION /k\nhelion /x\n"), BOOTENTRY_OK); /* keys are case-sensitive */
	CHECK_EQUAL(entry.unknown_count, 1);
	CHECK_EQUAL(parse("helion /k\n\ntitle\n"), BOOTENTRY_OK);
	CHECK_EQUAL(reports.last, BOOTENTRY_WARNING_NO_VALUE);
	CHECK_EQUAL(reports.line, 3);
	CHECK_EQUAL(parse("helion /k\ninitrd  \n"), BOOTENTRY_OK);
	CHECK_EQUAL(reports.last, BOOTENTRY_WARNING_NO_VALUE);
	CHECK_EQUAL(entry.initrd_count, 0);
	CHECK_EQUAL(parse("helion /a\nhelion /b\n"), BOOTENTRY_OK);
	CHECK_EQUAL(reports.last, BOOTENTRY_WARNING_REPEATED);
	CHECK_SLICE(entry.helion_path, "/b");
}

static void nothing_or_too_much_to_boot(void)
{
	CHECK_EQUAL(parse(""), BOOTENTRY_ERROR_NO_IMAGE);
	CHECK_EQUAL(parse("\xef\xbb\xbf"), BOOTENTRY_ERROR_NO_IMAGE);
	CHECK_EQUAL(parse("\xef\xbb"), BOOTENTRY_ERROR_NO_IMAGE);
	CHECK_EQUAL(parse("title x\n"), BOOTENTRY_ERROR_NO_IMAGE);
	CHECK_EQUAL(reports.line, 0);
	CHECK_EQUAL(parse("helion\n"), BOOTENTRY_ERROR_NO_IMAGE);
	CHECK_EQUAL(parse("helion /a\nlinux /b\n"), BOOTENTRY_ERROR_TWO_IMAGES);
	CHECK_EQUAL(parse("efi /a\nlinux /b\n"), BOOTENTRY_ERROR_TWO_IMAGES);
}

static void damaged_text_is_refused(void)
{
	CHECK_EQUAL(parse_bytes("helion /k\ntitle a\0b\n", 20), BOOTENTRY_ERROR_NUL);
	CHECK_EQUAL(reports.line, 2);
	CHECK_EQUAL(parse_bytes("helion /k\0", 10), BOOTENTRY_ERROR_NUL);
	CHECK_EQUAL(parse_bytes("\0", 1), BOOTENTRY_ERROR_NUL);
	CHECK_EQUAL(parse("# comment \x01\nhelion /k\n"), BOOTENTRY_ERROR_CONTROL);
	CHECK_EQUAL(parse("helion /k\x1b[31m\n"), BOOTENTRY_ERROR_CONTROL);
	CHECK_EQUAL(parse("helion /k\x7f\n"), BOOTENTRY_ERROR_CONTROL);
	CHECK_EQUAL(parse("helion /k\rtitle x\n"), BOOTENTRY_ERROR_CONTROL);
}

static void limits(void)
{
	static char large[BOOTENTRY_MAX_SIZE + 1];
	memset(large, 'x', sizeof large);
	memcpy(large, "helion /k\noptions ", 18);
	large[10 + BOOTENTRY_MAX_LINE] = '\n';
	CHECK_EQUAL(parse_bytes(large, 11 + BOOTENTRY_MAX_LINE), BOOTENTRY_OK);
	CHECK_EQUAL(entry.options[0].length, BOOTENTRY_MAX_LINE - 8);
	large[10 + BOOTENTRY_MAX_LINE] = 'x';
	large[11 + BOOTENTRY_MAX_LINE] = '\n';
	CHECK_EQUAL(parse_bytes(large, 12 + BOOTENTRY_MAX_LINE), BOOTENTRY_ERROR_LINE);
	CHECK_EQUAL(reports.line, 2);

	memset(large, '\n', sizeof large);
	memcpy(large, "helion /k\n", 10);
	CHECK_EQUAL(parse_bytes(large, BOOTENTRY_MAX_SIZE), BOOTENTRY_OK);
	CHECK_EQUAL(parse_bytes(large, BOOTENTRY_MAX_SIZE + 1), BOOTENTRY_ERROR_TOO_LARGE);

	static const struct {
		const char *line;
		unsigned maximum;
	} keys[] = {
		{"options x\n", BOOTENTRY_MAX_OPTIONS},
		{"initrd /x\n", BOOTENTRY_MAX_INITRDS},
		{"module /x\n", BOOTENTRY_MAX_MODULES},
		{"devicetree-overlay /x\n", BOOTENTRY_MAX_OVERLAYS},
		{"sha256 0000000000000000000000000000000000000000000000000000000000000000 /x\n", BOOTENTRY_MAX_PINS},
	};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		strcpy(large, "helion /k\n");
		for (unsigned j = 0; j < keys[i].maximum; j++)
			strcat(large, keys[i].line);
		CHECK_EQUAL(parse(large), BOOTENTRY_OK);
		strcat(large, keys[i].line);
		CHECK_EQUAL(parse(large), BOOTENTRY_ERROR_TOO_MANY);
		CHECK_EQUAL(reports.line, keys[i].maximum + 2);
	}
}

static void pins_are_strict(void)
{
	CHECK_EQUAL(parse("helion /k\nsha256\n"), BOOTENTRY_ERROR_DIGEST);
	CHECK_EQUAL(parse("helion /k\nsha256 00 /k\n"), BOOTENTRY_ERROR_DIGEST);
	CHECK_EQUAL(parse("helion /k\nsha256 000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F\n"),
		    BOOTENTRY_ERROR_DIGEST);
	CHECK_EQUAL(parse("helion /k\nsha256 000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1g /k\n"),
		    BOOTENTRY_ERROR_DIGEST);
	CHECK_EQUAL(parse("helion /k\nsha256 000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F0 /k\n"),
		    BOOTENTRY_ERROR_DIGEST);
}

static void options_are_joined(void)
{
	CHECK_EQUAL(parse("helion /k\noptions one\noptions  two three \noptions four\n"), BOOTENTRY_OK);
	static const char wanted[] = "one two three four";
	for (size_t capacity = 0; capacity < 30; capacity++) {
		char *buffer = malloc(capacity + 1);
		size_t length = 99;
		enum bootentry_error error = bootentry_join_options(&entry, buffer, capacity, &length);
		if (capacity < sizeof wanted) {
			CHECK_EQUAL(error, BOOTENTRY_ERROR_BUFFER);
		} else {
			CHECK_EQUAL(error, BOOTENTRY_OK);
			CHECK_TEXT(buffer, wanted);
			CHECK_EQUAL(length, sizeof wanted - 1);
		}
		free(buffer);
	}
	size_t sum = entry.option_count;
	for (uint32_t i = 0; i < entry.option_count; i++)
		sum += entry.options[i].length;
	CHECK_EQUAL(sum, sizeof wanted); /* the documented bound */
	char one[1];
	size_t length;
	CHECK_EQUAL(parse("helion /k\n"), BOOTENTRY_OK);
	CHECK_EQUAL(bootentry_join_options(&entry, one, 1, &length), BOOTENTRY_OK);
	CHECK(one[0] == '\0' && length == 0);
	CHECK_EQUAL(bootentry_join_options(&entry, one, 0, &length), BOOTENTRY_ERROR_BUFFER);
}

/* Converts; compares with ASCII. */
static enum bootentry_error convert(const char *path, const char *wanted)
{
	uint16_t buffer[64];
	size_t length = 0;
	char *copy = tap_copy(path, strlen(path));
	enum bootentry_error error = bootentry_path_to_ucs2((struct slice){copy, strlen(path)}, buffer, 64, &length);
	free(copy);
	if (error == BOOTENTRY_OK && CHECK_EQUAL(length, strlen(wanted))) {
		for (size_t i = 0; i <= length; i++)
			CHECK_EQUAL(buffer[i], (unsigned char)wanted[i]);
	}
	return error;
}

static void paths(void)
{
	CHECK_EQUAL(convert("/EFI/BOOT/x.efi", "\\EFI\\BOOT\\x.efi"), BOOTENTRY_OK);
	CHECK_EQUAL(convert("kernel", "\\kernel"), BOOTENTRY_OK);
	CHECK_EQUAL(convert("//a//./b/", "\\a\\b"), BOOTENTRY_OK);
	CHECK_EQUAL(convert("\\a\\b", "\\a\\b"), BOOTENTRY_OK);
	CHECK_EQUAL(convert("a b/c.d", "\\a b\\c.d"), BOOTENTRY_OK);
	CHECK_EQUAL(convert("..a/...", "\\..a\\..."), BOOTENTRY_OK);
	CHECK_EQUAL(convert("", ""), BOOTENTRY_ERROR_PATH_EMPTY);
	CHECK_EQUAL(convert("///", ""), BOOTENTRY_ERROR_PATH_EMPTY);
	CHECK_EQUAL(convert("/./", ""), BOOTENTRY_ERROR_PATH_EMPTY);
	CHECK_EQUAL(convert("../secret", ""), BOOTENTRY_ERROR_PATH_PARENT);
	CHECK_EQUAL(convert("a/..", ""), BOOTENTRY_ERROR_PATH_PARENT);
	CHECK_EQUAL(convert("a\\..\\b", ""), BOOTENTRY_ERROR_PATH_PARENT);
	CHECK_EQUAL(convert("a:b", ""), BOOTENTRY_ERROR_PATH_CHARACTER);
	CHECK_EQUAL(convert("a*", ""), BOOTENTRY_ERROR_PATH_CHARACTER);
	CHECK_EQUAL(convert("a\tb", ""), BOOTENTRY_ERROR_PATH_CHARACTER);
	CHECK_EQUAL(convert("\x80", ""), BOOTENTRY_ERROR_PATH_UTF8);
	CHECK_EQUAL(convert("\xc3", ""), BOOTENTRY_ERROR_PATH_UTF8);
	CHECK_EQUAL(convert("\xe2\x82", ""), BOOTENTRY_ERROR_PATH_UTF8);
	CHECK_EQUAL(convert("\xc3/a", ""), BOOTENTRY_ERROR_PATH_UTF8);
	CHECK_EQUAL(convert("\xc0\xaf", ""), BOOTENTRY_ERROR_PATH_UTF8); /* overlong '/' */
	CHECK_EQUAL(convert("\xe0\x80\xaf", ""), BOOTENTRY_ERROR_PATH_UTF8);
	CHECK_EQUAL(convert("\xed\xa0\x80", ""), BOOTENTRY_ERROR_PATH_UTF8);     /* surrogate */
	CHECK_EQUAL(convert("\xf0\x9f\x98\x80", ""), BOOTENTRY_ERROR_PATH_UTF8); /* beyond UCS-2 */

	uint16_t buffer[8];
	size_t length;
	CHECK_EQUAL(bootentry_path_to_ucs2(slice_of("\xc3\xa4\xe2\x82\xac"), buffer, 8, &length), BOOTENTRY_OK);
	CHECK(length == 3 && buffer[1] == 0xe4 && buffer[2] == 0x20ac && buffer[3] == 0);
	for (size_t capacity = 0; capacity < 8; capacity++) {
		uint16_t *exact = malloc(capacity * 2 + 1);
		enum bootentry_error error = bootentry_path_to_ucs2(slice_of("ab/cd"), exact, capacity, NULL);
		CHECK_EQUAL(error, capacity < 7 ? BOOTENTRY_ERROR_PATH_LONG : BOOTENTRY_OK);
		free(exact);
	}
}

static void check_name(const char *name, const char *id, bool counted, uint32_t left, uint32_t done)
{
	struct bootentry_name parsed;
	char *copy = tap_copy(name, strlen(name));
	CHECK_EQUAL(bootentry_name_parse((struct slice){copy, strlen(name)}, ".conf", &parsed), BOOTENTRY_OK);
	CHECK_SLICE(parsed.id, id);
	CHECK_EQUAL(parsed.is_counted, counted);
	CHECK_EQUAL(parsed.left, left);
	CHECK_EQUAL(parsed.done, done);
	CHECK_EQUAL(parsed.is_bad, counted && left == 0);
	free(copy);
}

static void names(void)
{
	check_name("helion.conf", "helion", false, 0, 0);
	check_name("helion.CONF", "helion", false, 0, 0);
	check_name("helion+3.conf", "helion", true, 3, 0);
	check_name("helion+3-1.conf", "helion", true, 3, 1);
	check_name("helion+0-3.conf", "helion", true, 0, 3);
	check_name("helion+0.conf", "helion", true, 0, 0);
	check_name("a+b+12-34.conf", "a+b", true, 12, 34);
	check_name("a+3-.conf", "a+3-", false, 0, 0);
	check_name("a+.conf", "a+", false, 0, 0);
	check_name("a+x.conf", "a+x", false, 0, 0);
	check_name("a+3-1-1.conf", "a+3-1-1", false, 0, 0);
	check_name("a+3x.conf", "a+3x", false, 0, 0);
	check_name("a+4294967295.conf", "a", true, UINT32_MAX, 0);
	check_name("a+4294967296.conf", "a+4294967296", false, 0, 0);
	check_name("a+99999999999999999999999.conf", "a+99999999999999999999999", false, 0, 0);

	struct bootentry_name parsed;
	CHECK_EQUAL(bootentry_name_parse(slice_of(""), ".conf", &parsed), BOOTENTRY_ERROR_NAME_LENGTH);
	CHECK_EQUAL(bootentry_name_parse(slice_of(".conf"), ".conf", &parsed), BOOTENTRY_ERROR_NAME_LENGTH);
	CHECK_EQUAL(bootentry_name_parse(slice_of("+1.conf"), ".conf", &parsed), BOOTENTRY_ERROR_NAME_LENGTH);
	CHECK_EQUAL(bootentry_name_parse(slice_of("helion"), ".conf", &parsed), BOOTENTRY_ERROR_NAME_SUFFIX);
	CHECK_EQUAL(bootentry_name_parse(slice_of("helion.conf.bak"), ".conf", &parsed), BOOTENTRY_ERROR_NAME_SUFFIX);
	CHECK_EQUAL(bootentry_name_parse(slice_of("conf"), ".conf", &parsed), BOOTENTRY_ERROR_NAME_SUFFIX);
	CHECK_EQUAL(bootentry_name_parse(slice_of("a b.conf"), ".conf", &parsed), BOOTENTRY_ERROR_NAME_CHARACTER);
	CHECK_EQUAL(bootentry_name_parse(slice_of("a/b.conf"), ".conf", &parsed), BOOTENTRY_ERROR_NAME_CHARACTER);
	CHECK_EQUAL(bootentry_name_parse(slice_of("\xc3\xa4.conf"), ".conf", &parsed), BOOTENTRY_ERROR_NAME_CHARACTER);
	char name[300];
	memset(name, 'a', sizeof name);
	strcpy(name + 250, ".conf");
	CHECK_EQUAL(bootentry_name_parse(slice_of(name), ".conf", &parsed), BOOTENTRY_OK);
	memset(name, 'a', sizeof name);
	strcpy(name + 251, ".conf");
	CHECK_EQUAL(bootentry_name_parse(slice_of(name), ".conf", &parsed), BOOTENTRY_ERROR_NAME_LENGTH);
}

/* An entry of a menu: file name, sort-key, machine-id, version. */
struct menu_entry {
	const char *name, *sort_key, *machine_id, *version;
};

static int compare(const struct menu_entry *a, const struct menu_entry *b)
{
	static struct bootentry entries[2];
	struct bootentry_name names[2];
	const struct menu_entry *sides[2] = {a, b};
	for (int i = 0; i < 2; i++) {
		entries[i].sort_key = slice_of(sides[i]->sort_key);
		entries[i].machine_id = slice_of(sides[i]->machine_id);
		entries[i].version = slice_of(sides[i]->version);
		CHECK_EQUAL(bootentry_name_parse(slice_of(sides[i]->name), ".conf", &names[i]), BOOTENTRY_OK);
	}
	int order = bootentry_compare(&entries[0], &names[0], &entries[1], &names[1]);
	return order < 0 ? -1 : order > 0;
}

static void menu_order(void)
{
	/* In the order that a menu shows them. */
	static const struct menu_entry menu[] = {
		{"x1.conf", "alpha", "", "2"},
		{"x2.conf", "alpha", "1111", "3"},
		{"x3+2-9.conf", "alpha", "1111", "2.1"},
		{"x3+1.conf", "alpha", "1111", "2.1"},
		{"x3+1-1.conf", "alpha", "1111", "2.1"},
		{"x4.conf", "alpha", "1111", "2.1~rc1"},
		{"x5.conf", "alpha", "2222", "9"},
		{"x0.conf", "beta", "", "9"},
		{"zz-10.conf", "", "", "1"},
		{"zz-9.conf", "", "", "2"},
		{"aa-11.conf", "", "", "3"},
		{"bad+0-3.conf", "alpha", "", "99"},
		{"worse+0-3.conf", "", "", "99"},
	};
	const size_t count = sizeof menu / sizeof menu[0];
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < count; j++)
			CHECK_EQUAL(compare(&menu[i], &menu[j]), i < j ? -1 : i > j);
}

static void loader_configuration(void)
{
	struct loaderconf conf;
	reports = (struct reports){0};
	const char *good = "default helion-*\ntimeout 5\nconsole-mode max\neditor no\n";
	CHECK_EQUAL(loaderconf_parse(good, strlen(good), &reporter, &conf), BOOTENTRY_OK);
	CHECK_EQUAL(reports.count, 0);
	CHECK_SLICE(conf.default_entry, "helion-*");
	CHECK_SLICE(conf.console_mode, "max");
	CHECK(conf.has_timeout && conf.timeout == LOADERCONF_TIMEOUT_SECONDS && conf.timeout_seconds == 5);
	CHECK(!conf.editor);

	CHECK_EQUAL(loaderconf_parse("", 0, NULL, &conf), BOOTENTRY_OK);
	CHECK(!conf.has_timeout && conf.timeout_seconds == 0 && conf.editor);

	static const struct {
		const char *text;
		enum loaderconf_timeout timeout;
	} words[] = {
		{"timeout menu-force", LOADERCONF_TIMEOUT_FORCE},
		{"timeout menu-hidden", LOADERCONF_TIMEOUT_HIDDEN},
		{"timeout menu-disabled", LOADERCONF_TIMEOUT_DISABLED},
		{"timeout 0", LOADERCONF_TIMEOUT_SECONDS},
	};
	for (size_t i = 0; i < 4; i++) {
		CHECK_EQUAL(loaderconf_parse(words[i].text, strlen(words[i].text), &reporter, &conf), BOOTENTRY_OK);
		CHECK(conf.has_timeout && conf.timeout == words[i].timeout);
	}

	static const char *const bad[] = {"timeout never", "timeout -1", "timeout 5s", "timeout 99999999999",
					  "editor maybe"};
	for (size_t i = 0; i < 5; i++) {
		reports = (struct reports){0};
		CHECK_EQUAL(loaderconf_parse(bad[i], strlen(bad[i]), &reporter, &conf), BOOTENTRY_OK);
		CHECK_EQUAL(reports.last, BOOTENTRY_WARNING_VALUE);
		CHECK(!conf.has_timeout && conf.editor == (i < 4)); /* who writes something there wants to lock it */
	}
	static const struct {
		const char *text;
		bool editor;
	} editors[] = {{"editor yes", true}, {"editor no", false}, {"editor 1", true},
		       {"editor 0", false},  {"editor on", true},  {"editor off", false}};
	for (size_t i = 0; i < 6; i++) {
		CHECK_EQUAL(loaderconf_parse(editors[i].text, strlen(editors[i].text), &reporter, &conf), BOOTENTRY_OK);
		CHECK_EQUAL(conf.editor, editors[i].editor);
	}
	CHECK_EQUAL(loaderconf_parse("peep on\neditor", 14, &reporter, &conf), BOOTENTRY_OK);
	CHECK_EQUAL(conf.unknown_count, 1);
	CHECK_EQUAL(reports.last, BOOTENTRY_WARNING_NO_VALUE);
	CHECK(conf.auto_entries && conf.auto_firmware && !conf.auto_reboot && !conf.auto_poweroff);
	CHECK_EQUAL(conf.enroll, LOADERCONF_ENROLL_MANUAL);
	const char *others =
		"auto-entries no\nauto-firmware Off\nauto-reboot y\nauto-poweroff on\nsecure-boot-enroll off\n"
		"beep 0\ntimeout 4294967295\n";
	reports = (struct reports){0};
	CHECK_EQUAL(loaderconf_parse(others, strlen(others), &reporter, &conf), BOOTENTRY_OK);
	CHECK_EQUAL(reports.count, 0);
	CHECK(!conf.auto_entries && !conf.auto_firmware && conf.auto_reboot && conf.auto_poweroff);
	CHECK_EQUAL(conf.enroll, LOADERCONF_ENROLL_OFF);
	CHECK_EQUAL(conf.timeout, LOADERCONF_TIMEOUT_FORCE);
	CHECK_EQUAL(loaderconf_parse("reboot-for-bitlocker 1", 22, &reporter, &conf), BOOTENTRY_OK);
	CHECK_EQUAL(reports.last, BOOTENTRY_WARNING_UNSUPPORTED);
	CHECK_EQUAL(loaderconf_parse("timeout\0 5", 10, &reporter, &conf), BOOTENTRY_ERROR_NUL);
}

static void every_error_has_a_phrase(void)
{
	CHECK_PHRASES(bootentry_strerror, BOOTENTRY_OK, BOOTENTRY_ERROR_BUFFER);
}

int main(void)
{
	RUN(a_complete_entry);
	RUN(unusual_but_good_text);
	RUN(ignored_lines_are_reported);
	RUN(nothing_or_too_much_to_boot);
	RUN(damaged_text_is_refused);
	RUN(limits);
	RUN(pins_are_strict);
	RUN(options_are_joined);
	RUN(paths);
	RUN(names);
	RUN(menu_order);
	RUN(loader_configuration);
	RUN(every_error_has_a_phrase);
	free(text);
	return tap_finish();
}
