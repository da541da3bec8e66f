/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers and sections of EFI images. */
#include "lib/pe.h"

#include "lib/bytes.h"
#include "tap.h"

enum {
	PE = 128,           /* offset of the PE header */
	OPTIONAL = PE + 24, /* of the optional header */
	TABLE = OPTIONAL + 240,
	DIRECTORY = OPTIONAL + 112 + 4 * 8, /* of the signatures */
	SIZE = 4096,
};

static uint8_t file[SIZE];

static void store_le16(uint8_t *where, unsigned value)
{
	where[0] = (uint8_t)value;
	where[1] = (uint8_t)(value >> 8);
}

static void put_section(unsigned index, const char *name, uint32_t virtual_size, uint32_t raw_offset, uint32_t raw_size)
{
	uint8_t *header = file + TABLE + index * 40;

	memset(header, 0, 40);
	memcpy(header, name, strlen(name) < 8 ? strlen(name) : 8);
	store_le32(header + 8, virtual_size);
	store_le32(header + 12, 0x1000 * (index + 1));
	store_le32(header + 16, raw_size);
	store_le32(header + 20, raw_offset);
}

/* An image for x86_64 with these many sections, ".text" and others without content. */
static void make(unsigned sections)
{
	memset(file, 0, sizeof file);
	memcpy(file, "MZ", 2);
	store_le32(file + 60, PE);
	memcpy(file + PE, "PE\0\0", 4);
	store_le16(file + PE + 4, PE_MACHINE_X86_64);
	store_le16(file + PE + 6, sections);
	store_le16(file + PE + 20, 240);
	store_le16(file + OPTIONAL, 0x20b);
	store_le16(file + OPTIONAL + 68, 10);
	store_le32(file + OPTIONAL + 108, 16);
	for (unsigned i = 0; i < sections && i < 40; i++)
		put_section(i, i ? ".none" : ".text", i ? 0 : 100, 1024, i ? 0 : 512);
}

/* Parses a copy of `length` bytes in a block of exactly that size. */
static enum pe_error parse(size_t length, struct pe_image *ret)
{
	uint8_t *copy = tap_copy(file, length);
	enum pe_error error = pe_parse_headers(copy, length, SIZE, ret);

	for (unsigned i = 0; error == PE_OK && i < ret->section_count; i++) {
		struct pe_section section;

		pe_section(ret, i, &section);
		CHECK(section.offset + section.size <= SIZE);
	}
	free(copy);
	ret->headers = file;
	return error;
}

static void a_sound_image(void)
{
	struct pe_section section;
	struct pe_image image;

	make(2);
	CHECK_EQUAL(parse(SIZE, &image), PE_OK);
	CHECK_EQUAL(image.machine, PE_MACHINE_X86_64);
	CHECK_TEXT(pe_machine_name(image.machine), "x86_64");
	CHECK_EQUAL(image.section_count, 2);
	CHECK_EQUAL(image.headers_size, TABLE + 80);
	CHECK_EQUAL(image.signed_size, SIZE);
	CHECK(pe_find_section(&image, 0, ".text", &section));
	CHECK_EQUAL(section.offset, 1024);
	CHECK_EQUAL(section.size, 100); /* not the file's alignment */
	CHECK_EQUAL(section.address, 0x1000);
	CHECK(!pe_find_section(&image, 0, ".tex", &section));
	CHECK(!pe_find_section(&image, 0, ".textual", &section));
}

static void more_of_the_headers_is_asked_for(void)
{
	struct pe_image image;
	uint64_t needed = 0;

	make(30);
	for (size_t length = 0; length < SIZE; length++) {
		enum pe_error error = parse(length, &image);

		if (error == PE_OK) {
			CHECK_EQUAL(length, TABLE + 30 * 40);
			break;
		}
		CHECK_EQUAL(error, PE_ERROR_HEADERS_BUFFER);
		CHECK(image.headers_size > length && image.headers_size >= needed);
		needed = image.headers_size;
	}
	/* The same bytes are all of a file. */
	for (size_t length = 0; length < TABLE + 30 * 40; length++) {
		uint8_t *copy = tap_copy(file, length);

		CHECK_EQUAL(pe_parse_headers(copy, length, length, &image), PE_ERROR_TRUNCATED);
		free(copy);
	}
}

static void what_is_no_efi_image(void)
{
	struct pe_image image;

	make(1);
	file[0] = 'Z';
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_MAGIC);
	make(1);
	file[PE] = 'N';
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_MAGIC);
	make(1);
	store_le16(file + OPTIONAL, 0x10b);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_NOT_64BIT);
	make(1);
	store_le16(file + OPTIONAL + 68, 3);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_NOT_EFI);
}

static void headers_that_lie(void)
{
	struct pe_image image;

	make(1);
	store_le32(file + 60, 0);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_MAGIC);
	store_le32(file + 60, UINT32_MAX);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_TRUNCATED);
	make(0);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_SECTIONS);
	make(PE_MAX_SECTIONS + 1);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_SECTIONS);
	make(PE_MAX_SECTIONS);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_TRUNCATED);
	make(1);
	store_le16(file + PE + 20, 100);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_HEADERS);
	make(1);
	store_le32(file + OPTIONAL + 108, 17);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_HEADERS);
	store_le32(file + OPTIONAL + 108, UINT32_MAX);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_HEADERS);
}

