/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/bytes.h"
#include "lib/elf.h"

#include "tap.h"

/* A builder for ELF files: start from a good one, spoil one thing, see the error. */

enum {
	FILE_SIZE = 0x4000,
	TYPE_EXEC = 2,
	TYPE_DYN = 3,
	LOAD = 1,
	DYNAMIC = 2,
	INTERP = 3,
	NOTE = 4,
	TLS = 7,
	STACK = 0x6474e551,
	RELRO = 0x6474e552,
	R = ELF_SEGMENT_READ,
	W = ELF_SEGMENT_WRITE,
	X = ELF_SEGMENT_EXECUTE,
};

static uint8_t file[FILE_SIZE];
static unsigned header_count;

static void put16(size_t at, uint64_t value)
{
	file[at] = (uint8_t)value;
	file[at + 1] = (uint8_t)(value >> 8);
}

static void put32(size_t at, uint64_t value)
{
	store_le32(file + at, (uint32_t)value);
}

static void put64(size_t at, uint64_t value)
{
	store_le64(file + at, value);
}

/* Field offsets in the ELF header and in program header `i`. */
enum {
	E_TYPE = 16,
	E_MACHINE = 18,
	E_VERSION = 20,
	E_ENTRY = 24,
	E_PHOFF = 32,
	E_EHSIZE = 52,
	E_PHENTSIZE = 54,
	E_PHNUM = 56
};
enum { P_TYPE = 0, P_FLAGS = 4, P_OFFSET = 8, P_VADDR = 16, P_FILESZ = 32, P_MEMSZ = 40, P_ALIGN = 48 };

static size_t header_at(unsigned i)
{
	return 64 + (size_t)i * 56;
}

static unsigned add_header(uint32_t type, uint32_t flags, uint64_t offset, uint64_t address, uint64_t file_size,
			   uint64_t memory_size, uint64_t alignment)
{
	size_t at = header_at(header_count);
	put32(at + P_TYPE, type);
	put32(at + P_FLAGS, flags);
	put64(at + P_OFFSET, offset);
	put64(at + P_VADDR, address);
	put64(at + P_FILESZ, file_size);
	put64(at + P_MEMSZ, memory_size);
	put64(at + P_ALIGN, alignment);
	put16(E_PHNUM, ++header_count);
	return header_count - 1;
}

static void begin_file(uint16_t machine, uint16_t type)
{
	static const uint8_t ident[] = {0x7f, 'E', 'L', 'F', 2, 1, 1};
	memset(file, 0, sizeof file);
	memcpy(file, ident, sizeof ident);
	header_count = 0;
	put16(E_TYPE, type);
	put16(E_MACHINE, machine);
	put32(E_VERSION, 1);
	put64(E_PHOFF, 64);
	put16(E_EHSIZE, 64);
	put16(E_PHENTSIZE, 56);
}

/* Places in the good file: a read-only, a code and a data segment, at link addresses from BASE on. */
enum { BASE = 0x10000, TEXT = 0x1000, DATA = 0x2000, DATA_FILE = 0x800, DATA_MEMORY = 0x2100 };

static void good_file(uint16_t machine)
{
	begin_file(machine, TYPE_DYN);
	for (size_t i = 0x800; i < FILE_SIZE; i++)
		file[i] = (uint8_t)(i * 3);
	put64(E_ENTRY, BASE + TEXT + 0x10);
	add_header(LOAD, R, 0, BASE, 0x1000, 0x1000, 0x1000);
	add_header(LOAD, R | X, TEXT, BASE + TEXT, 0x900, 0x900, 0x1000);
	add_header(LOAD, R | W, DATA, BASE + DATA, DATA_FILE, DATA_MEMORY, 0x1000);
}

static enum elf_error parse_as(const struct elf_rules *rules, struct elf_image *image)
{
	void *copy = tap_copy(file, FILE_SIZE);
	enum elf_error error = elf_parse(copy, FILE_SIZE, ELF_MACHINE_X86_64, rules, image);
	free(copy);
	return error;
}

static enum elf_error parse(struct elf_image *image)
{
	return parse_as(NULL, image);
}

/* The error of the good file after one change, which `type` bytes wide is made at `at`. */
static enum elf_error spoiled(size_t at, unsigned width, uint64_t value)
{
	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	if (width == 1)
		file[at] = (uint8_t)value;
	else if (width == 2)
		put16(at, value);
	else if (width == 4)
		put32(at, value);
	else
		put64(at, value);
	return parse(&image);
}

