/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FAT12, FAT16 and FAT32 with long names, as far as it takes to give a file another name: what marks a counted boot entry as good.
 * (Microsoft, FAT: General Overview of On-Disk Format, version 1.03.)
 *
 * Nothing is allocated on the volume and no file's content is touched. Everything that is read may be damaged: chains that
 * run in a circle, clusters that do not exist and names in pieces end in an error or are passed over.
 */
#ifndef HELION_LIB_FAT_H
#define HELION_LIB_FAT_H

#include <stdint.h>

#include "lib/disk.h"
#include "lib/slice.h"

enum fat_error {
	FAT_OK = 0,
	FAT_ERROR_READ,
	FAT_ERROR_WRITE,
	FAT_ERROR_NONE,      /* no FAT file system */
	FAT_ERROR_DAMAGED,   /* a directory's chain of clusters is broken, or has no end */
	FAT_ERROR_MISSING,   /* no such file or directory */
	FAT_ERROR_DIRECTORY, /* a file where a directory should be, or the other way round */
	FAT_ERROR_EXISTS,    /* there is a file of the new name */
	FAT_ERROR_NAME,      /* no path, or no name, that FAT can have */
	FAT_ERROR_ROOM,      /* the new name needs more of the directory than the old one had */
};

const char *fat_strerror(enum fat_error error);

struct fat {
	const struct disk *disk;
	uint64_t first;       /* block of the disk */
	uint32_t sector_size; /* bytes, a multiple of the disk's blocks */
	uint32_t blocks_per_sector;
	uint32_t cluster_sectors;
	uint32_t table_start;              /* sectors from the volume's start */
	uint32_t root_start, root_sectors; /* of FAT12 and FAT16; FAT32: 0, and */
	uint32_t root_cluster;
	uint32_t data_start; /* of cluster 2 */
	uint32_t cluster_count;
	uint32_t bits;         /* of an entry of the table: 12, 16, 32 */
	uint32_t table_sector; /* in `table`; 0: none yet */
	uint8_t table[DISK_MAX_BLOCK];
	uint8_t sector[DISK_MAX_BLOCK];
};

/* Opens the file system in `count` blocks from `first` on, which the disk has. */
enum fat_error fat_open(const struct disk *disk, uint64_t first, uint64_t count, struct fat *ret);

/*
 * Gives the file at `path` ('/'-separated UTF-8, names without regard to the case of ASCII letters) another name in the same
 * directory. The new name must not need more entries of the directory (13 characters each) than the old one had.
 *
 * The file's own entry, with its short name, stays as it is. If all that makes up the new name lies in one sector of the disk,
 * as it nearly always does, there is no moment at which a loss of power leaves the file without one of its two names.
 * Everything is on the medium when this returns.
 */
enum fat_error fat_rename(struct fat *fat, struct slice path, struct slice name);

#endif
