/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files on a volume (volume.h; UEFI 2.10 §13.5), or on the server (network.h), which nothing but the code behind this header
 * has to know.
 */
#ifndef BOOTLOADER_FILE_H
#define BOOTLOADER_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "bootloader/efi.h"
#include "lib/bootentry.h"
#include "lib/slice.h"

enum {
	FILE_MAX_PATH = 512,                /* UCS-2 units, with the NUL */
	FILE_MAX_NAME = BOOTENTRY_MAX_NAME, /* bytes of a name in a directory */
};

struct file {
	EFI_FILE_PROTOCOL *root; /* of its volume, to open it again */
	EFI_FILE_PROTOCOL *handle;
	uint64_t size;          /* bytes */
	const uint8_t *content; /* all of it, after file_hold() or file_unpack(), in a block of its own; else NULL */
	bool small_reads;       /* a large read failed once: read in small pieces from now on */
	CHAR16 path[FILE_MAX_PATH];
	struct slice name; /* the path as it was given, for messages; the caller's */
};

/*
 * Opens a file by a path as written in a boot entry ('/'-separated, relative to the
 * volume's root). Prints an error that names the path. The result is closed by file_close().
 */
EFI_STATUS file_open(EFI_FILE_PROTOCOL *root, struct slice path, struct file *ret);

/* The same, without a message if there is no such file (EFI_NOT_FOUND). */
EFI_STATUS file_open_optional(EFI_FILE_PROTOCOL *root, struct slice path, struct file *ret);

/* Also frees its content, unless file_read_whole() has taken that. */
void file_close(struct file *file);

/*
 * Reads exactly `size` bytes at `offset` straight to `buffer`. Prints an error that
 * names the file; EFI_END_OF_FILE when the file is shorter than it said.
 */
EFI_STATUS file_read(struct file *file, uint64_t offset, void *buffer, uint64_t size);

/*
 * Reads the whole file into memory of the loader's own, from which file_read() then takes it: what was checked there
 * is what is used. Does nothing if that was done. Prints errors.
 */
EFI_STATUS file_hold(struct file *file);

/*
 * unpack.c: if the file is compressed, by gzip or zstd, decodes it: size and content are then what comes out, and
 * file_read() takes it from there. Prints errors.
 */
EFI_STATUS file_unpack(struct file *file);

/*
 * Reads an open file whole into pages of its own of this HELION_MEM_* type (what was held or unpacked is not copied
 * again: the file has no content of its own then) and zeroes the rest of the last page. An empty file is an error. Prints
 * errors.
 */
EFI_STATUS file_read_whole(struct file *file, uint32_t type, uint64_t *ret_base);

/* The three together: opens a file, decodes it if it is compressed, reads it whole and closes it. */
EFI_STATUS file_load(EFI_FILE_PROTOCOL *root, struct slice path, uint32_t type, uint64_t *ret_base, uint64_t *ret_size);

/*
 * Gives a file another name (UTF-8) in the same directory. Prints nothing. EFI_WRITE_PROTECTED and others: also a
 * firmware that cannot rename, as U-Boot before 2025.01.
 */
EFI_STATUS file_rename(EFI_FILE_PROTOCOL *root, struct slice path, const char *name);

/* Opens a directory by a path as of a file. Prints errors, unless there is no such directory (EFI_NOT_FOUND). */
EFI_STATUS directory_open(EFI_FILE_PROTOCOL *root, const char *path, EFI_FILE_PROTOCOL **ret_directory);

/*
 * The name of the next regular file of a directory, UTF-8 with a NUL; its length, and 0 at the end. One that does not fit or is not
 * Unicode is passed over with a warning, which names `path`. EFI_BUFFER_TOO_SMALL for more than 255 characters; errors are
 * the caller's to print.
 */
EFI_STATUS directory_next(EFI_FILE_PROTOCOL *directory, const char *path, char name[FILE_MAX_NAME + 1],
			  size_t *ret_length);

#endif
