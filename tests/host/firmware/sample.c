/* SPDX-License-Identifier: BSD-2-Clause */
/* See sample.h. */
#include "sample.h"

#define Z_SOLO 1
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "lib/bytes.h"
#include "lib/elf.h"

#define BASE 0xffffffff80000000ull

enum {
	TEXT = 0x1000,
	DATA = 0x2000,
	DATA_FILE = 0x1800,
	DATA_MEMORY = 0x4100,
	DYNAMIC_AT = 0x800,
	RELA_AT = 0x900,
	NOTES_AT = 0xa00,
	TREE_SIZE = 4096,
};

static uint8_t *add_header(uint8_t *file, uint32_t type, uint32_t flags, uint64_t offset, uint64_t size,
			   uint64_t memory_size)
{
	uint16_t count = load_le16(file + 56);
	uint8_t *header = file + 64 + 56 * (size_t)count;

	store_le32(header, type);
	store_le32(header + 4, flags);
	store_le64(header + 8, offset);
	store_le64(header + 16, BASE + offset);
	store_le64(header + 32, size);
	store_le64(header + 40, memory_size);
	store_le64(header + 48, type == 1 ? 0x1000 : 4);
	store_le32(file + 56, count + 1u);
	return header;
}

static size_t put_note(uint8_t *at, uint32_t type, uint32_t value)
{
	store_le32(at, 7);
	store_le32(at + 4, 4);
	store_le32(at + 8, type);
	memcpy(at + 12, "Helion", 8);
	store_le32(at + 20, value);
	return 24;
}

const uint8_t *sample_kernel(void)
{
	static uint8_t file[SAMPLE_KERNEL_SIZE];
	static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
	static const uint64_t dynamic[][2] = {{7, BASE + RELA_AT}, {8, 24}, {9, 24}, {0, 0}};
	size_t notes;

	for (size_t i = 0; i < sizeof(file); i++)
		file[i] = i < TEXT ? 0 : (uint8_t)(i * 7 + i / 256);
	memcpy(file, ident, sizeof(ident));
	store_le32(file + 16, 3 | (uint32_t)ELF_MACHINE_X86_64 << 16);
	store_le32(file + 20, 1);
	store_le64(file + 24, BASE + TEXT + 0x10);
	store_le64(file + 32, 64);
	store_le32(file + 52, 64 | 56 << 16);
	add_header(file, 1, ELF_SEGMENT_READ, 0, 0x1000, 0x1000);
	add_header(file, 1, ELF_SEGMENT_READ | ELF_SEGMENT_EXECUTE, TEXT, 0x900, 0x900);
	add_header(file, 1, ELF_SEGMENT_READ | ELF_SEGMENT_WRITE, DATA, DATA_FILE, DATA_MEMORY);
	add_header(file, 2, ELF_SEGMENT_READ, DYNAMIC_AT, sizeof(dynamic), sizeof(dynamic));
	for (size_t i = 0; i < sizeof(dynamic) / 8; i++)
		store_le64(file + DYNAMIC_AT + 8 * i, dynamic[i / 2][i % 2]);
	store_le64(file + RELA_AT, BASE + DATA + DATA_FILE - 8);
	store_le64(file + RELA_AT + 8, 8); /* R_X86_64_RELATIVE */
	store_le64(file + RELA_AT + 16, BASE + TEXT);
	notes = put_note(file + NOTES_AT, 1, 1);
	notes += put_note(file + NOTES_AT + notes, 2, 0);
	add_header(file, 4, ELF_SEGMENT_READ, NOTES_AT, notes, notes);
	return file;
}

const void *sample_tree(size_t *ret_size)
{
	static uint8_t blob[TREE_SIZE];

	fdt_create(blob, sizeof(blob));
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	fdt_property_u32(blob, "#address-cells", 2);
	fdt_property_u32(blob, "#size-cells", 2);
	fdt_property_string(blob, "compatible", "helion,sample");
	fdt_begin_node(blob, "chosen");
	fdt_property_u32(blob, "phandle", 1);
	fdt_end_node(blob);
	fdt_begin_node(blob, "__symbols__");
	fdt_property_string(blob, "chosen", "/chosen");
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_finish(blob);
	*ret_size = fdt_totalsize(blob);
	return blob;
}

const void *sample_overlay(size_t *ret_size)
{
	static uint8_t blob[TREE_SIZE];

	fdt_create(blob, sizeof(blob));
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	fdt_begin_node(blob, "fragment@0");
	fdt_property_u32(blob, "target", 0xffffffff);
	fdt_begin_node(blob, "__overlay__");
	fdt_property_string(blob, "helion,overlaid", "yes");
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_begin_node(blob, "__fixups__");
	fdt_property_string(blob, "chosen", "/fragment@0:target:0");
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_finish(blob);
	*ret_size = fdt_totalsize(blob);
	return blob;
}

const uint8_t *sample_event_log(const uint8_t **ret_last)
{
	static uint8_t log[256];
	uint8_t *event = log + 32 + 37;

	/* An event of the old format whose data names the algorithms: one, SHA-256 with 32 bytes. */
	memset(log, 0, sizeof(log));
	store_le32(log + 4, 3);
	store_le32(log + 28, 37);
	memcpy(log + 32, "Spec ID Event03", 16);
	store_le32(log + 32 + 24, 1);
	store_le32(log + 32 + 28, 0x0b | 32 << 16);
	store_le32(event, 7);
	store_le32(event + 4, 8);
	store_le32(event + 8, 1);
	store_le32(event + 12, 0x0b);
	store_le32(event + 12 + 2 + 32, 5);
	*ret_last = event;
	return log;
}

