/* SPDX-License-Identifier: BSD-2-Clause */
/* See menu_keys.h. */
#include "bootloader/menu_keys.h"

#include "lib/string.h"

#define CTRL(letter) ((letter) - 'A' + 1)

static enum key_kind decode_scan_code(uint16_t code)
{
	switch (code) {
	case 0x01: return KEY_UP;
	case 0x02: return KEY_DOWN;
	case 0x03: return KEY_RIGHT;
	case 0x04: return KEY_LEFT;
	case 0x05: return KEY_HOME;
	case 0x06: return KEY_END;
	case 0x08: return KEY_DELETE;
	case 0x09: return KEY_PAGE_UP;
	case 0x0a: return KEY_PAGE_DOWN;
	case 0x17: return KEY_ESCAPE;
	default: return KEY_NONE;
	}
}

static enum key_kind decode_character(uint16_t character)
{
	switch (character) {
	case '\r':
	case '\n': return KEY_ENTER;
	case '\b':
	case 0x7f: return KEY_BACKSPACE;
	case 0x1b: return KEY_ESCAPE;
	case CTRL('A'): return KEY_HOME;
	case CTRL('B'): return KEY_LEFT;
	case CTRL('D'): return KEY_DELETE;
	case CTRL('E'): return KEY_END;
	case CTRL('F'): return KEY_RIGHT;
	case CTRL('K'): return KEY_DELETE_TO_END;
	case CTRL('N'): return KEY_DOWN;
	case CTRL('P'): return KEY_UP;
	case CTRL('U'): return KEY_DELETE_TO_START;
	case CTRL('W'): return KEY_DELETE_WORD;
	default: break;
	}
	/* No control characters, surrogates, or characters that are none. */
	if (character < 0x20 || (character >= 0x80 && character < 0xa0) ||
	    (character >= 0xd800 && character < 0xe000) || character >= 0xfff0)
		return KEY_NONE;
	return KEY_CHARACTER;
}

struct key key_decode(uint16_t scan_code, uint16_t character)
{
	struct key key = {.kind = scan_code ? decode_scan_code(scan_code) : decode_character(character)};

	if (key.kind == KEY_CHARACTER)
		key.character = character;
	return key;
}

size_t keys_move(struct key key, size_t selected, size_t count, size_t page)
{
	switch (key.kind) {
	case KEY_UP: return selected ? selected - 1 : 0;
	case KEY_DOWN: return selected + 1 < count ? selected + 1 : selected;
	case KEY_PAGE_UP: return selected > page ? selected - page : 0;
	case KEY_PAGE_DOWN: return count - 1 - selected > page ? selected + page : count - 1;
	case KEY_HOME: return 0;
	case KEY_END: return count - 1;
	case KEY_CHARACTER:
		if (key.character >= '1' && key.character <= '9' && key.character - '1' < (int)count)
			return key.character - '1';
		return selected;
	default: return selected;
	}
}

size_t keys_scroll(size_t first, size_t selected, size_t count, size_t page)
{
	if (selected < first)
		first = selected;
	if (selected >= first + page)
		first = selected - page + 1;
	return count <= page ? 0 : first + page > count ? count - page : first;
}

/* Takes out what lies from `from` up to `to`. */
static bool cut(struct line_edit *line, size_t from, size_t to)
{
	if (from == to)
		return false;
	memmove(line->text + from, line->text + to, (line->length - to) * sizeof(*line->text));
	line->length -= to - from;
	line->cursor = from;
	return true;
}

static size_t word_start(const struct line_edit *line)
{
	size_t at = line->cursor;

	while (at && line->text[at - 1] == ' ')
		at--;
	while (at && line->text[at - 1] != ' ')
		at--;
	return at;
}

static bool insert(struct line_edit *line, uint16_t character)
{
	if (line->length == line->capacity)
		return false;
	memmove(line->text + line->cursor + 1, line->text + line->cursor,
		(line->length - line->cursor) * sizeof(*line->text));
	line->text[line->cursor++] = character;
	line->length++;
	return true;
}

static bool move_to(struct line_edit *line, size_t cursor)
{
	bool moved = cursor != line->cursor;

	line->cursor = cursor;
	return moved;
}

bool line_edit_key(struct line_edit *line, struct key key)
{
	size_t cursor = line->cursor, length = line->length;

	switch (key.kind) {
	case KEY_CHARACTER: return insert(line, key.character);
	case KEY_LEFT: return move_to(line, cursor ? cursor - 1 : 0);
	case KEY_RIGHT: return move_to(line, cursor < length ? cursor + 1 : length);
	case KEY_HOME: return move_to(line, 0);
	case KEY_END: return move_to(line, length);
	case KEY_DELETE:
		/* Firmware takes the character that most terminals send for backspace as "delete". */
		if (cursor == length)
			return cut(line, cursor ? cursor - 1 : 0, cursor);
		return cut(line, cursor, cursor + 1);
	case KEY_BACKSPACE: return cut(line, cursor ? cursor - 1 : 0, cursor);
	case KEY_DELETE_WORD: return cut(line, word_start(line), cursor);
	case KEY_DELETE_TO_START: return cut(line, 0, cursor);
	case KEY_DELETE_TO_END: return cut(line, cursor, length);
	default: return false;
	}
}

size_t text_fit(const char *text, size_t width)
{
	size_t at = 0, blank = 0;

	for (size_t characters = 0; text[at]; characters++) {
		if (characters == width)
			return blank ? blank : at;
		if (text[at] == ' ')
			blank = at + 1;
		do
			at++;
		while (((unsigned char)text[at] & 0xc0) == 0x80);
	}
	return at;
}
