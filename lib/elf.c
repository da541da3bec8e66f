/* SPDX-License-Identifier: BSD-2-Clause */
/* See elf.h. Field offsets and values are those of the System V gABI, chapters 4 and 5. */
#include "lib/elf.h"

#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/string.h"

enum {
	HEADER_SIZE = 64,
	PROGRAM_HEADER_SIZE = 56,
	DYNAMIC_ENTRY_SIZE = 16,
	RELA_ENTRY_SIZE = 24,
	RELR_ENTRY_SIZE = 8,
	NOTE_HEADER_SIZE = 12,
};

enum { CLASS_64 = 2, DATA_LITTLE = 1, VERSION_CURRENT = 1 };
enum { TYPE_EXECUTABLE = 2, TYPE_DYNAMIC = 3 };

enum {
	PT_LOAD = 1,
	PT_DYNAMIC = 2,
	PT_INTERP = 3,
	PT_NOTE = 4,
	PT_TLS = 7,
	PT_GNU_STACK = 0x6474e551,
	PT_GNU_RELRO = 0x6474e552,
};

enum {
	DT_NULL = 0,
	DT_NEEDED = 1,
	DT_PLTRELSZ = 2,
	DT_RELA = 7,
	DT_RELASZ = 8,
	DT_RELAENT = 9,
	DT_RELSZ = 18,
	DT_RELRSZ = 35,
	DT_RELR = 36,
	DT_RELRENT = 37,
};

static const uint64_t DEFAULT_MAX_SPAN = UINT64_C(1) << 30;

typedef uint64_t __attribute__((may_alias)) word;

const char *elf_strerror(enum elf_error error)
{
	switch (error) {
	case ELF_OK: return "no error";
	case ELF_ERROR_TOO_SHORT: return "too short for an ELF header";
	case ELF_ERROR_MAGIC: return "not an ELF file";
	case ELF_ERROR_CLASS: return "not a 64-bit ELF file";
	case ELF_ERROR_BYTE_ORDER: return "not a little-endian ELF file";
	case ELF_ERROR_VERSION: return "unknown ELF version";
	case ELF_ERROR_TYPE: return "neither an executable nor a static PIE";
	case ELF_ERROR_MACHINE: return "built for another architecture";
	case ELF_ERROR_HEADER_SIZE: return "ELF header or program headers have an unexpected size";
	case ELF_ERROR_HEADER_COUNT: return "no program headers, or too many";
	case ELF_ERROR_HEADERS_OUTSIDE: return "program headers lie outside the file (truncated?)";
	case ELF_ERROR_HEADERS_BUFFER: return "program headers lie too far into the file";
	case ELF_ERROR_NO_SEGMENT: return "nothing to load";
	case ELF_ERROR_SEGMENT_COUNT: return "too many loadable segments";
	case ELF_ERROR_SEGMENT_OUTSIDE: return "a segment reaches beyond the end of the file (truncated?)";
	case ELF_ERROR_SEGMENT_SIZE: return "a segment has more bytes in the file than in memory";
	case ELF_ERROR_SEGMENT_OVERFLOW: return "a segment's address and size overflow";
	case ELF_ERROR_SEGMENT_ALIGNMENT: return "a segment is misaligned";
	case ELF_ERROR_SEGMENT_ORDER: return "segments are not in ascending order";
	case ELF_ERROR_SEGMENT_OVERLAP: return "segments overlap or share a page";
	case ELF_ERROR_SEGMENT_RIGHTS: return "a segment is both writable and executable";
	case ELF_ERROR_SPAN: return "the image is larger than allowed";
	case ELF_ERROR_ENTRY: return "the entry point is not in an executable segment";
	case ELF_ERROR_INTERPRETER: return "needs a dynamic linker (link it statically)";
	case ELF_ERROR_TLS: return "has thread-local storage, which is malformed or not supported here";
	case ELF_ERROR_DUPLICATE: return "more than one dynamic, TLS or RELRO segment";
	case ELF_ERROR_DYNAMIC: return "the dynamic section is malformed or not loaded";
	case ELF_ERROR_LIBRARY: return "needs a shared library (link it statically)";
	case ELF_ERROR_RELOCATION_TABLE: return "a relocation table is malformed or outside the image";
	case ELF_ERROR_RELOCATION_KIND: return "has a relocation that needs a dynamic linker";
	case ELF_ERROR_RELOCATION_TARGET: return "a relocation points outside the image or into its code";
	case ELF_ERROR_BIAS: return "cannot run at the address chosen for it";
	case ELF_ERROR_BUFFER: return "the buffer does not fit the image";
	case ELF_ERROR_NOTE: return "a note is malformed";
	case ELF_ERROR_NOTE_COUNT: return "too many note segments";
	case ELF_ERROR_NOT_FOUND: return "there is no such note";
	}
	return "unknown error";
}