static void a_good_file_is_described(void)
{
	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	CHECK_EQUAL(parse(&image), ELF_OK);
	CHECK_EQUAL(image.machine, ELF_MACHINE_X86_64);
	CHECK(image.is_relocatable && !image.wants_exec_stack);
	CHECK_EQUAL(image.entry, BASE + TEXT + 0x10);
	CHECK_EQUAL(image.base, BASE);
	CHECK_EQUAL(image.span, 0x5000);
	CHECK_EQUAL(image.alignment, 4096);
	CHECK_EQUAL(image.segment_count, 3);
	CHECK_EQUAL(image.segments[1].flags, R | X);
	CHECK_EQUAL(image.segments[2].memory_size, DATA_MEMORY);
	CHECK_EQUAL(image.headers_size, 64 + 3 * 56);
	CHECK_EQUAL(image.dynamic.memory_size, 0);
	CHECK_EQUAL(elf_segment_offset(&image, &image.segments[2]), DATA);
}

static void not_an_elf_file(void)
{
	struct elf_image image;
	CHECK_EQUAL(elf_parse(file, 0, ELF_MACHINE_X86_64, NULL, &image), ELF_ERROR_TOO_SHORT);
	CHECK_EQUAL(spoiled(0, 1, 'E'), ELF_ERROR_MAGIC);
	CHECK_EQUAL(spoiled(4, 1, 1), ELF_ERROR_CLASS);
	CHECK_EQUAL(spoiled(5, 1, 2), ELF_ERROR_BYTE_ORDER);
	CHECK_EQUAL(spoiled(6, 1, 0), ELF_ERROR_VERSION);
	CHECK_EQUAL(spoiled(E_VERSION, 4, 2), ELF_ERROR_VERSION);
	CHECK_EQUAL(spoiled(E_TYPE, 2, 1), ELF_ERROR_TYPE);
	CHECK_EQUAL(spoiled(E_TYPE, 2, 4), ELF_ERROR_TYPE);
}

static void wrong_architecture(void)
{
	CHECK_EQUAL(spoiled(E_MACHINE, 2, ELF_MACHINE_AARCH64), ELF_ERROR_MACHINE);
	CHECK_EQUAL(spoiled(E_MACHINE, 2, 3), ELF_ERROR_MACHINE);
	CHECK_TEXT(elf_machine_name(ELF_MACHINE_AARCH64), "aarch64");
	CHECK_TEXT(elf_machine_name(ELF_MACHINE_X86_64), "x86_64");
	CHECK_TEXT(elf_machine_name(ELF_MACHINE_RISCV), "riscv");
	CHECK_TEXT(elf_machine_name(8), "another machine");
}

static void bad_program_headers(void)
{
	CHECK_EQUAL(spoiled(E_EHSIZE, 2, 52), ELF_ERROR_HEADER_SIZE);
	CHECK_EQUAL(spoiled(E_PHENTSIZE, 2, 32), ELF_ERROR_HEADER_SIZE);
	CHECK_EQUAL(spoiled(E_PHENTSIZE, 2, 0), ELF_ERROR_HEADER_SIZE);
	CHECK_EQUAL(spoiled(E_PHNUM, 2, 0), ELF_ERROR_HEADER_COUNT);
	CHECK_EQUAL(spoiled(E_PHNUM, 2, ELF_MAX_HEADERS + 1), ELF_ERROR_HEADER_COUNT);
	CHECK_EQUAL(spoiled(E_PHNUM, 2, 0xffff), ELF_ERROR_HEADER_COUNT);
	CHECK_EQUAL(spoiled(E_PHOFF, 8, FILE_SIZE - 100), ELF_ERROR_HEADERS_OUTSIDE);
	CHECK_EQUAL(spoiled(E_PHOFF, 8, UINT64_MAX), ELF_ERROR_HEADERS_OUTSIDE);
	CHECK_EQUAL(spoiled(E_PHOFF, 8, UINT64_MAX - 55), ELF_ERROR_HEADERS_OUTSIDE);
}

static void every_truncation_is_noticed(void)
{
	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	for (size_t size = 0; size < DATA + DATA_FILE; size += size < 300 ? 1 : 97) {
		void *copy = tap_copy(file, size);
		enum elf_error error = elf_parse(copy, size, ELF_MACHINE_X86_64, NULL, &image);
		enum elf_error wanted = size < 64            ? ELF_ERROR_TOO_SHORT
					: size < 64 + 3 * 56 ? ELF_ERROR_HEADERS_OUTSIDE
							     : ELF_ERROR_SEGMENT_OUTSIDE;
		CHECK_EQUAL(error, wanted);
		free(copy);
	}
}

