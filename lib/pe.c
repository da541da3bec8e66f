/* SPDX-License-Identifier: BSD-2-Clause */
/* See pe.h. */
#include "lib/pe.h"

#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/string.h"

/* Offsets in the headers. */
enum {
	DOS_SIZE = 64,
	DOS_PE_OFFSET = 60,

	COFF_SIZE = 24, /* with the signature before it */
	COFF_MACHINE = 4,
	COFF_SECTION_COUNT = 6,
	COFF_OPTIONAL_SIZE = 20,

	OPTIONAL_MAGIC = 0,
	OPTIONAL_SUBSYSTEM = 68,
	OPTIONAL_DIRECTORY_COUNT = 108,
	OPTIONAL_DIRECTORIES = 112,
	DIRECTORY_SIZE = 8,
	DIRECTORY_CERTIFICATES = 4, /* its index; the only one that states an offset in the file */

	SECTION_SIZE = 40,
	SECTION_VIRTUAL_SIZE = 8,
	SECTION_ADDRESS = 12,
	SECTION_RAW_SIZE = 16,
	SECTION_RAW_OFFSET = 20,
};

#define MAGIC_PE32_PLUS           0x20b
#define SUBSYSTEM_EFI_APPLICATION 10

const char *pe_strerror(enum pe_error error)
{
	switch (error) {
	case PE_OK: return "no error";
	case PE_ERROR_TRUNCATED: return "the file ends inside its headers";
	case PE_ERROR_MAGIC: return "not a PE file";
	case PE_ERROR_NOT_64BIT: return "not a 64-bit PE file";
	case PE_ERROR_NOT_EFI: return "not an EFI application";
	case PE_ERROR_HEADERS: return "its headers contradict each other";
	case PE_ERROR_SECTIONS: return "it has no sections or too many";
	case PE_ERROR_SECTION_RANGE: return "a section reaches beyond the end of the file";
	case PE_ERROR_CERTIFICATES: return "its signatures lie outside of the file";
	case PE_ERROR_HEADERS_BUFFER: return "its headers are too large";
	}
	return "unknown error";
}

const char *pe_machine_name(uint16_t machine)
{
	switch (machine) {
	case PE_MACHINE_X86_64: return "x86_64";
	case PE_MACHINE_AARCH64: return "aarch64";
	case PE_MACHINE_RISCV64: return "riscv64";
	default: return "another machine";
	}
}

static enum pe_error check_sections(const struct pe_image *image)
{
	for (unsigned i = 0; i < image->section_count; i++) {
		const uint8_t *header = image->headers + image->table + (size_t)i * SECTION_SIZE;
		uint32_t raw = load_le32(header + SECTION_RAW_SIZE);

		if (raw && !range_fits(image->file_size, load_le32(header + SECTION_RAW_OFFSET), raw))
			return PE_ERROR_SECTION_RANGE;
	}
	return PE_OK;
}

/* Sets signed_size. `optional` has `size` bytes. */
static enum pe_error read_certificates(const uint8_t *optional, uint32_t size, struct pe_image *image)
{
	const uint8_t *directory = optional + OPTIONAL_DIRECTORIES + DIRECTORY_CERTIFICATES * DIRECTORY_SIZE;
	uint32_t count = load_le32(optional + OPTIONAL_DIRECTORY_COUNT), offset, length;

	image->signed_size = image->file_size;
	if (count > (size - OPTIONAL_DIRECTORIES) / DIRECTORY_SIZE)
		return PE_ERROR_HEADERS;
	if (count <= DIRECTORY_CERTIFICATES)
		return PE_OK;
	offset = load_le32(directory);
	length = load_le32(directory + 4);
	if (length == 0)
		return PE_OK;
	if (offset < image->headers_size || !range_fits(image->file_size, offset, length))
		return PE_ERROR_CERTIFICATES;
	image->signed_size = offset;
	return PE_OK;
}

enum pe_error pe_parse_headers(const void *headers, uint64_t length, uint64_t file_size, struct pe_image *ret)
{
	const uint8_t *start = headers, *coff, *optional;
	uint32_t coff_offset, optional_size;
	enum pe_error error;

