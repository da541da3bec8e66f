/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bitmaps over 64-bit words that the caller owns. Bit i is bit i % 64 of word i / 64.
 *
 * Indices and counts are in bits and are trusted: the caller keeps them inside the bitmap. Bits of the last word
 * beyond the bitmap's size are never read as results and never changed by range operations.
 */
#ifndef HELION_LIB_BITMAP_H
#define HELION_LIB_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Words needed for `bits` bits. */
#define BITMAP_WORDS(bits) (((size_t)(bits) + 63) / 64)

static inline bool bitmap_test(const uint64_t *map, size_t bit)
{
	return map[bit / 64] >> (bit % 64) & 1;
}

static inline void bitmap_set(uint64_t *map, size_t bit)
{
	map[bit / 64] |= UINT64_C(1) << (bit % 64);
}

static inline void bitmap_clear(uint64_t *map, size_t bit)
{
	map[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
}

/* Sets or clears `count` bits from `first` on. Whole words at a time. */
void bitmap_set_range(uint64_t *map, size_t first, size_t count);
void bitmap_clear_range(uint64_t *map, size_t first, size_t count);

/* True if all `count` bits from `first` on are 0 (respectively 1). True for count 0. */
bool bitmap_range_is_clear(const uint64_t *map, size_t first, size_t count);
bool bitmap_range_is_set(const uint64_t *map, size_t first, size_t count);

/* The number of 1 bits among the first `size` bits. */
size_t bitmap_count(const uint64_t *map, size_t size);

/*
 * The first 0 (respectively 1) bit at or after `start` in a bitmap of `size` bits; `size` if there is none.
 */
size_t bitmap_find_clear(const uint64_t *map, size_t size, size_t start);
size_t bitmap_find_set(const uint64_t *map, size_t size, size_t start);

/*
 * Finds the first run of `count` 0 bits that begins at or after `start`, at a multiple of `alignment` (a power of
 * two; 1 for none). True and *ret_first set if there is one. `count` 0 finds nothing. O(size / 64 + number of runs).
 */
bool bitmap_find_clear_run(const uint64_t *map, size_t size, size_t start, size_t count, size_t alignment,
			   size_t *ret_first);

#endif