static void segments_outside_or_overflowing(void)
{
	size_t data = header_at(2);
	CHECK_EQUAL(spoiled(data + P_OFFSET, 8, FILE_SIZE + 0x1000), ELF_ERROR_SEGMENT_OUTSIDE);
	CHECK_EQUAL(spoiled(data + P_OFFSET, 8, UINT64_MAX & ~UINT64_C(0xfff)), ELF_ERROR_SEGMENT_OUTSIDE);
	CHECK_EQUAL(spoiled(data + P_FILESZ, 8, UINT64_MAX), ELF_ERROR_SEGMENT_SIZE);
	CHECK_EQUAL(spoiled(data + P_FILESZ, 8, DATA_MEMORY + 1), ELF_ERROR_SEGMENT_SIZE);
	CHECK_EQUAL(spoiled(data + P_MEMSZ, 8, DATA_FILE - 1), ELF_ERROR_SEGMENT_SIZE);
	CHECK_EQUAL(spoiled(data + P_MEMSZ, 8, UINT64_MAX), ELF_ERROR_SEGMENT_OVERFLOW);
	CHECK_EQUAL(spoiled(data + P_VADDR, 8, UINT64_MAX & ~UINT64_C(0xfff)), ELF_ERROR_SEGMENT_OVERFLOW);
	CHECK_EQUAL(spoiled(data + P_MEMSZ, 8, UINT64_C(1) << 40), ELF_ERROR_SPAN);
	CHECK_EQUAL(spoiled(data + P_VADDR, 8, UINT64_C(1) << 62), ELF_ERROR_SPAN);

	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	CHECK_EQUAL(parse_as(&(struct elf_rules){.max_span = 0x5000}, &image), ELF_OK);
	CHECK_EQUAL(parse_as(&(struct elf_rules){.max_span = 0x4fff}, &image), ELF_ERROR_SPAN);
}

static void segments_overlap_or_share_pages(void)
{
	size_t text = header_at(1), data = header_at(2);
	CHECK_EQUAL(spoiled(data + P_VADDR, 8, BASE + TEXT), ELF_ERROR_SEGMENT_OVERLAP);
	CHECK_EQUAL(spoiled(data + P_VADDR, 8, BASE), ELF_ERROR_SEGMENT_ORDER);
	CHECK_EQUAL(spoiled(text + P_MEMSZ, 8, 0x1001), ELF_ERROR_SEGMENT_OVERLAP);
	/* Same page, no common byte. */
	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	put64(data + P_OFFSET, TEXT + 0x900);
	put64(data + P_VADDR, BASE + TEXT + 0x900);
	CHECK_EQUAL(parse(&image), ELF_ERROR_SEGMENT_OVERLAP);
}

static void segments_misaligned(void)
{
	size_t data = header_at(2);
	CHECK_EQUAL(spoiled(data + P_VADDR, 8, BASE + DATA + 8), ELF_ERROR_SEGMENT_ALIGNMENT);
	CHECK_EQUAL(spoiled(data + P_ALIGN, 8, 3), ELF_ERROR_SEGMENT_ALIGNMENT);
	CHECK_EQUAL(spoiled(data + P_ALIGN, 8, UINT64_C(1) << 63), ELF_ERROR_SPAN);
	CHECK_EQUAL(spoiled(data + P_ALIGN, 8, 0), ELF_OK);
	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	put64(data + P_ALIGN, 0x10000);
	CHECK_EQUAL(parse(&image), ELF_OK);
	CHECK_EQUAL(image.alignment, 0x10000);
}

static void writable_code_is_refused(void)
{
	CHECK_EQUAL(spoiled(header_at(1) + P_FLAGS, 4, R | W | X), ELF_ERROR_SEGMENT_RIGHTS);
	CHECK_EQUAL(spoiled(header_at(2) + P_FLAGS, 4, W | X), ELF_ERROR_SEGMENT_RIGHTS);
}

static void entry_must_be_code(void)
{
	CHECK_EQUAL(spoiled(E_ENTRY, 8, 0), ELF_ERROR_ENTRY);
	CHECK_EQUAL(spoiled(E_ENTRY, 8, UINT64_MAX), ELF_ERROR_ENTRY);
	CHECK_EQUAL(spoiled(E_ENTRY, 8, BASE), ELF_ERROR_ENTRY);
	CHECK_EQUAL(spoiled(E_ENTRY, 8, BASE + DATA), ELF_ERROR_ENTRY);
	CHECK_EQUAL(spoiled(E_ENTRY, 8, BASE + TEXT + 0x8ff), ELF_OK);
	CHECK_EQUAL(spoiled(E_ENTRY, 8, BASE + TEXT + 0x900), ELF_ERROR_ENTRY);
	/* The part of a code segment that is only zeros is no code. */
	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	put64(header_at(1) + P_FILESZ, 0x10);
	CHECK_EQUAL(parse(&image), ELF_ERROR_ENTRY);
}

