/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which entry is meant by a pattern, and which one comes next when one has failed.
 * Pure functions: they also build on the host.
 */
#ifndef BOOTLOADER_SELECT_H
#define BOOTLOADER_SELECT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/slice.h"

#define SELECT_NONE ((size_t)-1)

/* What selection has to know of an entry. */
struct select_entry {
	struct slice id;    /* file name without counters and suffix */
	const char *suffix; /* what follows it in the identifier: ".conf", ".efi", ".efi@PROFILE" */
	bool is_exhausted;  /* its counter is 0: taken only when nothing else is there */
	bool is_foreign;    /* not for this machine: never taken */
	bool is_automatic;  /* nobody has written it: taken only by its exact name */
	bool was_tried;     /* and has failed */
};

/*
 * True if the shell pattern (* ? [a-z] [!a-z], \ before a character that is meant itself) matches the text, all of
 * it; ASCII letters match in either case, as in names of FAT. An unclosed '[' stands for itself.
 */
bool select_glob(struct slice pattern, struct slice text);

/* True if the pattern matches the identifier, written with the suffix or without. */
bool select_matches(struct slice pattern, struct slice id, const char *suffix);

/*
 * The first entry that the pattern matches; one that is exhausted or automatic only if the pattern has no wildcard in it, so
 * that `default` with a wildcard falls back by itself. SELECT_NONE if there is none or the pattern is empty.
 */
size_t select_pattern(struct slice pattern, const struct select_entry *entries, size_t count);

/* The first entry that somebody has written and that was not tried yet. SELECT_NONE if all were. */
size_t select_next(const struct select_entry *entries, size_t count);

#endif
