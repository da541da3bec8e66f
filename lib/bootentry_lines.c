/* SPDX-License-Identifier: BSD-2-Clause */
/* See bootentry_lines.h. */
#include "lib/bootentry_lines.h"

#include "lib/string.h"

enum bootentry_error lines_report(const struct reader *reader, enum bootentry_error problem, struct slice key)
{
	if (reader->reporter != NULL)
		reader->reporter->report(reader->reporter->ctx, problem, reader->line, key);
	return problem;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct slice trim(struct slice text)
{
	while (text.length != 0 && is_blank(text.start[0])) {
		text.start++;
		text.length--;
	}
	while (text.length != 0 && is_blank(text.start[text.length - 1]))
		text.length--;
	return text;
}

struct slice lines_take_word(struct slice *text)
{
	struct slice word = {text->start, 0};
	while (word.length < text->length && !is_blank(text->start[word.length]))
		word.length++;
	*text = trim((struct slice){text->start + word.length, text->length - word.length});
	return word;
}

enum bootentry_error lines_begin(struct reader *reader, const char *text, size_t length,
				 const struct bootentry_reporter *reporter)
{
	*reader = (struct reader){.at = text, .end = text + length, .reporter = reporter};
	if (length > BOOTENTRY_MAX_SIZE)
		return lines_report(reader, BOOTENTRY_ERROR_TOO_LARGE, (struct slice){0});
	if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		reader->at += 3;
	return BOOTENTRY_OK;
}

static enum bootentry_error check_line(const struct reader *reader, struct slice line)
{
	static const struct slice none = {0};
	if (line.length > BOOTENTRY_MAX_LINE)
		return lines_report(reader, BOOTENTRY_ERROR_LINE, none);
	for (size_t i = 0; i < line.length; i++) {
		unsigned char c = (unsigned char)line.start[i];
		if (c == '\0')
			return lines_report(reader, BOOTENTRY_ERROR_NUL, none);
		if ((c < ' ' && c != '\t') || c == 0x7f)
			return lines_report(reader, BOOTENTRY_ERROR_CONTROL, none);
	}
	return BOOTENTRY_OK;
}

enum bootentry_error lines_next(struct reader *reader, struct assignment *ret, bool *ret_any)
{
	*ret = (struct assignment){0};
	*ret_any = false;
	while (reader->at != reader->end) {
		struct slice line = {reader->at, 0};
		while (reader->at != reader->end && *reader->at != '\n')
			reader->at++;
		line.length = (size_t)(reader->at - line.start);
		if (reader->at != reader->end)
			reader->at++;
		reader->line++;

		if (line.length != 0 && line.start[line.length - 1] == '\r')
			line.length--;
		enum bootentry_error error = check_line(reader, line);
		if (error != BOOTENTRY_OK)
			return error;
		line = trim(line);
		if (line.length == 0 || line.start[0] == '#')
			continue;
		ret->key = lines_take_word(&line);
		ret->value = line;
		*ret_any = true;
		return BOOTENTRY_OK;
	}
	return BOOTENTRY_OK;
}

void lines_set(const struct reader *reader, const struct assignment *assignment, struct slice *target)
{
	if (target->length != 0)
		lines_report(reader, BOOTENTRY_WARNING_REPEATED, assignment->key);
	*target = assignment->value;
}

bool lines_parse_number(const char **at, const char *end, uint32_t *ret)
{
	const char *start = *at;
	uint32_t value = 0;
	for (; *at != end && **at >= '0' && **at <= '9'; (*at)++)
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint32_t)(**at - '0'), &value))
			return false;
	*ret = value;
	return *at != start;
}
