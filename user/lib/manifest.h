/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the manifest (<helion/manifest.h>) and the options on the command line in it. Pure functions. */
#ifndef USER_LIB_MANIFEST_H
#define USER_LIB_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/bootctx.h>
#include <helion/manifest.h>

#include "lib/slice.h"

/* Record number `index`, which must be below record_count. */
const struct helion_record *manifest_record(const struct helion_manifest *manifest, uint64_t index);

/* Framebuffer number `index`, which must be below framebuffer_count. */
const struct helion_framebuffer *manifest_framebuffer(const struct helion_manifest *manifest, uint64_t index);

/* The kernel's command line; never null. */
const char *manifest_cmdline(const struct helion_manifest *manifest);

/*
 * Looks for the option `name` in a command line of words separated by blanks: either the word `name`, or name=value. The value
 * may be in double quotes. The last one counts. *ret_value (may be null) is empty for a word without a value.
 */
bool option_find(const char *cmdline, const char *name, struct slice *ret_value);

/* "usable RAM", "boot loader", ... for enum helion_memory_type. Never null. */
const char *memory_type_name(uint32_t type);

#endif
