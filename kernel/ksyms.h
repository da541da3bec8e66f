/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own symbol table for backtraces. scripts/ksyms makes it from a
 * first link; functions only, sorted by address. Made to be small, and read from
 * the beginning. For each function:
 *
 *   uleb128   bytes from the function before, or from the kernel's lowest address
 *   byte      so many characters of its name are those of the name before
 *   string    the rest of its name, NUL-terminated
 */
#ifndef KERNEL_KSYMS_H
#define KERNEL_KSYMS_H

#include <stdint.h>

extern const uint8_t ksyms[];
extern const uint32_t ksyms_count;

#endif
