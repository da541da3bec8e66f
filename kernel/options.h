/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel's command line: words separated by spaces, either name or name=value. */
#ifndef KERNEL_OPTIONS_H
#define KERNEL_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Remembers the command line; it must stay where it is. */
void options_init(const char *cmdline);
const char *options_cmdline(void);

/* True if the command line has the word name (value NULL) or name=value. */
bool boot_option(const char *name, const char *value);

/* Copies what stands after name=, cut off at size - 1 bytes; false, and nothing copied, when the word is missing or empty. */
bool boot_option_text(const char *name, char *buffer, size_t size);

/* Number after name=; fallback when the word is missing or no number. */
uint64_t boot_option_number(const char *name, uint64_t fallback);

#endif
