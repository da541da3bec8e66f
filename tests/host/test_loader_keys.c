/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: bootloader/menu_keys.c */
#include "bootloader/menu_keys.h"

#include "tap.h"

static struct key key(enum key_kind kind)
{
	return (struct key){.kind = kind};
}

static void keystrokes_are_decoded(void)
{
	CHECK_EQUAL(key_decode(1, 0).kind, KEY_UP);
	CHECK_EQUAL(key_decode(0x17, 0).kind, KEY_ESCAPE);
	CHECK_EQUAL(key_decode(0x7777, 'a').kind, KEY_NONE);
	CHECK_EQUAL(key_decode(0, 0).kind, KEY_NONE);
	CHECK_EQUAL(key_decode(0, '\r').kind, KEY_ENTER);
	CHECK_EQUAL(key_decode(0, 1).kind, KEY_HOME);
	CHECK_EQUAL(key_decode(0, 0x7f).kind, KEY_BACKSPACE);
	CHECK_EQUAL(key_decode(0, 0xd800).kind, KEY_NONE);
	CHECK_EQUAL(key_decode(0, 0xffff).kind, KEY_NONE);
	CHECK_EQUAL(key_decode(0, 0x3b1).kind, KEY_CHARACTER);
	CHECK_EQUAL(key_decode(0, 0x3b1).character, 0x3b1);
}

static void the_selection_stays_in_the_list(void)
{
	CHECK_EQUAL(keys_move(key(KEY_UP), 0, 3, 2), 0);
	CHECK_EQUAL(keys_move(key(KEY_DOWN), 0, 3, 2), 1);
	CHECK_EQUAL(keys_move(key(KEY_DOWN), 2, 3, 2), 2);
	CHECK_EQUAL(keys_move(key(KEY_PAGE_DOWN), 1, 9, 4), 5);
	CHECK_EQUAL(keys_move(key(KEY_PAGE_DOWN), 6, 9, 4), 8);
	CHECK_EQUAL(keys_move(key(KEY_PAGE_UP), 3, 9, 4), 0);
	CHECK_EQUAL(keys_move(key(KEY_END), 0, 1, 4), 0);
	CHECK_EQUAL(keys_move(key(KEY_HOME), 2, 3, 4), 0);
	CHECK_EQUAL(keys_move(key_decode(0, '3'), 0, 3, 4), 2);
	CHECK_EQUAL(keys_move(key_decode(0, '4'), 1, 3, 4), 1);
	CHECK_EQUAL(keys_move(key_decode(0, '0'), 1, 3, 4), 1);
}

static void the_selection_is_on_the_screen(void)
{
	CHECK_EQUAL(keys_scroll(0, 3, 10, 4), 0);
	CHECK_EQUAL(keys_scroll(0, 4, 10, 4), 1);
	CHECK_EQUAL(keys_scroll(5, 2, 10, 4), 2);
	CHECK_EQUAL(keys_scroll(9, 9, 10, 4), 6);
	CHECK_EQUAL(keys_scroll(3, 0, 3, 4), 0);
}

static uint16_t text[16];

static struct line_edit line_of(const char *content, size_t cursor)
{
	struct line_edit line = {text, 16, strlen(content), cursor};

	for (size_t i = 0; i < line.length; i++)
		text[i] = (unsigned char)content[i];
	return line;
}

/* The line with '|' where the cursor is. */
static const char *shown(const struct line_edit *line)
{
	static char buffer[20];
	size_t at = 0;

	for (size_t i = 0; i <= line->length; i++) {
		if (i == line->cursor)
			buffer[at++] = '|';
		if (i < line->length)
			buffer[at++] = (char)line->text[i];
	}
	buffer[at] = '\0';
	return buffer;
}

#define CHECK_KEY(content, at, kind_of_key, expected)         \
	do {                                                  \
		struct line_edit line = line_of(content, at); \
		line_edit_key(&line, key(kind_of_key));       \
		CHECK_TEXT(shown(&line), expected);           \
	} while (0)

static void the_cursor_moves(void)
{
	CHECK_KEY("abc", 1, KEY_LEFT, "|abc");
	CHECK_KEY("abc", 0, KEY_LEFT, "|abc");
	CHECK_KEY("abc", 2, KEY_RIGHT, "abc|");
	CHECK_KEY("abc", 3, KEY_RIGHT, "abc|");
	CHECK_KEY("abc", 2, KEY_HOME, "|abc");
	CHECK_KEY("abc", 0, KEY_END, "abc|");
}

static void text_is_deleted(void)
{
	CHECK_KEY("abc", 1, KEY_DELETE, "a|c");
	CHECK_KEY("abc", 3, KEY_DELETE, "ab|");
	CHECK_KEY("", 0, KEY_DELETE, "|");
	CHECK_KEY("abc", 1, KEY_BACKSPACE, "|bc");
	CHECK_KEY("abc", 0, KEY_BACKSPACE, "|abc");
	CHECK_KEY("one two  x", 9, KEY_DELETE_WORD, "one |x");
	CHECK_KEY("one", 0, KEY_DELETE_WORD, "|one");
	CHECK_KEY("one two", 3, KEY_DELETE_TO_START, "| two");
	CHECK_KEY("one two", 3, KEY_DELETE_TO_END, "one|");
}

static void text_is_inserted_as_far_as_there_is_room(void)
{
	struct line_edit line = line_of("ac", 1);

	CHECK(line_edit_key(&line, key_decode(0, 'b')));
	CHECK_TEXT(shown(&line), "ab|c");
	while (line.length < line.capacity)
		CHECK(line_edit_key(&line, key_decode(0, '-')));
	CHECK(!line_edit_key(&line, key_decode(0, '-')));
	CHECK_EQUAL(line.length, 16);
	CHECK(!line_edit_key(&line, key(KEY_ENTER)));
}

static void text_is_wrapped(void)
{
	CHECK_EQUAL(text_fit("", 10), 0);
	CHECK_EQUAL(text_fit("one two", 10), 7);
	CHECK_EQUAL(text_fit("one two", 7), 7);
	CHECK_EQUAL(text_fit("one two", 6), 4);
	CHECK_EQUAL(text_fit("onetwo", 3), 3);
	CHECK_EQUAL(text_fit("\xc3\xa4\xc3\xb6\xc3\xbc", 2), 4);
	CHECK_EQUAL(text_fit("\xc3\xa4", 1), 2);
}

int main(void)
{
	RUN(keystrokes_are_decoded);
	RUN(the_selection_stays_in_the_list);
	RUN(the_selection_is_on_the_screen);
	RUN(the_cursor_moves);
	RUN(text_is_deleted);
	RUN(text_is_inserted_as_far_as_there_is_room);
	RUN(text_is_wrapped);
	return tap_finish();
}
