/* SPDX-License-Identifier: BSD-2-Clause */
/* See screen.h. */
#include "bootloader/screen.h"

#include <stdarg.h>

#include "bootloader/text.h"
#include "lib/format.h"
#include "lib/string.h"

/* The last column stays free: many consoles go on to the next line when it is written. */
#define WIDTH (SCREEN_COLUMNS - 1)

bool screen_is_there(void)
{
	return ST->ConOut && ST->ConOut->Mode && ST->ConIn;
}

static bool mode_size(UINTN mode, UINTN *ret_columns, UINTN *ret_rows)
{
	return ST->ConOut->QueryMode(ST->ConOut, mode, ret_columns, ret_rows) == EFI_SUCCESS;
}

static UINTN largest_mode(UINTN current)
{
	UINTN columns, rows, best = current, best_size = 0;

	for (INT32 mode = 0; mode < ST->ConOut->Mode->MaxMode; mode++) {
		if (!mode_size((UINTN)mode, &columns, &rows) || columns * rows <= best_size)
			continue;
		best = (UINTN)mode;
		best_size = columns * rows;
	}
	return best;
}

static bool parse_number(struct slice text, UINTN *ret)
{
	*ret = 0;
	for (size_t i = 0; i < text.length; i++) {
		if (text.start[i] < '0' || text.start[i] > '9' || *ret > 1000)
			return false;
		*ret = *ret * 10 + (UINTN)(text.start[i] - '0');
	}
	return text.length != 0;
}

void screen_set_mode(struct slice mode)
{
	UINTN current = (UINTN)ST->ConOut->Mode->Mode, wanted = current, columns, rows;

	if (slice_equals_nocase(mode, "max"))
		wanted = largest_mode(current);
	else if (slice_equals_nocase(mode, "auto") &&
		 (!mode_size(current, &columns, &rows) || columns < SCREEN_COLUMNS || rows < SCREEN_ROWS))
		wanted = largest_mode(current);
	else if (!parse_number(mode, &wanted))
		wanted = current;
	/* Setting a mode is slow, and blanks some monitors for seconds. */
	if (wanted != current)
		ST->ConOut->SetMode(ST->ConOut, wanted);
}

static UINTN attribute(enum screen_style style)
{
	switch (style) {
	case SCREEN_TITLE: return EFI_TEXT_ATTR(EFI_WHITE, EFI_BLACK);
	case SCREEN_SELECTED: return EFI_TEXT_ATTR(EFI_BLACK, EFI_LIGHTGRAY);
	case SCREEN_BAD: return EFI_TEXT_ATTR(EFI_LIGHTRED, EFI_BLACK);
	case SCREEN_BAD_SELECTED: return EFI_TEXT_ATTR(EFI_RED, EFI_LIGHTGRAY);
	case SCREEN_HINT: return EFI_TEXT_ATTR(EFI_CYAN, EFI_BLACK);
	default: return EFI_TEXT_ATTR(EFI_LIGHTGRAY, EFI_BLACK);
	}
}

void screen_clear(void)
{
	ST->ConOut->SetAttribute(ST->ConOut, attribute(SCREEN_NORMAL));
	ST->ConOut->ClearScreen(ST->ConOut);
}

void screen_show_cursor(bool visible)
{
	ST->ConOut->EnableCursor(ST->ConOut, visible);
}

void screen_move_cursor(size_t row, size_t column)
{
	ST->ConOut->SetCursorPosition(ST->ConOut, column, row);
}

void screen_line(size_t row, enum screen_style style, const char *format, ...)
{
	static char text[4 * WIDTH + 1];
	static CHAR16 wide[WIDTH + 1];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	fmt_vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	length = text_to_ucs2(text, wide, WIDTH + 1);
	text_make_printable(wide);
	while (length < WIDTH)
		wide[length++] = ' ';
	wide[WIDTH] = 0;
	screen_move_cursor(row, 0);
	ST->ConOut->SetAttribute(ST->ConOut, attribute(style));
	ST->ConOut->OutputString(ST->ConOut, wide);
	ST->ConOut->SetAttribute(ST->ConOut, attribute(SCREEN_NORMAL));
}

struct key screen_key(void)
{
	EFI_INPUT_KEY key;

	if (!ST->ConIn || ST->ConIn->ReadKeyStroke(ST->ConIn, &key) != EFI_SUCCESS)
		return (struct key){.kind = KEY_NONE};
	return key_decode(key.ScanCode, key.UnicodeChar);
}