static void sections_stay_inside_of_the_file(void)
{
	struct pe_section section;
	struct pe_image image;

	make(2);
	put_section(1, ".linux", 4096, 2048, 2048);
	CHECK_EQUAL(parse(SIZE, &image), PE_OK);
	CHECK(pe_find_section(&image, 0, ".linux", &section));
	CHECK_EQUAL(section.size, 2048);
	put_section(1, ".linux", 4096, 2049, 2048);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_SECTION_RANGE);
	put_section(1, ".linux", 1, UINT32_MAX, UINT32_MAX);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_SECTION_RANGE);
	/* One without content may state any offset. */
	put_section(1, ".bss", UINT32_MAX, UINT32_MAX, 0);
	CHECK_EQUAL(parse(SIZE, &image), PE_OK);
	CHECK(pe_find_section(&image, 0, ".bss", &section));
	CHECK_EQUAL(section.offset, 0);
	CHECK_EQUAL(section.size, 0);
	/* A name of eight characters has no NUL in the file. */
	put_section(1, ".cmdline", 10, 2048, 512);
	CHECK_EQUAL(parse(SIZE, &image), PE_OK);
	CHECK(pe_find_section(&image, 0, ".cmdline", &section));
	CHECK_TEXT(section.name, ".cmdline");
}

static void signatures(void)
{
	struct pe_image image;

	make(1);
	store_le32(file + DIRECTORY, 2048);
	store_le32(file + DIRECTORY + 4, 2048);
	CHECK_EQUAL(parse(SIZE, &image), PE_OK);
	CHECK_EQUAL(image.signed_size, 2048);
	store_le32(file + DIRECTORY + 4, 2049);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_CERTIFICATES);
	store_le32(file + DIRECTORY, 100);
	store_le32(file + DIRECTORY + 4, 16);
	CHECK_EQUAL(parse(SIZE, &image), PE_ERROR_CERTIFICATES);
	/* Fewer directories than the one that would name them. */
	store_le32(file + OPTIONAL + 108, 4);
	CHECK_EQUAL(parse(SIZE, &image), PE_OK);
	CHECK_EQUAL(image.signed_size, SIZE);
}

/* The size of a profile's section, which says which one it is; 0: it has none. */
static uint64_t size_in(const struct pe_image *image, unsigned profile, const char *name)
{
	struct pe_section section;

	return pe_find_section(image, profile, name, &section) ? section.size : 0;
}

static void profiles_replace_what_is_common(void)
{
	struct pe_image image;

	make(7);
	put_section(1, ".cmdline", 1, 1024, 512);
	put_section(2, ".osrel", 2, 1024, 512);
	put_section(3, ".profile", 3, 1024, 512);
	put_section(4, ".cmdline", 4, 1024, 512);
	put_section(5, ".profile", 5, 1024, 512);
	put_section(6, ".cmdline", 6, 1024, 512);
	CHECK_EQUAL(parse(SIZE, &image), PE_OK);
	CHECK_EQUAL(pe_profile_count(&image), 2);
	CHECK_EQUAL(size_in(&image, 0, ".cmdline"), 4);
	CHECK_EQUAL(size_in(&image, 1, ".cmdline"), 6);
	for (unsigned profile = 0; profile < 2; profile++) {
		CHECK_EQUAL(size_in(&image, profile, ".profile"), profile ? 5 : 3);
		CHECK_EQUAL(size_in(&image, profile, ".osrel"), 2);
		CHECK_EQUAL(size_in(&image, profile, ".linux"), 0);
	}
	/* Nothing of its own: what is common. */
	put_section(6, ".linux", 6, 1024, 512);
	CHECK_EQUAL(parse(SIZE, &image), PE_OK);
	CHECK_EQUAL(size_in(&image, 1, ".cmdline"), 1);
	CHECK_EQUAL(size_in(&image, 0, ".linux"), 0);
	CHECK_EQUAL(size_in(&image, 1, ".linux"), 6);
	make(7);
	CHECK_EQUAL(parse(SIZE, &image), PE_OK);
	CHECK_EQUAL(pe_profile_count(&image), 1);
}

static void phrases(void)
{
	CHECK_PHRASES(pe_strerror, PE_OK, PE_ERROR_HEADERS_BUFFER);
	CHECK_TEXT(pe_machine_name(PE_MACHINE_AARCH64), "aarch64");
	CHECK_TEXT(pe_machine_name(PE_MACHINE_RISCV64), "riscv64");
	CHECK_TEXT(pe_machine_name(0x14c), "another machine");
}

int main(void)
{
	RUN(a_sound_image);
	RUN(more_of_the_headers_is_asked_for);
	RUN(what_is_no_efi_image);
	RUN(headers_that_lie);
	RUN(sections_stay_inside_of_the_file);
	RUN(signatures);
	RUN(profiles_replace_what_is_common);
	RUN(phrases);
	return tap_finish();
}
