/* SPDX-License-Identifier: BSD-2-Clause */
/* See cpio.h. */
#include "lib/cpio.h"

#include "lib/checked.h"
#include "lib/string.h"

enum {
	HEADER_SIZE = 110,
	MAGIC_SIZE = 6,
	FIELD_SIZE = 8,
	ALIGNMENT = 4, /* of headers and data, from the start of the archive */
};

/* The header's fields in their order, each eight hexadecimal digits. */
enum {
	FIELD_INODE,
	FIELD_MODE,
	FIELD_UID,
	FIELD_GID,
	FIELD_LINKS,
	FIELD_MTIME,
	FIELD_SIZE_OF_DATA,
	FIELD_MAJOR,
	FIELD_MINOR,
	FIELD_DEVICE_MAJOR,
	FIELD_DEVICE_MINOR,
	FIELD_SIZE_OF_NAME,
	FIELD_CHECK,
	FIELD_COUNT
};

_Static_assert(MAGIC_SIZE + FIELD_COUNT * FIELD_SIZE == HEADER_SIZE, "newc header");

static const char TRAILER[] = "TRAILER!!!";

const char *cpio_strerror(enum cpio_error error)
{
	switch (error) {
	case CPIO_OK: return "no error";
	case CPIO_END: return "end of the archive";
	case CPIO_ERROR_TRUNCATED: return "the cpio archive is truncated";
	case CPIO_ERROR_MAGIC: return "not a cpio archive, or a damaged one";
	case CPIO_ERROR_FORMAT: return "cpio archive in another format (make it with: cpio -o -H newc)";
	case CPIO_ERROR_COMPRESSED: return "the archive is compressed, which is not supported: unpack it first";
	case CPIO_ERROR_HEX: return "a cpio header field is not hexadecimal";
	case CPIO_ERROR_NAME: return "a file name in the cpio archive is malformed or too long";
	case CPIO_ERROR_NOT_FOUND: return "no such file in the cpio archive";
	}
	return "unknown error";
}

/* What stands where a header should: an error, to say what it is instead. */
static enum cpio_error identify(const uint8_t *bytes, size_t length)
{
	static const struct {
		enum cpio_error error;
		uint8_t size;
		uint8_t magic[MAGIC_SIZE];
	} known[] = {
		{CPIO_ERROR_FORMAT, 6, "070702"},
		{CPIO_ERROR_FORMAT, 6, "070707"},
		{CPIO_ERROR_FORMAT, 2, {0xc7, 0x71}},
		{CPIO_ERROR_FORMAT, 2, {0x71, 0xc7}},
		{CPIO_ERROR_COMPRESSED, 2, {0x1f, 0x8b}},                  /* gzip */
		{CPIO_ERROR_COMPRESSED, 6, {0xfd, '7', 'z', 'X', 'Z', 0}}, /* xz */
		{CPIO_ERROR_COMPRESSED, 4, {0x28, 0xb5, 0x2f, 0xfd}},      /* zstd */
		{CPIO_ERROR_COMPRESSED, 4, {0x04, 0x22, 0x4d, 0x18}},      /* lz4 */
		{CPIO_ERROR_COMPRESSED, 4, {0x02, 0x21, 0x4c, 0x18}},      /* lz4, legacy */
		{CPIO_ERROR_COMPRESSED, 3, "BZh"},                         /* bzip2 */
		{CPIO_ERROR_COMPRESSED, 3, {0x5d, 0, 0}},                  /* lzma */
		{CPIO_ERROR_COMPRESSED, 4, {0x89, 'L', 'Z', 'O'}},         /* lzop */
	};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (length >= known[i].size && memcmp(bytes, known[i].magic, known[i].size) == 0)
			return known[i].error;
	return CPIO_ERROR_MAGIC;
}

static bool parse_hex(const uint8_t *digits, uint32_t *ret)
{
	uint32_t value = 0;
	for (int i = 0; i < FIELD_SIZE; i++) {
		uint8_t digit = digits[i];
		uint32_t nibble;
		if (digit >= '0' && digit <= '9')
			nibble = digit - '0';
		else if (digit >= 'a' && digit <= 'f')
			nibble = digit - 'a' + 10u;
		else if (digit >= 'A' && digit <= 'F')
			nibble = digit - 'A' + 10u;
		else
			return false;
		value = value << 4 | nibble;
	}
	*ret = value;
	return true;
}

/* The start of the next record or data at or after `offset`. */
static bool align_in_archive(const struct cpio_iterator *iterator, size_t offset, size_t *ret)
{
	uint64_t aligned;
	if (!checked_align_up(offset - iterator->base, ALIGNMENT, &aligned) ||
	    !range_fits(iterator->size, iterator->base, aligned))
		return false;
	*ret = iterator->base + (size_t)aligned;
	return true;
}