const char *elf_machine_name(uint16_t machine)
{
	switch (machine) {
	case ELF_MACHINE_X86_64: return "x86_64";
	case ELF_MACHINE_AARCH64: return "aarch64";
	case ELF_MACHINE_RISCV: return "riscv";
	default: return "another machine";
	}
}

static enum elf_error parse_header(const uint8_t *header, size_t length, uint64_t file_size, uint16_t machine,
				   struct elf_image *ret, uint64_t *ret_table, uint32_t *ret_count)
{
	static const uint8_t magic[4] = {0x7f, 'E', 'L', 'F'};

	ret->headers_size = HEADER_SIZE;
	if (file_size < HEADER_SIZE)
		return ELF_ERROR_TOO_SHORT;
	if (length < HEADER_SIZE)
		return ELF_ERROR_HEADERS_BUFFER;
	if (memcmp(header, magic, sizeof magic) != 0)
		return ELF_ERROR_MAGIC;
	if (header[4] != CLASS_64)
		return ELF_ERROR_CLASS;
	if (header[5] != DATA_LITTLE)
		return ELF_ERROR_BYTE_ORDER;
	if (header[6] != VERSION_CURRENT || load_le32(header + 20) != VERSION_CURRENT)
		return ELF_ERROR_VERSION;

	uint16_t type = load_le16(header + 16);
	if (type != TYPE_EXECUTABLE && type != TYPE_DYNAMIC)
		return ELF_ERROR_TYPE;
	ret->is_relocatable = type == TYPE_DYNAMIC;
	ret->machine = load_le16(header + 18);
	if (ret->machine != machine)
		return ELF_ERROR_MACHINE;
	ret->entry = load_le64(header + 24);

	uint32_t count = load_le16(header + 56);
	if (count == 0 || count > ELF_MAX_HEADERS)
		return ELF_ERROR_HEADER_COUNT;
	if (load_le16(header + 52) < HEADER_SIZE || load_le16(header + 54) != PROGRAM_HEADER_SIZE)
		return ELF_ERROR_HEADER_SIZE;

	uint64_t table = load_le64(header + 32);
	if (!range_fits(file_size, table, (uint64_t)count * PROGRAM_HEADER_SIZE))
		return ELF_ERROR_HEADERS_OUTSIDE;
	uint64_t end = table + (uint64_t)count * PROGRAM_HEADER_SIZE;
	if (end > ret->headers_size)
		ret->headers_size = end;
	if (end > length)
		return ELF_ERROR_HEADERS_BUFFER;

	*ret_table = table;
	*ret_count = count;
	return ELF_OK;
}

/*
 * Reads what all kinds of program headers have in common, and checks that it is inside the file and the address
 * space.
 */
static enum elf_error parse_part(const uint8_t *header, uint64_t file_size, struct elf_part *ret)
{
	ret->file_offset = load_le64(header + 8);
	ret->address = load_le64(header + 16);
	ret->file_size = load_le64(header + 32);
	ret->memory_size = load_le64(header + 40);
	ret->alignment = load_le64(header + 48);
	if (ret->alignment == 0)
		ret->alignment = 1;

	if (!is_power_of_two(ret->alignment))
		return ELF_ERROR_SEGMENT_ALIGNMENT;
	if (ret->file_size > ret->memory_size)
		return ELF_ERROR_SEGMENT_SIZE;
	/* The place of nothing says nothing: objcopy cuts the file off before it. */
	if (ret->file_size == 0)
		ret->file_offset = 0;
	if (!range_fits(file_size, ret->file_offset, ret->file_size))
		return ELF_ERROR_SEGMENT_OUTSIDE;
	/* The last page may not be rounded up to 2^64 either, so that no end address is ever 0. */
	uint64_t end;
	if (!checked_add_u64(ret->address, ret->memory_size, &end) || !checked_align_up(end, ELF_PAGE_SIZE, &end))
		return ELF_ERROR_SEGMENT_OVERFLOW;
	return ELF_OK;
}

static uint64_t page_end(const struct elf_segment *segment)
{
	/* parse_part made sure that this does not overflow. */
	return align_down(segment->address + segment->memory_size + (ELF_PAGE_SIZE - 1), ELF_PAGE_SIZE);
}

