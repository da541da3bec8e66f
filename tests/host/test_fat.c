/* SPDX-License-Identifier: BSD-2-Clause */
/* Renaming on FAT12, FAT16 and FAT32: what is on the volume before and after, at each write, and with damage. */
#include "lib/fat.h"

#include "lib/bytes.h"
#include "tap.h"

enum { FIRST = 7, MAX_SECTORS = 140000 };

/* A volume that is made by hand, from block FIRST of a disk on. */
static struct volume {
	uint32_t bits, sector_size, block_size, cluster_sectors;
	uint32_t reserved, table_sectors, root_sectors, sectors;
	uint8_t *content;
	uint32_t next; /* free cluster */
} volume;

static struct disk disk;
static struct fat fat;
static unsigned writes, flushes, writes_left;
static int64_t unreadable = -1; /* block of the volume */

static bool read_blocks(void *context, uint64_t first, uint32_t count, void *buffer)
{
	CHECK(context == &volume && count > 0 && first >= FIRST && first + count <= disk.block_count);
	if (unreadable >= 0 && first <= FIRST + (uint64_t)unreadable && FIRST + (uint64_t)unreadable < first + count)
		return false;
	memcpy(buffer, volume.content + (first - FIRST) * volume.block_size, (size_t)count * volume.block_size);
	return true;
}

static bool write_blocks(void *context, uint64_t first, uint32_t count, const void *buffer)
{
	CHECK(context == &volume && count > 0 && first >= FIRST && first + count <= disk.block_count);
	CHECK_EQUAL(count * volume.block_size, volume.sector_size);
	if (writes_left == 0)
		return false;
	writes_left--;
	writes++;
	memcpy(volume.content + (first - FIRST) * volume.block_size, buffer, (size_t)count * volume.block_size);
	return true;
}

static bool flush(void *context)
{
	(void)context;
	flushes++;
	return true;
}

static uint8_t *sector(uint32_t number)
{
	return volume.content + (size_t)number * volume.sector_size;
}

static void store_le16(uint8_t *where, uint32_t value)
{
	where[0] = (uint8_t)value;
	where[1] = (uint8_t)(value >> 8);
}

static void set_cluster(uint32_t cluster, uint32_t value)
{
	uint8_t *table = sector(volume.reserved), *at = table + cluster * volume.bits / 8;

	if (volume.bits == 32)
		store_le32(at, value);
	else if (volume.bits == 16)
		store_le16(at, value);
	else if (cluster & 1)
		store_le16(at, (load_le16(at) & 0xf) | (value & 0xfff) << 4);
	else
		store_le16(at, (load_le16(at) & 0xf000) | (value & 0xfff));
}

static uint32_t data_start(void)
{
	return volume.reserved + 2 * volume.table_sectors + volume.root_sectors;
}

static uint8_t *cluster(uint32_t number)
{
	return sector(data_start() + (number - 2) * volume.cluster_sectors);
}

/* A chain of so many clusters; it begins with the result. */
static uint32_t allocate(uint32_t count)
{
	uint32_t first = volume.next;

	for (uint32_t i = 0; i < count; i++)
		set_cluster(first + i, i + 1 < count ? first + i + 1 : 0x0fffffff);
	volume.next += count;
	return first;
}

static void make(uint32_t bits, uint32_t sector_size, uint32_t block_size)
{
	uint32_t clusters = bits == 12 ? 300 : bits == 16 ? 5000 : 66000;
	uint8_t *boot;

	free(volume.content);
	volume = (struct volume){
		.bits = bits,
		.sector_size = sector_size,
		.block_size = block_size,
		.cluster_sectors = bits == 16 ? 2 : 1,
		.reserved = bits == 32 ? 32 : 1,
		.table_sectors = ((clusters + 2) * bits / 8 + sector_size) / sector_size,
		.root_sectors = bits == 32 ? 0 : (64 * 32 + sector_size - 1) / sector_size,
		.next = bits == 32 ? 3 : 2,
	};
	volume.sectors = data_start() + clusters * volume.cluster_sectors;
	volume.content = calloc(volume.sectors, sector_size);
	boot = volume.content;
	store_le16(boot + 11, sector_size);
	boot[13] = (uint8_t)volume.cluster_sectors;
	store_le16(boot + 14, volume.reserved);
	boot[16] = 2;
	store_le16(boot + 17, bits == 32 ? 0 : 64);
	store_le32(boot + 32, volume.sectors);
	if (bits == 32) {
		store_le32(boot + 36, volume.table_sectors);
		store_le32(boot + 44, 2);
		set_cluster(2, 0x0fffffff);
	} else {
		store_le16(boot + 22, volume.table_sectors);
	}
	store_le16(boot + 510, 0xaa55);
	disk = (struct disk){
		.block_size = block_size,
		.block_count = FIRST + (uint64_t)volume.sectors * (sector_size / block_size),
		.context = &volume,
		.read = read_blocks,
		.write = write_blocks,
		.flush = flush,
	};
	writes = flushes = 0;
	writes_left = 100;
	unreadable = -1;
}