struct slice cpio_normalise(struct slice path)
{
	for (;;) {
		if (path.length >= 1 && path.start[0] == '/') {
			path.start++;
			path.length--;
		} else if (path.length >= 2 && path.start[0] == '.' && path.start[1] == '/') {
			path.start += 2;
			path.length -= 2;
		} else if (path.length == 1 && path.start[0] == '.') {
			path.start++;
			path.length--;
		} else {
			return path;
		}
	}
}

void cpio_begin(struct cpio_iterator *iterator, const void *archive, size_t size)
{
	*iterator = (struct cpio_iterator){.archive = archive, .size = size};
}

/* Reads the record at iterator->offset; *ret_next is where the following one starts. Does not move the iterator. */
static enum cpio_error read_record(const struct cpio_iterator *iterator, struct cpio_entry *ret, size_t *ret_next,
				   bool *ret_trailer)
{
	const uint8_t *header = iterator->archive + iterator->offset;
	size_t left = iterator->size - iterator->offset;

	if (left < MAGIC_SIZE || memcmp(header, "070701", MAGIC_SIZE) != 0) {
		enum cpio_error error = identify(header, left);
		return error == CPIO_ERROR_MAGIC && left < MAGIC_SIZE && memcmp(header, "070701", left) == 0
			       ? CPIO_ERROR_TRUNCATED
			       : error;
	}
	if (left < HEADER_SIZE)
		return CPIO_ERROR_TRUNCATED;

	uint32_t fields[FIELD_COUNT];
	for (int i = 0; i < FIELD_COUNT; i++)
		if (!parse_hex(header + MAGIC_SIZE + i * FIELD_SIZE, &fields[i]))
			return CPIO_ERROR_HEX;

	uint32_t name_size = fields[FIELD_SIZE_OF_NAME];
	if (name_size == 0 || name_size > CPIO_MAX_NAME)
		return CPIO_ERROR_NAME;
	if (name_size > left - HEADER_SIZE)
		return CPIO_ERROR_TRUNCATED;
	const char *name = (const char *)header + HEADER_SIZE;
	if (strnlen(name, name_size) != name_size - 1)
		return CPIO_ERROR_NAME;
	struct slice full_name = {name, name_size - 1};
	*ret_trailer = slice_equals_text(full_name, TRAILER);

	uint32_t size = fields[FIELD_SIZE_OF_DATA];
	size_t data;
	if (!align_in_archive(iterator, iterator->offset + HEADER_SIZE + name_size, &data) ||
	    !range_fits(iterator->size, data, size)) {
		/* The trailer's padding, and the last file's, may have been cut off if there is nothing behind it. */
		if (!*ret_trailer || size != 0)
			return CPIO_ERROR_TRUNCATED;
		data = iterator->size;
	}
	if (!align_in_archive(iterator, data + size, ret_next))
		*ret_next = iterator->size;

	*ret = (struct cpio_entry){
		.name = cpio_normalise(full_name),
		.data = iterator->archive + data,
		.size = size,
		.offset = iterator->offset,
		.mode = fields[FIELD_MODE],
		.inode = fields[FIELD_INODE],
		.links = fields[FIELD_LINKS],
		.uid = fields[FIELD_UID],
		.gid = fields[FIELD_GID],
		.mtime = fields[FIELD_MTIME],
		.device_major = fields[FIELD_DEVICE_MAJOR],
		.device_minor = fields[FIELD_DEVICE_MINOR],
	};
	return CPIO_OK;
}

enum cpio_error cpio_next(struct cpio_iterator *iterator, struct cpio_entry *ret)
{
	for (;;) {
		if (!iterator->inside) {
			while (iterator->offset < iterator->size && iterator->archive[iterator->offset] == 0)
				iterator->offset++;
			if (iterator->offset == iterator->size)
				return iterator->any ? CPIO_END : CPIO_ERROR_TRUNCATED;
			iterator->base = iterator->offset;
		}
		if (iterator->offset == iterator->size)
			return CPIO_ERROR_TRUNCATED;

		size_t next = 0;
		bool is_trailer = false;
		enum cpio_error error = read_record(iterator, ret, &next, &is_trailer);
		if (error != CPIO_OK)
			return error;
		iterator->offset = next;
		iterator->inside = !is_trailer;
		if (!is_trailer)
			return CPIO_OK;
		iterator->any = true;
	}
}

enum cpio_error cpio_find(const void *archive, size_t size, const char *path, struct cpio_entry *ret)
{
	struct slice wanted = cpio_normalise(slice_of(path));
	struct cpio_iterator iterator;
	struct cpio_entry entry;
	enum cpio_error error;
	bool found = false;

	cpio_begin(&iterator, archive, size);
	while ((error = cpio_next(&iterator, &entry)) == CPIO_OK) {
		if (slice_equals(entry.name, wanted)) {
			*ret = entry;
			found = true;
		}
	}
	if (error != CPIO_END)
		return error;
	return found ? CPIO_OK : CPIO_ERROR_NOT_FOUND;
}
