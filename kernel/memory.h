/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory: an area of RAM from which all other objects are made.
 *
 * Free pages are kept in runs (kernel/pagepool.h). Small objects share pages: a slab page
 * holds objects of one size class behind a short header. What is made from a
 * Memory is on its list of objects; destroying the Memory destroys all of it.
 *
 * Invocations: MEMORY_INFO, MEMORY_CREATE. Lock: exclusive.
 */
#ifndef KERNEL_MEMORY_H
#define KERNEL_MEMORY_H

#include "kernel/object.h"
#include "kernel/pagepool.h"

/* Storage of small objects, bytes. Class 255 is whole pages. */
#define MEMORY_CLASSES     5
#define MEMORY_CLASS_PAGES 255
/* Bytes of the largest small object. */
#define MEMORY_SMALL_MAX 1024u

struct memory {
	struct object object;
	uint64_t base; /* physical */
	uint64_t pages;
	uint64_t live_objects;                  /* also those that are dead and not yet buried */
	bool waits;                             /* dead, until there are none */
	struct pagepool pool;                   /* its free pages */
	struct list_node objects;               /* struct object.siblings */
	struct list_node slabs[MEMORY_CLASSES]; /* slab pages with room */
};

/* The beginning of a page that holds small objects. Here for kernel/check.c; only kernel/memory.c changes it. */
struct slab {
	struct list_node link; /* in memory->slabs[class] while it has room */
	void *free;            /* first free object; its first word links to the next */
	uint32_t used;
	uint32_t size_class;
	uint32_t checked; /* of the used ones, by check_invariants() so far; 0 otherwise */
};

static inline struct slab *memory_slab(const void *storage)
{
	return (struct slab *)((uintptr_t)storage & ~(uintptr_t)(HELION_PAGE_SIZE - 1));
}

static inline uint64_t memory_free_bytes(const struct memory *memory)
{
	return memory->pool.free * HELION_PAGE_SIZE;
}

/* Makes a Memory over [base, base + size), all of it free. */
void memory_init(struct memory *memory, uint64_t base, uint64_t size);

/* Contiguous pages, aligned to `align` bytes (a power of two); physical address, 0 when there are none. Not zeroed. */
uint64_t memory_alloc_pages(struct memory *memory, uint64_t pages, uint64_t align);
void memory_free_pages(struct memory *memory, uint64_t phys, uint64_t pages);

/* Zeroed storage of up to 1024 bytes, aligned to its size rounded up to a power of two; NULL when there is none. */
void *memory_alloc_small(struct memory *memory, size_t size, uint8_t *ret_class);
/* The same, not zeroed. */
void *memory_alloc_raw(struct memory *memory, size_t size, uint8_t *ret_class);
/* The storage that a pointer points into. */
void *memory_small_of(const void *inside);
void memory_free_small(struct memory *memory, void *storage, uint8_t size_class);

/* Storage for an object whose first member is struct object, initialised and on the Memory's list. */
void *memory_alloc_object(struct memory *memory, size_t size, enum helion_type type);
void memory_free_object(struct object *object);

struct invocation;
enum helion_error memory_invoke(struct invocation *inv);

#endif
