/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The input as a disk: its first byte says how large the blocks are. A partition table is looked for, whose checksums are made right
 * first, and a FAT file system that fills the disk, on which a file is renamed.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/bytes.h"
#include "lib/fat.h"
#include "lib/gpt.h"

static void require(bool condition)
{
	if (!condition)
		abort();
}

static uint8_t *content;
static struct disk disk;
static bool is_written;

static bool read_blocks(void *context, uint64_t first, uint32_t count, void *buffer)
{
	require(context == &content && count > 0 && first < disk.block_count && count <= disk.block_count - first);
	memcpy(buffer, content + first * disk.block_size, (size_t)count * disk.block_size);
	return true;
}

static bool write_blocks(void *context, uint64_t first, uint32_t count, const void *buffer)
{
	require(context == &content && count > 0 && first < disk.block_count && count <= disk.block_count - first);
	memcpy(content + first * disk.block_size, buffer, (size_t)count * disk.block_size);
	is_written = true;
	return true;
}

static bool flush(void *context)
{
	return context == &content;
}

static void seal_table(void)
{
	uint8_t *header = content + disk.block_size;
	uint64_t first = load_le64(header + 72), bytes = (uint64_t)load_le32(header + 80) * load_le32(header + 84);
	uint32_t size = load_le32(header + 12);

	if (size > disk.block_size || size < 92)
		return;
	if (first < disk.block_count && bytes <= (disk.block_count - first) * disk.block_size)
		store_le32(header + 88, (uint32_t)crc32(0, content + first * disk.block_size, (uInt)bytes));
	store_le32(header + 16, 0);
	store_le32(header + 16, (uint32_t)crc32(0, header, size));
}

static void read_table(void)
{
	static uint8_t buffer[GPT_BUFFER];
	struct gpt_partition partition;
	struct gpt gpt;

	seal_table();
	if (gpt_open(&disk, buffer, &gpt) != GPT_OK)
		return;
	for (uint32_t i = 0; i < gpt.count; i++)
		if (gpt_partition(&gpt, i, &partition))
			require(partition.count > 0 && partition.first < disk.block_count &&
				partition.count <= disk.block_count - partition.first && partition.number == i + 1);
}

static void rename_file(void)
{
	static struct fat fat;
	enum fat_error error;

	if (fat_open(&disk, 0, disk.block_count, &fat) != FAT_OK)
		return;
	is_written = false;
	error = fat_rename(&fat, slice_of("/loader/entries/helion+2-1.conf"), slice_of("helion.conf"));
	require(fat_strerror(error) != NULL && is_written == (error == FAT_OK));
	/* What was renamed has its new name, and no other. */
	if (error == FAT_OK) {
		error = fat_rename(&fat, slice_of("/loader/entries/helion.conf"), slice_of("h.conf"));
		require(error == FAT_OK || error == FAT_ERROR_EXISTS);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	disk.block_size = size > 0 ? 512u << (data[0] & 3) : 512;
	disk.block_count = size > 0 ? (size - 1) / disk.block_size : 0;
	if (disk.block_count < 3)
		return 0;
	disk.context = &content;
	disk.read = read_blocks;
	disk.write = write_blocks;
	disk.flush = flush;
	content = malloc(disk.block_count * disk.block_size);
	memcpy(content, data + 1, disk.block_count * disk.block_size);
	rename_file();
	read_table();
	free(content);
	return 0;
}
