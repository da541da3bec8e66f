/* SPDX-License-Identifier: BSD-2-Clause */
/* See fat.h. */
#include "lib/fat.h"

#include "lib/bootentry.h"
#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/string.h"

enum {
	ENTRY_SIZE = 32,
	MAX_ENTRIES = 65536, /* of a directory */
	MAX_PATH = 512,
	MAX_NAME = 255, /* characters */
	PER_ENTRY = 13, /* characters of a long name in one entry */
	MAX_PARTS = (MAX_NAME + PER_ENTRY - 1) / PER_ENTRY,

	/* An entry: overview, "FAT Directory Structure". */
	AT_ATTRIBUTES = 11,
	AT_CLUSTER_HIGH = 20,
	AT_CLUSTER_LOW = 26,
	ATTRIBUTE_VOLUME = 0x08,
	ATTRIBUTE_DIRECTORY = 0x10,
	ATTRIBUTE_LONG = 0x0f,
	ATTRIBUTE_MASK = 0x3f,
	IS_END = 0x00, /* first byte */
	IS_FREE = 0xe5,
	/* An entry of a long name: "FAT Long Directory Entries". */
	AT_CHECKSUM = 13,
	LAST_PART = 0x40, /* in the first byte, with the part's number */
};

/* Where the characters of a part lie. */
static const uint8_t part_at[PER_ENTRY] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};

const char *fat_strerror(enum fat_error error)
{
	switch (error) {
	case FAT_OK: return "no error";
	case FAT_ERROR_READ: return "the disk cannot be read";
	case FAT_ERROR_WRITE: return "the disk cannot be written";
	case FAT_ERROR_NONE: return "no FAT file system";
	case FAT_ERROR_DAMAGED: return "the file system is damaged";
	case FAT_ERROR_MISSING: return "there is no such file";
	case FAT_ERROR_DIRECTORY: return "a file should be a directory, or a directory a file";
	case FAT_ERROR_EXISTS: return "there is a file of that name";
	case FAT_ERROR_NAME: return "no name that a file can have";
	case FAT_ERROR_ROOM: return "the new name is too long for the place of the old one";
	default: return "unknown error";
	}
}

/* ---- Sectors and clusters ---------------------------------------------------------------------------------------- */

static bool read_sector(const struct fat *fat, uint32_t sector, uint8_t *buffer)
{
	return fat->disk->read(fat->disk->context, fat->first + (uint64_t)sector * fat->blocks_per_sector,
			       fat->blocks_per_sector, buffer);
}

static bool write_sector(const struct fat *fat, uint32_t sector, const uint8_t *buffer)
{
	return fat->disk->write &&
	       fat->disk->write(fat->disk->context, fat->first + (uint64_t)sector * fat->blocks_per_sector,
				fat->blocks_per_sector, buffer);
}

/* What the boot sector says, checked. Overview, "Boot Sector and BPB". */
static enum fat_error read_layout(struct fat *fat, const uint8_t *boot, uint64_t bytes)
{
	uint32_t reserved = load_le16(boot + 14), tables = boot[16], root_entries = load_le16(boot + 17);
	uint32_t sectors = load_le16(boot + 19), table_sectors = load_le16(boot + 22);
	uint64_t start, needed;

