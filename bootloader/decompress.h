/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoding of gzip (RFC 1952) and zstd (RFC 8878) in memory, by zlib's inflate and libzstd's decoder. No firmware
 * calls: it also builds on the host. Not reentrant, as both decoders share one static work area.
 */
#ifndef BOOTLOADER_DECOMPRESS_H
#define BOOTLOADER_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum decompress_format {
	DECOMPRESS_NONE,
	DECOMPRESS_GZIP,
	DECOMPRESS_ZSTD,
};

enum decompress_error {
	DECOMPRESS_OK,
	DECOMPRESS_ERROR_TRUNCATED,   /* the input ends in the middle */
	DECOMPRESS_ERROR_CORRUPT,     /* it is not what its first bytes promise, or something else follows it */
	DECOMPRESS_ERROR_CHECKSUM,    /* what came out is not what went in */
	DECOMPRESS_ERROR_UNSUPPORTED, /* needs a dictionary */
	DECOMPRESS_ERROR_TOO_LARGE,   /* more than output.limit bytes come out */
	DECOMPRESS_ERROR_NO_MEMORY,   /* output.reserve() has failed */
};

/* Bytes that decompress_format() needs. */
#define DECOMPRESS_HEAD 4

/* What the first bytes of a file say. Neither magic number can begin a kernel, a cpio archive or an EFI image. */
enum decompress_format decompress_format(const uint8_t head[DECOMPRESS_HEAD]);
const char *decompress_format_name(enum decompress_format format);

/* Where to decode to. The caller fills in reserve, ctx and limit and frees data, after errors too. */
struct decompress_output {
	uint8_t *data;     /* NULL before the first reserve() */
	uint64_t capacity; /* bytes there is room for */
	uint64_t size;     /* bytes that were decoded */
	uint64_t limit;    /* of size */
	/* Makes room for at least so many bytes and sets data and capacity; the first `size` bytes stay. False: cannot. */
	bool (*reserve)(struct decompress_output *output, uint64_t capacity);
	void *ctx; /* of reserve() */
};

/*
 * Decodes the whole input: one stream or several, one after another; of gzip also followed by zeros. Room is asked for
 * once where the input says truly how much comes out, as files that these programs write do.
 */
enum decompress_error decompress(enum decompress_format format, const void *input, size_t size,
				 struct decompress_output *output);

/* An error as a phrase. */
const char *decompress_strerror(enum decompress_error error);

#endif
