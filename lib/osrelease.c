/* SPDX-License-Identifier: BSD-2-Clause */
/* See osrelease.h. */
#include "lib/osrelease.h"

#include "lib/string.h"

/* A piece of the text that is read from its start. */
struct cursor {
	const char *at;
	const char *end;
};

/* Takes the next line, without its end; false when there is none. */
static bool next_line(struct cursor *cursor, struct slice *ret)
{
	const char *start = cursor->at;

	if (start == cursor->end)
		return false;
	while (cursor->at != cursor->end && *cursor->at != '\n')
		cursor->at++;
	*ret = (struct slice){start, (size_t)(cursor->at - start)};
	if (cursor->at != cursor->end)
		cursor->at++;
	if (ret->length && ret->start[ret->length - 1] == '\r')
		ret->length--;
	return true;
}

/* Bytes of the UTF-8 character at `at`, 0 if it is none, as for bytes below 0x20. */
static size_t character_length(const char *at, const char *end)
{
	unsigned char first = (unsigned char)*at;
	size_t length = first < 0x20 || first == 0x7f ? 0
			: first < 0x80                ? 1
			: first < 0xc2                ? 0
			: first < 0xe0                ? 2
			: first < 0xf0                ? 3
			: first < 0xf5                ? 4
						      : 0;

	if (length > (size_t)(end - at))
		return 0;
	for (size_t i = 1; i < length; i++)
		if (((unsigned char)at[i] & 0xc0) != 0x80)
			return 0;
	return length;
}

/*
 * Takes the quotes and escapes off a value, and blanks off its end. Those inside ought to be quoted, and often are not, as in
 * what ukify is given for profiles.
 */
static void unquote(struct slice value, char ret[OSRELEASE_MAX_VALUE])
{
	const char *at = value.start, *end = value.start + value.length;
	size_t used = 0;
	char quote = '\0';

	while (end != at && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	while (at != end) {
		size_t length;

		if (*at == '\\' && quote != '\'' && at + 1 != end) {
			at++;
		} else if (quote ? *at == quote : *at == '"' || *at == '\'') {
			quote = quote ? '\0' : *at;
			at++;
			continue;
		}
		length = character_length(at, end);
		if (used + (length ? length : 1) >= OSRELEASE_MAX_VALUE)
			break;
		if (length)
			memcpy(ret + used, at, length);
		else
			ret[used] = '?';
		used += length ? length : 1;
		at += length ? length : 1;
	}
	ret[used] = '\0';
}

/* Finds the first of the names that has a value. The last line of a name counts, as in a shell. */
static void find(const char *text, size_t length, const char *const *names, char ret[OSRELEASE_MAX_VALUE])
{
	ret[0] = '\0';
	for (; *names && !ret[0]; names++) {
		struct cursor cursor = {text, text + length};
		size_t name_length = strlen(*names);
		struct slice line;

		while (next_line(&cursor, &line)) {
			while (line.length && (*line.start == ' ' || *line.start == '\t')) {
				line.start++;
				line.length--;
			}
			if (line.length > name_length && line.start[name_length] == '=' &&
			    memcmp(line.start, *names, name_length) == 0)
				unquote((struct slice){line.start + name_length + 1, line.length - name_length - 1},
					ret);
		}
	}
}

void osrelease_parse(const char *text, size_t length, struct osrelease *ret)
{
	static const char *const titles[] = {"PRETTY_NAME", "IMAGE_ID", "NAME", "ID", NULL};
	static const char *const versions[] = {"IMAGE_VERSION", "VERSION", "VERSION_ID", "BUILD_ID", NULL};
	static const char *const keys[] = {"IMAGE_ID", "ID", NULL};

	find(text, length, titles, ret->title);
	find(text, length, versions, ret->version);
	find(text, length, keys, ret->sort_key);
}

void osrelease_parse_profile(const char *text, size_t length, struct osrelease_profile *ret)
{
	static const char *const ids[] = {"ID", NULL}, *const titles[] = {"TITLE", NULL};

	find(text, length, ids, ret->id);
	find(text, length, titles, ret->title);
}