enum {
	IMAGE_SECTIONS = 90, /* so many that the headers need more than their usual size */
	IMAGE_PE = 512,
	IMAGE_OPTIONAL = IMAGE_PE + 24,
	IMAGE_TABLE = IMAGE_OPTIONAL + 240,
	IMAGE_CONTENT = 6144,
	IMAGE_SIZE = 10240,
};

static void begin_image(uint8_t file[IMAGE_SIZE])
{
	memset(file, 0, IMAGE_SIZE);
	memcpy(file, "MZ", 2);
	store_le32(file + 60, IMAGE_PE);
	memcpy(file + IMAGE_PE, "PE\0\0\x64\x86", 6);
	file[IMAGE_PE + 6] = IMAGE_SECTIONS;
	file[IMAGE_PE + 20] = 240;
	store_le32(file + IMAGE_OPTIONAL, 0x20b);
	store_le32(file + IMAGE_OPTIONAL + 68, 10);
	for (size_t i = 0; i < IMAGE_SECTIONS; i++)
		memcpy(file + IMAGE_TABLE + 40 * i, ".none", 5);
}

/* Makes the section of this number one with content; each has 512 bytes. */
static void put_section(uint8_t file[IMAGE_SIZE], unsigned number, const char *name, const char *text)
{
	uint8_t *header = file + IMAGE_TABLE + 40 * number;
	uint32_t offset = IMAGE_CONTENT + 512 * number, size = (uint32_t)strlen(text);

	memset(header, 0, 8);
	memcpy(header, name, strlen(name));
	store_le32(header + 8, size);
	store_le32(header + 12, 0x1000);
	store_le32(header + 16, 512);
	store_le32(header + 20, offset);
	memcpy(file + offset, text, size);
}

const uint8_t *sample_unified(size_t *ret_size)
{
	static uint8_t file[IMAGE_SIZE];

	begin_image(file);
	put_section(file, 0, ".osrel", "ID=sample\nNAME=Sample\n");
	put_section(file, 1, ".uname", "6.1\n");
	put_section(file, 2, ".cmdline", "root=/dev/vda\n");
	put_section(file, 3, ".linux", "kernel");
	put_section(file, 4, ".profile", "ID=usual\n");
	put_section(file, 5, ".profile", "ID=rescue\nTITLE=Rescue\n");
	put_section(file, 6, ".cmdline", "single\n");
	*ret_size = IMAGE_SIZE;
	return file;
}

const uint8_t *sample_manifest(const char *text, size_t *ret_size)
{
	static uint8_t file[IMAGE_SIZE];

	begin_image(file);
	put_section(file, 0, ".pins", text);
	*ret_size = IMAGE_SIZE;
	return file;
}

const uint8_t *sample_driver(size_t *ret_size)
{
	static uint8_t file[IMAGE_SIZE];

	begin_image(file);
	store_le32(file + IMAGE_OPTIONAL + 68, 11);
	*ret_size = IMAGE_SIZE;
	return file;
}

uint8_t *sample_gzip(const void *content, size_t size, size_t *ret_size)
{
	enum { HEADER = 10, MOST = 65535 };
	uint8_t *file = calloc(1, HEADER + size + 5 * (size / MOST + 1) + 8), *at = file + HEADER;

	memcpy(file, "\x1f\x8b\x08", 3);
	for (size_t done = 0, piece; done == 0 || done < size; done += piece) {
		piece = size - done < MOST ? size - done : MOST;
		*at = done + piece == size;
		store_le32(at + 1, (uint32_t)piece | ~(uint32_t)piece << 16);
		memcpy(at + 5, (const uint8_t *)content + done, piece);
		at += 5 + piece;
	}
	store_le32(at, (uint32_t)crc32(0, content, (uInt)size));
	store_le32(at + 4, (uint32_t)size);
	*ret_size = (size_t)(at + 8 - file);
	return file;
}

uint8_t *sample_zstd(const void *content, size_t size, size_t *ret_size)
{
	enum { HEADER = 6, MOST = 128 * 1024 };
	uint8_t *file = calloc(1, HEADER + size + 4 * (size / MOST + 1)), *at = file + HEADER;

	/* No stated size, no checksum, a window of 128 KiB. */
	memcpy(file, "\x28\xb5\x2f\xfd\0\x38", HEADER);
	for (size_t done = 0, piece; done == 0 || done < size; done += piece) {
		piece = size - done < MOST ? size - done : MOST;
		store_le32(at, (uint32_t)piece << 3 | (done + piece == size));
		memcpy(at + 3, (const uint8_t *)content + done, piece);
		at += 3 + piece;
	}
	*ret_size = (size_t)(at - file);
	return file;
}

uint8_t *sample_bytes(size_t size, unsigned seed)
{
	uint8_t *bytes = malloc(size);
	uint32_t state = seed * 2654435761u + 1;

	for (size_t i = 0; i < size; i++) {
		state = state * 1664525u + 1013904223u;
		bytes[i] = (uint8_t)(state >> 24);
	}
	return bytes;
}
