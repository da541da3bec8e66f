/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pages: a run of page frames, of RAM or of a device. RAM that is made from a
 * Memory is zeroed. Mappings hold a capability of their own, so Pages live until
 * they are deleted everywhere and unmapped everywhere.
 *
 * Invocations: PAGES_INFO, PAGES_PHYS. Lock: exclusive.
 */
#ifndef KERNEL_PAGES_H
#define KERNEL_PAGES_H

#include "kernel/object.h"

struct pages {
	struct object object;
	uint64_t phys; /* multiple of the page size */
	uint64_t size; /* bytes, multiple of the page size */
	uint32_t kind; /* HELION_PAGES_* */
	uint32_t mappings;
};

/* RAM; whoever makes it zeroes it before anybody else can see it. */
enum helion_error pages_create(struct memory *memory, uint64_t size, uint64_t align, struct object **ret);

/* Pages over memory that the kernel gives away at boot: never destroyed. */
void pages_init_permanent(struct pages *pages, uint64_t phys, uint64_t size, uint32_t kind);

struct invocation;
enum helion_error pages_invoke(struct invocation *inv);

#endif
