/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: bootloader/decompress.c */
#include "bootloader/decompress.h"

#include "lib/bytes.h"

#include "compressed.h"
#include "tap.h"

enum { LIMIT = 1 << 21 };

static char text[4096];
static size_t text_size;

/* Every buffer has exactly the size that was asked for, so that the sanitizer sees a byte too many. */
static unsigned reserves, allowed_reserves;

static bool reserve(struct decompress_output *output, uint64_t capacity)
{
	uint8_t *data;

	if (reserves++ == allowed_reserves)
		return false;
	data = malloc(capacity);
	if (output->size)
		memcpy(data, output->data, output->size);
	free(output->data);
	output->data = data;
	output->capacity = capacity;
	return true;
}

static struct decompress_output output;

/* Decodes a copy of the input. The result stays until the next call. */
static enum decompress_error run(const void *input, size_t size, uint64_t limit)
{
	uint8_t head[DECOMPRESS_HEAD] = {0};
	void *copy = tap_copy(input, size);
	enum decompress_error error;

	free(output.data);
	output = (struct decompress_output){.reserve = reserve, .limit = limit};
	reserves = 0;
	memcpy(head, copy, size < sizeof(head) ? size : sizeof(head));
	error = decompress(decompress_format(head), copy, size, &output);
	free(copy);
	return error;
}

static bool is_text(size_t times)
{
	if (output.size != times * text_size)
		return false;
	for (size_t i = 0; i < times; i++)
		if (memcmp(output.data + i * text_size, text, text_size) != 0)
			return false;
	return true;
}

static void formats_are_told_apart(void)
{
	CHECK_EQUAL(decompress_format(gzip_text), DECOMPRESS_GZIP);
	CHECK_EQUAL(decompress_format(zstd_text), DECOMPRESS_ZSTD);
	CHECK_EQUAL(decompress_format((const uint8_t *)"0707"), DECOMPRESS_NONE);
	CHECK_EQUAL(decompress_format((const uint8_t *)"\177ELF"), DECOMPRESS_NONE);
	CHECK_EQUAL(decompress_format((const uint8_t *)"MZ\0\0"), DECOMPRESS_NONE);
	CHECK_EQUAL(decompress_format((const uint8_t *)"\x1f\x8b\x07\0"), DECOMPRESS_NONE);
	CHECK_TEXT(decompress_format_name(DECOMPRESS_GZIP), "gzip");
	CHECK_TEXT(decompress_format_name(DECOMPRESS_ZSTD), "zstd");
}

static void what_was_compressed_comes_out(void)
{
	CHECK_EQUAL(run(gzip_text, sizeof(gzip_text), LIMIT), DECOMPRESS_OK);
	CHECK(is_text(1));
	CHECK_EQUAL(run(zstd_text, sizeof(zstd_text), LIMIT), DECOMPRESS_OK);
	CHECK(is_text(1));
	CHECK_EQUAL(run(zstd_unsized, sizeof(zstd_unsized), LIMIT), DECOMPRESS_OK);
	CHECK(is_text(1));
	CHECK_EQUAL(run(gzip_zeros, sizeof(gzip_zeros), LIMIT), DECOMPRESS_OK);
	CHECK_EQUAL(output.size, 1 << 20);
}

/* The content of a file of known size is written once, to its place. */
static void room_is_asked_for_once(void)
{
	run(gzip_text, sizeof(gzip_text), LIMIT);
	CHECK(reserves == 1 && output.capacity == text_size);
	run(zstd_text, sizeof(zstd_text), LIMIT);
	CHECK(reserves == 1 && output.capacity == text_size);
	run(zstd_unsized, sizeof(zstd_unsized), LIMIT);
	CHECK(reserves == 1 && output.capacity <= 128 * 1024);
}

static uint8_t joined[4 * 4096];

static size_t join(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size)
{
	memcpy(joined, a, a_size);
	memcpy(joined + a_size, b, b_size);
	return a_size + b_size;
}