static enum fat_error open_volume(void)
{
	return fat_open(&disk, FIRST, disk.block_count - FIRST, &fat);
}

/* ---- Directories ------------------------------------------------------------------------------------------------- */

static uint8_t *root(void)
{
	return volume.bits == 32 ? cluster(2) : sector(data_start() - volume.root_sectors);
}

static uint8_t sum_of(const uint8_t *entry)
{
	uint8_t sum = 0;

	for (int i = 0; i < 11; i++)
		sum = (uint8_t)(((sum & 1) << 7) + (sum >> 1) + entry[i]);
	return sum;
}

/* Puts a file's own entry, and the entries of its long name before that, at entry number `at`; the number behind. */
static unsigned put(uint8_t *directory, unsigned at, const char *name, const char *short_name, uint8_t attributes,
		    uint32_t first)
{
	static const uint8_t places[13] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
	unsigned length = name ? (unsigned)strlen(name) : 0, parts = (length + 12) / 13;

	for (unsigned part = parts; part >= 1; part--, at++) {
		uint8_t *entry = directory + 32 * at;

		memset(entry, 0, 32);
		entry[0] = (uint8_t)(part | (part == parts ? 0x40 : 0));
		entry[11] = 0x0f;
		entry[13] = sum_of((const uint8_t *)short_name);
		for (unsigned i = 0; i < 13; i++) {
			unsigned c = (part - 1) * 13 + i;

			store_le16(entry + places[i], c < length ? (uint8_t)name[c] : c == length ? 0 : 0xffff);
		}
	}
	memcpy(directory + 32 * at, short_name, 11);
	directory[32 * at + 11] = attributes;
	store_le16(directory + 32 * at + 20, first >> 16);
	store_le16(directory + 32 * at + 26, first);
	return at + 1;
}

/*
 * The names in a directory as anybody reads it, each followed by its first cluster and a blank: long ones where they belong to
 * the entry behind them, else short ones.
 */
static const char *names(const uint8_t *directory, unsigned count)
{
	static char text[1024], name[300];
	static const uint8_t places[13] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
	unsigned expected = 0, sum = 0;

	text[0] = name[0] = '\0';
	for (unsigned i = 0; i < count && directory[32 * i] != 0; i++) {
		const uint8_t *entry = directory + 32 * i;

		if (entry[0] == 0xe5) {
			name[0] = '\0';
			continue;
		}
		if (entry[11] == 0x0f) {
			if (entry[0] & 0x40) {
				memset(name, 0, sizeof(name));
				expected = entry[0] & 0x3f;
				sum = entry[13];
			}
			if (expected == 0 || (entry[0] & 0x3fu) != expected || entry[13] != sum) {
				name[0] = '\0';
				expected = 0;
				continue;
			}
			expected--;
			for (unsigned c = 0; c < 13; c++)
				name[expected * 13 + c] = (char)entry[places[c]];
			continue;
		}
		if (name[0] == '\0' || expected != 0 || sum != sum_of(entry))
			sprintf(name, "%.11s", (const char *)entry);
		sprintf(text + strlen(text), "%s:%u ", name, load_le16(entry + 26));
		name[0] = '\0';
	}
	return text;
}

/* loader/entries with some files; `hole` entries lie before the one that is renamed. */
static uint8_t *entries;

static void fill(unsigned hole, const char *name)
{
	uint32_t loader = allocate(1), directory = allocate(4);
	unsigned at = 0;

	put(root(), put(root(), 0, NULL, "HELION  BIN", 0x08, 0), "loader", "LOADER     ", 0x10, loader);
	at = put(cluster(loader), put(cluster(loader), 0, NULL, ".          ", 0x10, loader), NULL, "..         ", 0x10,
		 0);
	put(cluster(loader), at, NULL, "ENTRIES    ", 0x10, directory);
	entries = cluster(directory);
	for (unsigned i = 0; i < hole; i++)
		entries[32 * i] = 0xe5;
	at = put(entries, hole, name, "HELION~1CON", 0x20, 60);
	put(entries, at, "other-file.conf", "OTHER-~1CON", 0x20, 61);
}

