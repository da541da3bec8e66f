/* SPDX-License-Identifier: BSD-2-Clause */
/* What a unified kernel image says of the operating system in it. */
#include "lib/osrelease.h"

#include "tap.h"

static struct osrelease parsed;

static void parse(const char *text)
{
	char *copy = tap_copy(text, strlen(text));

	osrelease_parse(copy, strlen(text), &parsed);
	free(copy);
}

static void debian(void)
{
	parse("PRETTY_NAME=\"Debian GNU/Linux 13 (trixie)\"\nNAME=\"Debian GNU/Linux\"\nVERSION_ID=\"13\"\n"
	      "VERSION=\"13 (trixie)\"\nVERSION_CODENAME=trixie\nID=debian\nHOME_URL=\"https://example.org/\"\n");
	CHECK_TEXT(parsed.title, "Debian GNU/Linux 13 (trixie)");
	CHECK_TEXT(parsed.version, "13 (trixie)");
	CHECK_TEXT(parsed.sort_key, "debian");
}

static void an_image_of_its_own(void)
{
	parse("ID=debian\nIMAGE_ID=helion-box\nIMAGE_VERSION=33\nVERSION_ID=13\nNAME=Debian\n");
	CHECK_TEXT(parsed.title, "helion-box");
	CHECK_TEXT(parsed.version, "33");
	CHECK_TEXT(parsed.sort_key, "helion-box");
}

static void what_stands_in_for_what_is_missing(void)
{
	parse("");
	CHECK_TEXT(parsed.title, "");
	CHECK_TEXT(parsed.version, "");
	CHECK_TEXT(parsed.sort_key, "");
	parse("PRETTY_NAME=\nNAME=''\nID=arch\nBUILD_ID=rolling");
	CHECK_TEXT(parsed.title, "arch");
	CHECK_TEXT(parsed.version, "rolling");
	parse("#ID=no\n ID=blank before \t\nMY_ID=other\nIDX=1\nVERSION_ID");
	CHECK_TEXT(parsed.sort_key, "blank before");
	CHECK_TEXT(parsed.version, "");
	parse("ID=one\nID=two\r\n");
	CHECK_TEXT(parsed.sort_key, "two");
}

static void quotes_and_escapes(void)
{
	parse("NAME=\"a \\\"b\\\" \\\\ \\$c 'd'\"\nID='x\\y'\nVERSION=a\\ b\n");
	CHECK_TEXT(parsed.title, "a \"b\" \\ $c 'd'");
	CHECK_TEXT(parsed.sort_key, "x\\y");
	CHECK_TEXT(parsed.version, "a b");
	parse("NAME=\"never closed\nID=x\\");
	CHECK_TEXT(parsed.title, "never closed");
	CHECK_TEXT(parsed.sort_key, "x\\");
}

static void what_a_menu_could_not_show(void)
{
	parse("NAME=\"\x1b[2J\x01t\xc3\xa4st\xff\xc3\"\n");
	CHECK_TEXT(parsed.title, "?[2J?t\xc3\xa4st??");
	CHECK_EQUAL(strlen(parsed.title), 12);
}

static void long_values_are_cut_at_a_character(void)
{
	char text[1024] = "NAME=";

	for (size_t i = 0; i < 300; i++)
		memcpy(text + 5 + 2 * i, "\xc3\xa4", 3);
	parse(text);
	CHECK_EQUAL(strlen(parsed.title), OSRELEASE_MAX_VALUE - 2);
	CHECK((unsigned char)parsed.title[OSRELEASE_MAX_VALUE - 3] == 0xa4);
	memset(text + 5, 'x', 600);
	parse(text);
	CHECK_EQUAL(strlen(parsed.title), OSRELEASE_MAX_VALUE - 1);
}

static void profiles(void)
{
	static const char text[] = "# of an image\nID=factory-reset\nTITLE=Factory \x1breset\nNAME=no\n";
	struct osrelease_profile profile;
	char *copy = tap_copy(text, sizeof(text) - 1);

	osrelease_parse_profile(copy, sizeof(text) - 1, &profile);
	CHECK_TEXT(profile.id, "factory-reset");
	CHECK_TEXT(profile.title, "Factory ?reset");
	osrelease_parse_profile(copy, 0, &profile);
	CHECK_TEXT(profile.id, "");
	CHECK_TEXT(profile.title, "");
	free(copy);
}

int main(void)
{
	RUN(debian);
	RUN(an_image_of_its_own);
	RUN(what_stands_in_for_what_is_missing);
	RUN(quotes_and_escapes);
	RUN(what_a_menu_could_not_show);
	RUN(long_values_are_cut_at_a_character);
	RUN(profiles);
	return tap_finish();
}