static enum elf_error add_segment(const struct elf_part *part, uint32_t flags, struct elf_image *image)
{
	if (part->memory_size == 0)
		return ELF_OK;
	if (image->segment_count == ELF_MAX_SEGMENTS)
		return ELF_ERROR_SEGMENT_COUNT;
	if ((flags & ELF_SEGMENT_WRITE) != 0 && (flags & ELF_SEGMENT_EXECUTE) != 0)
		return ELF_ERROR_SEGMENT_RIGHTS;
	if (part->file_size != 0 && part->file_offset % ELF_PAGE_SIZE != part->address % ELF_PAGE_SIZE)
		return ELF_ERROR_SEGMENT_ALIGNMENT;

	if (image->segment_count != 0) {
		const struct elf_segment *previous = &image->segments[image->segment_count - 1];
		if (part->address < previous->address)
			return ELF_ERROR_SEGMENT_ORDER;
		if (align_down(part->address, ELF_PAGE_SIZE) < page_end(previous))
			return ELF_ERROR_SEGMENT_OVERLAP;
	}

	image->segments[image->segment_count++] = (struct elf_segment){
		.file_offset = part->file_offset,
		.file_size = part->file_size,
		.address = part->address,
		.memory_size = part->memory_size,
		.alignment = part->alignment,
		.flags = flags & (ELF_SEGMENT_EXECUTE | ELF_SEGMENT_WRITE | ELF_SEGMENT_READ),
	};
	if (part->alignment > image->alignment)
		image->alignment = part->alignment;
	return ELF_OK;
}

static enum elf_error set_part(struct elf_part *slot, const struct elf_part *part)
{
	if (part->memory_size == 0)
		return ELF_OK;
	if (slot->memory_size != 0)
		return ELF_ERROR_DUPLICATE;
	*slot = *part;
	return ELF_OK;
}

static enum elf_error add_header(const uint8_t *header, uint64_t file_size, const struct elf_rules *rules,
				 struct elf_image *image)
{
	uint32_t type = load_le32(header);
	uint32_t flags = load_le32(header + 4);
	struct elf_part part;
	enum elf_error error;

	switch (type) {
	case PT_LOAD:
	case PT_DYNAMIC:
	case PT_NOTE:
	case PT_TLS:
	case PT_GNU_RELRO:
		error = parse_part(header, file_size, &part);
		if (error != ELF_OK)
			return error;
		break;
	default: break;
	}

	switch (type) {
	case PT_LOAD: return add_segment(&part, flags, image);
	case PT_DYNAMIC: return set_part(&image->dynamic, &part);
	case PT_GNU_RELRO: return set_part(&image->relro, &part);
	case PT_TLS:
		if (rules == NULL || !rules->allow_tls)
			return part.memory_size == 0 ? ELF_OK : ELF_ERROR_TLS;
		return set_part(&image->tls, &part);
	case PT_NOTE:
		if (image->note_count == ELF_MAX_NOTES)
			return ELF_ERROR_NOTE_COUNT;
		image->notes[image->note_count++] = part;
		return ELF_OK;
	case PT_INTERP: return ELF_ERROR_INTERPRETER;
	case PT_GNU_STACK: image->wants_exec_stack = (flags & ELF_SEGMENT_EXECUTE) != 0; return ELF_OK;
	default: return ELF_OK;
	}
}

/* The segment that contains all of the given link-time range in memory, or null. */
static const struct elf_segment *find_segment(const struct elf_image *image, uint64_t address, uint64_t size)
{
	for (uint32_t i = 0; i < image->segment_count; i++) {
		const struct elf_segment *segment = &image->segments[i];
		if (range_contains(segment->address, segment->memory_size, address, size))
			return segment;
	}
	return NULL;
}

static enum elf_error check_whole(const struct elf_rules *rules, struct elf_image *image)
{
	if (image->segment_count == 0)
		return ELF_ERROR_NO_SEGMENT;

	uint64_t max_span = rules != NULL && rules->max_span != 0 ? rules->max_span : DEFAULT_MAX_SPAN;
	image->base = align_down(image->segments[0].address, ELF_PAGE_SIZE);
	image->span = page_end(&image->segments[image->segment_count - 1]) - image->base;
	if (image->span > max_span || image->alignment > max_span)
		return ELF_ERROR_SPAN;