static void number_of_segments(void)
{
	struct elf_image image;
	begin_file(ELF_MACHINE_X86_64, TYPE_EXEC);
	CHECK_EQUAL(parse(&image), ELF_ERROR_HEADER_COUNT);
	add_header(NOTE, R, 0x3000, 0, 0, 0, 4);
	CHECK_EQUAL(parse(&image), ELF_ERROR_NO_SEGMENT);
	put64(E_ENTRY, BASE);
	for (unsigned i = 0; i < ELF_MAX_SEGMENTS; i++)
		add_header(LOAD, R | X, 0x3000, BASE + i * 0x1000, 0x100, 0x100, 0x1000);
	CHECK_EQUAL(parse(&image), ELF_OK);
	CHECK_EQUAL(image.segment_count, ELF_MAX_SEGMENTS);
	/* Empty ones do not count, whatever else they say. */
	add_header(LOAD, R | W | X, 0x3000, 0, 0, 0, 0x1000);
	CHECK_EQUAL(parse(&image), ELF_OK);
	add_header(LOAD, R | X, 0x3000, BASE + 0x100000, 0x100, 0x100, 0x1000);
	CHECK_EQUAL(parse(&image), ELF_ERROR_SEGMENT_COUNT);
}

static void what_needs_a_dynamic_linker(void)
{
	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	add_header(INTERP, R, 0x3000, BASE, 16, 16, 1);
	CHECK_EQUAL(parse(&image), ELF_ERROR_INTERPRETER);

	good_file(ELF_MACHINE_X86_64);
	add_header(DYNAMIC, R | W, 0x3000, BASE + 0x9000, 0x100, 0x100, 8);
	CHECK_EQUAL(parse(&image), ELF_ERROR_DYNAMIC);
	good_file(ELF_MACHINE_X86_64);
	add_header(DYNAMIC, R | W, DATA, BASE + DATA, 0x100, 0x100, 8);
	add_header(DYNAMIC, R | W, DATA, BASE + DATA, 0x100, 0x100, 8);
	CHECK_EQUAL(parse(&image), ELF_ERROR_DUPLICATE);
}

static void thread_local_storage(void)
{
	const struct elf_rules rules = {.allow_tls = true};
	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	add_header(TLS, R, DATA, BASE + DATA, 0x20, 0x4000, 16);
	CHECK_EQUAL(parse(&image), ELF_ERROR_TLS);
	CHECK_EQUAL(parse_as(&rules, &image), ELF_OK);
	CHECK_EQUAL(image.tls.address, BASE + DATA);
	CHECK_EQUAL(image.tls.memory_size, 0x4000);
	put64(header_at(3) + P_VADDR, BASE + 0x9000);
	CHECK_EQUAL(parse_as(&rules, &image), ELF_ERROR_TLS);
}

static void an_empty_part_may_lie_anywhere(void)
{
	const struct elf_rules rules = {.allow_tls = true};
	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	put64(header_at(2) + P_OFFSET, FILE_SIZE + 0x1008);
	put64(header_at(2) + P_FILESZ, 0);
	add_header(TLS, R, FILE_SIZE + 0x1000, BASE + DATA, 0, 0x40, 16);
	CHECK_EQUAL(parse_as(&rules, &image), ELF_OK);
	CHECK_EQUAL(image.segments[2].file_offset, 0);
	CHECK_EQUAL(image.segments[2].memory_size, DATA_MEMORY);
	CHECK_EQUAL(image.tls.file_offset, 0);
	put64(header_at(3) + P_FILESZ, 1);
	CHECK_EQUAL(parse_as(&rules, &image), ELF_ERROR_SEGMENT_OUTSIDE);
}

static void relro_and_stack(void)
{
	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	add_header(STACK, R | W | X, 0, 0, 0, 0, 16);
	unsigned relro = add_header(RELRO, R, DATA, BASE + DATA, 0x800, 0x1000, 1);
	CHECK_EQUAL(parse(&image), ELF_OK);
	CHECK(image.wants_exec_stack);
	CHECK_EQUAL(image.relro.memory_size, 0x1000);
	put64(header_at(relro) + P_MEMSZ, 0x10000);
	CHECK_EQUAL(parse(&image), ELF_OK);
	CHECK_EQUAL(image.relro.memory_size, 0x3000);
	put64(header_at(relro) + P_VADDR, 0x100);
	CHECK_EQUAL(parse(&image), ELF_ERROR_SEGMENT_OUTSIDE);
}

static void headers_can_be_read_first(void)
{
	struct elf_image image, whole;
	good_file(ELF_MACHINE_X86_64);
	CHECK_EQUAL(parse(&whole), ELF_OK);
	for (size_t length = 0; length < 300; length++) {
		void *copy = tap_copy(file, length);
		enum elf_error error = elf_parse_headers(copy, length, FILE_SIZE, ELF_MACHINE_X86_64, NULL, &image);
		if (length < 64 + 3 * 56) {
			CHECK_EQUAL(error, ELF_ERROR_HEADERS_BUFFER);
			CHECK_EQUAL(image.headers_size, length < 64 ? 64 : 64 + 3 * 56);
		} else {
			CHECK_EQUAL(error, ELF_OK);
			CHECK(memcmp(&image, &whole, sizeof image) == 0);
		}
		free(copy);
	}
}

