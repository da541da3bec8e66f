/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: bootloader/decompress.c */
/* Decodes the input, with both decoders if it is neither format, into buffers of exactly the size that they ask for. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader/decompress.h"

#define LIMIT (1 << 20)

static bool reserve(struct decompress_output *output, uint64_t capacity)
{
	uint8_t *data;

	if (capacity > LIMIT)
		abort();
	data = malloc(capacity);
	if (output->size)
		memcpy(data, output->data, output->size);
	free(output->data);
	output->data = data;
	output->capacity = capacity;
	return true;
}

static void run(enum decompress_format format, const uint8_t *data, size_t size)
{
	struct decompress_output output = {.limit = LIMIT, .reserve = reserve};

	if (decompress(format, data, size, &output) == DECOMPRESS_OK && output.size > output.capacity)
		abort();
	free(output.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < DECOMPRESS_HEAD)
		return 0;
	run(DECOMPRESS_GZIP, data, size);
	run(DECOMPRESS_ZSTD, data, size);
	return 0;
}