static void streams_one_after_another(void)
{
	static const uint8_t zeros[100];
	size_t size = join(gzip_text, sizeof(gzip_text), gzip_text, sizeof(gzip_text));

	CHECK_EQUAL(run(joined, size, LIMIT), DECOMPRESS_OK);
	CHECK(is_text(2));
	size = join(zstd_text, sizeof(zstd_text), zstd_unsized, sizeof(zstd_unsized));
	CHECK_EQUAL(run(joined, size, LIMIT), DECOMPRESS_OK);
	CHECK(is_text(2));
	size = join(gzip_text, sizeof(gzip_text), zeros, sizeof(zeros));
	CHECK_EQUAL(run(joined, size, LIMIT), DECOMPRESS_OK);
	CHECK(is_text(1));
	size = join(gzip_text, sizeof(gzip_text), (const uint8_t *)"rest", 4);
	CHECK_EQUAL(run(joined, size, LIMIT), DECOMPRESS_ERROR_CORRUPT);
	size = join(zstd_text, sizeof(zstd_text), (const uint8_t *)"rest", 4);
	CHECK(run(joined, size, LIMIT) != DECOMPRESS_OK);
}

static void every_truncation_is_noticed(void)
{
	for (size_t size = DECOMPRESS_HEAD; size < sizeof(gzip_text); size++)
		CHECK_EQUAL(run(gzip_text, size, LIMIT), DECOMPRESS_ERROR_TRUNCATED);
	for (size_t size = DECOMPRESS_HEAD; size < sizeof(zstd_text); size++)
		CHECK_EQUAL(run(zstd_text, size, LIMIT), DECOMPRESS_ERROR_TRUNCATED);
	for (size_t size = DECOMPRESS_HEAD; size < sizeof(zstd_unsized); size++)
		CHECK_EQUAL(run(zstd_unsized, size, LIMIT), DECOMPRESS_ERROR_TRUNCATED);
}

/* No single bit that is changed yields anything but the same content or an error. */
static void damage_is_noticed(void)
{
	static const struct {
		const uint8_t *input;
		size_t size;
	} inputs[] = {{gzip_text, sizeof(gzip_text)},
		      {zstd_text, sizeof(zstd_text)},
		      {zstd_unsized, sizeof(zstd_unsized)}};
	unsigned refused = 0, bits = 0;

	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++)
		for (size_t bit = 0; bit < 8 * inputs[i].size; bit++) {
			bool is_good;

			memcpy(joined, inputs[i].input, inputs[i].size);
			joined[bit / 8] ^= (uint8_t)(1 << bit % 8);
			is_good = run(joined, inputs[i].size, LIMIT) == DECOMPRESS_OK;
			bits++;
			refused += !is_good;
			if (is_good && !CHECK(is_text(1)))
				printf("# input %zu, bit %zu\n", i, bit);
		}
	/* Only the time and the system in gzip's header mean nothing, and a few bits that decode to the same. */
	CHECK(bits - refused < 150);
	memcpy(joined, gzip_text, sizeof(gzip_text));
	joined[sizeof(gzip_text) - 8] ^= 1;
	CHECK_EQUAL(run(joined, sizeof(gzip_text), LIMIT), DECOMPRESS_ERROR_CHECKSUM);
	memcpy(joined, zstd_text, sizeof(zstd_text));
	joined[sizeof(zstd_text) - 1] ^= 1;
	CHECK_EQUAL(run(joined, sizeof(zstd_text), LIMIT), DECOMPRESS_ERROR_CHECKSUM);
}

static void a_wrong_size_in_gzip_is_noticed(void)
{
	static const uint32_t lies[] = {0, 1, 100, 0x7fffffff, 0xffffffff};

	for (size_t i = 0; i < sizeof(lies) / sizeof(lies[0]); i++) {
		memcpy(joined, gzip_text, sizeof(gzip_text));
		store_le32(joined + sizeof(gzip_text) - 4, lies[i]);
		CHECK_EQUAL(run(joined, sizeof(gzip_text), LIMIT), DECOMPRESS_ERROR_CORRUPT);
		CHECK(output.capacity <= LIMIT);
	}
}

