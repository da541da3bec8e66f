/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: bootloader/text.c */
#include "bootloader/text.h"

#include "tap.h"

static char buffer[64];
static size_t length;

/* Load options of `units` 16-bit units, in memory of exactly that size. */
static bool options(const uint16_t *text, size_t units, size_t capacity)
{
	uint8_t *copy = malloc(2 * units + 1);
	memcpy(copy, text, 2 * units);
	bool good = text_load_options(copy, 2 * units, buffer, capacity, &length);
	free(copy);
	return good;
}

#define OPTIONS(literal) options((const uint16_t *)u##literal, sizeof(u##literal) / 2, sizeof(buffer))
#define CHECK_BUFFER(text)                         \
	do {                                       \
		CHECK_EQUAL(length, strlen(text)); \
		CHECK(strcmp(buffer, text) == 0);  \
	} while (0)

static void plain_text_is_taken(void)
{
	CHECK(OPTIONS("nokaslr verbose"));
	CHECK_BUFFER("nokaslr verbose");
	CHECK(OPTIONS("  nokaslr\tverbose  "));
	CHECK_BUFFER("nokaslr\tverbose");
	CHECK(OPTIONS("gr\u00fc\u00df \u4e16"));
	CHECK_BUFFER("gr\xc3\xbc\xc3\x9f \xe4\xb8\x96");
}

static void no_options_are_empty(void)
{
	CHECK(text_load_options(NULL, 0, buffer, sizeof(buffer), &length));
	CHECK_BUFFER("");
	CHECK(OPTIONS(""));
	CHECK_BUFFER("");
	CHECK(OPTIONS("   "));
	CHECK_BUFFER("");
}

static void a_missing_nul_is_no_harm(void)
{
	CHECK(options((const uint16_t *)u"abc", 3, sizeof(buffer)));
	CHECK_BUFFER("abc");
	CHECK(options((const uint16_t *)u"abc\0\x01\x02", 6, sizeof(buffer)));
	CHECK_BUFFER("abc");
}

static void a_program_name_is_dropped(void)
{
	CHECK(OPTIONS("FS0:\\EFI\\BOOT\\BOOTX64.EFI one two=3"));
	CHECK_BUFFER("one two=3");
	CHECK(OPTIONS("loader.efi"));
	CHECK_BUFFER("");
	CHECK(OPTIONS(".efi x"));
	CHECK_BUFFER(".efi x");
	CHECK(OPTIONS("efi"));
	CHECK_BUFFER("efi");
}

static void binary_is_refused(void)
{
	/* An EFI_LOAD_OPTION: attributes, length of the file path, description. */
	static const uint8_t whole[] = {1, 0, 0, 0, 4, 0, 'L', 0, 0, 0, 0x7f, 0xff, 4, 0};

	CHECK(!text_load_options(whole, sizeof(whole), buffer, sizeof(buffer), &length));
	CHECK_BUFFER("");
	CHECK(!text_load_options(whole, 3, buffer, sizeof(buffer), &length));
	CHECK(!options((const uint16_t[]){'a', 0xd800, 'b'}, 3, sizeof(buffer)));
	CHECK_BUFFER("");
	CHECK(!options((const uint16_t[]){'a', 0xffff}, 2, sizeof(buffer)));
	CHECK(!options((const uint16_t[]){'a', 0x85}, 2, sizeof(buffer)));
}

static void what_does_not_fit_is_refused(void)
{
	CHECK(options((const uint16_t *)u"abc", 3, 4));
	CHECK_BUFFER("abc");
	CHECK(!options((const uint16_t *)u"abcd", 4, 4));
	CHECK_EQUAL(length, 0);
	CHECK(!options((const uint16_t *)u"\u4e16", 1, 3));
	CHECK(!options((const uint16_t *)u"a", 1, 0));
}

static void utf8_becomes_ucs2(void)
{
	ucs2 wide[8];

	CHECK_EQUAL(text_to_ucs2("a\xc3\xbc\xe4\xb8\x96", wide, 8), 3);
	CHECK_EQUAL(wide[1], 0xfc);
	CHECK_EQUAL(wide[2], 0x4e16);
	CHECK_EQUAL(wide[3], 0);
	CHECK_EQUAL(text_to_ucs2("\xf0\x9f\x98\x80!", wide, 8), 2); /* beyond UCS-2 */
	CHECK_EQUAL(wide[0], '?');
	CHECK_EQUAL(text_to_ucs2("\xff\xc3", wide, 8), 2); /* not UTF-8, and cut short */
	CHECK_EQUAL(wide[1], '?');
	CHECK_EQUAL(text_to_ucs2("abcdef", wide, 4), 3);
	CHECK_EQUAL(wide[3], 0);
	CHECK_EQUAL(text_to_ucs2("abc", wide, 0), 0);
}

static void words_are_found(void)
{
	CHECK(text_has_word(slice_of("a nokaslr b"), "nokaslr"));
	CHECK(text_has_word(slice_of("nokaslr"), "nokaslr"));
	CHECK(text_has_word(slice_of("\tnokaslr "), "nokaslr"));
	CHECK(!text_has_word(slice_of("nokaslr=1 xnokaslr"), "nokaslr"));
	CHECK(!text_has_word((struct slice){NULL, 0}, "nokaslr"));
	CHECK(slice_equals_nocase(slice_of("AA64"), "aa64"));
	CHECK(!slice_equals_nocase(slice_of("AA6"), "aa64"));
	CHECK(!slice_equals_nocase(slice_of("AA640"), "aa64"));
}

static void shown(const char *text, const char *expected)
{
	ucs2 wide[64];

	text_to_ucs2(text, wide, 64);
	text_make_printable(wide);
	text_from_ucs2(wide, 64, buffer, sizeof(buffer), &length);
	CHECK_BUFFER(expected);
}

static void what_is_shown_commands_no_terminal(void)
{
	shown("plain ~\xc2\xa0\xe2\x82\xac", "plain ~\xc2\xa0\xe2\x82\xac");
	shown("a\tb\r\n\033[2J\x7f\x01", "a b???[2J??");
	shown("\xc2\x80\xc2\x9b\xc2\x9f|\xc2\xa1", "???|\xc2\xa1");
	shown("\xe2\x80\x8e\xe2\x80\x8f\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9", "??????");
	shown("\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa",
	      "\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf\xe2\x81\xa5\xe2\x81\xaa");
}

int main(void)
{
	RUN(plain_text_is_taken);
	RUN(no_options_are_empty);
	RUN(a_missing_nul_is_no_harm);
	RUN(a_program_name_is_dropped);
	RUN(binary_is_refused);
	RUN(what_does_not_fit_is_refused);
	RUN(utf8_becomes_ucs2);
	RUN(words_are_found);
	RUN(what_is_shown_commands_no_terminal);
	return tap_finish();
}
