/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Manifests: which files may be what. A text that begins with the line "helion-manifest 1"; each further line is
 * "sha256 HEX PATH", empty, or a comment that begins with '#'. docs/loader.md describes how one gets signed.
 *
 * Paths are compared name by name: '\\' is '/', separators at the start and repeated ones do not count, and ASCII letters
 * match in either case, as on a FAT volume.
 */
#ifndef HELION_LIB_MANIFEST_H
#define HELION_LIB_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/sha256.h"
#include "lib/slice.h"

enum {
	MANIFEST_MAX_SIZE = 1024 * 1024, /* bytes of a text */
};

enum manifest_error {
	MANIFEST_OK = 0,
	MANIFEST_ERROR_TOO_LARGE,
	MANIFEST_ERROR_VERSION, /* does not begin with "helion-manifest 1" */
	MANIFEST_ERROR_CONTROL, /* a NUL or another control character */
	MANIFEST_ERROR_LINE,    /* a line that is none of a manifest */
};

enum manifest_match {
	MANIFEST_UNKNOWN, /* no line has this path */
	MANIFEST_OTHER,   /* there are lines with this path, all of another digest */
	MANIFEST_SAME,
};

const char *manifest_strerror(enum manifest_error error);

/* Checks the whole text. *ret_line is the line of an error, from 1, 0 if it concerns all of it. */
enum manifest_error manifest_check(const char *text, size_t length, unsigned *ret_line);

/* Looks for a file in a text that manifest_check() found sound. */
enum manifest_match manifest_find(const char *text, size_t length, struct slice path,
				  const uint8_t digest[SHA256_SIZE]);

/* Whether two paths name the same file. */
bool manifest_same_path(struct slice a, struct slice b);

#endif