	const struct elf_segment *code = find_segment(image, image->entry, 1);
	if (code == NULL || (code->flags & ELF_SEGMENT_EXECUTE) == 0 || image->entry - code->address >= code->file_size)
		return ELF_ERROR_ENTRY;

	if (image->dynamic.memory_size != 0 &&
	    find_segment(image, image->dynamic.address, image->dynamic.memory_size) == NULL)
		return ELF_ERROR_DYNAMIC;
	/* A TLS template's zero part takes no room in the image. */
	if (image->tls.memory_size != 0 && image->tls.file_size != 0 &&
	    find_segment(image, image->tls.address, image->tls.file_size) == NULL)
		return ELF_ERROR_TLS;
	/* Linkers round RELRO up to the largest page size of the machine, which may be beyond the last segment. */
	if (image->relro.memory_size != 0) {
		uint64_t start = image->relro.address - image->base;
		if (image->relro.address < image->base || start >= image->span)
			return ELF_ERROR_SEGMENT_OUTSIDE;
		if (image->relro.memory_size > image->span - start)
			image->relro.memory_size = image->span - start;
	}
	return ELF_OK;
}

enum elf_error elf_parse_headers(const void *headers, size_t length, uint64_t file_size, uint16_t machine,
				 const struct elf_rules *rules, struct elf_image *ret)
{
	const uint8_t *bytes = headers;
	uint64_t table;
	uint32_t count;

	memset(ret, 0, sizeof *ret);
	ret->file_size = file_size;
	ret->alignment = ELF_PAGE_SIZE;
	if (length > file_size)
		length = (size_t)file_size;

	enum elf_error error = parse_header(bytes, length, file_size, machine, ret, &table, &count);
	for (uint32_t i = 0; error == ELF_OK && i < count; i++)
		error = add_header(bytes + table + (uint64_t)i * PROGRAM_HEADER_SIZE, file_size, rules, ret);
	if (error == ELF_OK)
		error = check_whole(rules, ret);
	return error;
}

enum elf_error elf_parse(const void *file, size_t size, uint16_t machine, const struct elf_rules *rules,
			 struct elf_image *ret)
{
	return elf_parse_headers(file, size, size, machine, rules, ret);
}

enum elf_error elf_load(const struct elf_image *image, const void *file, size_t file_size, void *destination,
			size_t destination_size)
{
	if (destination_size < image->span || file_size < image->file_size)
		return ELF_ERROR_BUFFER;

	uint8_t *out = destination;
	uint64_t done = 0; /* bytes of the span that have been written */
	for (uint32_t i = 0; i < image->segment_count; i++) {
		const struct elf_segment *segment = &image->segments[i];
		uint64_t start = elf_segment_offset(image, segment);
		memset(out + done, 0, (size_t)(start - done));
		memcpy(out + start, (const uint8_t *)file + segment->file_offset, (size_t)segment->file_size);
		done = start + segment->file_size;
	}
	memset(out + done, 0, (size_t)(image->span - done));
	return ELF_OK;
}

/* ---- Relocation -------------------------------------------------------------------------------------------------- */

struct relocator {
	const struct elf_image *image;
	uint8_t *loaded;
	uint64_t bias;
	const struct elf_segment *last; /* relocations come in runs: the segment of the one before */
};

/* The place in memory of the 64-bit word at a link address that may be relocated, or null. */
static void *relocation_target(struct relocator *relocator, uint64_t address)
{
	const struct elf_segment *segment = relocator->last;
	if (segment == NULL || !range_contains(segment->address, segment->memory_size, address, sizeof(uint64_t))) {
		segment = find_segment(relocator->image, address, sizeof(uint64_t));
		/*
		 * Read-only data may be relocated, since rights are set afterwards. Code may not: whoever
		 * loads it could have put it to use (cleaned caches, hashed it) already.
		 */
		if (segment == NULL || (segment->flags & ELF_SEGMENT_EXECUTE) != 0)
			return NULL;
		relocator->last = segment;
	}
	return relocator->loaded + (address - relocator->image->base);
}

static void store_word(void *where, uint64_t value)
{
	if ((uintptr_t)where % sizeof(word) == 0)
		*(word *)where = value;
	else
		store_le64(where, value);
}

/* The relative relocation type of each machine's psABI. 0 if there is none; then everything but NONE is refused. */
static uint32_t relative_type(uint16_t machine)
{
	switch (machine) {
	case ELF_MACHINE_X86_64: return 8;
	case ELF_MACHINE_AARCH64: return 1027;
	case ELF_MACHINE_RISCV: return 3;
	default: return 0;
	}
}

