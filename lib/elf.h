/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ELF64 little-endian executables: checking, loading, relocating. (System V gABI, chapters 4 and 5.)
 *
 * Accepts ET_EXEC and static position-independent ET_DYN for one machine. Everything is checked before anything is
 * used: after elf_parse succeeded, every number in struct elf_image is inside the file or the image and every sum
 * fits. W^X is enforced: no segment, and no page shared by two segments, is both writable and executable.
 *
 * Two ways to load:
 *   1. The whole file is in memory: elf_parse → elf_load → elf_relocate
 *   2. Segment by segment: read the first bytes → elf_parse_headers → read every segments[i] (file_size bytes at
 *      file_offset) straight to destination + elf_segment_offset(), zero the rest of `span` → elf_relocate
 *
 * `base` and `span` describe the image at its link address, in whole pages. The destination buffer holds the image from
 * `base` on: link address v is at destination + (v - base). If the image will run at `base + bias`, `bias` goes to
 * elf_relocate; it must be a multiple of `alignment`.
 */
#ifndef HELION_LIB_ELF_H
#define HELION_LIB_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ELF_MACHINE_X86_64 = 62,
	ELF_MACHINE_AARCH64 = 183,
	ELF_MACHINE_RISCV = 243,
};

enum {
	ELF_SEGMENT_EXECUTE = 1,
	ELF_SEGMENT_WRITE = 2,
	ELF_SEGMENT_READ = 4,
};

enum {
	ELF_PAGE_SIZE = 4096,  /* smallest page of every supported machine; segments never share one */
	ELF_MAX_SEGMENTS = 32, /* PT_LOAD segments that are not empty */
	ELF_MAX_HEADERS = 64,  /* program headers altogether */
	ELF_MAX_NOTES = 8,     /* PT_NOTE segments; further ones are an error */
	/* A prefix of this size holds the headers of every file a usual linker writes. */
	ELF_HEADERS_SIZE = 4096,
};

enum elf_error {
	ELF_OK = 0,
	ELF_ERROR_TOO_SHORT, /* shorter than the ELF header */
	ELF_ERROR_MAGIC,
	ELF_ERROR_CLASS,      /* not 64-bit */
	ELF_ERROR_BYTE_ORDER, /* not little-endian */
	ELF_ERROR_VERSION,
	ELF_ERROR_TYPE,              /* neither ET_EXEC nor ET_DYN */
	ELF_ERROR_MACHINE,           /* for another architecture */
	ELF_ERROR_HEADER_SIZE,       /* e_ehsize or e_phentsize is not what ELF64 says */
	ELF_ERROR_HEADER_COUNT,      /* no program header, or more than ELF_MAX_HEADERS */
	ELF_ERROR_HEADERS_OUTSIDE,   /* the program headers reach beyond the file */
	ELF_ERROR_HEADERS_BUFFER,    /* ... beyond the buffer: ret->headers_size says how much is needed */
	ELF_ERROR_NO_SEGMENT,        /* nothing to load */
	ELF_ERROR_SEGMENT_COUNT,     /* more than ELF_MAX_SEGMENTS */
	ELF_ERROR_SEGMENT_OUTSIDE,   /* a segment reaches beyond the file (truncated file) */
	ELF_ERROR_SEGMENT_SIZE,      /* more bytes in the file than in memory */
	ELF_ERROR_SEGMENT_OVERFLOW,  /* address + size wraps around */
	ELF_ERROR_SEGMENT_ALIGNMENT, /* alignment not a power of two, or offset and address not congruent */
	ELF_ERROR_SEGMENT_ORDER,     /* not in ascending order of address */
	ELF_ERROR_SEGMENT_OVERLAP,   /* two segments overlap, or share a page */
	ELF_ERROR_SEGMENT_RIGHTS,    /* both writable and executable */
	ELF_ERROR_SPAN,              /* the image is larger than allowed */
	ELF_ERROR_ENTRY,             /* the entry point is not in the file's part of an executable segment */
	ELF_ERROR_INTERPRETER,       /* needs a dynamic linker */
	ELF_ERROR_TLS,               /* has thread-local storage and that was not asked for, or it is malformed */
	ELF_ERROR_DUPLICATE,         /* two dynamic, TLS or RELRO segments */
	ELF_ERROR_DYNAMIC,           /* the dynamic segment is not inside a loaded one or is malformed */
	ELF_ERROR_LIBRARY,           /* needs a shared library */
	ELF_ERROR_RELOCATION_TABLE,  /* a relocation table is outside the image or malformed */
	ELF_ERROR_RELOCATION_KIND,   /* a relocation other than RELATIVE, or one that names a symbol */
	ELF_ERROR_RELOCATION_TARGET, /* a relocation outside the image or in executable code */
	ELF_ERROR_BIAS,              /* bias not aligned, not 0 for ET_EXEC, or the image would wrap around */
	ELF_ERROR_BUFFER,            /* the destination is smaller than the image, or the file shorter than stated */
	ELF_ERROR_NOTE,              /* a note reaches beyond its segment */
	ELF_ERROR_NOTE_COUNT,        /* more than ELF_MAX_NOTES note segments */
	ELF_ERROR_NOT_FOUND,         /* no such note */
};

