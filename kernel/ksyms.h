/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's own symbol table for backtraces. scripts/ksyms makes it from a
 * first link; functions only, sorted by address.
 */
#ifndef KERNEL_KSYMS_H
#define KERNEL_KSYMS_H

#include <stdint.h>

struct ksym {
	uint32_t offset;	/* bytes from the kernel's lowest address */
	uint32_t name;		/* index into ksym_names */
};

extern const struct ksym ksyms[];
extern const uint32_t ksyms_count;
extern const char ksym_names[];

#endif