static enum fat_error rename_to(const char *path, const char *name)
{
	return fat_rename(&fat, slice_of(path), slice_of(name));
}

#define COUNT 16 /* entries that are looked at */

static void all_kinds(void)
{
	static const struct {
		uint32_t bits, sector_size, block_size;
	} kinds[] = {{12, 512, 512}, {16, 512, 512}, {32, 512, 512}, {16, 4096, 4096}, {12, 2048, 512}};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		make(kinds[i].bits, kinds[i].sector_size, kinds[i].block_size);
		fill(0, "helion-2+2-1.conf");
		CHECK_EQUAL(open_volume(), FAT_OK);
		CHECK_EQUAL(fat.bits, kinds[i].bits);
		CHECK_EQUAL(rename_to("/loader/entries/helion-2+2-1.conf", "helion-2.conf"), FAT_OK);
		CHECK_TEXT(names(entries, COUNT), "helion-2.conf:60 other-file.conf:61 ");
		CHECK_EQUAL(writes, 1);
		CHECK_EQUAL(flushes, 1);
		CHECK_EQUAL(rename_to("/loader/entries/helion-2+2-1.conf", "helion-2.conf"), FAT_ERROR_MISSING);
		CHECK_EQUAL(rename_to("LOADER\\entries\\HELION-2.conf", "h.conf"), FAT_OK);
		CHECK_TEXT(names(entries, COUNT), "h.conf:60 other-file.conf:61 ");
	}
}

static void a_length_that_fills_its_entries(void)
{
	make(12, 512, 512);
	fill(0, "abcdefghij+2-1.conf");
	CHECK_EQUAL(open_volume(), FAT_OK);
	CHECK_EQUAL(rename_to("/loader/entries/abcdefghij+2-1.conf", "abcdefgh.conf"), FAT_OK); /* 13 characters */
	CHECK_TEXT(names(entries, COUNT), "abcdefgh.conf:60 other-file.conf:61 ");
	CHECK_EQUAL(entries[0], 0xe5);
	CHECK_EQUAL(rename_to("/loader/entries/abcdefgh.conf", "abcdefghi.conf"), FAT_ERROR_ROOM);
	CHECK_TEXT(names(entries, COUNT), "abcdefgh.conf:60 other-file.conf:61 ");
}

/*
 * At each place relative to the ends of sectors and clusters, and for each write that is the last one to reach the disk. The old
 * name has four entries and the new one takes the last two of them: if these lie in one sector, the file is never without a name.
 */
static void no_write_loses_the_file(void)
{
	unsigned two = 0;

	for (unsigned hole = 8; hole < 20; hole++) {
		for (unsigned limit = 0; limit <= 2; limit++) {
			bool has_old, has_new, is_together = (hole + 2) / 16 == (hole + 3) / 16;
			enum fat_error error;
			const char *found;

			make(12, 512, 512);
			fill(hole, "a-name-of-four-parts-that-goes-on-and-on+2-1.conf");
			writes_left = limit;
			CHECK_EQUAL(open_volume(), FAT_OK);
			error = rename_to("/loader/entries/a-name-of-four-parts-that-goes-on-and-on+2-1.conf",
					  "a-name-of-four.conf");
			CHECK(error == FAT_OK || (error == FAT_ERROR_WRITE && flushes == 0));
			two += writes == 2;
			found = names(entries, 40);
			has_old = strstr(found, "a-name-of-four-parts-that-goes-on-and-on+2-1.conf:60 ") != NULL;
			has_new = strstr(found, "a-name-of-four.conf:60 ") != NULL;
			CHECK(strstr(found, " other-file.conf:61 ") != NULL);
			CHECK(!(has_old && has_new));
			CHECK(has_old || has_new || (limit == 1 && !is_together));
			CHECK(has_new || error != FAT_OK);
			CHECK(has_old || limit > 0);
		}
	}
	CHECK(two == 3);
}

static void a_directory_of_many_clusters(void)
{
	char name[32];
	unsigned at = 0;
	uint32_t directory;

	make(12, 512, 512);
	directory = allocate(8);
	put(root(), 0, "many", "MANY       ", 0x10, directory);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "entry-%02u+3.conf", i);
		at = put(cluster(directory), at, name, "ENTRY-~1CON", 0x20, 100 + i);
	}
	CHECK_EQUAL(open_volume(), FAT_OK);
	for (unsigned i = 0; i < 40; i++) {
		char path[64], new[32];

		snprintf(path, sizeof(path), "/many/entry-%02u+3.conf", i);
		snprintf(new, sizeof(new), "entry-%02u.conf", i);
		CHECK_EQUAL(rename_to(path, new), FAT_OK);
	}
	CHECK(strstr(names(cluster(directory), at), "entry-39.conf:139 ") != NULL);
	CHECK(strchr(names(cluster(directory), at), '+') == NULL);
}

