/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text at a place on the firmware's consoles, which are the screen and serial lines at once (ConOut), and
 * their keyboards (ConIn). UEFI 2.10 §12.3, §12.4.
 */
#ifndef BOOTLOADER_SCREEN_H
#define BOOTLOADER_SCREEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bootloader/efi.h"
#include "bootloader/menu_keys.h"
#include "lib/slice.h"

enum screen_style {
	SCREEN_NORMAL,
	SCREEN_TITLE,
	SCREEN_SELECTED,
	SCREEN_BAD,
	SCREEN_BAD_SELECTED,
	SCREEN_HINT,
};

enum {
	SCREEN_COLUMNS = 80, /* no more than this is used, whatever the firmware says: serial terminals are so wide */
	SCREEN_ROWS = 24,
};

/* Whether there are consoles to show something on and to type on. */
bool screen_is_there(void);

/* Sets the text mode: "keep" or empty, "auto", "max" or a number, as console-mode of loader.conf. */
void screen_set_mode(struct slice mode);

void screen_clear(void);
void screen_show_cursor(bool visible);
void screen_move_cursor(size_t row, size_t column);

/* Writes a line from the start of a row on, and blanks to its end. The text is UTF-8; what does not fit is cut. */
void screen_line(size_t row, enum screen_style style, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* What was typed, without waiting; KEY_NONE if nothing was, or nothing that matters. */
struct key screen_key(void);

#endif
