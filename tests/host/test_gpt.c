/* SPDX-License-Identifier: BSD-2-Clause */
/* GUID partition tables: what is accepted, and what stands in for a table that is damaged. */
#include "lib/gpt.h"

#include <zlib.h>

#include "lib/bytes.h"
#include "tap.h"

enum { BLOCKS = 256, ENTRIES_BLOCKS = 32 };

static const uint8_t esp[GPT_GUID] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				      0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
static const uint8_t guids[2][GPT_GUID] = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}, {0xff, 1}};

static uint8_t *content;
static uint32_t block_size;
static int64_t unreadable = -1;

static bool read_blocks(void *context, uint64_t first, uint32_t count, void *buffer)
{
	CHECK(context == &block_size && first + count <= BLOCKS && count > 0);
	if (unreadable >= 0 && first <= (uint64_t)unreadable && (uint64_t)unreadable < first + count)
		return false;
	memcpy(buffer, content + first * block_size, (size_t)count * block_size);
	return true;
}

static struct disk disk;
static struct gpt gpt;

/* The exact size that the interface asks for, so that the sanitizer sees more. */
static enum gpt_error open_table(void)
{
	static void *buffer;

	free(buffer);
	buffer = malloc(GPT_BUFFER);
	disk = (struct disk){.block_size = block_size,
			     .block_count = BLOCKS,
			     .context = &block_size,
			     .read = read_blocks};
	return gpt_open(&disk, buffer, &gpt);
}

static void seal(uint64_t block, const uint8_t *entries, size_t size)
{
	uint8_t *header = content + block * block_size;

	store_le32(header + 88, (uint32_t)crc32(0, entries, (uInt)size));
	store_le32(header + 16, 0);
	store_le32(header + 16, (uint32_t)crc32(0, header, load_le32(header + 12)));
}

static void put_header(uint64_t block, uint64_t entries)
{
	uint8_t *header = content + block * block_size;

	memcpy(header, "EFI PART\0\0\1\0\x5c\0\0\0", 16);
	store_le64(header + 24, block);
	store_le64(header + 32, BLOCKS - block);
	store_le64(header + 72, entries);
	store_le32(header + 80, 128);
	store_le32(header + 84, 128);
	seal(block, content + entries * block_size, 128 * 128);
}

static void put_entry(uint64_t block, unsigned index, const uint8_t *guid, uint64_t first, uint64_t last)
{
	uint8_t *entry = content + block * block_size + 128 * index;

	memcpy(entry, esp, GPT_GUID);
	memcpy(entry + 16, guid, GPT_GUID);
	store_le64(entry + 32, first);
	store_le64(entry + 40, last);
}

/* Two tables, of which the backup has another first partition, to tell them apart. */
static void make(uint32_t size)
{
	free(content);
	block_size = size;
	unreadable = -1;
	content = calloc(BLOCKS, size);
	put_entry(2, 0, guids[0], 40, 99);
	put_entry(2, 2, guids[1], 100, 199);
	put_entry(BLOCKS - 33, 0, guids[0], 41, 99);
	put_header(1, 2);
	put_header(BLOCKS - 1, BLOCKS - 33);
}

static uint64_t first_block(void)
{
	struct gpt_partition partition;

	return gpt_partition(&gpt, 0, &partition) ? partition.first : 0;
}

static void both_sizes_of_blocks(void)
{
	struct gpt_partition partition;

	for (uint32_t size = 512; size <= 4096; size *= 8) {
		make(size);
		CHECK_EQUAL(open_table(), GPT_OK);
		CHECK_EQUAL(first_block(), 40);
		CHECK(!gpt_partition(&gpt, 1, &partition));
		CHECK(gpt_find_guid(&gpt, guids[1], &partition) && partition.first == 100 && partition.count == 100 &&
		      partition.number == 3 && memcmp(partition.type, esp, GPT_GUID) == 0);
		CHECK(gpt_find_type(&gpt, esp, &partition) && partition.number == 1 && partition.count == 60);
		CHECK(!gpt_find_type(&gpt, guids[0], &partition));
		CHECK(!gpt_find_guid(&gpt, esp, &partition));
		CHECK(!gpt_partition(&gpt, 128, &partition) && !gpt_partition(&gpt, UINT32_MAX, &partition));
	}
}

static void the_backup_stands_in(void)
{
	static const unsigned bytes[] = {0, 16, 24, 40, 72, 88};

	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		make(512);
		content[512 + bytes[i]] ^= 1;
		CHECK_EQUAL(open_table(), GPT_OK);
		CHECK_EQUAL(first_block(), 41);
	}
	make(512);
	content[2 * 512 + 128 * 127] ^= 1; /* an entry that is not in use */
	CHECK_EQUAL(open_table(), GPT_OK);
	CHECK_EQUAL(first_block(), 41);
	make(512);
	unreadable = 1;
	CHECK_EQUAL(open_table(), GPT_OK);
	CHECK_EQUAL(first_block(), 41);
	unreadable = 20;
	CHECK_EQUAL(open_table(), GPT_OK);
	CHECK_EQUAL(first_block(), 41);
}