static void loading_copies_and_zeroes(void)
{
	struct elf_image image;
	good_file(ELF_MACHINE_X86_64);
	put64(header_at(2) + P_VADDR, BASE + DATA + 0x1000); /* leave a page free */
	CHECK_EQUAL(parse(&image), ELF_OK);
	CHECK_EQUAL(image.span, 0x6000);
	uint8_t *memory = malloc(image.span);
	memset(memory, 0xee, image.span);
	CHECK_EQUAL(elf_load(&image, file, FILE_SIZE, memory, image.span - 1), ELF_ERROR_BUFFER);
	CHECK_EQUAL(elf_load(&image, file, FILE_SIZE - 1, memory, image.span), ELF_ERROR_BUFFER);
	CHECK(memory[0] == 0xee);
	CHECK_EQUAL(elf_load(&image, file, FILE_SIZE, memory, image.span), ELF_OK);
	uint8_t *wanted = calloc(1, image.span);
	memcpy(wanted, file, 0x1000);
	memcpy(wanted + TEXT, file + TEXT, 0x900);
	memcpy(wanted + DATA + 0x1000, file + DATA, DATA_FILE);
	CHECK(memcmp(memory, wanted, image.span) == 0);
	free(wanted);
	free(memory);
}

/* ---- Relocation -------------------------------------------------------------------------------------------------- */

enum { DYN_AT = DATA, RELA_AT = 0x800, RELR_AT = 0xa00 };
enum {
	TAG_NULL = 0,
	TAG_NEEDED = 1,
	TAG_PLTRELSZ = 2,
	TAG_RELA = 7,
	TAG_RELASZ = 8,
	TAG_RELAENT = 9,
	TAG_RELSZ = 18,
	TAG_RELRSZ = 35,
	TAG_RELR = 36,
	TAG_RELRENT = 37
};

static unsigned dynamic_count, rela_count, relr_count;

static void add_dynamic(uint64_t tag, uint64_t value)
{
	put64(DYN_AT + dynamic_count * 16, tag);
	put64(DYN_AT + dynamic_count * 16 + 8, value);
	dynamic_count++;
}

static void add_rela(uint64_t offset, uint64_t info, uint64_t addend)
{
	size_t at = RELA_AT + rela_count++ * 24;
	put64(at, offset);
	put64(at + 8, info);
	put64(at + 16, addend);
}

static void add_relr(uint64_t entry)
{
	put64(RELR_AT + relr_count++ * 8, entry);
}

static void relocatable_file(uint16_t machine)
{
	good_file(machine);
	add_header(DYNAMIC, R | W, DYN_AT, BASE + DYN_AT, 0x200, 0x200, 8);
	memset(file + DYN_AT, 0, 0x200);
	memset(file + RELA_AT, 0, 0x800);
	dynamic_count = rela_count = relr_count = 0;
}

static void finish_tables(void)
{
	if (rela_count != 0) {
		add_dynamic(TAG_RELA, BASE + RELA_AT);
		add_dynamic(TAG_RELASZ, rela_count * 24);
		add_dynamic(TAG_RELAENT, 24);
	}
	if (relr_count != 0) {
		add_dynamic(TAG_RELR, BASE + RELR_AT);
		add_dynamic(TAG_RELRSZ, relr_count * 8);
		add_dynamic(TAG_RELRENT, 8);
	}
	add_dynamic(TAG_NULL, 0);
}

static uint8_t loaded[0x5000];

static enum elf_error load_and_relocate(uint16_t machine, uint64_t bias)
{
	struct elf_image image;
	enum elf_error error = elf_parse(file, FILE_SIZE, machine, NULL, &image);
	if (error != ELF_OK)
		return error;
	uint8_t *memory = malloc(image.span);
	error = elf_load(&image, file, FILE_SIZE, memory, image.span);
	if (error == ELF_OK)
		error = elf_relocate(&image, memory, image.span, bias);
	memcpy(loaded, memory, image.span < sizeof loaded ? image.span : sizeof loaded);
	free(memory);
	return error;
}

