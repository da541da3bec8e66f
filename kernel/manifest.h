/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes a capability of every resource of the machine and writes down where each
 * came from. Used once, while init is made.
 */
#ifndef KERNEL_MANIFEST_H
#define KERNEL_MANIFEST_H

#include <helion/bootctx.h>
#include <helion/manifest.h>

#include "kernel/cspace.h"
#include "kernel/memory.h"

/*
 * Counts what there is and takes memory for all objects and records. The
 * last use of bootmem: afterwards all free RAM belongs to Memory objects.
 */
void manifest_prepare(void);

/* The largest of the Memory objects: init is made from it. */
struct memory *manifest_main_memory(void);
/* Each of them, from 0 on; NULL after the last. */
struct memory *manifest_memory(uint64_t index);
/* Slots that manifest_fill() needs. */
uint64_t manifest_slots(void);

/* Fills init's CSpace and the records. */
void manifest_fill(struct cspace *cspace);

/* Adds a record of an object that the kernel made; returns its slot. */
uint64_t manifest_add_object(struct cspace *cspace, struct object *object, const char *name);

/* The finished manifest, in pages of its own. */
struct helion_manifest *manifest_header(void);
uint64_t manifest_size(void);

#endif