	fat->sector_size = load_le16(boot + 11);
	fat->cluster_sectors = boot[13];
	if (load_le16(boot + 510) != 0xaa55 || fat->sector_size < fat->disk->block_size ||
	    fat->sector_size > DISK_MAX_BLOCK || (fat->sector_size & (fat->sector_size - 1)) != 0 ||
	    fat->cluster_sectors == 0 || (fat->cluster_sectors & (fat->cluster_sectors - 1)) != 0 || reserved == 0 ||
	    tables == 0)
		return FAT_ERROR_NONE;
	if (sectors == 0)
		sectors = load_le32(boot + 32);
	if (table_sectors == 0)
		table_sectors = load_le32(boot + 36);
	fat->blocks_per_sector = fat->sector_size / fat->disk->block_size;
	fat->table_start = reserved;
	fat->root_sectors = (root_entries * ENTRY_SIZE + fat->sector_size - 1) / fat->sector_size;
	start = reserved + (uint64_t)tables * table_sectors;
	if (table_sectors == 0 || start + fat->root_sectors >= sectors || (uint64_t)sectors * fat->sector_size > bytes)
		return FAT_ERROR_NONE;
	fat->root_start = (uint32_t)start;
	fat->data_start = fat->root_start + fat->root_sectors;
	fat->cluster_count = (sectors - fat->data_start) / fat->cluster_sectors;
	/* A size of the tables that only FAT32 has says so; the number of clusters alone would be wrong for small volumes that were
	 * made FAT32 on purpose. */
	fat->bits = load_le16(boot + 22) == 0 ? 32 : fat->cluster_count < 4085 ? 12 : 16;
	fat->root_cluster = fat->bits == 32 ? load_le32(boot + 44) : 0;
	needed = ((uint64_t)fat->cluster_count + 2) * fat->bits;
	if (needed > (uint64_t)table_sectors * fat->sector_size * 8 || (fat->bits == 32) != (root_entries == 0))
		return FAT_ERROR_NONE;
	/* Which of several tables is in use; the others need not be right. Overview, BPB_ExtFlags. */
	if (fat->bits == 32 && (load_le16(boot + 40) & 0x80)) {
		if ((load_le16(boot + 40) & 15u) >= tables)
			return FAT_ERROR_NONE;
		fat->table_start += (load_le16(boot + 40) & 15u) * table_sectors;
	}
	return FAT_OK;
}

enum fat_error fat_open(const struct disk *disk, uint64_t first, uint64_t count, struct fat *ret)
{
	uint64_t bytes;

	memset(ret, 0, sizeof(*ret));
	ret->disk = disk;
	ret->first = first;
	if (!range_fits(disk->block_count, first, count) || !checked_mul_u64(count, disk->block_size, &bytes) ||
	    count == 0)
		return FAT_ERROR_NONE;
	if (!disk->read(disk->context, first, 1, ret->sector))
		return FAT_ERROR_READ;
	return read_layout(ret, ret->sector, bytes);
}

static bool is_cluster(const struct fat *fat, uint32_t cluster)
{
	return cluster >= 2 && cluster - 2 < fat->cluster_count;
}

/* A byte of the table. */
static bool table_byte(struct fat *fat, uint64_t offset, uint8_t *ret)
{
	uint32_t sector = fat->table_start + (uint32_t)(offset / fat->sector_size);

	if (sector != fat->table_sector) {
		fat->table_sector = 0;
		if (!read_sector(fat, sector, fat->table))
			return false;
		fat->table_sector = sector;
	}
	*ret = fat->table[offset % fat->sector_size];
	return true;
}

/* The cluster behind another; *ret is 0 at the end of the chain. */
static enum fat_error next_cluster(struct fat *fat, uint32_t cluster, uint32_t *ret)
{
	uint64_t offset = (uint64_t)cluster * fat->bits / 8;
	uint32_t bytes = fat->bits == 32 ? 4 : 2, value = 0, end;

	for (uint32_t i = 0; i < bytes; i++) {
		uint8_t byte;

		if (!table_byte(fat, offset + i, &byte))
			return FAT_ERROR_READ;
		value |= (uint32_t)byte << (8 * i);
	}
	if (fat->bits == 12)
		value = cluster & 1 ? value >> 4 : value & 0xfff;
	value &= 0x0fffffff;
	end = fat->bits == 12 ? 0xff8 : fat->bits == 16 ? 0xfff8 : 0x0ffffff8;
	if (value < end && !is_cluster(fat, value))
		return FAT_ERROR_DAMAGED;
	*ret = value < end ? value : 0;
	return FAT_OK;
}

/* ---- Directories ------------------------------------------------------------------------------------------------- */

