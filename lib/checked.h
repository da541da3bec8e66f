/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Overflow-safe arithmetic and range tests.
 *
 * Every integer that came from outside (a file, a table, a message) goes through these before it is used as
 * an address, a size or an index. All functions are pure and inline.
 *
 * A range is [base, base + length). It may end exactly at 2^64; an empty range contains and overlaps nothing.
 */
#ifndef HELION_LIB_CHECKED_H
#define HELION_LIB_CHECKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* a + b. True and *ret set if the sum fits; false and *ret untouched otherwise. */
static inline bool checked_add_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t sum;
	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*ret = sum;
	return true;
}

/* a - b, or false if b is the larger. */
static inline bool checked_sub_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
	if (b > a)
		return false;
	*ret = a - b;
	return true;
}

/* a * b, or false if the product does not fit. */
static inline bool checked_mul_u64(uint64_t a, uint64_t b, uint64_t *ret)
{
	uint64_t product;
	if (__builtin_mul_overflow(a, b, &product))
		return false;
	*ret = product;
	return true;
}

/* As above, for sizes of objects in memory. */
static inline bool checked_add_size(size_t a, size_t b, size_t *ret)
{
	size_t sum;
	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*ret = sum;
	return true;
}

static inline bool checked_mul_size(size_t a, size_t b, size_t *ret)
{
	size_t product;
	if (__builtin_mul_overflow(a, b, &product))
		return false;
	*ret = product;
	return true;
}

static inline bool is_power_of_two(uint64_t value)
{
	return value != 0 && (value & (value - 1)) == 0;
}

/* Rounds down to a multiple of `alignment`, a power of two. */
static inline uint64_t align_down(uint64_t value, uint64_t alignment)
{
	return value & ~(alignment - 1);
}

static inline bool is_aligned(uint64_t value, uint64_t alignment)
{
	return (value & (alignment - 1)) == 0;
}

/* Rounds up to a multiple of `alignment`, a power of two. False if the result does not fit. */
static inline bool checked_align_up(uint64_t value, uint64_t alignment, uint64_t *ret)
{
	uint64_t sum;
	if (!checked_add_u64(value, alignment - 1, &sum))
		return false;
	*ret = align_down(sum, alignment);
	return true;
}

/* True if [base, base + length) can be expressed, that is, does not reach beyond 2^64. */
static inline bool range_is_valid(uint64_t base, uint64_t length)
{
	return length == 0 || base <= UINT64_MAX - (length - 1);
}

/* True if [offset, offset + length) lies within an object of `size` bytes. An empty range at the end does. */
static inline bool range_fits(uint64_t size, uint64_t offset, uint64_t length)
{
	return offset <= size && length <= size - offset;
}

/* True if [base, base + length) lies within [outer_base, outer_base + outer_length). Both must be valid. */
static inline bool range_contains(uint64_t outer_base, uint64_t outer_length, uint64_t base, uint64_t length)
{
	return base >= outer_base && range_fits(outer_length, base - outer_base, length);
}

/* True if the two ranges, both valid, have a byte in common. */
static inline bool range_overlaps(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
	if (a_length == 0 || b_length == 0)
		return false;
	return a <= b + (b_length - 1) && b <= a + (a_length - 1);
}

#endif