struct elf_segment {
	uint64_t file_offset; /* bytes from the start of the file */
	uint64_t file_size;   /* bytes to copy from there; the rest of memory_size is zero */
	uint64_t address;     /* at link time */
	uint64_t memory_size; /* >= file_size, > 0 */
	uint64_t alignment;   /* a power of two, at least 1 */
	uint32_t flags;       /* ELF_SEGMENT_* */
};

/* A part of the image that is not loaded by itself: dynamic section, TLS template, RELRO, notes. */
struct elf_part {
	uint64_t file_offset;
	uint64_t file_size;
	uint64_t address;
	uint64_t memory_size;
	uint64_t alignment;
};

struct elf_image {
	uint16_t machine;
	bool is_relocatable;   /* ET_DYN: may run at any multiple of `alignment` */
	bool wants_exec_stack; /* PT_GNU_STACK asks for an executable stack; nobody should grant it */
	uint64_t file_size;
	uint64_t headers_size; /* bytes from the start of the file that hold all headers */
	uint64_t entry;        /* link address */
	uint64_t base;         /* lowest link address, rounded down to a page */
	uint64_t span;         /* bytes from `base` to the end of the last segment, rounded up to a page */
	uint64_t alignment;    /* strictest alignment of all segments, at least ELF_PAGE_SIZE */
	uint32_t segment_count;
	uint32_t note_count;
	struct elf_segment segments[ELF_MAX_SEGMENTS]; /* ascending, each in pages of its own */
	struct elf_part notes[ELF_MAX_NOTES];
	struct elf_part dynamic; /* memory_size 0 if there is none; so for the next two */
	struct elf_part relro;   /* may be made read-only once relocated */
	struct elf_part tls;     /* initial contents of thread-local storage */
};

/* What a caller accepts. Null stands for { .max_span = 1 GiB, .allow_tls = false }. */
struct elf_rules {
	uint64_t max_span; /* bytes; 0 for the default of 1 GiB */
	bool allow_tls;
};

/* A sentence fragment that says what is wrong, for "cannot load <file>: %s". Never null. */
const char *elf_strerror(enum elf_error error);

/* "x86_64", "aarch64", "riscv" or "another machine"; for messages. */
const char *elf_machine_name(uint16_t machine);

/*
 * Checks a complete file of `size` bytes in memory (any alignment). On success *ret is complete; on failure it is
 * unspecified except for headers_size, as below. `rules` may be null.
 */
enum elf_error elf_parse(const void *file, size_t size, uint16_t machine, const struct elf_rules *rules,
			 struct elf_image *ret);

/*
 * The same with only the first `length` bytes of a file that has `file_size` bytes. If they do not contain all program
 * headers: ELF_ERROR_HEADERS_BUFFER, and ret->headers_size says how many bytes are needed. ELF_HEADERS_SIZE usually do.
 */
enum elf_error elf_parse_headers(const void *headers, size_t length, uint64_t file_size, uint16_t machine,
				 const struct elf_rules *rules, struct elf_image *ret);

/* The place of a segment in the destination buffer, in bytes. */
static inline uint64_t elf_segment_offset(const struct elf_image *image, const struct elf_segment *segment)
{
	return segment->address - image->base;
}

/*
 * Copies all segments from the complete file to `destination` and zeroes everything else of image->span, so nothing of
 * the buffer's former contents remains. Errors: ELF_ERROR_BUFFER, and then nothing was written.
 */
enum elf_error elf_load(const struct elf_image *image, const void *file, size_t file_size, void *destination,
			size_t destination_size);

/*
 * Applies the relocations of the image that stands in `loaded` (image->span bytes, from either way of loading), for
 * running at base + bias. `bias` is modulo 2^64, so a negative one is fine; it must be a multiple of
 * image->alignment, and 0 if the image is not relocatable. Call it exactly once, also with bias 0: it refuses what
 * needs a dynamic linker.
 *
 * RELA and RELR tables with RELATIVE entries only. On an error the image is half relocated: throw it away.
 */
enum elf_error elf_relocate(const struct elf_image *image, void *loaded, size_t loaded_size, uint64_t bias);

/*
 * Finds the first note with this owner (NUL-terminated, compared exactly) and type. *ret_data points into the buffer
 * given; it has the note's alignment only if the buffer has. Errors: ELF_ERROR_NOT_FOUND, ELF_ERROR_NOTE,
 * ELF_ERROR_BUFFER.
 *
 * elf_find_note looks in the complete file; elf_find_loaded_note in the image after loading, and sees only those notes
 * that lie inside a loaded segment (which a linker script arranges).
 */
enum elf_error elf_find_note(const struct elf_image *image, const void *file, size_t file_size, const char *owner,
			     uint32_t type, const void **ret_data, size_t *ret_size);
enum elf_error elf_find_loaded_note(const struct elf_image *image, const void *loaded, size_t loaded_size,
				    const char *owner, uint32_t type, const void **ret_data, size_t *ret_size);

#endif
