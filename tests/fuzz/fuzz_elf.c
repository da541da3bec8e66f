/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses, loads and relocates a file as each machine's, and looks for notes. The loaded image is at most 4 MiB. */
#include <stdlib.h>
#include <string.h>

#include "lib/checked.h"
#include "lib/elf.h"

static void require(bool condition)
{
	if (!condition)
		abort();
}

/* What elf.h promises of every image that was accepted. */
static void check_promises(const struct elf_image *image, size_t file_size)
{
	uint64_t end = image->base;
	bool entry_is_code = false;
	require(image->segment_count != 0 && image->segment_count <= ELF_MAX_SEGMENTS);
	for (uint32_t i = 0; i < image->segment_count; i++) {
		const struct elf_segment *s = &image->segments[i];
		require(s->memory_size != 0 && s->file_size <= s->memory_size);
		require(range_fits(file_size, s->file_offset, s->file_size));
		require(range_contains(image->base, image->span, s->address, s->memory_size));
		require(align_down(s->address, ELF_PAGE_SIZE) >= end);
		require((s->flags & ELF_SEGMENT_WRITE) == 0 || (s->flags & ELF_SEGMENT_EXECUTE) == 0);
		require(checked_align_up(s->address + s->memory_size, ELF_PAGE_SIZE, &end));
		if ((s->flags & ELF_SEGMENT_EXECUTE) != 0 && range_contains(s->address, s->file_size, image->entry, 1))
			entry_is_code = true;
	}
	require(entry_is_code && end == image->base + image->span);
}

static void try_machine(const uint8_t *data, size_t size, uint16_t machine)
{
	const struct elf_rules rules = {.max_span = 4 << 20, .allow_tls = size % 2 != 0};
	struct elf_image image, from_headers;
	const void *note;
	size_t note_size;

	enum elf_error error = elf_parse(data, size, machine, &rules, &image);
	require(elf_strerror(error) != NULL);
	/* Headers alone give the same answer or ask for more of them. */
	size_t prefix = size < 1024 ? size : 1024;
	enum elf_error headers_error = elf_parse_headers(data, prefix, size, machine, &rules, &from_headers);
	require(headers_error == error || headers_error == ELF_ERROR_HEADERS_BUFFER);
	if (error != ELF_OK)
		return;
	if (headers_error == ELF_OK)
		require(memcmp(&image, &from_headers, sizeof image) == 0);
	check_promises(&image, size);

	elf_find_note(&image, data, size, "Helion", 1, &note, &note_size);
	uint8_t *memory = malloc(image.span);
	require(memory != NULL && elf_load(&image, data, size, memory, image.span) == ELF_OK);
	elf_find_loaded_note(&image, memory, image.span, "Helion", 1, &note, &note_size);
	uint64_t bias = image.is_relocatable ? image.alignment * 16 : 0;
	elf_relocate(&image, memory, image.span, bias);
	elf_find_loaded_note(&image, memory, image.span, "Helion", 1, &note, &note_size);
	free(memory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	try_machine(data, size, ELF_MACHINE_X86_64);
	try_machine(data, size, ELF_MACHINE_AARCH64);
	try_machine(data, size, ELF_MACHINE_RISCV);
	return 0;
}
