/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What keys mean in the menu and in its line editor. Pure functions: they also build on
 * the host. UEFI 2.10 §12.3 (scan codes).
 */
#ifndef BOOTLOADER_MENU_KEYS_H
#define BOOTLOADER_MENU_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum key_kind {
	KEY_NONE, /* nothing that matters here */
	KEY_CHARACTER,
	KEY_ENTER,
	KEY_ESCAPE,
	KEY_UP,
	KEY_DOWN,
	KEY_LEFT,
	KEY_RIGHT,
	KEY_HOME,
	KEY_END,
	KEY_PAGE_UP,
	KEY_PAGE_DOWN,
	KEY_BACKSPACE,
	KEY_DELETE,
	KEY_DELETE_WORD,     /* Ctrl-W: back to the start of the word */
	KEY_DELETE_TO_START, /* Ctrl-U */
	KEY_DELETE_TO_END,   /* Ctrl-K */
};

struct key {
	enum key_kind kind;
	uint16_t character; /* UCS-2, printable; of KEY_CHARACTER */
};

/* The meaning of a keystroke of the firmware. Control characters are those of terminals and of Emacs. */
struct key key_decode(uint16_t scan_code, uint16_t character);

/* The entry that is selected after the key: of `count`, not 0, with `page` of them on the screen. */
size_t keys_move(struct key key, size_t selected, size_t count, size_t page);

/* The first line to show of `count`, so that `selected` is among the `page` shown and as little as possible scrolls. */
size_t keys_scroll(size_t first, size_t selected, size_t count, size_t page);

/* A line that is edited. */
struct line_edit {
	uint16_t *text; /* UCS-2, not terminated */
	size_t capacity;
	size_t length;
	size_t cursor; /* 0 to length */
};

/* Applies a key. False if nothing changed: it has no meaning here, or no room is left. */
bool line_edit_key(struct line_edit *line, struct key key);

/*
 * Bytes of the text that fit a line of `width` characters: up to a blank where there is one, else cut. `text` is UTF-8;
 * characters are never cut in two. Not 0 unless the text is empty.
 */
size_t text_fit(const char *text, size_t width);

#endif
