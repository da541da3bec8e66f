/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the input as a manifest and looks for its own lines in it. */
#include <stdlib.h>

#include "lib/manifest.h"

static void require(bool condition)
{
	if (!condition)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t none[SHA256_SIZE];
	const char *text = (const char *)data;
	struct slice half = {text, size / 2}, rest = {text + size / 2, size - size / 2};
	enum manifest_error error;
	unsigned line;

	error = manifest_check(text, size, &line);
	require(manifest_strerror(error) != NULL && line <= size);
	require((error == MANIFEST_OK) <= (line == 0));
	/* Also what would be refused must do no harm. */
	manifest_find(text, size, rest, none);
	require(manifest_same_path(half, half));
	require(manifest_same_path(half, rest) == manifest_same_path(rest, half));
	return 0;
}