static void rela_on_all_machines(void)
{
	static const struct {
		uint16_t machine;
		uint32_t relative;
	} machines[] = {{ELF_MACHINE_X86_64, 8}, {ELF_MACHINE_AARCH64, 1027}, {ELF_MACHINE_RISCV, 3}};
	for (size_t i = 0; i < 3; i++) {
		relocatable_file(machines[i].machine);
		add_rela(BASE + DATA + 0x400, machines[i].relative, BASE + 0x123);
		add_rela(BASE + DATA + 0x40b, machines[i].relative, BASE);                   /* unaligned is legal */
		add_rela(0, 0, 0);                                                           /* NONE */
		add_rela(BASE + DATA + DATA_MEMORY - 8, machines[i].relative, (uint64_t)-1); /* in the zeroed part */
		add_rela(BASE + 0xf00, machines[i].relative, 7);                             /* read-only data */
		finish_tables();
		const uint64_t bias = UINT64_C(0xffffffff40000000);
		CHECK_EQUAL(load_and_relocate(machines[i].machine, bias), ELF_OK);
		CHECK_EQUAL(load_le64(loaded + DATA + 0x400), BASE + 0x123 + bias);
		CHECK_EQUAL(load_le64(loaded + DATA + 0x40b), BASE + bias);
		CHECK_EQUAL(load_le64(loaded + DATA + DATA_MEMORY - 8), bias - 1);
		CHECK_EQUAL(load_le64(loaded + 0xf00), 7 + bias);
		/* Another machine's type is not this machine's. */
		relocatable_file(machines[i].machine);
		add_rela(BASE + DATA + 0x400, machines[(i + 1) % 3].relative, 0);
		finish_tables();
		CHECK_EQUAL(load_and_relocate(machines[i].machine, 0), ELF_ERROR_RELOCATION_KIND);
	}
}

static void relr_tables(void)
{
	relocatable_file(ELF_MACHINE_X86_64);
	for (unsigned i = 0; i < 128; i++)
		put64(DATA + 0x200 + i * 8, i);
	add_relr(BASE + DATA + 0x200);             /* word 0 */
	add_relr(UINT64_C(1) | 1 << 1 | 1 << 4);   /* words 1 and 4 */
	add_relr(UINT64_C(1) | UINT64_C(1) << 63); /* word 1 + 63 + 62 = 126 */
	finish_tables();
	CHECK_EQUAL(load_and_relocate(ELF_MACHINE_X86_64, 0x10000), ELF_OK);
	for (unsigned i = 0; i < 128; i++) {
		bool is_relocated = i == 0 || i == 1 || i == 4 || i == 126;
		CHECK_EQUAL(load_le64(loaded + DATA + 0x200 + i * 8), i + (is_relocated ? 0x10000 : 0));
	}

	relocatable_file(ELF_MACHINE_X86_64);
	add_relr(3); /* a bitmap first */
	finish_tables();
	CHECK_EQUAL(load_and_relocate(ELF_MACHINE_X86_64, 0), ELF_ERROR_RELOCATION_TABLE);

	relocatable_file(ELF_MACHINE_X86_64);
	add_relr(BASE + DATA + DATA_MEMORY - 8);
	add_relr(3); /* the word behind the segment */
	finish_tables();
	CHECK_EQUAL(load_and_relocate(ELF_MACHINE_X86_64, 0), ELF_ERROR_RELOCATION_TARGET);

	relocatable_file(ELF_MACHINE_X86_64);
	add_relr(UINT64_MAX - 7);
	finish_tables();
	CHECK_EQUAL(load_and_relocate(ELF_MACHINE_X86_64, 0), ELF_ERROR_RELOCATION_TARGET);
}

static enum elf_error with_dynamic(uint64_t tag, uint64_t value)
{
	relocatable_file(ELF_MACHINE_X86_64);
	add_dynamic(tag, value);
	add_dynamic(TAG_NULL, 0);
	return load_and_relocate(ELF_MACHINE_X86_64, 0);
}

static enum elf_error with_rela(uint64_t offset, uint64_t info)
{
	relocatable_file(ELF_MACHINE_X86_64);
	add_rela(offset, info, 0);
	finish_tables();
	return load_and_relocate(ELF_MACHINE_X86_64, 0);
}

static enum elf_error with_rela_table(uint64_t address, uint64_t size, uint64_t entry)
{
	relocatable_file(ELF_MACHINE_X86_64);
	add_dynamic(TAG_RELA, address);
	add_dynamic(TAG_RELASZ, size);
	add_dynamic(TAG_RELAENT, entry);
	add_dynamic(TAG_NULL, 0);
	return load_and_relocate(ELF_MACHINE_X86_64, 0);
}