static enum elf_error apply_rela(struct relocator *relocator, const uint8_t *table, uint64_t size)
{
	const uint64_t relative = relative_type(relocator->image->machine);

	for (uint64_t at = 0; at < size; at += RELA_ENTRY_SIZE) {
		const uint8_t *entry = table + at;
		uint64_t info = load_le64(entry + 8); /* symbol in the upper half, which must be 0 */
		if (info == 0)
			continue;
		if (info != relative)
			return ELF_ERROR_RELOCATION_KIND;
		void *target = relocation_target(relocator, load_le64(entry));
		if (target == NULL)
			return ELF_ERROR_RELOCATION_TARGET;
		store_word(target, load_le64(entry + 16) + relocator->bias);
	}
	return ELF_OK;
}

static enum elf_error relocate_in_place(struct relocator *relocator, uint64_t address)
{
	void *target = relocation_target(relocator, address);
	if (target == NULL)
		return ELF_ERROR_RELOCATION_TARGET;
	store_word(target, load_le64(target) + relocator->bias);
	return ELF_OK;
}

/*
 * RELR (gABI, "Relative relocation table"): an even entry is the address of a word to relocate; an odd one is a
 * bitmap of which of the 63 words that follow are to be relocated as well.
 */
static enum elf_error apply_relr(struct relocator *relocator, const uint8_t *table, uint64_t size)
{
	uint64_t next = 0;
	bool has_next = false;
	enum elf_error error;

	for (uint64_t at = 0; at < size; at += RELR_ENTRY_SIZE) {
		uint64_t entry = load_le64(table + at);
		if ((entry & 1) == 0) {
			error = relocate_in_place(relocator, entry);
			if (error != ELF_OK)
				return error;
			next = entry + sizeof(uint64_t);
			has_next = true;
			continue;
		}
		if (!has_next)
			return ELF_ERROR_RELOCATION_TABLE;
		uint64_t address = next;
		for (uint64_t bits = entry >> 1; bits != 0; bits >>= 1, address += sizeof(uint64_t)) {
			if ((bits & 1) == 0)
				continue;
			error = relocate_in_place(relocator, address);
			if (error != ELF_OK)
				return error;
		}
		next += 63 * sizeof(uint64_t);
	}
	return ELF_OK;
}

/* What the dynamic section says, as far as it concerns a static PIE. */
struct dynamic {
	uint64_t rela, rela_size, rela_entry;
	uint64_t relr, relr_size, relr_entry;
};

static enum elf_error read_dynamic(const struct elf_image *image, const uint8_t *loaded, struct dynamic *ret)
{
	*ret = (struct dynamic){.rela_entry = RELA_ENTRY_SIZE, .relr_entry = RELR_ENTRY_SIZE};
	if (image->dynamic.memory_size == 0)
		return ELF_OK;

	/* check_whole made sure that it lies inside one segment. */
	const uint8_t *entries = loaded + (image->dynamic.address - image->base);
	for (uint64_t at = 0; image->dynamic.memory_size - at >= DYNAMIC_ENTRY_SIZE; at += DYNAMIC_ENTRY_SIZE) {
		uint64_t tag = load_le64(entries + at);
		uint64_t value = load_le64(entries + at + 8);
		switch (tag) {
		case DT_NULL: return ELF_OK;
		case DT_NEEDED: return ELF_ERROR_LIBRARY;
		case DT_RELA: ret->rela = value; break;
		case DT_RELASZ: ret->rela_size = value; break;
		case DT_RELAENT: ret->rela_entry = value; break;
		case DT_RELR: ret->relr = value; break;
		case DT_RELRSZ: ret->relr_size = value; break;
		case DT_RELRENT: ret->relr_entry = value; break;
		case DT_RELSZ:    /* no 64-bit machine here uses REL */
		case DT_PLTRELSZ: /* calls through a PLT are bound to symbols */
			if (value != 0)
				return ELF_ERROR_RELOCATION_KIND;
			break;
		default: break;
		}
	}
	return ELF_ERROR_DYNAMIC; /* no DT_NULL */
}

/* The table's bytes in the loaded image, or null if it is not entirely inside a segment or of whole entries. */
static const uint8_t *find_table(const struct elf_image *image, const uint8_t *loaded, uint64_t address, uint64_t size,
				 uint64_t entry, uint64_t wanted_entry)
{
	if (entry != wanted_entry || size % entry != 0 || find_segment(image, address, size) == NULL)
		return NULL;
	return loaded + (address - image->base);
}

