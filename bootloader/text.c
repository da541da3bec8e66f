/* SPDX-License-Identifier: BSD-2-Clause */
/* See text.h. */
#include "bootloader/text.h"

#include "lib/bytes.h"

/* Decodes one character at *text and moves past it; 0xfffd for what is not UTF-8. */
static uint32_t utf8_next(const char **text)
{
	const uint8_t *at = (const uint8_t *)*text;
	unsigned more = at[0] < 0x80 ? 0 : (at[0] & 0xe0) == 0xc0 ? 1 : (at[0] & 0xf0) == 0xe0 ? 2 : 3;
	uint32_t code;

	if (more == 0 || (more == 3 && (at[0] & 0xf8) != 0xf0)) {
		*text += 1;
		return more == 0 ? at[0] : 0xfffd;
	}
	code = at[0] & (0x3fu >> more);
	for (unsigned i = 1; i <= more; i++) {
		if ((at[i] & 0xc0) != 0x80) { /* also stops at the NUL */
			*text += i;
			return 0xfffd;
		}
		code = code << 6 | (at[i] & 0x3fu);
	}
	*text += more + 1;
	return code;
}

size_t text_to_ucs2(const char *text, ucs2 *buffer, size_t capacity)
{
	size_t length = 0;

	while (*text && length + 1 < capacity) {
		uint32_t code = utf8_next(&text);

		buffer[length++] = code > 0xfffc || (code >= 0xd800 && code < 0xe000) ? '?' : (ucs2)code;
	}
	if (capacity)
		buffer[length] = 0;
	return length;
}

static bool is_printable(ucs2 code)
{
	return code >= 0x20 && (code < 0x7f || code >= 0xa0) && code != 0x200e && code != 0x200f &&
	       (code < 0x2028 || code > 0x202e) && (code < 0x2066 || code > 0x2069);
}

void text_make_printable(ucs2 *text)
{
	for (; *text; text++)
		if (*text == '\t')
			*text = ' ';
		else if (!is_printable(*text))
			*text = '?';
}

/* Appends one character as UTF-8; false if no room is left for it and a NUL. */
static bool put_utf8(uint16_t code, char *buffer, size_t capacity, size_t *length)
{
	unsigned bytes = code < 0x80 ? 1 : code < 0x800 ? 2 : 3;

	if (*length + bytes >= capacity)
		return false;
	if (bytes == 1) {
		buffer[(*length)++] = (char)code;
	} else if (bytes == 2) {
		buffer[(*length)++] = (char)(0xc0 | code >> 6);
		buffer[(*length)++] = (char)(0x80 | (code & 0x3f));
	} else {
		buffer[(*length)++] = (char)(0xe0 | code >> 12);
		buffer[(*length)++] = (char)(0x80 | (code >> 6 & 0x3f));
		buffer[(*length)++] = (char)(0x80 | (code & 0x3f));
	}
	return true;
}

bool text_from_ucs2(const ucs2 *text, size_t length, char *buffer, size_t capacity, size_t *ret_length)
{
	size_t used = 0;

	if (capacity == 0)
		return false;
	for (size_t i = 0; i < length; i++) {
		uint16_t code = load_le16((const uint8_t *)text + 2 * i);

		if (code == 0)
			break;
		if ((code >= 0xd800 && code < 0xe000) || !put_utf8(code, buffer, capacity, &used)) {
			buffer[0] = '\0';
			*ret_length = 0;
			return false;
		}
	}
	buffer[used] = '\0';
	*ret_length = used;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Cuts the first word off the text. */
static struct slice next_word(struct slice *text)
{
	struct slice word;

	while (text->length && is_blank(*text->start))
		text->start++, text->length--;
	word = (struct slice){text->start, 0};
	while (text->length && !is_blank(*text->start))
		text->start++, text->length--, word.length++;
	return word;
}

bool text_has_word(struct slice text, const char *word)
{
	for (;;) {
		struct slice next = next_word(&text);

		if (next.length == 0)
			return false;
		if (slice_equals_text(next, word))
			return true;
	}
}

static bool is_program_name(struct slice word)
{
	struct slice suffix = {word.start + word.length - 4, 4};

	return word.length > 4 && slice_equals_nocase(suffix, ".efi");
}

/* Every unit up to a NUL is a printable character or a tab. */
static bool is_text(const uint8_t *options, size_t size)
{
	if (size % 2 != 0)
		return false;
	for (size_t i = 0; i < size; i += 2) {
		uint16_t code = load_le16(options + i);

		if (code == 0)
			return true;
		if ((code < 0x20 && code != '\t') || (code >= 0x7f && code < 0xa0) || code >= 0xfff0)
			return false;
	}
	return true;
}

bool text_load_options(const void *options, size_t size, char *buffer, size_t capacity, size_t *ret_length)
{
	size_t length = 0;
	struct slice text, word;

	*ret_length = 0;
	if (capacity)
		buffer[0] = '\0';
	if (!options || size == 0)
		return true;
	if (!is_text(options, size) || !text_from_ucs2(options, size / 2, buffer, capacity, &length))
		return false;

	text = (struct slice){buffer, length};
	word = next_word(&text);
	if (!is_program_name(word))
		text = (struct slice){word.start, length - (size_t)(word.start - buffer)};
	while (text.length && is_blank(*text.start))
		text.start++, text.length--;
	while (text.length && is_blank(text.start[text.length - 1]))
		text.length--;
	memmove(buffer, text.start, text.length);
	buffer[text.length] = '\0';
	*ret_length = text.length;
	return true;
}
