/* SPDX-License-Identifier: BSD-2-Clause */
/* See manifest.h. */
#include "lib/manifest.h"

#include "lib/string.h"

#define FIRST_LINE "helion-manifest 1"
#define LINE_KEY   "sha256 "

/* A text that is read line by line. */
struct reader {
	const char *at;
	const char *end;
	unsigned line; /* number of the one that was read last */
};

/* A line without its end and the blanks behind it; false when there is none any more. */
static bool next_line(struct reader *reader, struct slice *ret)
{
	const char *start = reader->at, *end = start;

	if (start == reader->end)
		return false;
	while (end != reader->end && *end != '\n')
		end++;
	reader->at = end == reader->end ? end : end + 1;
	reader->line++;
	while (end != start && (end[-1] == '\r' || end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*ret = (struct slice){start, (size_t)(end - start)};
	return true;
}

static bool has_control(struct slice line)
{
	for (size_t i = 0; i < line.length; i++)
		if ((unsigned char)line.start[i] < ' ' || line.start[i] == 0x7f)
			return true;
	return false;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Takes a line with a digest apart. */
static bool parse(struct slice line, uint8_t digest[SHA256_SIZE], struct slice *ret_path)
{
	const size_t key = sizeof(LINE_KEY) - 1, path = key + 2 * SHA256_SIZE + 1;

	if (line.length <= path || memcmp(line.start, LINE_KEY, key) != 0 || line.start[path - 1] != ' ' ||
	    line.start[path] == ' ')
		return false;
	for (size_t i = 0; i < SHA256_SIZE; i++) {
		int high = hex_value(line.start[key + 2 * i]), low = hex_value(line.start[key + 2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		digest[i] = (uint8_t)(high << 4 | low);
	}
	*ret_path = (struct slice){line.start + path, line.length - path};
	return true;
}

static bool is_blank(struct slice line)
{
	return line.length == 0 || line.start[0] == '#';
}

const char *manifest_strerror(enum manifest_error error)
{
	switch (error) {
	case MANIFEST_OK: return "no error";
	case MANIFEST_ERROR_TOO_LARGE: return "it is too large";
	case MANIFEST_ERROR_VERSION: return "its first line is not \"" FIRST_LINE "\"";
	case MANIFEST_ERROR_CONTROL: return "it contains a control character";
	case MANIFEST_ERROR_LINE: return "sha256 wants 64 hexadecimal digits and a path";
	}
	return "unknown error";
}

enum manifest_error manifest_check(const char *text, size_t length, unsigned *ret_line)
{
	struct reader reader = {text, text + length, 0};
	uint8_t digest[SHA256_SIZE];
	struct slice line, path;

	*ret_line = 0;
	if (length > MANIFEST_MAX_SIZE)
		return MANIFEST_ERROR_TOO_LARGE;
	if (!next_line(&reader, &line) || !slice_equals_text(line, FIRST_LINE))
		return MANIFEST_ERROR_VERSION;
	while (next_line(&reader, &line)) {
		*ret_line = reader.line;
		if (has_control(line))
			return MANIFEST_ERROR_CONTROL;
		if (!is_blank(line) && !parse(line, digest, &path))
			return MANIFEST_ERROR_LINE;
	}
	*ret_line = 0;
	return MANIFEST_OK;
}

enum manifest_match manifest_find(const char *text, size_t length, struct slice path, const uint8_t digest[SHA256_SIZE])
{
	struct reader reader = {text, text + length, 0};
	enum manifest_match match = MANIFEST_UNKNOWN;
	uint8_t pinned[SHA256_SIZE];
	struct slice line, found;

	while (next_line(&reader, &line)) {
		if (is_blank(line) || !parse(line, pinned, &found) || !manifest_same_path(found, path))
			continue;
		if (memcmp(pinned, digest, SHA256_SIZE) == 0)
			return MANIFEST_SAME;
		match = MANIFEST_OTHER;
	}
	return match;
}

/* Takes the next name of a path; false when there is none. */
static bool next_name(struct slice *path, struct slice *ret)
{
	size_t length = 0;

	while (path->length && (*path->start == '/' || *path->start == '\\')) {
		path->start++;
		path->length--;
	}
	while (length < path->length && path->start[length] != '/' && path->start[length] != '\\')
		length++;
	*ret = (struct slice){path->start, length};
	if (length) {
		path->start += length;
		path->length -= length;
	}
	return length != 0;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

bool manifest_same_path(struct slice a, struct slice b)
{
	struct slice a_name, b_name;

	for (;;) {
		bool has_a = next_name(&a, &a_name), has_b = next_name(&b, &b_name);

		if (!has_a || !has_b)
			return has_a == has_b;
		if (a_name.length != b_name.length)
			return false;
		for (size_t i = 0; i < a_name.length; i++)
			if (lower(a_name.start[i]) != lower(b_name.start[i]))
				return false;
	}
}