enum elf_error elf_relocate(const struct elf_image *image, void *loaded, size_t loaded_size, uint64_t bias)
{
	if (loaded_size < image->span)
		return ELF_ERROR_BUFFER;
	if (bias != 0 && !image->is_relocatable)
		return ELF_ERROR_BIAS;
	if (!is_aligned(bias, image->alignment) || !range_is_valid(image->base + bias, image->span))
		return ELF_ERROR_BIAS;

	struct dynamic dynamic;
	enum elf_error error = read_dynamic(image, loaded, &dynamic);
	if (error != ELF_OK)
		return error;

	struct relocator relocator = {.image = image, .loaded = loaded, .bias = bias};
	if (dynamic.rela_size != 0) {
		const uint8_t *table =
			find_table(image, loaded, dynamic.rela, dynamic.rela_size, dynamic.rela_entry, RELA_ENTRY_SIZE);
		if (table == NULL)
			return ELF_ERROR_RELOCATION_TABLE;
		error = apply_rela(&relocator, table, dynamic.rela_size);
		if (error != ELF_OK)
			return error;
	}
	if (dynamic.relr_size != 0) {
		const uint8_t *table =
			find_table(image, loaded, dynamic.relr, dynamic.relr_size, dynamic.relr_entry, RELR_ENTRY_SIZE);
		if (table == NULL)
			return ELF_ERROR_RELOCATION_TABLE;
		error = apply_relr(&relocator, table, dynamic.relr_size);
	}
	return error;
}

/* ---- Notes ------------------------------------------------------------------------------------------------------- */

/* Looks through one note segment's bytes. Notes are padded to 4 bytes, or to 8 if the segment is aligned so. */
static enum elf_error find_in_notes(const uint8_t *notes, uint64_t size, uint64_t alignment, const char *owner,
				    uint32_t type, const void **ret_data, size_t *ret_size)
{
	const uint64_t padding = alignment == 8 ? 8 : 4;
	const uint64_t owner_size = strlen(owner) + 1;

	for (uint64_t at = 0; size - at >= NOTE_HEADER_SIZE;) {
		uint64_t name_size = load_le32(notes + at);
		uint64_t data_size = load_le32(notes + at + 4);
		uint32_t note_type = load_le32(notes + at + 8);
		uint64_t name = at + NOTE_HEADER_SIZE;
		/* All of these are sums of 32-bit numbers and a position in memory: no overflow. */
		uint64_t data = align_down(name + name_size + padding - 1, padding);
		if (!range_fits(size, name, name_size) || !range_fits(size, data, data_size))
			return ELF_ERROR_NOTE;
		if (note_type == type && name_size == owner_size && memcmp(notes + name, owner, owner_size) == 0) {
			*ret_data = notes + data;
			*ret_size = (size_t)data_size;
			return ELF_OK;
		}
		at = align_down(data + data_size + padding - 1, padding);
		if (at > size) /* the last note's padding may be missing */
			break;
	}
	return ELF_ERROR_NOT_FOUND;
}

enum elf_error elf_find_note(const struct elf_image *image, const void *file, size_t file_size, const char *owner,
			     uint32_t type, const void **ret_data, size_t *ret_size)
{
	if (file_size < image->file_size)
		return ELF_ERROR_BUFFER;
	for (uint32_t i = 0; i < image->note_count; i++) {
		const struct elf_part *part = &image->notes[i];
		enum elf_error error = find_in_notes((const uint8_t *)file + part->file_offset, part->file_size,
						     part->alignment, owner, type, ret_data, ret_size);
		if (error != ELF_ERROR_NOT_FOUND)
			return error;
	}
	return ELF_ERROR_NOT_FOUND;
}

enum elf_error elf_find_loaded_note(const struct elf_image *image, const void *loaded, size_t loaded_size,
				    const char *owner, uint32_t type, const void **ret_data, size_t *ret_size)
{
	if (loaded_size < image->span)
		return ELF_ERROR_BUFFER;
	for (uint32_t i = 0; i < image->note_count; i++) {
		const struct elf_part *part = &image->notes[i];
		if (find_segment(image, part->address, part->memory_size) == NULL)
			continue;
		enum elf_error error =
			find_in_notes((const uint8_t *)loaded + (part->address - image->base), part->memory_size,
				      part->alignment, owner, type, ret_data, ret_size);
		if (error != ELF_ERROR_NOT_FOUND)
			return error;
	}
	return ELF_ERROR_NOT_FOUND;
}
