/* SPDX-License-Identifier: BSD-2-Clause */
/* See bootentry.h. */
#include "lib/bootentry.h"

#include "lib/bootentry_lines.h"
#include "lib/string.h"
#include "lib/version.h"

enum { DIGEST_SIZE = 32 };

const char *bootentry_strerror(enum bootentry_error error)
{
	switch (error) {
	case BOOTENTRY_OK: return "no error";
	case BOOTENTRY_WARNING_UNKNOWN_KEY: return "unknown key";
	case BOOTENTRY_WARNING_NO_VALUE: return "key without a value";
	case BOOTENTRY_WARNING_REPEATED: return "key given again: the last value counts";
	case BOOTENTRY_WARNING_UNSUPPORTED: return "this loader cannot do that";
	case BOOTENTRY_WARNING_VALUE: return "the key cannot have this value";
	case BOOTENTRY_ERROR_TOO_LARGE: return "the file is too large";
	case BOOTENTRY_ERROR_NUL: return "the file contains a NUL character: it is damaged or not a text";
	case BOOTENTRY_ERROR_CONTROL: return "the file contains a control character: it is damaged or not a text";
	case BOOTENTRY_ERROR_LINE: return "the line is too long";
	case BOOTENTRY_ERROR_TOO_MANY: return "too many lines with this key";
	case BOOTENTRY_ERROR_DIGEST: return "sha256 wants 64 hexadecimal digits and a path";
	case BOOTENTRY_ERROR_NO_IMAGE: return "nothing to boot: needs one of the keys helion, linux, efi";
	case BOOTENTRY_ERROR_TWO_IMAGES: return "more than one of the keys helion, linux, efi";
	case BOOTENTRY_ERROR_PATH_EMPTY: return "the path is empty";
	case BOOTENTRY_ERROR_PATH_LONG: return "the path is too long";
	case BOOTENTRY_ERROR_PATH_PARENT: return "the path contains \"..\"";
	case BOOTENTRY_ERROR_PATH_CHARACTER: return "the path contains a character that FAT does not allow";
	case BOOTENTRY_ERROR_PATH_UTF8: return "the path is not UTF-8 or outside of UCS-2";
	case BOOTENTRY_ERROR_NAME_SUFFIX: return "the name has another ending";
	case BOOTENTRY_ERROR_NAME_LENGTH: return "the name is empty or too long";
	case BOOTENTRY_ERROR_NAME_CHARACTER: return "the name contains a character other than A-Z a-z 0-9 + - _ .";
	case BOOTENTRY_ERROR_BUFFER: return "the options are too long";
	}
	return "unknown error";
}

/* ---- Entries ----------------------------------------------------------------------------------------------------- */

static bool parse_digest(struct slice digits, uint8_t *ret)
{
	if (digits.length != (size_t)DIGEST_SIZE * 2)
		return false;
	for (size_t i = 0; i < digits.length; i++) {
		char c = digits.start[i];
		unsigned nibble;
		if (c >= '0' && c <= '9')
			nibble = (unsigned)(c - '0');
		else if (c >= 'a' && c <= 'f')
			nibble = (unsigned)(c - 'a') + 10;
		else if (c >= 'A' && c <= 'F')
			nibble = (unsigned)(c - 'A') + 10;
		else
			return false;
		ret[i / 2] = (uint8_t)(ret[i / 2] << 4 | nibble);
	}
	return true;
}

static enum bootentry_error add_text(const struct reader *reader, struct slice key, struct slice value,
				     struct slice *list, uint32_t *count, uint32_t capacity)
{
	if (*count == capacity)
		return lines_report(reader, BOOTENTRY_ERROR_TOO_MANY, key);
	list[(*count)++] = value;
	return BOOTENTRY_OK;
}

static enum bootentry_error add_module(const struct reader *reader, const struct assignment *assignment,
				       struct bootentry *entry)
{
	if (entry->module_count == BOOTENTRY_MAX_MODULES)
		return lines_report(reader, BOOTENTRY_ERROR_TOO_MANY, assignment->key);
	struct bootentry_module *module = &entry->modules[entry->module_count++];
	struct slice rest = assignment->value;
	module->path = lines_take_word(&rest);
	module->command_line = rest;
	return BOOTENTRY_OK;
}