/* A place in a directory: an entry, and the sector that it is in. */
struct place {
	uint32_t sector;
	uint32_t offset; /* bytes in it */
};

/* Goes through the entries of a directory. The sector of the last one is in fat->sector. */
struct walk {
	uint32_t cluster; /* 0: the root of FAT12 and FAT16 */
	uint32_t left;    /* sectors of the cluster, or of the root, behind this one */
	uint32_t count;   /* entries that were passed */
	struct place place;
};

/* cluster 0: the root. The first step goes to the first entry. */
static enum fat_error walk_begin(const struct fat *fat, uint32_t cluster, struct walk *ret)
{
	if (cluster == 0)
		cluster = fat->root_cluster;
	if (cluster != 0 && !is_cluster(fat, cluster))
		return FAT_ERROR_DAMAGED;
	*ret = (struct walk){.cluster = cluster};
	if (cluster == 0) {
		ret->left = fat->root_sectors;
		ret->place.sector = fat->root_start - 1;
	} else {
		ret->left = fat->cluster_sectors;
		ret->place.sector = fat->data_start + (cluster - 2) * fat->cluster_sectors - 1;
	}
	ret->place.offset = fat->sector_size; /* the end of what is before */
	return FAT_OK;
}

/* The next entry; *ret is null at the directory's end. */
static enum fat_error walk_next(struct fat *fat, struct walk *walk, const uint8_t **ret)
{
	enum fat_error error;

	*ret = NULL;
	if (walk->count++ == MAX_ENTRIES)
		return FAT_ERROR_DAMAGED; /* no directory has more: a circle */
	if (walk->place.offset == fat->sector_size) {
		if (walk->left == 0) {
			if (walk->cluster == 0)
				return FAT_OK;
			error = next_cluster(fat, walk->cluster, &walk->cluster);
			if (error != FAT_OK || walk->cluster == 0)
				return error;
			walk->left = fat->cluster_sectors;
			walk->place.sector = fat->data_start + (walk->cluster - 2) * fat->cluster_sectors - 1;
		}
		walk->left--;
		walk->place.sector++;
		walk->place.offset = 0;
		if (!read_sector(fat, walk->place.sector, fat->sector))
			return FAT_ERROR_READ;
	}
	*ret = fat->sector + walk->place.offset;
	walk->place.offset += ENTRY_SIZE;
	if (**ret == IS_END)
		*ret = NULL;
	return FAT_OK;
}

/* A name in UCS-2, and how much of a directory it takes up. */
struct name {
	const uint16_t *text;
	size_t length;
};

static size_t parts_of(size_t length)
{
	return (length + PER_ENTRY - 1) / PER_ENTRY;
}

static uint16_t fold(uint16_t c)
{
	return c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c;
}

