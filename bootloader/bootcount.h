/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot counting (UAPI.1, "Boot counting"): an entry whose file is named "<id>+LEFT[-DONE]" and its suffix has LEFT tries. Each
 * try is counted before it is made, by renaming the file; a system that came up well takes the counters off
 * the name. Pure functions: they also build on the host.
 */
#ifndef BOOTLOADER_BOOTCOUNT_H
#define BOOTLOADER_BOOTCOUNT_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/bootentry.h"

/*
 * The name of the entry's file once one more try was made: one less left (never below 0), one more done. False if the
 * entry is not counted, or the name is too long for a file or for `capacity` bytes.
 */
bool bootcount_next_name(const struct bootentry_name *name, char *buffer, size_t capacity);

#endif
