/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cpio archives in the "newc" format (magic 070701), the format of initramfs images.
 * (Linux Documentation/driver-api/early-userspace/buffer-format.rst.)
 *
 * A buffer may hold several archives one after another with any amount of zero bytes between and after them. Nothing is
 * copied: names and data point into the archive. Every archive must end with its TRAILER!!! record, so a truncated
 * file is always noticed.
 */
#ifndef HELION_LIB_CPIO_H
#define HELION_LIB_CPIO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/slice.h"

enum {
	CPIO_MAX_NAME = 4096, /* bytes of a name with its NUL */
};

/* The file type in cpio_entry.mode (POSIX values). */
enum {
	CPIO_MODE_TYPE = 0170000,
	CPIO_MODE_DIRECTORY = 0040000,
	CPIO_MODE_FILE = 0100000,
	CPIO_MODE_SYMLINK = 0120000,
};

enum cpio_error {
	CPIO_OK = 0,
	CPIO_END,              /* no further entry; every archive was complete */
	CPIO_ERROR_TRUNCATED,  /* ends inside a record or before TRAILER!!! (an empty buffer does) */
	CPIO_ERROR_MAGIC,      /* not a newc record, or rubbish between archives */
	CPIO_ERROR_FORMAT,     /* another cpio format: old binary, odc, or newc with checksums */
	CPIO_ERROR_COMPRESSED, /* looks like gzip, xz, zstd, lz4, bzip2 or lzma */
	CPIO_ERROR_HEX,        /* a header field is not hexadecimal */
	CPIO_ERROR_NAME,       /* empty, longer than CPIO_MAX_NAME, without NUL at its end or with one inside */
	CPIO_ERROR_NOT_FOUND,  /* cpio_find: no entry of this name */
};

struct cpio_entry {
	struct slice
		name;     /* normalised: without leading "/" and "./"; the root directory is empty. A NUL follows it. */
	const void *data; /* `size` bytes; of a symbolic link: its target */
	size_t size;
	uint64_t offset; /* of the record's header in the buffer, for messages */
	uint32_t mode;   /* type and permissions, as in stat */
	uint32_t inode;  /* of hard links (links > 1) all but the last record have size 0 */
	uint32_t links;
	uint32_t uid, gid;
	uint32_t mtime;                      /* seconds since 1970 */
	uint32_t device_major, device_minor; /* for character and block devices */
};

struct cpio_iterator {
	const uint8_t *archive;
	size_t size;
	size_t offset; /* of the next record */
	size_t base;   /* of the current archive: alignment counts from here */
	bool inside;   /* records of the current archive are outstanding */
	bool any;      /* at least one archive was complete */
};

const char *cpio_strerror(enum cpio_error error);

/* Starts at the first record. The buffer may have any alignment and is not touched. */
void cpio_begin(struct cpio_iterator *iterator, const void *archive, size_t size);

/*
 * Fetches the next entry. CPIO_END after the last one; after an error the iterator stays where it is
 * (iterator->offset tells where) and returns the same error again.
 */
enum cpio_error cpio_next(struct cpio_iterator *iterator, struct cpio_entry *ret);

/*
 * Finds an entry by name; leading "/" and "./" of `path` do not count. If several have the name the last one counts, as
 * it would after unpacking; so the whole archive is checked and an error anywhere is reported.
 */
enum cpio_error cpio_find(const void *archive, size_t size, const char *path, struct cpio_entry *ret);

/* Cuts leading "/" and "./" off; "." becomes empty. */
struct slice cpio_normalise(struct slice path);

#endif
