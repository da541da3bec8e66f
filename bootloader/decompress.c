/* SPDX-License-Identifier: BSD-2-Clause */
/* See decompress.h. */
#include "bootloader/decompress.h"

/* Both have to be compiled as the libraries are: see mk/rules.mk. */
#define Z_SOLO                   1
#define ZLIB_CONST               1
#define ZSTD_STATIC_LINKING_ONLY 1
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "lib/bytes.h"
#include "lib/string.h"

enum {
	WORK_SIZE = 256 * 1024, /* zlib needs 40 KiB, libzstd 160 KiB */
	GZIP_TRAILER = 8,       /* CRC and size */
	GZIP_RATIO = 1032,      /* deflate cannot do better */
	GZIP_LEAST = 64 * 1024, /* first guess at what a small input becomes */
	/* What zlib is given and asked for at once: it counts in 32 bits. */
	PIECE = 1 << 30,
};

static uint64_t work[WORK_SIZE / sizeof(uint64_t)];

enum decompress_format decompress_format(const uint8_t head[DECOMPRESS_HEAD])
{
	if (head[0] == 0x1f && head[1] == 0x8b && head[2] == 8)
		return DECOMPRESS_GZIP;
	return load_le32(head) == ZSTD_MAGICNUMBER ? DECOMPRESS_ZSTD : DECOMPRESS_NONE;
}

const char *decompress_format_name(enum decompress_format format)
{
	static const char *const names[] = {"no compression", "gzip", "zstd"};

	return names[format];
}

const char *decompress_strerror(enum decompress_error error)
{
	switch (error) {
	case DECOMPRESS_OK: return "no error";
	case DECOMPRESS_ERROR_TRUNCATED: return "it ends too early";
	case DECOMPRESS_ERROR_CORRUPT: return "it is damaged";
	case DECOMPRESS_ERROR_CHECKSUM: return "its checksum is wrong";
	case DECOMPRESS_ERROR_UNSUPPORTED: return "it needs a dictionary";
	case DECOMPRESS_ERROR_TOO_LARGE: return "its content is too large";
	case DECOMPRESS_ERROR_NO_MEMORY: return "not enough memory for its content";
	default: return "unknown error";
	}
}

/* ---- gzip -------------------------------------------------------------------------------------------------------- */

/* Memory for zlib, taken from the work area and never given back before the next input. */
static voidpf take(voidpf opaque, uInt items, uInt size)
{
	size_t *used = opaque, bytes = ((size_t)items * size + 15) & ~(size_t)15;
	uint8_t *piece = (uint8_t *)work + *used;

	if (bytes > sizeof(work) - *used)
		return NULL;
	*used += bytes;
	return piece;
}

static void give_back(voidpf opaque, voidpf piece)
{
	(void)opaque, (void)piece;
}

/* The last four bytes say how much comes out, if there is one stream of less than 4 GiB; more than possible is a lie. */
static uint64_t gzip_guess(const uint8_t *input, size_t size)
{
	uint64_t most = (uint64_t)size * GZIP_RATIO, stated = 0;

	if (size > GZIP_TRAILER)
		stated = load_le32(input + size - 4);
	if (stated && stated <= most)
		return stated;
	return 4 * (uint64_t)size > GZIP_LEAST ? 4 * (uint64_t)size : GZIP_LEAST;
}

static enum decompress_error grow(struct decompress_output *output, uint64_t wanted)
{
	if (output->capacity >= output->limit)
		return DECOMPRESS_ERROR_TOO_LARGE;
	if (wanted > output->limit)
		wanted = output->limit;
	return output->reserve(output, wanted) ? DECOMPRESS_OK : DECOMPRESS_ERROR_NO_MEMORY;
}

/* Whether a byte of output is still to come can only be told with room for one. */
static enum decompress_error gzip_error(int error, const z_stream *stream)
{
	if (error == Z_NEED_DICT)
		return DECOMPRESS_ERROR_UNSUPPORTED;
	if (error == Z_MEM_ERROR)
		return DECOMPRESS_ERROR_NO_MEMORY;
	if (stream->msg && strcmp(stream->msg, "incorrect data check") == 0)
		return DECOMPRESS_ERROR_CHECKSUM;
	return DECOMPRESS_ERROR_CORRUPT;
}

/* What follows a stream: nothing, zeros, or another stream, which is what *ret says. */
static enum decompress_error gzip_next(const uint8_t *rest, size_t size, bool *ret_has_next)
{
	*ret_has_next = size >= DECOMPRESS_HEAD && decompress_format(rest) == DECOMPRESS_GZIP;
	for (size_t i = 0; !*ret_has_next && i < size; i++)
		if (rest[i])
			return DECOMPRESS_ERROR_CORRUPT;
	return DECOMPRESS_OK;
}

