/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * os-release files: what an operating system says of itself, as a unified kernel image carries it in its section
 * .osrel. (os-release(5): lines of NAME=VALUE, the value quoted as in a shell; '#' starts a comment line.)
 */
#ifndef HELION_LIB_OSRELEASE_H
#define HELION_LIB_OSRELEASE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/slice.h"

enum {
	OSRELEASE_MAX_VALUE = 256, /* bytes of a value, with a NUL; a longer one is cut at a character */
};

/* Values without quotes and escapes; control characters and what is not ASCII or UTF-8 became '?'. Empty if absent. */
struct osrelease {
	char title[OSRELEASE_MAX_VALUE];    /* PRETTY_NAME, IMAGE_ID, NAME or ID */
	char version[OSRELEASE_MAX_VALUE];  /* IMAGE_VERSION, VERSION, VERSION_ID or BUILD_ID */
	char sort_key[OSRELEASE_MAX_VALUE]; /* IMAGE_ID or ID */
};

/* Reads `length` bytes of any content; lines that are none are skipped. The first of the names that has a value counts. */
void osrelease_parse(const char *text, size_t length, struct osrelease *ret);

/* The section .profile of a unified kernel image, which has the same form. (UAPI.5, "Multi-Profile UKIs") */
struct osrelease_profile {
	char id[OSRELEASE_MAX_VALUE];    /* ID */
	char title[OSRELEASE_MAX_VALUE]; /* TITLE */
};

void osrelease_parse_profile(const char *text, size_t length, struct osrelease_profile *ret);

#endif
