/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: bootloader/select.c bootloader/bootcount.c */
#include "bootloader/bootcount.h"
#include "bootloader/select.h"

#include "tap.h"

/* Both in memory of exactly their size. */
static bool glob(const char *pattern, const char *text)
{
	char *p = tap_copy(pattern, strlen(pattern)), *t = tap_copy(text, strlen(text));
	bool matches = select_glob((struct slice){p, strlen(pattern)}, (struct slice){t, strlen(text)});

	free(p);
	free(t);
	return matches;
}

static void plain_text_matches_itself_in_any_case(void)
{
	CHECK(glob("helion", "helion"));
	CHECK(glob("Helion", "hELION"));
	CHECK(!glob("helion", "helio"));
	CHECK(!glob("helio", "helion"));
	CHECK(!glob("helion", ""));
	CHECK(!glob("", "helion"));
	CHECK(glob("", ""));
}

static void stars_match_any_run(void)
{
	CHECK(glob("*", ""));
	CHECK(glob("*", "anything"));
	CHECK(glob("helion*", "helion"));
	CHECK(glob("helion*", "helion-1.2"));
	CHECK(glob("*ion*1*", "helion-1.2"));
	CHECK(glob("*a*b", "aabab"));
	CHECK(glob("**b", "ab"));
	CHECK(!glob("*a*b", "aaba"));
	CHECK(!glob("helion-*", "helion"));
}

static void question_marks_match_one(void)
{
	CHECK(glob("h?lion", "helion"));
	CHECK(!glob("helion?", "helion"));
	CHECK(glob("?*", "a"));
	CHECK(!glob("?*", ""));
	CHECK(glob("x?y", "x\xc3\xa4y"));
	CHECK(glob("x[!a]y", "x\xe2\x82\xacy"));
	CHECK(!glob("x??y", "x\xc3\xa4y"));
	CHECK(glob("*?\xc3\xa4*", "\xc3\xa4\xc3\xa4"));
	CHECK(glob("?", "\xff"));
}

static void brackets_match_a_set(void)
{
	CHECK(glob("[a-f]x", "Cx"));
	CHECK(!glob("[a-f]x", "gx"));
	CHECK(glob("[!a-f]x", "gx"));
	CHECK(!glob("[^a-f]x", "ax"));
	CHECK(glob("[]x]", "]"));
	CHECK(glob("[a-]", "-"));
	CHECK(glob("[ab", "[ab"));
	CHECK(glob("[", "["));
	CHECK(!glob("[!", "a"));
	CHECK(glob("v[0-9].[0-9]*", "v1.23"));
}

static void a_backslash_takes_the_meaning_away(void)
{
	CHECK(glob("a\\*b", "a*b"));
	CHECK(!glob("a\\*b", "axb"));
	CHECK(glob("a\\", "a\\"));
}

static void the_suffix_may_be_left_out(void)
{
	CHECK(select_matches(slice_of("helion-1"), slice_of("helion-1"), ".conf"));
	CHECK(select_matches(slice_of("helion-1.conf"), slice_of("helion-1"), ".conf"));
	CHECK(select_matches(slice_of("helion*.conf"), slice_of("helion-1"), ".conf"));
	CHECK(!select_matches(slice_of("helion-1.con"), slice_of("helion-1"), ".conf"));
}

static struct select_entry entry(const char *id, bool exhausted)
{
	return (struct select_entry){.id = slice_of(id), .suffix = ".conf", .is_exhausted = exhausted};
}

static void the_first_match_is_taken(void)
{
	struct select_entry entries[] = {entry("linux", false), entry("helion-2", false), entry("helion-1", false)};

	CHECK_EQUAL(select_pattern(slice_of("helion*"), entries, 3), 1);
	CHECK_EQUAL(select_pattern(slice_of("helion-1"), entries, 3), 2);
	CHECK_EQUAL(select_pattern(slice_of("bsd*"), entries, 3), SELECT_NONE);
	CHECK_EQUAL(select_pattern((struct slice){0}, entries, 3), SELECT_NONE);
	entries[1].is_foreign = true;
	CHECK_EQUAL(select_pattern(slice_of("helion*"), entries, 3), 2);
	CHECK_EQUAL(select_pattern(slice_of("helion-2"), entries, 3), SELECT_NONE);
}

static void exhausted_entries_must_be_named_exactly(void)
{
	struct select_entry entries[] = {entry("linux", false), entry("helion-2", true)};

	CHECK_EQUAL(select_pattern(slice_of("helion*"), entries, 2), SELECT_NONE);
	CHECK_EQUAL(select_pattern(slice_of("helion-2"), entries, 2), 1);
}

static void failures_lead_to_the_next_entry(void)
{
	struct select_entry entries[] = {entry("a", false), entry("b", false), entry("c", true)};

	CHECK_EQUAL(select_next(entries, 3), 0);
	entries[1].was_tried = true;
	CHECK_EQUAL(select_next(entries, 3), 0);
	CHECK_EQUAL(select_pattern(slice_of("b"), entries, 3), SELECT_NONE);
	entries[0].was_tried = true;
	CHECK_EQUAL(select_next(entries, 3), 2);
	entries[2].is_foreign = true;
	CHECK_EQUAL(select_next(entries, 3), SELECT_NONE);
	CHECK_EQUAL(select_next(entries, 0), SELECT_NONE);
}

/* The name after one more try of the entry with this name; "" if there is none. */
static const char *after(const char *name)
{
	static char buffer[BOOTENTRY_MAX_NAME + 1];
	struct bootentry_name parts;

	if (bootentry_name_parse(slice_of(name), ".conf", &parts) != BOOTENTRY_OK ||
	    !bootcount_next_name(&parts, buffer, sizeof(buffer)))
		return "";
	return buffer;
}

static void a_try_is_counted(void)
{
	CHECK_TEXT(after("helion+3.conf"), "helion+2-1.conf");
	CHECK_TEXT(after("helion+2-1.conf"), "helion+1-2.conf");
	CHECK_TEXT(after("helion+1-2.conf"), "helion+0-3.conf");
	CHECK_TEXT(after("a+b+03-07.CONF"), "a+b+2-8.conf");
}

static void counting_stops_at_the_ends(void)
{
	CHECK_TEXT(after("helion+0-3.conf"), "helion+0-4.conf");
	CHECK_TEXT(after("helion+1-4294967295.conf"), "helion+0-4294967295.conf");
	CHECK_TEXT(after("helion.conf"), "");
}

static void names_that_grow_too_long_are_refused(void)
{
	char name[BOOTENTRY_MAX_NAME + 1];

	memset(name, 'a', sizeof(name));
	memcpy(name + sizeof(name) - 8, "+9.conf", 8);
	CHECK_TEXT(after(name), "");
	struct bootentry_name parts = {.id = slice_of("helion"), .suffix = ".conf", .is_counted = true, .left = 1};
	char small[14];
	CHECK(!bootcount_next_name(&parts, small, sizeof(small)));
}

int main(void)
{
	RUN(plain_text_matches_itself_in_any_case);
	RUN(stars_match_any_run);
	RUN(question_marks_match_one);
	RUN(brackets_match_a_set);
	RUN(a_backslash_takes_the_meaning_away);
	RUN(the_suffix_may_be_left_out);
	RUN(the_first_match_is_taken);
	RUN(exhausted_entries_must_be_named_exactly);
	RUN(failures_lead_to_the_next_entry);
	RUN(a_try_is_counted);
	RUN(counting_stops_at_the_ends);
	RUN(names_that_grow_too_long_are_refused);
	return tap_finish();
}
