/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A physical memory map in an array that the caller supplies.
 *
 * Life cycle: memmap_init → memmap_add of everything known, in any order, overlapping or not → memmap_normalise →
 * queries and memmap_carve. A *normalised* map is sorted by base, has no overlap, no empty entry, and no two adjacent
 * entries that could be one. Every operation either succeeds or reports an error and leaves the described memory as
 * it was.
 *
 * Types and attributes are numbers of the caller's; where entries of different types overlap, the one whose type has
 * the higher priority (is more restrictive) wins. A range may end exactly at 2^64.
 */
#ifndef HELION_LIB_MEMMAP_H
#define HELION_LIB_MEMMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum memmap_error {
	MEMMAP_OK = 0,
	MEMMAP_ERROR_CAPACITY,    /* the array is too small */
	MEMMAP_ERROR_OVERFLOW,    /* base + length goes beyond 2^64 */
	MEMMAP_ERROR_NOT_COVERED, /* memmap_carve: part of the range is in no entry */
	MEMMAP_ERROR_NOT_FOUND,   /* no range that satisfies the request */
	MEMMAP_ERROR_ARGUMENT,    /* length 0 or alignment not a power of two */
};

/* Laid out like struct helion_memory_range, so a map can be built where the boot context wants it. */
struct memmap_entry {
	uint64_t base;   /* physical address */
	uint64_t length; /* bytes */
	uint32_t type;
	uint32_t reserved; /* 0 */
	uint64_t attributes;
};

/* How strongly a type insists: the larger wins an overlap. Must be a pure function. */
typedef unsigned memmap_priority(uint32_t type);

struct memmap {
	struct memmap_entry *entries; /* the caller's */
	size_t count;
	size_t capacity;
	memmap_priority *priority; /* null: the type number itself */
};

const char *memmap_strerror(enum memmap_error error);

/* An empty map over `capacity` entries. */
void memmap_init(struct memmap *map, struct memmap_entry *entries, size_t capacity, memmap_priority *priority);

/* Appends an entry; a length of 0 does nothing. O(1). The map need not stay normalised. */
enum memmap_error memmap_add(struct memmap *map, uint64_t base, uint64_t length, uint32_t type, uint64_t attributes);

/*
 * Normalises in O(n log n). Without overlaps the result needs no more room than the input. With them, n entries can
 * become up to 2n - 1, and n + that many must fit the capacity while it works (3n is always enough): otherwise
 * MEMMAP_ERROR_CAPACITY, and the map holds the same entries as before in another order.
 *
 * Overlap at equal priority: the higher type number wins; at equal type, the numerically lower attributes.
 */
enum memmap_error memmap_normalise(struct memmap *map);

/* True if the map is normalised. O(n). */
bool memmap_is_normalised(const struct memmap *map);

/*
 * Gives [base, base + length), which must be completely covered, the type `type`, splitting and merging entries;
 * attributes stay. Needs a normalised map and keeps it so. O(n). On any error nothing is changed. Needs room for one
 * entry more for each end that lies inside an entry of another type.
 */
enum memmap_error memmap_carve(struct memmap *map, uint64_t base, uint64_t length, uint32_t type);

/*
 * Finds the lowest (memmap_find_top: highest) place for `length` bytes of `type` whose base is a multiple of
 * `alignment` (a power of two) and that lies within [minimum, maximum], both inclusive: maximum UINT64_MAX means no
 * limit. Adjacent entries that differ in attributes are not combined. Needs a normalised map.
 */
enum memmap_error memmap_find(const struct memmap *map, uint32_t type, uint64_t length, uint64_t alignment,
			      uint64_t minimum, uint64_t maximum, uint64_t *ret_base);
enum memmap_error memmap_find_top(const struct memmap *map, uint32_t type, uint64_t length, uint64_t alignment,
				  uint64_t minimum, uint64_t maximum, uint64_t *ret_base);

/* The entry that contains `address`, or null. Needs a normalised map. O(log n). */
const struct memmap_entry *memmap_lookup(const struct memmap *map, uint64_t address);

/* Bytes of this type. Needs a normalised map. (A map of one entry of 2^64 bytes cannot be expressed.) */
uint64_t memmap_total(const struct memmap *map, uint32_t type);

#endif
