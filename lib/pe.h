/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EFI images: the headers and sections of PE32+ files, as far as one has to look into an image that the firmware is
 * going to load. (Microsoft "PE Format"; UEFI 2.10 §2.1.1; Windows Authenticode Portable Executable Signature Format.)
 *
 * Only the start of the file has to be in memory; every offset that is handed out lies within the file.
 */
#ifndef HELION_LIB_PE_H
#define HELION_LIB_PE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PE_HEADERS_SIZE = 4096, /* bytes of a file that usually hold all its headers */
	PE_MAX_SECTIONS = 96,   /* the format's own limit for images */

	PE_MACHINE_X86_64 = 0x8664,
	PE_MACHINE_AARCH64 = 0xaa64,
	PE_MACHINE_RISCV64 = 0x5064,
};

enum pe_error {
	PE_OK = 0,
	PE_ERROR_TRUNCATED,      /* the file ends inside its headers */
	PE_ERROR_MAGIC,          /* no "MZ" and "PE" */
	PE_ERROR_NOT_64BIT,      /* not PE32+ */
	PE_ERROR_NOT_EFI,        /* not an EFI application (subsystem 10) */
	PE_ERROR_HEADERS,        /* sizes in the headers contradict each other */
	PE_ERROR_SECTIONS,       /* too many of them, or none */
	PE_ERROR_SECTION_RANGE,  /* a section reaches beyond the file */
	PE_ERROR_CERTIFICATES,   /* the signatures lie outside of the file */
	PE_ERROR_HEADERS_BUFFER, /* `length` does not suffice: ret->headers_size bytes are needed */
};

struct pe_image {
	const uint8_t *headers; /* what was given to pe_parse_headers(); sections are read from it */
	uint64_t file_size;
	uint64_t headers_size; /* bytes from the start of the file to the end of the section table */
	uint64_t table;        /* offset of the section table */
	uint16_t section_count;
	uint16_t machine; /* PE_MACHINE_* or as in the file */
	/*
	 * Bytes of the file before the signatures, which are at its end; the whole file if there are none. A signature
	 * covers these bytes, except for the checksum and the directory entry in the headers.
	 */
	uint64_t signed_size;
};

struct pe_section {
	char name[9];     /* with a NUL */
	uint64_t offset;  /* in the file */
	uint64_t size;    /* bytes of content: what is in the file of what is in memory */
	uint64_t address; /* in memory, relative to the image */
};

const char *pe_strerror(enum pe_error error);

/* "x86_64", "aarch64", "riscv64", or "another machine". */
const char *pe_machine_name(uint16_t machine);

/*
 * Checks the headers of a file of `file_size` bytes, of which the first `length` are at `headers`, which must stay
 * as long as *ret is used. On PE_ERROR_HEADERS_BUFFER read more and repeat; another error leaves *ret unspecified.
 */
enum pe_error pe_parse_headers(const void *headers, uint64_t length, uint64_t file_size, struct pe_image *ret);

/* The section of this index, which is less than section_count. */
void pe_section(const struct pe_image *image, unsigned index, struct pe_section *ret);

/*
 * Profiles of a unified kernel image: a section ".profile" begins each. Sections before the first are common to all; those of a
 * profile replace them. An image without has one, number 0, which is all of it. (UAPI.5, "Multi-Profile UKIs")
 */
unsigned pe_profile_count(const struct pe_image *image);

/* Finds a section by its name, as profile number `profile`, less than pe_profile_count(), sees it. */
bool pe_find_section(const struct pe_image *image, unsigned profile, const char *name, struct pe_section *ret);

#endif