static void wrong_names(void)
{
	make(12, 512, 512);
	fill(0, "helion+3.conf");
	CHECK_EQUAL(open_volume(), FAT_OK);
	CHECK_EQUAL(rename_to("/loader/entries/nothing.conf", "n.conf"), FAT_ERROR_MISSING);
	CHECK_EQUAL(rename_to("/nothing/entries/helion+3.conf", "n.conf"), FAT_ERROR_MISSING);
	CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf/x", "n.conf"), FAT_ERROR_DIRECTORY);
	CHECK_EQUAL(rename_to("/loader/entries", "n.conf"), FAT_ERROR_DIRECTORY);
	CHECK_EQUAL(rename_to("/HELION.BIN", "n.conf"), FAT_ERROR_MISSING); /* the volume's label */
	CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", "other-file.conf"), FAT_ERROR_EXISTS);
	CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", "OTHER-FILE.CONF"), FAT_ERROR_EXISTS);
	CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", "other-~1.con"), FAT_ERROR_EXISTS);
	CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", ""), FAT_ERROR_NAME);
	CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", "a/b"), FAT_ERROR_NAME);
	CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", ".."), FAT_ERROR_NAME);
	CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", "helion."), FAT_ERROR_NAME);
	CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", "helion:3"), FAT_ERROR_NAME);
	CHECK_EQUAL(rename_to("/../loader", "n.conf"), FAT_ERROR_NAME);
	CHECK_EQUAL(rename_to("", "n.conf"), FAT_ERROR_NAME);
	CHECK_EQUAL(writes, 0);
	CHECK_TEXT(names(entries, COUNT), "helion+3.conf:60 other-file.conf:61 ");
	/* By its short name. */
	CHECK_EQUAL(rename_to("/loader/entries/helion~1.con", "helion.conf"), FAT_OK);
	CHECK_TEXT(names(entries, COUNT), "helion.conf:60 other-file.conf:61 ");
	disk.write = NULL;
	CHECK_EQUAL(rename_to("/loader/entries/helion.conf", "h.conf"), FAT_ERROR_WRITE);
}

static void a_long_name_in_disorder_does_not_count(void)
{
	for (unsigned damage = 0; damage < 4; damage++) {
		make(12, 512, 512);
		fill(0, "helion-twenty+2-1.conf"); /* two parts */
		switch (damage) {
		case 0: entries[32 + 13] ^= 1; break;    /* another checksum */
		case 1: entries[32] = 2; break;          /* the same part twice */
		case 2: entries[0] = 0x42 | 0x20; break; /* more parts than there can be */
		default: entries[32] = 0xe5; break;      /* a part is gone */
		}
		CHECK_EQUAL(open_volume(), FAT_OK);
		CHECK_EQUAL(rename_to("/loader/entries/helion-twenty+2-1.conf", "h.conf"), FAT_ERROR_MISSING);
		CHECK_EQUAL(rename_to("/loader/entries/helion~1.con", "h.conf"), FAT_ERROR_ROOM);
		CHECK_EQUAL(rename_to("/loader/entries/other-file.conf", "o.conf"), FAT_OK);
	}
}

static void broken_chains(void)
{
	uint32_t directory;

	for (unsigned bits = 12; bits <= 32; bits += bits == 12 ? 4 : 16) {
		make(bits, 512, 512);
		fill(0, "helion+3.conf");
		directory = volume.next - 4;
		for (unsigned i = 3; i < 16 * volume.cluster_sectors; i++)
			entries[32 * i] = 0xe5;
		memset(entries, 0xe5, 512 * volume.cluster_sectors);
		CHECK_EQUAL(open_volume(), FAT_OK);
		set_cluster(directory, directory); /* a circle of free entries */
		CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", "h.conf"), FAT_ERROR_DAMAGED);
		set_cluster(directory, 1);
		CHECK_EQUAL(open_volume(), FAT_OK);
		CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", "h.conf"), FAT_ERROR_DAMAGED);
		set_cluster(directory, bits == 32 ? 0x0ffffff6 : bits == 16 ? 0xfff6 : 0xff6);
		CHECK_EQUAL(open_volume(), FAT_OK);
		CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", "h.conf"), FAT_ERROR_DAMAGED);
		set_cluster(directory, 0x0fffffff);
		CHECK_EQUAL(open_volume(), FAT_OK);
		CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", "h.conf"), FAT_ERROR_MISSING);
		unreadable = data_start();
		CHECK_EQUAL(rename_to("/loader/entries/helion+3.conf", "h.conf"), FAT_ERROR_READ);
		unreadable = 0;
		CHECK_EQUAL(open_volume(), FAT_ERROR_READ);
	}
}