static bool same(const uint16_t *text, size_t length, struct name name)
{
	if (length != name.length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (fold(text[i]) != fold(name.text[i]))
			return false;
	return true;
}

static uint8_t checksum_of(const uint8_t *entry)
{
	uint8_t sum = 0;

	for (int i = 0; i < 11; i++)
		sum = (uint8_t)((sum << 7 | sum >> 1) + entry[i]);
	return sum;
}

/* "NAME.EXT" of a file's own entry. */
static size_t short_name(const uint8_t *entry, uint16_t text[12])
{
	size_t length = 0, end = 8;

	while (end > 0 && entry[end - 1] == ' ')
		end--;
	for (size_t i = 0; i < end; i++)
		text[length++] = i == 0 && entry[0] == 0x05 ? 0xe5 : entry[i];
	for (end = 11; end > 8 && entry[end - 1] == ' ';)
		end--;
	if (end > 8)
		text[length++] = '.';
	for (size_t i = 8; i < end; i++)
		text[length++] = entry[i];
	return length;
}

/* A file as its directory has it: the entries of its long name, of which the first has the name's end, and its own. */
struct found {
	struct place places[MAX_PARTS + 1];
	size_t parts; /* of the long name; 0: it has none */
	uint8_t entry[ENTRY_SIZE];
};

/* A long name that is being put together. */
struct pieces {
	uint16_t text[MAX_PARTS * PER_ENTRY];
	size_t parts;    /* that it has; 0: there is none, or it is in disorder */
	size_t expected; /* number of the next part; 0: complete */
	uint8_t checksum;
	struct place places[MAX_PARTS];
};

static void take_piece(struct pieces *pieces, const uint8_t *entry, struct place place)
{
	size_t number = entry[0] & (LAST_PART - 1u);

	if (entry[0] & LAST_PART) {
		pieces->parts = number <= MAX_PARTS ? number : 0;
		pieces->expected = pieces->parts;
		pieces->checksum = entry[AT_CHECKSUM];
	}
	if (number == 0 || number != pieces->expected || entry[AT_CHECKSUM] != pieces->checksum) {
		pieces->parts = 0;
		pieces->expected = 0;
		return;
	}
	pieces->places[pieces->parts - number] = place;
	for (size_t i = 0; i < PER_ENTRY; i++)
		pieces->text[(number - 1) * PER_ENTRY + i] = load_le16(entry + part_at[i]);
	pieces->expected--;
}

static size_t length_of(const struct pieces *pieces)
{
	size_t length = 0;

	while (length < pieces->parts * PER_ENTRY && pieces->text[length] != 0)
		length++;
	return length;
}

/* Whether the entry, with the long name before it, is the file of this name. */
static bool is_named(const uint8_t *entry, struct pieces *pieces, struct name name)
{
	uint16_t text[12];

	if (pieces->expected != 0 || pieces->checksum != checksum_of(entry))
		pieces->parts = 0;
	return (pieces->parts != 0 && same(pieces->text, length_of(pieces), name)) ||
	       same(text, short_name(entry, text), name);
}

/* Looks for a name in the directory that begins at a cluster. */
static enum fat_error find(struct fat *fat, uint32_t cluster, struct name name, struct found *ret)
{
	struct pieces pieces = {0};
	const uint8_t *entry;
	struct walk walk;
	enum fat_error error = walk_begin(fat, cluster, &walk);

	while (error == FAT_OK) {
		struct place place;

		error = walk_next(fat, &walk, &entry);
		if (error != FAT_OK || !entry)
			break;
		place = (struct place){walk.place.sector, walk.place.offset - ENTRY_SIZE};
		if (entry[0] != IS_FREE && (entry[AT_ATTRIBUTES] & ATTRIBUTE_MASK) == ATTRIBUTE_LONG) {
			take_piece(&pieces, entry, place);
			continue;
		}
		if (entry[0] != IS_FREE && !(entry[AT_ATTRIBUTES] & ATTRIBUTE_VOLUME) &&
		    is_named(entry, &pieces, name)) {
			ret->parts = pieces.parts;
			memcpy(ret->places, pieces.places, pieces.parts * sizeof(ret->places[0]));
			ret->places[pieces.parts] = place;
			memcpy(ret->entry, entry, ENTRY_SIZE);
			return FAT_OK;
		}
		pieces.parts = pieces.expected = 0;
	}
	return error != FAT_OK ? error : FAT_ERROR_MISSING;
}

/* ---- Another name ------------------------------------------------------------------------------------------------ */

/* What an entry of the old name becomes: part `number` of the new one, from 1, or free (0). */
static void put_piece(uint8_t *entry, struct name name, size_t number, uint8_t checksum)
{
	if (number == 0) {
		entry[0] = IS_FREE;
		return;
	}
	memset(entry, 0, ENTRY_SIZE);
	entry[0] = (uint8_t)(number | (number == parts_of(name.length) ? LAST_PART : 0));
	entry[AT_ATTRIBUTES] = ATTRIBUTE_LONG;
	entry[AT_CHECKSUM] = checksum;
	for (size_t i = 0; i < PER_ENTRY; i++) {
		size_t at = (number - 1) * PER_ENTRY + i;
		uint16_t c = at < name.length ? name.text[at] : at == name.length ? 0 : 0xffff;

		entry[part_at[i]] = (uint8_t)c;
		entry[part_at[i] + 1] = (uint8_t)(c >> 8);
	}
}

/*
 * The parts that stay are those before the file's own entry. Sector by sector from there to the front: once the first is
 * written, which usually has all of the new name, what is left of the old one belongs to nothing.
 */
static enum fat_error write_name(struct fat *fat, const struct found *file, struct name name)
{
	size_t parts = parts_of(name.length), i = file->parts;

	while (i > 0) {
		uint32_t sector = file->places[i - 1].sector;

		if (!read_sector(fat, sector, fat->sector))
			return FAT_ERROR_READ;
		for (; i > 0 && file->places[i - 1].sector == sector; i--) {
			size_t number = file->parts - i + 1;

			put_piece(fat->sector + file->places[i - 1].offset, name, number <= parts ? number : 0,
				  checksum_of(file->entry));
		}
		if (!write_sector(fat, sector, fat->sector))
			return FAT_ERROR_WRITE;
	}
	return fat->disk->flush && fat->disk->flush(fat->disk->context) ? FAT_OK : FAT_ERROR_WRITE;
}

/* A name alone: what bootentry_path_to_ucs2() makes of it has a '\' at its start and no other. */
static bool read_name(struct slice name, uint16_t text[MAX_PATH], struct name *ret)
{
	size_t length;

	if (bootentry_path_to_ucs2(name, text, MAX_PATH, &length) != BOOTENTRY_OK || length - 1 > MAX_NAME ||
	    text[length - 1] == '.' || text[length - 1] == ' ')
		return false;
	*ret = (struct name){text + 1, length - 1};
	for (size_t i = 0; i < ret->length; i++)
		if (ret->text[i] == '\\')
			return false;
	return true;
}

/* The directory that a path ends in, and the name there. `text` is the path, with a '\' before each name. */
static enum fat_error find_directory(struct fat *fat, const uint16_t *text, size_t length, uint32_t *ret_cluster,
				     struct name *ret_name)
{
	static struct found found;
	enum fat_error error;
	size_t at = 1, end;

	*ret_cluster = 0;
	for (;;) {
		for (end = at; end < length && text[end] != '\\'; end++)
			;
		*ret_name = (struct name){text + at, end - at};
		if (end == length)
			return FAT_OK;
		error = find(fat, *ret_cluster, *ret_name, &found);
		if (error != FAT_OK)
			return error;
		if (!(found.entry[AT_ATTRIBUTES] & ATTRIBUTE_DIRECTORY))
			return FAT_ERROR_DIRECTORY;
		*ret_cluster = load_le16(found.entry + AT_CLUSTER_LOW);
		if (fat->bits == 32)
			*ret_cluster |= (uint32_t)load_le16(found.entry + AT_CLUSTER_HIGH) << 16;
		at = end + 1;
	}
}

enum fat_error fat_rename(struct fat *fat, struct slice path, struct slice name)
{
	uint16_t from[MAX_PATH], to[MAX_PATH];
	static struct found file, other;
	struct name old, new;
	enum fat_error error;
	uint32_t directory;
	size_t length;

	if (bootentry_path_to_ucs2(path, from, MAX_PATH, &length) != BOOTENTRY_OK || !read_name(name, to, &new))
		return FAT_ERROR_NAME;
	error = find_directory(fat, from, length, &directory, &old);
	if (error == FAT_OK)
		error = find(fat, directory, old, &file);
	if (error != FAT_OK)
		return error;
	if (file.entry[AT_ATTRIBUTES] & ATTRIBUTE_DIRECTORY)
		return FAT_ERROR_DIRECTORY;
	error = find(fat, directory, new, &other);
	if (error != FAT_ERROR_MISSING)
		return error == FAT_OK ? FAT_ERROR_EXISTS : error;
	if (parts_of(new.length) > file.parts)
		return FAT_ERROR_ROOM;
	return write_name(fat, &file, new);
}
