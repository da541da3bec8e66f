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
#include "kernel/poison.h"

/* Classes of small storage by size in bytes, each twice the one before. */
#define MEMORY_CLASSES                5
#define MEMORY_SMALL_MAX              1024u
#define MEMORY_CLASS_SIZE(size_class) (64u << (size_class))
#define MEMORY_CLASS(size)            ((size) <= 64 ? 0 : (size) <= 128 ? 1 : (size) <= 256 ? 2 : (size) <= 512 ? 3 : 4)

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
	uint32_t fresh;        /* where the last object is that was never used; 0: there is none */
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

/* Zeroed storage of up to MEMORY_SMALL_MAX bytes, aligned to the size of its class; NULL when there is none. */
void *memory_alloc_small(struct memory *memory, size_t size);
/* The same of a class, not zeroed. */
void *memory_alloc_class(struct memory *memory, uint8_t size_class);
/* Its usual case, for where that counts: from a page that has room. NULL: there is none, which says nothing of the rest of the Memory. */
static inline __attribute__((always_inline)) void *memory_alloc_quick(struct memory *memory, uint8_t size_class)
{
	struct list_node *node = memory->slabs[size_class].next;
	struct slab *slab = list_entry(node, struct slab, link);
	void *storage;

	if (__builtin_expect(node == &memory->slabs[size_class], 0))
		return NULL;
	storage = slab->free;
	if (__builtin_expect(storage != NULL, 1)) {
		slab->free = *(void **)storage;
	} else {
		storage = (char *)slab + slab->fresh;
		slab->fresh -= MEMORY_CLASS_SIZE(size_class);
	}
	slab->used++;
	if (__builtin_expect(!slab->free, 0) && !slab->fresh)
		list_unlink(&slab->link);
	unpoison(storage, MEMORY_CLASS_SIZE(size_class));
	return storage;
}
/* The storage that a pointer points into. */
void *memory_small_of(const void *inside);
void memory_free_small(struct memory *memory, void *storage);

/* Storage of a class for an object whose first member is struct object: that is initialised and on the Memory's list, the rest is
 * not zeroed. */
void *memory_alloc_object(struct memory *memory, uint8_t size_class, enum helion_type type);
void memory_free_object(struct object *object);
/* The same with pages besides. */
enum helion_error memory_alloc_both(struct memory *memory, uint8_t size_class, enum helion_type type, uint64_t pages,
				    uint64_t align, struct object **ret, uint64_t *ret_phys);

/* Zeroes what an object has of its own. */
#define memory_zero_rest(of) memset((char *)(of) + sizeof(struct object), 0, sizeof(*(of)) - sizeof(struct object))

struct invocation;
enum helion_error memory_invoke(struct invocation *inv);

#endif
