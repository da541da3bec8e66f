/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks an archive, reads every byte of it, and finds each entry again by its name. */
#include <stdlib.h>

#include "lib/cpio.h"

/* Reads every byte, so that the sanitizer sees what lies outside. */
static void touch(const void *bytes, size_t size)
{
	static volatile uint8_t sink;
	for (size_t i = 0; i < size; i++)
		sink = ((const uint8_t *)bytes)[i];
	(void)sink;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cpio_iterator iterator;
	struct cpio_entry entry, found;
	enum cpio_error error;
	size_t previous = 0;
	unsigned count = 0;
	char first_name[CPIO_MAX_NAME];

	cpio_begin(&iterator, data, size);
	while ((error = cpio_next(&iterator, &entry)) == CPIO_OK) {
		if (count++ == 0)
			memcpy(first_name, entry.name.start, entry.name.length + 1);
		else if (entry.offset <= previous)
			abort();
		previous = entry.offset;
		touch(entry.data, entry.size);
		touch(entry.name.start, entry.name.length + 1);
	}
	if (cpio_strerror(error) == NULL || iterator.offset > size)
		abort();
	if (count != 0) {
		enum cpio_error find_error = cpio_find(data, size, first_name, &found);
		if (error == CPIO_END ? find_error != CPIO_OK : find_error != error)
			abort();
	}
	return 0;
}
