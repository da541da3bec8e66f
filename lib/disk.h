/* SPDX-License-Identifier: BSD-2-Clause */
/* A disk as the code that reads partition tables and file systems sees it: numbered blocks, and whoever can move them. */
#ifndef HELION_LIB_DISK_H
#define HELION_LIB_DISK_H

#include <stdbool.h>
#include <stdint.h>

enum {
	DISK_MIN_BLOCK = 512,
	DISK_MAX_BLOCK = 4096,
};

struct disk {
	uint32_t block_size;  /* bytes, a power of two from DISK_MIN_BLOCK to DISK_MAX_BLOCK */
	uint64_t block_count; /* of the whole disk */
	void *context;        /* of the functions */

	/* `count` blocks from number `first` on; the caller has checked that they exist. False if it failed. */
	bool (*read)(void *context, uint64_t first, uint32_t count, void *buffer);
	/* The same, and null for a disk that is only read. What was written is on the medium after flush(). */
	bool (*write)(void *context, uint64_t first, uint32_t count, const void *buffer);
	bool (*flush)(void *context);
};

#endif
