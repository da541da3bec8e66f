/* SPDX-License-Identifier: BSD-2-Clause */
/* Takes the input for the start of an EFI image, and its sections for os-release files. */
#include <stdlib.h>

#include "lib/osrelease.h"
#include "lib/pe.h"

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void try_release(const uint8_t *data, size_t size)
{
	struct osrelease release;
	const char *values[] = {release.title, release.version, release.sort_key};

	osrelease_parse((const char *)data, size, &release);
	for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
		require(strlen(values[i]) < OSRELEASE_MAX_VALUE);
		for (const char *c = values[i]; *c; c++)
			require((unsigned char)*c >= ' ' && *c != 0x7f);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pe_section section;
	struct pe_image image;
	enum pe_error error;

	try_release(data, size);
	error = pe_parse_headers(data, size / 2, size, &image);
	if (error == PE_ERROR_HEADERS_BUFFER) {
		require(image.headers_size > size / 2 && image.headers_size <= size);
		error = pe_parse_headers(data, size, size, &image);
		require(error != PE_ERROR_HEADERS_BUFFER);
	}
	require(pe_strerror(error) != NULL);
	if (error != PE_OK)
		return 0;
	require(image.headers_size <= size && image.signed_size <= size && image.signed_size >= image.headers_size);
	for (unsigned i = 0; i < image.section_count; i++) {
		pe_section(&image, i, &section);
		require(section.size <= size && section.offset <= size - section.size);
		try_release(data + section.offset, section.size);
		for (unsigned profile = 0; profile < pe_profile_count(&image); profile++) {
			char name[sizeof(section.name)];

			memcpy(name, section.name, sizeof(name));
			if (pe_find_section(&image, profile, name, &section))
				require(section.size <= size && section.offset <= size - section.size);
		}
	}
	return 0;
}