	*ret = (struct pe_image){.headers = headers, .file_size = file_size};
	if (length > file_size)
		length = file_size;
	if (file_size < DOS_SIZE)
		return PE_ERROR_TRUNCATED;
	ret->headers_size = DOS_SIZE;
	if (length < ret->headers_size)
		return PE_ERROR_HEADERS_BUFFER;
	if (start[0] != 'M' || start[1] != 'Z')
		return PE_ERROR_MAGIC;
	coff_offset = load_le32(start + DOS_PE_OFFSET);

	ret->headers_size = (uint64_t)coff_offset + COFF_SIZE;
	if (coff_offset < 4)
		return PE_ERROR_MAGIC;
	if (ret->headers_size > file_size)
		return PE_ERROR_TRUNCATED;
	if (length < ret->headers_size)
		return PE_ERROR_HEADERS_BUFFER;
	coff = start + coff_offset;
	if (memcmp(coff, "PE\0\0", 4) != 0)
		return PE_ERROR_MAGIC;
	ret->machine = load_le16(coff + COFF_MACHINE);
	ret->section_count = load_le16(coff + COFF_SECTION_COUNT);
	optional_size = load_le16(coff + COFF_OPTIONAL_SIZE);
	if (ret->section_count == 0 || ret->section_count > PE_MAX_SECTIONS)
		return PE_ERROR_SECTIONS;

	ret->table = ret->headers_size + optional_size;
	ret->headers_size = (uint64_t)coff_offset + COFF_SIZE + optional_size + ret->section_count * SECTION_SIZE;
	if (ret->headers_size > file_size)
		return PE_ERROR_TRUNCATED;
	if (length < ret->headers_size)
		return PE_ERROR_HEADERS_BUFFER;
	optional = coff + COFF_SIZE;
	if (optional_size < 2 || load_le16(optional + OPTIONAL_MAGIC) != MAGIC_PE32_PLUS)
		return PE_ERROR_NOT_64BIT;
	if (optional_size < OPTIONAL_DIRECTORIES)
		return PE_ERROR_HEADERS;
	if (load_le16(optional + OPTIONAL_SUBSYSTEM) != SUBSYSTEM_EFI_APPLICATION)
		return PE_ERROR_NOT_EFI;
	error = read_certificates(optional, optional_size, ret);
	return error == PE_OK ? check_sections(ret) : error;
}

void pe_section(const struct pe_image *image, unsigned index, struct pe_section *ret)
{
	const uint8_t *header = image->headers + image->table + (size_t)index * SECTION_SIZE;
	uint32_t raw = load_le32(header + SECTION_RAW_SIZE), virtual = load_le32(header + SECTION_VIRTUAL_SIZE);

	memcpy(ret->name, header, 8);
	ret->name[8] = '\0';
	/* The file's part is rounded up to the file's alignment, unless the rest of the section is zero in memory. */
	ret->size = raw < virtual ? raw : virtual;
	ret->offset = ret->size ? load_le32(header + SECTION_RAW_OFFSET) : 0;
	ret->address = load_le32(header + SECTION_ADDRESS);
}

static bool begins_profile(const struct pe_section *section)
{
	return strcmp(section->name, ".profile") == 0;
}

unsigned pe_profile_count(const struct pe_image *image)
{
	struct pe_section section;
	unsigned count = 0;

	for (unsigned i = 0; i < image->section_count; i++) {
		pe_section(image, i, &section);
		count += begins_profile(&section);
	}
	return count ? count : 1;
}

bool pe_find_section(const struct pe_image *image, unsigned profile, const char *name, struct pe_section *ret)
{
	unsigned begun = 0; /* profiles */
	bool found = false;

	for (unsigned i = 0; i < image->section_count; i++) {
		struct pe_section section;

		pe_section(image, i, &section);
		begun += begins_profile(&section);
		if ((begun != 0 && begun != profile + 1) || strcmp(section.name, name) != 0)
			continue;
		*ret = section;
		found = true;
	}
	return found;
}
