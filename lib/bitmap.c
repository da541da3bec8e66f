/* SPDX-License-Identifier: BSD-2-Clause */
/* See bitmap.h. */
#include "lib/bitmap.h"

enum { WORD_BITS = 64 };

/* `count` (1 to 64) one bits from bit `first` of a word on; what does not fit the word is cut off. */
static uint64_t mask_of(size_t first, size_t count)
{
	uint64_t ones = count >= WORD_BITS ? UINT64_MAX : (UINT64_C(1) << count) - 1;
	return ones << first;
}

/* How much of a range that starts at `first` lies in the same word. */
static size_t part_in_word(size_t first, size_t count)
{
	size_t room = WORD_BITS - first % WORD_BITS;
	return count < room ? count : room;
}

void bitmap_set_range(uint64_t *map, size_t first, size_t count)
{
	while (count != 0) {
		size_t part = part_in_word(first, count);
		map[first / WORD_BITS] |= mask_of(first % WORD_BITS, part);
		first += part;
		count -= part;
	}
}

void bitmap_clear_range(uint64_t *map, size_t first, size_t count)
{
	while (count != 0) {
		size_t part = part_in_word(first, count);
		map[first / WORD_BITS] &= ~mask_of(first % WORD_BITS, part);
		first += part;
		count -= part;
	}
}

/* The first bit in [start, size) that is 1 after the map's words were combined with `flip` by exclusive or. */
static size_t find(const uint64_t *map, size_t size, size_t start, uint64_t flip)
{
	if (start >= size)
		return size;
	size_t index = start / WORD_BITS;
	uint64_t word = (map[index] ^ flip) & mask_of(start % WORD_BITS, WORD_BITS);
	while (word == 0) {
		if (++index >= BITMAP_WORDS(size))
			return size;
		word = map[index] ^ flip;
	}
	size_t bit = index * WORD_BITS + (size_t)__builtin_ctzll(word);
	return bit < size ? bit : size;
}

size_t bitmap_find_set(const uint64_t *map, size_t size, size_t start)
{
	return find(map, size, start, 0);
}

size_t bitmap_find_clear(const uint64_t *map, size_t size, size_t start)
{
	return find(map, size, start, UINT64_MAX);
}

bool bitmap_range_is_clear(const uint64_t *map, size_t first, size_t count)
{
	return bitmap_find_set(map, first + count, first) == first + count;
}

bool bitmap_range_is_set(const uint64_t *map, size_t first, size_t count)
{
	return bitmap_find_clear(map, first + count, first) == first + count;
}

/* Bits set in a word, without the compiler's library function that targets lack. */
static size_t ones_in(uint64_t word)
{
	word -= word >> 1 & UINT64_C(0x5555555555555555);
	word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
	word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (size_t)(word * UINT64_C(0x0101010101010101) >> 56);
}

size_t bitmap_count(const uint64_t *map, size_t size)
{
	size_t count = 0;
	size_t index = 0;
	for (; index < size / WORD_BITS; index++)
		count += ones_in(map[index]);
	if (size % WORD_BITS != 0)
		count += ones_in(map[index] & mask_of(0, size % WORD_BITS));
	return count;
}

bool bitmap_find_clear_run(const uint64_t *map, size_t size, size_t start, size_t count, size_t alignment,
			   size_t *ret_first)
{
	if (count == 0)
		return false;
	for (size_t first = start;;) {
		first = bitmap_find_clear(map, size, first);
		size_t up = (alignment - first % alignment) % alignment;
		if (up > size - first || count > size - first - up)
			return false;
		first += up;
		/* From here at most one run is looked at: either it suffices or the search goes on behind it. */
		size_t end = bitmap_find_set(map, first + count, first);
		if (end == first + count) {
			*ret_first = first;
			return true;
		}
		first = end;
	}
}