static enum fat_error with_byte(unsigned offset, uint8_t value)
{
	make(12, 512, 512);
	volume.content[offset] = value;
	return open_volume();
}

static void what_is_no_file_system(void)
{
	CHECK_EQUAL(with_byte(510, 0), FAT_ERROR_NONE);
	CHECK_EQUAL(with_byte(11, 1), FAT_ERROR_NONE); /* bytes of a sector */
	CHECK_EQUAL(with_byte(12, 0), FAT_ERROR_NONE);
	CHECK_EQUAL(with_byte(12, 32), FAT_ERROR_NONE);
	CHECK_EQUAL(with_byte(13, 0), FAT_ERROR_NONE); /* sectors of a cluster */
	CHECK_EQUAL(with_byte(13, 3), FAT_ERROR_NONE);
	CHECK_EQUAL(with_byte(14, 0), FAT_ERROR_NONE); /* reserved */
	CHECK_EQUAL(with_byte(16, 0), FAT_ERROR_NONE); /* tables */
	CHECK_EQUAL(with_byte(17, 0), FAT_ERROR_NONE); /* entries of the root */
	CHECK_EQUAL(with_byte(22, 0), FAT_ERROR_NONE); /* sectors of a table */
	CHECK_EQUAL(with_byte(23, 255), FAT_ERROR_NONE);
	CHECK_EQUAL(with_byte(34, 1), FAT_ERROR_NONE); /* sectors: more than the partition has */
	make(12, 512, 512);
	store_le32(volume.content + 32, data_start());
	CHECK_EQUAL(open_volume(), FAT_ERROR_NONE);
	CHECK_EQUAL(fat_open(&disk, FIRST, 0, &fat), FAT_ERROR_NONE);
	CHECK_EQUAL(fat_open(&disk, FIRST, disk.block_count, &fat), FAT_ERROR_NONE);
	CHECK_EQUAL(fat_open(&disk, UINT64_MAX, 2, &fat), FAT_ERROR_NONE);
	make(12, 512, 512);
	disk.block_size = 4096; /* an image of a medium with smaller blocks */
	CHECK_EQUAL(fat_open(&disk, FIRST, 1, &fat), FAT_ERROR_NONE);
	make(32, 512, 512);
	store_le32(volume.content + 44, 1); /* no cluster */
	CHECK_EQUAL(open_volume(), FAT_OK);
	CHECK_EQUAL(rename_to("/a", "b"), FAT_ERROR_DAMAGED);
	make(32, 512, 512);
	volume.content[40] = 0x82; /* a third table is in use */
	CHECK_EQUAL(open_volume(), FAT_ERROR_NONE);
	CHECK_PHRASES(fat_strerror, FAT_OK, FAT_ERROR_ROOM);
}

/* The table that FAT32 says is in use, and not the first. */
static void the_second_table(void)
{
	make(32, 512, 512);
	fill(0, "helion+3.conf");
	memcpy(sector(volume.reserved + volume.table_sectors), sector(volume.reserved),
	       (size_t)volume.table_sectors * 512);
	memset(sector(volume.reserved), 1, 512);
	for (unsigned i = 0; i < 16; i++)
		entries[32 * i] = entries[32 * i] == 0 ? 0xe5 : entries[32 * i];
	volume.content[40] = 0x81;
	CHECK_EQUAL(open_volume(), FAT_OK);
	CHECK_EQUAL(rename_to("/loader/entries/none", "h.conf"), FAT_ERROR_MISSING);
	volume.content[40] = 0;
	CHECK_EQUAL(open_volume(), FAT_OK);
	CHECK_EQUAL(rename_to("/loader/entries/none", "h.conf"), FAT_ERROR_DAMAGED);
}

int main(void)
{
	RUN(all_kinds);
	RUN(a_length_that_fills_its_entries);
	RUN(no_write_loses_the_file);
	RUN(a_directory_of_many_clusters);
	RUN(wrong_names);
	RUN(a_long_name_in_disorder_does_not_count);
	RUN(broken_chains);
	RUN(what_is_no_file_system);
	RUN(the_second_table);
	free(volume.content);
	return tap_finish();
}