static enum bootentry_error add_overlays(const struct reader *reader, const struct assignment *assignment,
					 struct bootentry *entry)
{
	struct slice rest = assignment->value;
	enum bootentry_error error = BOOTENTRY_OK;
	while (error == BOOTENTRY_OK && rest.length != 0) {
		struct slice path = lines_take_word(&rest);
		error = add_text(reader, assignment->key, path, entry->overlays, &entry->overlay_count,
				 BOOTENTRY_MAX_OVERLAYS);
	}
	return error;
}

static enum bootentry_error add_pin(const struct reader *reader, const struct assignment *assignment,
				    struct bootentry *entry)
{
	if (entry->pin_count == BOOTENTRY_MAX_PINS)
		return lines_report(reader, BOOTENTRY_ERROR_TOO_MANY, assignment->key);
	struct bootentry_pin *pin = &entry->pins[entry->pin_count];
	struct slice rest = assignment->value;
	if (!parse_digest(lines_take_word(&rest), pin->digest) || rest.length == 0)
		return lines_report(reader, BOOTENTRY_ERROR_DIGEST, assignment->key);
	pin->path = rest;
	entry->pin_count++;
	return BOOTENTRY_OK;
}

/* The place of a key that has one value, or null. */
static struct slice *single_value(struct bootentry *entry, struct slice key)
{
	const struct {
		const char *key;
		struct slice *value;
	} keys[] = {
		{"title", &entry->title},
		{"version", &entry->version},
		{"machine-id", &entry->machine_id},
		{"sort-key", &entry->sort_key},
		{"architecture", &entry->architecture},
		{"devicetree", &entry->devicetree},
		{"helion", &entry->helion_path},
		{"linux", &entry->linux_path},
		{"efi", &entry->efi_path},
	};
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		if (slice_equals_text(key, keys[i].key))
			return keys[i].value;
	return NULL;
}

static enum bootentry_error assign(const struct reader *reader, const struct assignment *assignment,
				   struct bootentry *entry)
{
	struct slice key = assignment->key;
	struct slice *value = single_value(entry, key);
	bool is_options = slice_equals_text(key, "options");
	bool is_initrd = slice_equals_text(key, "initrd");
	bool is_module = slice_equals_text(key, "module");
	bool is_overlay = slice_equals_text(key, "devicetree-overlay");
	bool is_pin = slice_equals_text(key, "sha256");

	if (value == NULL && !is_options && !is_initrd && !is_module && !is_overlay && !is_pin) {
		entry->unknown_count++;
		lines_report(reader, BOOTENTRY_WARNING_UNKNOWN_KEY, key);
		return BOOTENTRY_OK;
	}
	if (assignment->value.length == 0) {
		/* A pin without a digest must not turn into no pin. */
		if (is_pin)
			return lines_report(reader, BOOTENTRY_ERROR_DIGEST, key);
		lines_report(reader, BOOTENTRY_WARNING_NO_VALUE, key);
		return BOOTENTRY_OK;
	}

	if (value != NULL) {
		lines_set(reader, assignment, value);
		return BOOTENTRY_OK;
	}
	if (is_options)
		return add_text(reader, key, assignment->value, entry->options, &entry->option_count,
				BOOTENTRY_MAX_OPTIONS);
	if (is_initrd)
		return add_text(reader, key, assignment->value, entry->initrds, &entry->initrd_count,
				BOOTENTRY_MAX_INITRDS);
	if (is_module)
		return add_module(reader, assignment, entry);
	if (is_overlay)
		return add_overlays(reader, assignment, entry);
	return add_pin(reader, assignment, entry);
}

enum bootentry_error bootentry_parse(const char *text, size_t length, const struct bootentry_reporter *reporter,
				     struct bootentry *ret)
{
	struct reader reader;
	struct assignment assignment;
	bool any = true;

