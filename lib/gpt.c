/* SPDX-License-Identifier: BSD-2-Clause */
/* See gpt.h. */
#include "lib/gpt.h"

#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/format.h"
#include "lib/string.h"

#define SIGNATURE "EFI PART"

/* Table 5.5 of the specification. */
enum {
	HEADER_SIZE = 92,
	AT_HEADER_SIZE = 12,
	AT_HEADER_CRC = 16,
	AT_MY_LBA = 24,
	AT_ENTRIES_LBA = 72,
	AT_COUNT = 80,
	AT_ENTRY_SIZE = 84,
	AT_ENTRIES_CRC = 88,
	/* Table 5.6 */
	ENTRY_SIZE = 128,
	AT_TYPE = 0,
	AT_GUID = 16,
	AT_FIRST = 32,
	AT_LAST = 40,
};

/* CRC-32 of ISO 3309, four bits at a time. */
static uint32_t crc_add(uint32_t crc, const uint8_t *bytes, size_t length)
{
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	for (size_t i = 0; i < length; i++) {
		crc = crc >> 4 ^ table[(crc ^ bytes[i]) & 15];
		crc = crc >> 4 ^ table[(crc ^ bytes[i] >> 4) & 15];
	}
	return crc;
}

const char *gpt_strerror(enum gpt_error error)
{
	switch (error) {
	case GPT_OK: return "no error";
	case GPT_ERROR_READ: return "the disk cannot be read";
	case GPT_ERROR_NO_TABLE: return "no GUID partition table";
	case GPT_ERROR_DAMAGED: return "the GUID partition table is damaged";
	case GPT_ERROR_LARGE: return "the GUID partition table has too many entries";
	default: return "unknown error";
	}
}

/* The checksum is made with zeros in its own place. */
static bool header_is_right(const uint8_t *header, uint32_t size)
{
	static const uint8_t zero[4];
	uint32_t crc = crc_add(~0u, header, AT_HEADER_CRC);

	crc = crc_add(crc, zero, sizeof(zero));
	crc = crc_add(crc, header + AT_HEADER_CRC + 4, size - AT_HEADER_CRC - 4);
	return ~crc == load_le32(header + AT_HEADER_CRC);
}

/* The table whose header is in a certain block. The header comes last in the buffer, the entries first. */
static enum gpt_error read_table(const struct disk *disk, uint64_t block, uint8_t *buffer, struct gpt *ret)
{
	uint8_t *header = buffer + GPT_MAX_TABLE;
	uint64_t bytes, blocks, first;
	uint32_t size;

	if (!disk->read(disk->context, block, 1, header))
		return GPT_ERROR_READ;
	if (memcmp(header, SIGNATURE, 8) != 0)
		return GPT_ERROR_NO_TABLE;
	size = load_le32(header + AT_HEADER_SIZE);
	if (size < HEADER_SIZE || size > disk->block_size || load_le64(header + AT_MY_LBA) != block ||
	    !header_is_right(header, size))
		return GPT_ERROR_DAMAGED;
	ret->count = load_le32(header + AT_COUNT);
	ret->entry_size = load_le32(header + AT_ENTRY_SIZE);
	ret->block_count = disk->block_count;
	/* 128 times a power of two. */
	if (ret->entry_size < ENTRY_SIZE || (ret->entry_size & (ret->entry_size - 1)) != 0 || ret->count == 0)
		return GPT_ERROR_DAMAGED;
	bytes = (uint64_t)ret->count * ret->entry_size;
	if (bytes > GPT_MAX_TABLE)
		return GPT_ERROR_LARGE;
	first = load_le64(header + AT_ENTRIES_LBA);
	blocks = (bytes + disk->block_size - 1) / disk->block_size;
	if (!range_fits(disk->block_count, first, blocks))
		return GPT_ERROR_DAMAGED;
	if (!disk->read(disk->context, first, (uint32_t)blocks, buffer))
		return GPT_ERROR_READ;
	if (~crc_add(~0u, buffer, bytes) != load_le32(header + AT_ENTRIES_CRC))
		return GPT_ERROR_DAMAGED;
	ret->entries = buffer;
	return GPT_OK;
}