static void neither_is_good(void)
{
	make(512);
	memset(content, 0, BLOCKS * 512);
	CHECK_EQUAL(open_table(), GPT_ERROR_NO_TABLE);
	make(512);
	content[512 + 40] ^= 1;
	content[(BLOCKS - 1) * 512] ^= 1;
	CHECK_EQUAL(open_table(), GPT_ERROR_DAMAGED);
	make(512);
	content[512] ^= 1;
	content[(BLOCKS - 1) * 512 + 40] ^= 1;
	CHECK_EQUAL(open_table(), GPT_ERROR_DAMAGED);
	disk.block_count = 2;
	CHECK_EQUAL(gpt_open(&disk, NULL, &gpt), GPT_ERROR_NO_TABLE);
}

/* Right checksums over what cannot be. */
static enum gpt_error with(unsigned offset, uint32_t value)
{
	make(512);
	content[(BLOCKS - 1) * 512] ^= 1;
	store_le32(content + 512 + offset, value);
	if (offset != 12 || (value >= 92 && value <= 512))
		seal(1, content + 2 * 512, 128 * 128);
	return open_table();
}

static void impossible_numbers(void)
{
	CHECK_EQUAL(with(0, 0x20494645), GPT_OK); /* as it is */
	CHECK_EQUAL(with(12, 91), GPT_ERROR_DAMAGED);
	CHECK_EQUAL(with(12, 513), GPT_ERROR_DAMAGED);
	CHECK_EQUAL(with(12, 512), GPT_OK);
	CHECK_EQUAL(with(24, 2), GPT_ERROR_DAMAGED);
	CHECK_EQUAL(with(72, BLOCKS - 31), GPT_ERROR_DAMAGED);
	CHECK_EQUAL(with(76, 0x80000000), GPT_ERROR_DAMAGED);
	CHECK_EQUAL(with(80, 0), GPT_ERROR_DAMAGED);
	CHECK_EQUAL(with(80, 257), GPT_ERROR_LARGE);
	CHECK_EQUAL(with(80, UINT32_MAX), GPT_ERROR_LARGE);
	CHECK_EQUAL(with(84, 0), GPT_ERROR_DAMAGED);
	CHECK_EQUAL(with(84, 127), GPT_ERROR_DAMAGED);
	CHECK_EQUAL(with(84, 192), GPT_ERROR_DAMAGED);
	CHECK_EQUAL(with(84, 0x80000000), GPT_ERROR_LARGE);
}

static void partitions_that_the_disk_does_not_have(void)
{
	struct gpt_partition partition;

	make(512);
	put_entry(2, 0, guids[0], 40, BLOCKS);
	put_entry(2, 1, guids[0], 40, 39);
	put_entry(2, 3, guids[0], 0, UINT64_MAX);
	put_header(1, 2);
	CHECK_EQUAL(open_table(), GPT_OK);
	CHECK(!gpt_partition(&gpt, 0, &partition) && !gpt_partition(&gpt, 1, &partition) &&
	      !gpt_partition(&gpt, 3, &partition));
	CHECK(!gpt_find_guid(&gpt, guids[0], &partition));
	CHECK(gpt_find_type(&gpt, esp, &partition) && partition.number == 3);
}

static void texts(void)
{
	static const char text[] = "c12a7328-f81f-11d2-ba4b-00a0c93ec93b";
	char back[GPT_GUID_TEXT];
	uint8_t guid[GPT_GUID];

	CHECK(gpt_guid_from_text(text, 36, guid) && memcmp(guid, esp, GPT_GUID) == 0);
	gpt_guid_to_text(esp, back);
	CHECK_TEXT(back, text);
	CHECK(gpt_guid_from_text("C12A7328-F81F-11D2-BA4B-00A0C93EC93B", 36, guid) && memcmp(guid, esp, GPT_GUID) == 0);
	CHECK(!gpt_guid_from_text(text, 35, guid));
	CHECK(!gpt_guid_from_text("c12a7328-f81f-11d2-ba4b-00a0c93ec93b0", 37, guid));
	CHECK(!gpt_guid_from_text("c12a7328-f81f-11d2-ba4b-00a0c93ec93g", 36, guid));
	CHECK(!gpt_guid_from_text("c12a7328+f81f-11d2-ba4b-00a0c93ec93b", 36, guid));
	CHECK(!gpt_guid_from_text("", 0, guid));
	CHECK_PHRASES(gpt_strerror, GPT_OK, GPT_ERROR_LARGE);
}

int main(void)
{
	RUN(both_sizes_of_blocks);
	RUN(the_backup_stands_in);
	RUN(neither_is_good);
	RUN(impossible_numbers);
	RUN(partitions_that_the_disk_does_not_have);
	RUN(texts);
	free(content);
	return tap_finish();
}
