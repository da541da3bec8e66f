/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * CSpace: a table of 2^n capability slots. Slot 0 is never valid; empty slots
 * form a free list, so a slot is found in constant time. Those that were never used are
 * not on it: making a CSpace takes no time that depends on its size.
 *
 * Invocations: all of CSPACE. Lock: exclusive; shared is enough to look a capability up.
 */
#ifndef KERNEL_CSPACE_H
#define KERNEL_CSPACE_H

#include "kernel/object.h"

#define CSPACE_SLOTS_MIN 16u
#define CSPACE_SLOTS_MAX 65536u

struct cspace {
	struct object object;
	struct cap *slots; /* in the direct map */
	uint32_t count;    /* power of two */
	uint32_t used; /* slots below were in use at some time; those from here on are empty and not even initialised */
	uint32_t free_count;
	struct list_node free; /* empty slots below `used`, by struct cap.link */
};

enum helion_error cspace_create(struct memory *memory, uint64_t slots, struct object **ret);

static inline bool cspace_has_free(const struct cspace *cspace)
{
	return cspace->free_count > 0;
}

/* Capability in a slot; NULL when the slot is out of range or empty, or its object dies. */
static inline struct cap *cspace_lookup(const struct cspace *cspace, uint64_t slot)
{
	struct cap *cap;

	if (slot >= cspace->used)
		return NULL;
	cap = &cspace->slots[slot];
	/* Slot 0 is always empty. */
	if (!cap->object || cap->object->dying)
		return NULL;
	return cap;
}

/* Makes a capability in a free slot (there must be one); returns the slot. */
uint64_t cspace_insert(struct cspace *cspace, struct object *object, uint8_t rights, uint64_t badge);

/* Empties a slot that holds a capability. */
void cspace_delete(struct cspace *cspace, struct cap *cap);

struct invocation;
enum helion_error cspace_invoke(struct invocation *inv);

#endif
