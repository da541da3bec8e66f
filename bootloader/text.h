/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text between the firmware's UCS-2 and our UTF-8, and the load options. Pure
 * functions: they also build on the host.
 */
#ifndef BOOTLOADER_TEXT_H
#define BOOTLOADER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/slice.h"

typedef uint16_t ucs2;

/*
 * Converts NUL-terminated UTF-8, cutting it at `capacity` units including the NUL.
 * What is not UTF-8 or beyond UCS-2 becomes '?'. Returns the length in units.
 */
size_t text_to_ucs2(const char *text, ucs2 *buffer, size_t capacity);

/*
 * Converts at most `length` units, or up to a NUL, to UTF-8 with a NUL at the end.
 * False if it does not fit `capacity` bytes or holds a surrogate; *ret_length is in bytes without the NUL.
 */
bool text_from_ucs2(const ucs2 *text, size_t length, char *buffer, size_t capacity, size_t *ret_length);

/*
 * Makes text fit to be shown, whoever wrote it: a tab becomes a blank; characters that command a terminal (C0, DEL, C1), or
 * that change the order or the lines of what is around them (Unicode's bidirectional controls and separators), become '?'.
 */
void text_make_printable(ucs2 *text);

/*
 * Makes a command line of an image's load options (UEFI 2.10 §9.1.1: a pointer to anything, `size` bytes, any
 * alignment). They count as text if they are UCS-2 without control characters, NUL-terminated or not, and not a
 * lone surrogate. A first word that ends in ".efi" is the program's own name, as the UEFI shell passes it,
 * and is dropped. Trailing blanks are removed.
 *
 * False, and an empty string, if they are something else or do not fit.
 */
bool text_load_options(const void *options, size_t size, char *buffer, size_t capacity, size_t *ret_length);

/* True if `word` stands in the blank-separated text. */
bool text_has_word(struct slice text, const char *word);

#endif