	memset(ret, 0, sizeof *ret);
	enum bootentry_error error = lines_begin(&reader, text, length, reporter);
	while (error == BOOTENTRY_OK) {
		error = lines_next(&reader, &assignment, &any);
		if (error != BOOTENTRY_OK || !any)
			break;
		error = assign(&reader, &assignment, ret);
	}
	if (error != BOOTENTRY_OK)
		return error;

	reader.line = 0; /* what follows is about the text as a whole */
	int images = (ret->helion_path.length != 0) + (ret->linux_path.length != 0) + (ret->efi_path.length != 0);
	if (images == 1)
		return BOOTENTRY_OK;
	return lines_report(&reader, images == 0 ? BOOTENTRY_ERROR_NO_IMAGE : BOOTENTRY_ERROR_TWO_IMAGES,
			    (struct slice){0});
}

enum bootentry_error bootentry_join_options(const struct bootentry *entry, char *buffer, size_t capacity,
					    size_t *ret_length)
{
	size_t used = 0;
	for (uint32_t i = 0; i < entry->option_count; i++) {
		struct slice part = entry->options[i];
		size_t space = i == 0 ? 0 : 1;
		if (part.length >= capacity - used || space >= capacity - used - part.length)
			return BOOTENTRY_ERROR_BUFFER;
		if (space != 0)
			buffer[used++] = ' ';
		memcpy(buffer + used, part.start, part.length);
		used += part.length;
	}
	if (used >= capacity)
		return BOOTENTRY_ERROR_BUFFER;
	buffer[used] = '\0';
	*ret_length = used;
	return BOOTENTRY_OK;
}

const uint8_t *bootentry_find_pin(const struct bootentry *entry, struct slice path)
{
	for (uint32_t i = 0; i < entry->pin_count; i++)
		if (slice_equals(entry->pins[i].path, path))
			return entry->pins[i].digest;
	return NULL;
}

/* ---- Paths ------------------------------------------------------------------------------------------------------- */

/* Decodes one character of UTF-8 (RFC 3629: no overlong forms, no surrogates). Cuts it off *text. */
static bool take_character(struct slice *text, uint32_t *ret)
{
	const uint8_t *bytes = (const uint8_t *)text->start;
	uint32_t value, minimum;
	size_t size;

	if (bytes[0] < 0x80) {
		value = bytes[0], size = 1, minimum = 0;
	} else if (bytes[0] >= 0xc0 && bytes[0] < 0xe0) {
		value = bytes[0] & 0x1f, size = 2, minimum = 0x80;
	} else if (bytes[0] >= 0xe0 && bytes[0] < 0xf0) {
		value = bytes[0] & 0x0f, size = 3, minimum = 0x800;
	} else {
		return false; /* a continuation byte, or a character outside UCS-2 */
	}
	if (text->length < size)
		return false;
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return false;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < minimum || (value >= 0xd800 && value < 0xe000))
		return false;

	text->start += size;
	text->length -= size;
	*ret = value;
	return true;
}

static bool is_separator(uint32_t c)
{
	return c == '/' || c == '\\';
}

static bool is_allowed_in_fat(uint32_t c)
{
	return c >= ' ' && c != 0x7f && (c > 0x7f || strchr("\"*:<>?|", (int)c) == NULL);
}

enum bootentry_error bootentry_path_to_ucs2(struct slice path, uint16_t *buffer, size_t capacity, size_t *ret_length)
{
	size_t used = 0;

	while (path.length != 0) {
		if (is_separator((unsigned char)path.start[0])) {
			path.start++;
			path.length--;
			continue;
		}

		struct slice component = {path.start, 0};
		while (component.length < path.length && !is_separator((unsigned char)path.start[component.length]))
			component.length++;
		path.start += component.length;
		path.length -= component.length;

		if (slice_equals_text(component, "."))
			continue;
		if (slice_equals_text(component, ".."))
			return BOOTENTRY_ERROR_PATH_PARENT;
		if (used >= capacity)
			return BOOTENTRY_ERROR_PATH_LONG;
		buffer[used++] = '\\';
		while (component.length != 0) {
			uint32_t character;
			if (!take_character(&component, &character))
				return BOOTENTRY_ERROR_PATH_UTF8;
			if (!is_allowed_in_fat(character))
				return BOOTENTRY_ERROR_PATH_CHARACTER;
			if (used >= capacity)
				return BOOTENTRY_ERROR_PATH_LONG;
			buffer[used++] = (uint16_t)character;
		}
	}