static enum decompress_error inflate_all(z_stream *stream, const uint8_t *input, size_t size,
					 struct decompress_output *output)
{
	const uint8_t *end = input + size;
	enum decompress_error error = grow(output, gzip_guess(input, size));
	bool has_next;

	stream->next_in = input;
	while (error == DECOMPRESS_OK) {
		size_t left = (size_t)(end - stream->next_in);
		uint64_t room = output->capacity - output->size;
		int result;

		stream->avail_in = left < PIECE ? (uInt)left : PIECE;
		stream->avail_out = room < PIECE ? (uInt)room : PIECE;
		stream->next_out = output->data + output->size;
		result = inflate(stream, Z_NO_FLUSH);
		output->size = (uint64_t)(stream->next_out - output->data);
		if (result == Z_STREAM_END) {
			error = gzip_next(stream->next_in, (size_t)(end - stream->next_in), &has_next);
			if (error != DECOMPRESS_OK || !has_next)
				return error;
			inflateReset(stream);
		} else if (result != Z_OK && result != Z_BUF_ERROR) {
			return gzip_error(result, stream);
		} else if (output->size == output->capacity) {
			error = grow(output, 2 * output->capacity);
		} else if (stream->next_in == end) {
			return DECOMPRESS_ERROR_TRUNCATED;
		}
	}
	return error;
}

static enum decompress_error decompress_gzip(const uint8_t *input, size_t size, struct decompress_output *output)
{
	size_t used = 0;
	z_stream stream = {.zalloc = take, .zfree = give_back, .opaque = &used};
	enum decompress_error error;

	if (inflateInit2(&stream, MAX_WBITS + 16) != Z_OK)
		return DECOMPRESS_ERROR_NO_MEMORY;
	error = inflate_all(&stream, input, size, output);
	inflateEnd(&stream);
	return error;
}

/* ---- zstd -------------------------------------------------------------------------------------------------------- */

static enum decompress_error zstd_error(size_t result)
{
	switch (ZSTD_getErrorCode(result)) {
	case ZSTD_error_no_error: return DECOMPRESS_OK;
	case ZSTD_error_srcSize_wrong: return DECOMPRESS_ERROR_TRUNCATED;
	case ZSTD_error_checksum_wrong: return DECOMPRESS_ERROR_CHECKSUM;
	case ZSTD_error_dictionary_wrong:
	case ZSTD_error_dictionary_corrupted: return DECOMPRESS_ERROR_UNSUPPORTED;
	case ZSTD_error_memory_allocation: return DECOMPRESS_ERROR_NO_MEMORY;
	default: return DECOMPRESS_ERROR_CORRUPT;
	}
}

/* Everything is decoded to its place at once: no window is kept, whatever its size. */
static enum decompress_error decompress_zstd(const uint8_t *input, size_t size, struct decompress_output *output)
{
	ZSTD_DCtx *decoder = ZSTD_initStaticDCtx(work, sizeof(work));
	unsigned long long bound = ZSTD_findDecompressedSize(input, size);
	enum decompress_error error;
	size_t result;

	if (!decoder)
		return DECOMPRESS_ERROR_NO_MEMORY;
	/* Not stated, as by a program that wrote to a pipe: what its blocks can hold, which is close. */
	if (bound == ZSTD_CONTENTSIZE_UNKNOWN)
		bound = ZSTD_decompressBound(input, size);
	if (bound == ZSTD_CONTENTSIZE_ERROR) {
		result = ZSTD_findFrameCompressedSize(input, size);
		return ZSTD_isError(result) ? zstd_error(result) : DECOMPRESS_ERROR_CORRUPT;
	}
	if (bound > output->limit)
		return DECOMPRESS_ERROR_TOO_LARGE;
	error = grow(output, bound ? bound : 1);
	if (error != DECOMPRESS_OK)
		return error;
	result = ZSTD_decompressDCtx(decoder, output->data, output->capacity, input, size);
	if (ZSTD_isError(result))
		return zstd_error(result);
	output->size = result;
	return DECOMPRESS_OK;
}

/* ------------------------------------------------------------------------------------------------------------------ */

enum decompress_error decompress(enum decompress_format format, const void *input, size_t size,
				 struct decompress_output *output)
{
	output->data = NULL;
	output->capacity = output->size = 0;
	switch (format) {
	case DECOMPRESS_GZIP: return decompress_gzip(input, size, output);
	case DECOMPRESS_ZSTD: return decompress_zstd(input, size, output);
	default: return DECOMPRESS_ERROR_CORRUPT;
	}
}
