/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/bytes.h"
#include "lib/checked.h"

#include "tap.h"

static void sums_that_fit(void)
{
	uint64_t value = 7;
	CHECK(checked_add_u64(UINT64_MAX - 1, 1, &value));
	CHECK_EQUAL(value, UINT64_MAX);
	CHECK(!checked_add_u64(UINT64_MAX, 1, &value));
	CHECK_EQUAL(value, UINT64_MAX);
	CHECK(checked_sub_u64(5, 5, &value));
	CHECK_EQUAL(value, 0);
	CHECK(!checked_sub_u64(5, 6, &value));
	size_t size;
	CHECK(checked_add_size(1, 2, &size) && size == 3);
	CHECK(!checked_add_size(SIZE_MAX, 1, &size));
}

static void products_that_fit(void)
{
	uint64_t value = 7;
	CHECK(checked_mul_u64(UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1, &value));
	CHECK_EQUAL(value, UINT64_C(0xffffffff00000000));
	CHECK(!checked_mul_u64(UINT64_C(1) << 32, UINT64_C(1) << 32, &value));
	size_t size;
	CHECK(checked_mul_size(3, 4, &size) && size == 12);
	CHECK(!checked_mul_size(SIZE_MAX, 2, &size));
}

static void alignment(void)
{
	uint64_t value;
	CHECK(checked_align_up(0, 4096, &value) && value == 0);
	CHECK(checked_align_up(1, 4096, &value) && value == 4096);
	CHECK(checked_align_up(4096, 4096, &value) && value == 4096);
	CHECK(!checked_align_up(UINT64_MAX - 4094, 4096, &value));
	CHECK(checked_align_up(UINT64_MAX - 4095, 4096, &value) && value == UINT64_MAX - 4095);
	CHECK_EQUAL(align_down(8191, 4096), 4096);
	CHECK(is_aligned(8192, 4096) && !is_aligned(8193, 4096));
	CHECK(is_power_of_two(1) && is_power_of_two(UINT64_C(1) << 63));
	CHECK(!is_power_of_two(0) && !is_power_of_two(3));
}

static void ranges(void)
{
	CHECK(range_is_valid(0, UINT64_MAX));
	CHECK(range_is_valid(UINT64_MAX, 1));
	CHECK(range_is_valid(UINT64_MAX, 0));
	CHECK(!range_is_valid(UINT64_MAX, 2));
	CHECK(range_fits(10, 10, 0) && range_fits(10, 0, 10) && range_fits(10, 9, 1));
	CHECK(!range_fits(10, 9, 2) && !range_fits(10, 11, 0) && !range_fits(10, 5, UINT64_MAX));
	CHECK(range_contains(100, 10, 100, 10) && range_contains(100, 10, 105, 5));
	CHECK(!range_contains(100, 10, 99, 2) && !range_contains(100, 10, 105, 6));
	CHECK(range_contains(UINT64_MAX - 9, 10, UINT64_MAX, 1));
	CHECK(range_overlaps(0, 10, 9, 1) && !range_overlaps(0, 10, 10, 1));
	CHECK(range_overlaps(UINT64_MAX - 1, 2, UINT64_MAX, 1));
	CHECK(!range_overlaps(5, 0, 0, 10) && !range_overlaps(0, 10, 5, 0));
}

static void bytes_at_any_alignment(void)
{
	static const uint8_t data[] = {0xff, 1, 2, 3, 4, 5, 6, 7, 8};
	CHECK_EQUAL(load_le16(data + 1), 0x0201);
	CHECK_EQUAL(load_le32(data + 1), 0x04030201);
	CHECK_EQUAL(load_le64(data + 1), UINT64_C(0x0807060504030201));
	CHECK_EQUAL(load_be16(data + 1), 0x0102);
	CHECK_EQUAL(load_be32(data + 1), 0x01020304);
	CHECK_EQUAL(load_be64(data + 1), UINT64_C(0x0102030405060708));
	uint8_t out[9] = {0};
	store_le64(out + 1, UINT64_C(0x0807060504030201));
	CHECK(out[0] == 0 && memcmp(out + 1, data + 1, 8) == 0);
	store_le32(out + 3, 0xaabbccdd);
	CHECK_EQUAL(load_le32(out + 3), 0xaabbccdd);
}

int main(void)
{
	RUN(sums_that_fit);
	RUN(products_that_fit);
	RUN(alignment);
	RUN(ranges);
	RUN(bytes_at_any_alignment);
	return tap_finish();
}