static void what_relocation_refuses(void)
{
	CHECK_EQUAL(with_dynamic(TAG_NEEDED, 1), ELF_ERROR_LIBRARY);
	CHECK_EQUAL(with_dynamic(TAG_PLTRELSZ, 24), ELF_ERROR_RELOCATION_KIND);
	CHECK_EQUAL(with_dynamic(TAG_RELSZ, 16), ELF_ERROR_RELOCATION_KIND);
	CHECK_EQUAL(with_dynamic(TAG_PLTRELSZ, 0), ELF_OK);
	CHECK_EQUAL(with_dynamic(0x6ffffef5, 1), ELF_OK); /* GNU_HASH: of no concern */

	CHECK_EQUAL(with_rela(BASE + DATA + 0x400, 1), ELF_ERROR_RELOCATION_KIND);                     /* R_X86_64_64 */
	CHECK_EQUAL(with_rela(BASE + DATA + 0x400, UINT64_C(1) << 32 | 8), ELF_ERROR_RELOCATION_KIND); /* a symbol */
	CHECK_EQUAL(with_rela(BASE + TEXT, 8), ELF_ERROR_RELOCATION_TARGET);                           /* code */
	CHECK_EQUAL(with_rela(BASE - 8, 8), ELF_ERROR_RELOCATION_TARGET);
	CHECK_EQUAL(with_rela(0, 8), ELF_ERROR_RELOCATION_TARGET);
	CHECK_EQUAL(with_rela(UINT64_MAX, 8), ELF_ERROR_RELOCATION_TARGET);
	CHECK_EQUAL(with_rela(BASE + DATA + DATA_MEMORY - 7, 8), ELF_ERROR_RELOCATION_TARGET);

	CHECK_EQUAL(with_rela_table(BASE + RELA_AT, 25, 24), ELF_ERROR_RELOCATION_TABLE);
	CHECK_EQUAL(with_rela_table(BASE + RELA_AT, 48, 16), ELF_ERROR_RELOCATION_TABLE);
	CHECK_EQUAL(with_rela_table(BASE + RELA_AT, 48, 0), ELF_ERROR_RELOCATION_TABLE);
	CHECK_EQUAL(with_rela_table(0, 24, 24), ELF_ERROR_RELOCATION_TABLE);
	CHECK_EQUAL(with_rela_table(BASE + DATA + DATA_MEMORY - 16, 24, 24), ELF_ERROR_RELOCATION_TABLE);
	CHECK_EQUAL(with_rela_table(UINT64_MAX - 7, 24, 24), ELF_ERROR_RELOCATION_TABLE);
	CHECK_EQUAL(with_rela_table(BASE + RELA_AT, UINT64_MAX / 24 * 24, 24), ELF_ERROR_RELOCATION_TABLE);

	/* No end of the dynamic section. */
	relocatable_file(ELF_MACHINE_X86_64);
	for (int i = 0; i < 0x20; i++)
		add_dynamic(0x6ffffef5, 0);
	CHECK_EQUAL(load_and_relocate(ELF_MACHINE_X86_64, 0), ELF_ERROR_DYNAMIC);
}

static void bias_must_fit(void)
{
	relocatable_file(ELF_MACHINE_X86_64);
	finish_tables();
	CHECK_EQUAL(load_and_relocate(ELF_MACHINE_X86_64, 0x800), ELF_ERROR_BIAS);
	CHECK_EQUAL(load_and_relocate(ELF_MACHINE_X86_64, -(uint64_t)BASE - 0x1000), ELF_ERROR_BIAS); /* wraps */
	CHECK_EQUAL(load_and_relocate(ELF_MACHINE_X86_64, -(uint64_t)BASE), ELF_OK);
	put16(E_TYPE, TYPE_EXEC);
	CHECK_EQUAL(load_and_relocate(ELF_MACHINE_X86_64, 0x1000), ELF_ERROR_BIAS);
	CHECK_EQUAL(load_and_relocate(ELF_MACHINE_X86_64, 0), ELF_OK);

	struct elf_image image;
	CHECK_EQUAL(elf_parse(file, FILE_SIZE, ELF_MACHINE_X86_64, NULL, &image), ELF_OK);
	CHECK_EQUAL(elf_relocate(&image, loaded, 0x4fff, 0), ELF_ERROR_BUFFER);
}

/* ---- Notes ------------------------------------------------------------------------------------------------------- */

static size_t add_note(size_t at, const char *owner, uint32_t type, const char *data, size_t padding)
{
	size_t name_size = strlen(owner) + 1, data_size = strlen(data);
	put32(at, name_size);
	put32(at + 4, data_size);
	put32(at + 8, type);
	memset(file + at + 12, 0, 64);
	memcpy(file + at + 12, owner, name_size);
	size_t data_at = at + ((12 + name_size + padding - 1) & ~(padding - 1));
	memcpy(file + data_at, data, data_size);
	return at + ((data_at - at + data_size + padding - 1) & ~(padding - 1));
}