	if (used == 0)
		return BOOTENTRY_ERROR_PATH_EMPTY;
	if (used >= capacity)
		return BOOTENTRY_ERROR_PATH_LONG;
	buffer[used] = 0;
	if (ret_length != NULL)
		*ret_length = used;
	return BOOTENTRY_OK;
}

/* ---- Names ------------------------------------------------------------------------------------------------------- */

static bool is_name_character(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
	       c == '_' || c == '.';
}

/* The firmware may report names of FAT in capitals. */
static bool ends_with(struct slice name, const char *suffix)
{
	const size_t length = strlen(suffix);
	return name.length >= length &&
	       slice_equals_nocase((struct slice){name.start + name.length - length, length}, suffix);
}

/* Parses "LEFT" or "LEFT-DONE". */
static bool parse_counters(const char *at, const char *end, struct bootentry_name *ret)
{
	uint32_t left, done = 0;
	if (!lines_parse_number(&at, end, &left))
		return false;
	if (at != end && *at == '-') {
		at++;
		if (!lines_parse_number(&at, end, &done))
			return false;
	}
	if (at != end)
		return false;
	ret->is_counted = true;
	ret->is_bad = left == 0;
	ret->left = left;
	ret->done = done;
	return true;
}

enum bootentry_error bootentry_name_parse(struct slice name, const char *suffix, struct bootentry_name *ret)
{
	*ret = (struct bootentry_name){.suffix = suffix};
	if (name.length == 0 || name.length > BOOTENTRY_MAX_NAME)
		return BOOTENTRY_ERROR_NAME_LENGTH;
	for (size_t i = 0; i < name.length; i++)
		if (!is_name_character(name.start[i]))
			return BOOTENTRY_ERROR_NAME_CHARACTER;
	if (!ends_with(name, suffix))
		return BOOTENTRY_ERROR_NAME_SUFFIX;

	ret->id = (struct slice){name.start, name.length - strlen(suffix)};
	const char *end = ret->id.start + ret->id.length;
	for (const char *plus = end; plus != ret->id.start;) {
		if (*--plus != '+')
			continue;
		if (parse_counters(plus + 1, end, ret))
			ret->id.length = (size_t)(plus - ret->id.start);
		break;
	}
	return ret->id.length == 0 ? BOOTENTRY_ERROR_NAME_LENGTH : BOOTENTRY_OK;
}

static int compare_text(struct slice a, struct slice b)
{
	size_t common = a.length < b.length ? a.length : b.length;
	int order = common == 0 ? 0 : memcmp(a.start, b.start, common);
	if (order != 0)
		return order;
	return a.length < b.length ? -1 : a.length > b.length;
}

int bootentry_compare(const struct bootentry *a, const struct bootentry_name *a_name, const struct bootentry *b,
		      const struct bootentry_name *b_name)
{
	int order = a_name->is_bad - b_name->is_bad;
	if (order == 0)
		order = (a->sort_key.length == 0) - (b->sort_key.length == 0);
	if (order == 0 && a->sort_key.length != 0) {
		order = compare_text(a->sort_key, b->sort_key);
		if (order == 0)
			order = compare_text(a->machine_id, b->machine_id);
		if (order == 0)
			order = version_compare(b->version, a->version);
	}
	if (order == 0)
		order = version_compare(b_name->id, a_name->id);
	if (order == 0 && a_name->is_counted && b_name->is_counted) {
		order = (a_name->left < b_name->left) - (a_name->left > b_name->left);
		if (order == 0)
			order = (a_name->done > b_name->done) - (a_name->done < b_name->done);
	}
	return order;
}