/* More comes out than is allowed: known before where the input says so, else when the room is full. */
static void bombs_are_stopped(void)
{
	uint8_t *bomb = joined;
	size_t size;

	CHECK_EQUAL(run(gzip_zeros, sizeof(gzip_zeros), (1 << 20) - 1), DECOMPRESS_ERROR_TOO_LARGE);
	CHECK(output.capacity <= (1 << 20) - 1);
	CHECK_EQUAL(run(gzip_zeros, sizeof(gzip_zeros), 1 << 20), DECOMPRESS_OK);
	/* Many streams, of which the last is small. */
	size = join(gzip_zeros, sizeof(gzip_zeros), gzip_zeros, sizeof(gzip_zeros));
	memcpy(joined + size, gzip_text, sizeof(gzip_text));
	CHECK_EQUAL(run(joined, size + sizeof(gzip_text), LIMIT), DECOMPRESS_ERROR_TOO_LARGE);
	CHECK_EQUAL(run(joined, size + sizeof(gzip_text), 2 * LIMIT), DECOMPRESS_OK);
	CHECK_EQUAL(output.size, (2 << 20) + text_size);

	/* A frame that states eight bytes of size. RFC 8878 §3.1.1.1.1. */
	store_le32(bomb, 0xfd2fb528);
	bomb[4] = 0xe0;
	store_le64(bomb + 5, UINT64_MAX / 2);
	memcpy(bomb + 13, "\1\0\0", 3); /* one block, the last, of no bytes */
	CHECK_EQUAL(run(bomb, 16, LIMIT), DECOMPRESS_ERROR_TOO_LARGE);
	CHECK_EQUAL(reserves, 0);

	/* One that states none, with blocks of four bytes for 128 KiB each. §3.1.1.2. */
	bomb[4] = 0;
	bomb[5] = 0x38; /* a window of 128 KiB */
	size = 6;
	for (int i = 0; i < 1000; i++, size += 4)
		store_le32(bomb + size, 128 * 1024 << 3 | 1 << 1 | (i == 999) | 0xaa000000u);
	CHECK_EQUAL(run(bomb, size, LIMIT), DECOMPRESS_ERROR_TOO_LARGE);
	CHECK_EQUAL(reserves, 0);
	CHECK_EQUAL(run(bomb, size, 1000 * 128 * 1024), DECOMPRESS_OK);
	CHECK_EQUAL(output.size, 1000 * 128 * 1024);
}

static void a_dictionary_is_not_to_be_had(void)
{
	/* Dictionary 1, in a byte behind the descriptor, as there is no size of a window. */
	memcpy(joined, zstd_text, 5);
	memcpy(joined + 6, zstd_text + 5, sizeof(zstd_text) - 5);
	CHECK(joined[4] & 0x20);
	joined[4] |= 1;
	joined[5] = 1;
	CHECK_EQUAL(run(joined, sizeof(zstd_text) + 1, LIMIT), DECOMPRESS_ERROR_UNSUPPORTED);
}

static void no_memory_is_an_error(void)
{
	allowed_reserves = 0;
	CHECK_EQUAL(run(gzip_text, sizeof(gzip_text), LIMIT), DECOMPRESS_ERROR_NO_MEMORY);
	CHECK_EQUAL(run(zstd_text, sizeof(zstd_text), LIMIT), DECOMPRESS_ERROR_NO_MEMORY);
	allowed_reserves = 1;
	memcpy(joined, gzip_text, sizeof(gzip_text));
	store_le32(joined + sizeof(gzip_text) - 4, 5);
	CHECK_EQUAL(run(joined, sizeof(gzip_text), LIMIT), DECOMPRESS_ERROR_NO_MEMORY);
	allowed_reserves = 1000;
}

static void every_error_has_a_phrase(void)
{
	CHECK_PHRASES(decompress_strerror, DECOMPRESS_OK, DECOMPRESS_ERROR_NO_MEMORY);
}

int main(void)
{
	for (int i = 0; i < 60; i++)
		text_size += (size_t)sprintf(text + text_size, "line %d of a file that is compressed\n", i);
	allowed_reserves = 1000;
	RUN(formats_are_told_apart);
	RUN(what_was_compressed_comes_out);
	RUN(room_is_asked_for_once);
	RUN(streams_one_after_another);
	RUN(every_truncation_is_noticed);
	RUN(damage_is_noticed);
	RUN(a_wrong_size_in_gzip_is_noticed);
	RUN(bombs_are_stopped);
	RUN(a_dictionary_is_not_to_be_had);
	RUN(no_memory_is_an_error);
	RUN(every_error_has_a_phrase);
	free(output.data);
	return tap_finish();
}
