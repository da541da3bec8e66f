/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GUID partition tables. (UEFI Specification 2.10, §5.3.)
 *
 * The primary table is used if its checksums are right, else the backup at the disk's end. A protective MBR is not asked
 * for: a table with two right checksums is no accident.
 */
#ifndef HELION_LIB_GPT_H
#define HELION_LIB_GPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/disk.h"

enum {
	GPT_GUID = 16,
	GPT_MAX_TABLE = 32768,                       /* bytes of entries that are read; usual are 16,384 */
	GPT_BUFFER = GPT_MAX_TABLE + DISK_MAX_BLOCK, /* bytes that gpt_open() needs */
	GPT_GUID_TEXT = 37,                          /* with a NUL */
};

enum gpt_error {
	GPT_OK = 0,
	GPT_ERROR_READ,     /* the disk cannot be read */
	GPT_ERROR_NO_TABLE, /* no signature, neither at the start nor at the end */
	GPT_ERROR_DAMAGED,  /* a signature, and a wrong checksum or a size that cannot be */
	GPT_ERROR_LARGE,    /* more entries than GPT_MAX_TABLE has room for */
};

const char *gpt_strerror(enum gpt_error error);

/* A table that was read; `entries` points into the caller's buffer. */
struct gpt {
	const uint8_t *entries;
	uint32_t count;
	uint32_t entry_size; /* bytes */
	uint64_t block_count;
};

/* GUIDs are in the order of bytes of the disk. */
struct gpt_partition {
	uint8_t type[GPT_GUID];
	uint8_t guid[GPT_GUID];
	uint64_t first;  /* block */
	uint64_t count;  /* blocks, not 0 */
	uint32_t number; /* from 1 */
};

/* Reads the table to `buffer`, of GPT_BUFFER bytes. */
enum gpt_error gpt_open(const struct disk *disk, void *buffer, struct gpt *ret);

/* Entry number `index` of the table, from 0; false if it is not in use, or names blocks that the disk does not have. */
bool gpt_partition(const struct gpt *gpt, uint32_t index, struct gpt_partition *ret);

/* The first partition with this type, or with this GUID; false if there is none. */
bool gpt_find_type(const struct gpt *gpt, const uint8_t type[GPT_GUID], struct gpt_partition *ret);
bool gpt_find_guid(const struct gpt *gpt, const uint8_t guid[GPT_GUID], struct gpt_partition *ret);

/* "8e1d0c51-7d8b-4e0e-9c4b-45535048454c", in lower case; and back, from exactly such a text in either case. */
void gpt_guid_to_text(const uint8_t guid[GPT_GUID], char text[GPT_GUID_TEXT]);
bool gpt_guid_from_text(const char *text, size_t length, uint8_t ret[GPT_GUID]);

#endif