enum gpt_error gpt_open(const struct disk *disk, void *buffer, struct gpt *ret)
{
	enum gpt_error first, second;

	if (disk->block_count < 3)
		return GPT_ERROR_NO_TABLE;
	first = read_table(disk, 1, buffer, ret);
	if (first == GPT_OK)
		return GPT_OK;
	second = read_table(disk, disk->block_count - 1, buffer, ret);
	/* Of two reasons the one that says more. */
	return second == GPT_OK || first == GPT_ERROR_NO_TABLE ? second : first;
}

bool gpt_partition(const struct gpt *gpt, uint32_t index, struct gpt_partition *ret)
{
	static const uint8_t unused[GPT_GUID];
	const uint8_t *entry;
	uint64_t last;

	if (index >= gpt->count)
		return false;
	entry = gpt->entries + (size_t)index * gpt->entry_size;
	if (memcmp(entry + AT_TYPE, unused, GPT_GUID) == 0)
		return false;
	memcpy(ret->type, entry + AT_TYPE, GPT_GUID);
	memcpy(ret->guid, entry + AT_GUID, GPT_GUID);
	ret->first = load_le64(entry + AT_FIRST);
	last = load_le64(entry + AT_LAST);
	if (last < ret->first || last >= gpt->block_count)
		return false;
	ret->count = last - ret->first + 1;
	ret->number = index + 1;
	return true;
}

bool gpt_find_type(const struct gpt *gpt, const uint8_t type[GPT_GUID], struct gpt_partition *ret)
{
	for (uint32_t i = 0; i < gpt->count; i++)
		if (gpt_partition(gpt, i, ret) && memcmp(ret->type, type, GPT_GUID) == 0)
			return true;
	return false;
}

bool gpt_find_guid(const struct gpt *gpt, const uint8_t guid[GPT_GUID], struct gpt_partition *ret)
{
	for (uint32_t i = 0; i < gpt->count; i++)
		if (gpt_partition(gpt, i, ret) && memcmp(ret->guid, guid, GPT_GUID) == 0)
			return true;
	return false;
}

/* ---- Texts ------------------------------------------------------------------------------------------------------- */

/* Where each pair of digits of the text comes from: the first three numbers are little-endian. 0xff: a hyphen. */
static const uint8_t order[] = {3, 2, 1, 0, 0xff, 5, 4, 0xff, 7, 6, 0xff, 8, 9, 0xff, 10, 11, 12, 13, 14, 15};

void gpt_guid_to_text(const uint8_t guid[GPT_GUID], char text[GPT_GUID_TEXT])
{
	size_t used = 0;

	for (size_t i = 0; i < sizeof(order); i++) {
		if (order[i] == 0xff)
			text[used++] = '-';
		else
			used += fmt_snprintf(text + used, GPT_GUID_TEXT - used, "%02x", guid[order[i]]);
	}
	text[used] = '\0';
}

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool gpt_guid_from_text(const char *text, size_t length, uint8_t ret[GPT_GUID])
{
	uint8_t guid[GPT_GUID];
	size_t at = 0;

	if (length != GPT_GUID_TEXT - 1)
		return false;
	for (size_t i = 0; i < sizeof(order); i++) {
		if (order[i] == 0xff) {
			if (text[at++] != '-')
				return false;
			continue;
		}
		if (digit(text[at]) < 0 || digit(text[at + 1]) < 0)
			return false;
		guid[order[i]] = (uint8_t)(digit(text[at]) << 4 | digit(text[at + 1]));
		at += 2;
	}
	memcpy(ret, guid, GPT_GUID);
	return true;
}