static void notes_are_found(void)
{
	struct elf_image image;
	const void *data;
	size_t size;
	for (size_t padding = 4; padding <= 8; padding += 4) {
		good_file(ELF_MACHINE_X86_64);
		size_t end = add_note(0x800, "GNU", 1, "other", padding);
		end = add_note(end, "Helion", 2, "two", padding);
		end = add_note(end, "Helion", 1, "one", padding);
		add_header(NOTE, R, 0x800, BASE + 0x800, end - 0x800, end - 0x800, padding);
		CHECK_EQUAL(parse(&image), ELF_OK);
		CHECK_EQUAL(elf_find_note(&image, file, FILE_SIZE, "Helion", 1, &data, &size), ELF_OK);
		CHECK(size == 3 && memcmp(data, "one", 3) == 0);
		CHECK_EQUAL(elf_find_note(&image, file, FILE_SIZE, "GNU", 1, &data, &size), ELF_OK);
		CHECK(size == 5 && memcmp(data, "other", 5) == 0);
		CHECK_EQUAL(elf_find_note(&image, file, FILE_SIZE, "Helion", 3, &data, &size), ELF_ERROR_NOT_FOUND);
		CHECK_EQUAL(elf_find_note(&image, file, FILE_SIZE, "Helio", 1, &data, &size), ELF_ERROR_NOT_FOUND);
		CHECK_EQUAL(elf_find_note(&image, file, FILE_SIZE - 1, "Helion", 1, &data, &size), ELF_ERROR_BUFFER);

		CHECK_EQUAL(elf_load(&image, file, FILE_SIZE, loaded, sizeof loaded), ELF_OK);
		CHECK_EQUAL(elf_find_loaded_note(&image, loaded, sizeof loaded, "Helion", 2, &data, &size), ELF_OK);
		CHECK(size == 3 && memcmp(data, "two", 3) == 0);
		CHECK((const uint8_t *)data >= loaded && (const uint8_t *)data < loaded + sizeof loaded);
	}
}

static void malformed_notes(void)
{
	struct elf_image image;
	const void *data;
	size_t size;
	good_file(ELF_MACHINE_X86_64);
	add_note(0x800, "Helion", 1, "one", 4);
	unsigned note = add_header(NOTE, R, 0x800, BASE + 0x800, 24, 24, 4);
	CHECK_EQUAL(parse(&image), ELF_OK);
	put32(0x800, UINT32_MAX);
	CHECK_EQUAL(elf_find_note(&image, file, FILE_SIZE, "Helion", 1, &data, &size), ELF_ERROR_NOTE);
	put32(0x800, 7);
	put32(0x804, UINT32_MAX);
	CHECK_EQUAL(elf_find_note(&image, file, FILE_SIZE, "Helion", 1, &data, &size), ELF_ERROR_NOTE);
	put32(0x804, 4);
	CHECK_EQUAL(elf_find_note(&image, file, FILE_SIZE, "Helion", 1, &data, &size), ELF_OK);
	put32(0x804, 5);
	CHECK_EQUAL(elf_find_note(&image, file, FILE_SIZE, "Helion", 1, &data, &size), ELF_ERROR_NOTE);
	/* Not loaded: seen in the file only. */
	put32(0x804, 3);
	put64(header_at(note) + P_VADDR, 0);
	CHECK_EQUAL(parse(&image), ELF_OK);
	CHECK_EQUAL(elf_find_note(&image, file, FILE_SIZE, "Helion", 1, &data, &size), ELF_OK);
	CHECK_EQUAL(elf_find_loaded_note(&image, loaded, sizeof loaded, "Helion", 1, &data, &size),
		    ELF_ERROR_NOT_FOUND);
	/* Outside the file. */
	put64(header_at(note) + P_OFFSET, FILE_SIZE - 8);
	CHECK_EQUAL(parse(&image), ELF_ERROR_SEGMENT_OUTSIDE);
	/* Too many. */
	good_file(ELF_MACHINE_X86_64);
	for (int i = 0; i <= ELF_MAX_NOTES; i++)
		add_header(NOTE, R, 0x800, BASE + 0x800, 24, 24, 4);
	CHECK_EQUAL(parse(&image), ELF_ERROR_NOTE_COUNT);
}

static void every_error_has_a_phrase(void)
{
	CHECK_PHRASES(elf_strerror, ELF_OK, ELF_ERROR_NOT_FOUND);
}

int main(void)
{
	RUN(a_good_file_is_described);
	RUN(not_an_elf_file);
	RUN(wrong_architecture);
	RUN(bad_program_headers);
	RUN(every_truncation_is_noticed);
	RUN(segments_outside_or_overflowing);
	RUN(segments_overlap_or_share_pages);
	RUN(segments_misaligned);
	RUN(writable_code_is_refused);
	RUN(entry_must_be_code);
	RUN(number_of_segments);
	RUN(what_needs_a_dynamic_linker);
	RUN(thread_local_storage);
	RUN(an_empty_part_may_lie_anywhere);
	RUN(relro_and_stack);
	RUN(headers_can_be_read_first);
	RUN(loading_copies_and_zeroes);
	RUN(rela_on_all_machines);
	RUN(relr_tables);
	RUN(what_relocation_refuses);
	RUN(bias_must_fit);
	RUN(notes_are_found);
	RUN(malformed_notes);
	RUN(every_error_has_a_phrase);
	return tap_finish();
}
