/* SPDX-License-Identifier: BSD-2-Clause */
#include "lib/memmap.h"

#include "tap.h"

enum { FREE = 1, TAKEN = 5, RESERVED = 12, BAD = 13 };

static struct memmap map;
static struct memmap_entry *entries; /* of exactly the capacity, so that the sanitizer sees overruns */

static void begin_with(size_t capacity, memmap_priority *priority)
{
	free(entries);
	entries = malloc(capacity * sizeof *entries + 1);
	memmap_init(&map, entries, capacity, priority);
}

static void begin(size_t capacity)
{
	begin_with(capacity, NULL);
}

static void add(uint64_t base, uint64_t length, uint32_t type)
{
	CHECK_EQUAL(memmap_add(&map, base, length, type, 0), MEMMAP_OK);
}

/* The map as "base+length:type ...", all in hexadecimal. */
static const char *show(void)
{
	static char text[1024];
	size_t used = 0;
	text[0] = '\0';
	for (size_t i = 0; i < map.count && used < sizeof text - 64; i++) {
		const struct memmap_entry *entry = &map.entries[i];
		used += (size_t)sprintf(text + used, "%s%llx+%llx:%u", i == 0 ? "" : " ",
					(unsigned long long)entry->base, (unsigned long long)entry->length,
					entry->type);
	}
	return text;
}

#define CHECK_MAP(wanted)                          \
	do {                                       \
		CHECK_TEXT(show(), wanted);        \
		CHECK(memmap_is_normalised(&map)); \
	} while (0)

static void sorts_and_merges(void)
{
	begin(8);
	add(0x3000, 0x1000, FREE);
	add(0x1000, 0x1000, FREE);
	add(0x9000, 0x1000, RESERVED);
	add(0x5000, 0, RESERVED);
	add(0x2000, 0x1000, FREE);
	CHECK_EQUAL(map.count, 4);
	CHECK(!memmap_is_normalised(&map));
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_MAP("1000+3000:1 9000+1000:12");
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_MAP("1000+3000:1 9000+1000:12");
}

static void attributes_keep_apart(void)
{
	begin(4);
	CHECK_EQUAL(memmap_add(&map, 0x1000, 0x1000, FREE, 1), MEMMAP_OK);
	CHECK_EQUAL(memmap_add(&map, 0x2000, 0x1000, FREE, UINT64_C(1) << 63), MEMMAP_OK);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_MAP("1000+1000:1 2000+1000:1");
	CHECK_EQUAL(map.entries[1].attributes, UINT64_C(1) << 63);
	CHECK_EQUAL(memmap_total(&map, FREE), 0x2000);
}

static void one_entry_and_none(void)
{
	begin(1);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_EQUAL(map.count, 0);
	CHECK(memmap_is_normalised(&map));
	CHECK(memmap_lookup(&map, 0) == NULL);
	uint64_t base;
	CHECK_EQUAL(memmap_find(&map, FREE, 1, 1, 0, UINT64_MAX, &base), MEMMAP_ERROR_NOT_FOUND);
	add(0x1000, 0x1000, FREE);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_MAP("1000+1000:1");
	CHECK_EQUAL(memmap_add(&map, 0, 1, FREE, 0), MEMMAP_ERROR_CAPACITY);
	CHECK_EQUAL(memmap_add(&map, 0, 0, FREE, 0), MEMMAP_OK);
	begin(0);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_EQUAL(memmap_add(&map, 0, 1, FREE, 0), MEMMAP_ERROR_CAPACITY);
}

static void restrictive_types_win(void)
{
	begin(16);
	add(0x1000, 0x9000, FREE);
	add(0x3000, 0x1000, RESERVED);
	add(0x3800, 0x1000, BAD);
	add(0x8000, 0x4000, RESERVED);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_MAP("1000+2000:1 3000+800:12 3800+1000:13 4800+3800:1 8000+4000:12");
	/* The same range twice, and nested ranges that begin together. */
	begin(16);
	add(0x1000, 0x3000, FREE);
	add(0x1000, 0x3000, FREE);
	add(0x1000, 0x1000, TAKEN);
	add(0x1000, 0x2000, RESERVED);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_MAP("1000+2000:12 3000+1000:1");
}

static unsigned free_wins(uint32_t type)
{
	return type == FREE ? 100 : 1;
}

static void priorities_are_the_callers(void)
{
	begin_with(16, free_wins);
	add(0x1000, 0x3000, BAD);
	add(0x2000, 0x1000, FREE);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_MAP("1000+1000:13 2000+1000:1 3000+1000:13");
	/* Equal priority: the higher number, whatever the order. */
	for (int order = 0; order < 2; order++) {
		begin_with(16, free_wins);
		add(0x1000, 0x3000, order == 0 ? TAKEN : BAD);
		add(0x1000, 0x2000, order == 0 ? BAD : TAKEN);
		CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
		if (order == 0)
			CHECK_MAP("1000+2000:13 3000+1000:5");
		else
			CHECK_MAP("1000+3000:13");
	}
}

static void the_end_of_the_address_space(void)
{
	begin(16);
	CHECK_EQUAL(memmap_add(&map, UINT64_MAX, 2, FREE, 0), MEMMAP_ERROR_OVERFLOW);
	CHECK_EQUAL(memmap_add(&map, 1, UINT64_MAX, FREE, 0), MEMMAP_OK);
	add(UINT64_C(0xfffffffffffff000), 0x1000, RESERVED);
	add(0, 0x1000, TAKEN);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_MAP("0+1000:5 1000+ffffffffffffe000:1 fffffffffffff000+1000:12");
	CHECK_EQUAL(memmap_lookup(&map, UINT64_MAX)->type, RESERVED);
	uint64_t base;
	CHECK_EQUAL(memmap_find_top(&map, RESERVED, 0x1000, 0x1000, 0, UINT64_MAX, &base), MEMMAP_OK);
	CHECK_EQUAL(base, UINT64_C(0xfffffffffffff000));
	CHECK_EQUAL(memmap_find(&map, RESERVED, 0x1000, 0x2000, 0, UINT64_MAX, &base), MEMMAP_ERROR_NOT_FOUND);
	CHECK_EQUAL(memmap_carve(&map, UINT64_MAX, 1, BAD), MEMMAP_OK);
	CHECK_MAP("0+1000:5 1000+ffffffffffffe000:1 fffffffffffff000+fff:12 ffffffffffffffff+1:13");
	CHECK_EQUAL(memmap_carve(&map, UINT64_MAX, 2, BAD), MEMMAP_ERROR_OVERFLOW);
	/* Two halves that cannot be one entry, as its length would be 2^64. */
	begin(4);
	add(0, UINT64_C(1) << 63, FREE);
	add(UINT64_C(1) << 63, UINT64_C(1) << 63, FREE);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_MAP("0+8000000000000000:1 8000000000000000+8000000000000000:1");
}

static void lack_of_room_loses_nothing(void)
{
	/* Three entries become five; while working, 3 + 5 are needed. */
	for (size_t capacity = 3; capacity <= 8; capacity++) {
		begin(capacity);
		add(0x1000, 0x9000, FREE);
		add(0x2000, 0x1000, RESERVED);
		add(0x4000, 0x1000, BAD);
		enum memmap_error error = memmap_normalise(&map);
		CHECK_EQUAL(error, capacity < 8 ? MEMMAP_ERROR_CAPACITY : MEMMAP_OK);
		if (error == MEMMAP_OK) {
			CHECK_MAP("1000+1000:1 2000+1000:12 3000+1000:1 4000+1000:13 5000+5000:1");
			continue;
		}
		CHECK_EQUAL(map.count, 3);
		CHECK_EQUAL(memmap_total(&map, FREE), 0x9000);
		CHECK_EQUAL(memmap_total(&map, RESERVED), 0x1000);
		CHECK_EQUAL(memmap_total(&map, BAD), 0x1000);
	}
	/* A full array without overlap needs no room. */
	begin(3);
	add(0x5000, 0x1000, FREE);
	add(0x1000, 0x1000, FREE);
	add(0x3000, 0x1000, FREE);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_MAP("1000+1000:1 3000+1000:1 5000+1000:1");
}

static void carving(void)
{
	begin(16);
	add(0x1000, 0x9000, FREE);
	add(0xa000, 0x2000, RESERVED);
	add(0x10000, 0x1000, FREE);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK_EQUAL(memmap_carve(&map, 0x3000, 0x1000, TAKEN), MEMMAP_OK);
	CHECK_MAP("1000+2000:1 3000+1000:5 4000+6000:1 a000+2000:12 10000+1000:1");
	CHECK_EQUAL(memmap_carve(&map, 0x4000, 0x1000, TAKEN), MEMMAP_OK);
	CHECK_MAP("1000+2000:1 3000+2000:5 5000+5000:1 a000+2000:12 10000+1000:1");
	CHECK_EQUAL(memmap_carve(&map, 0x3800, 0x100, TAKEN), MEMMAP_OK);
	CHECK_MAP("1000+2000:1 3000+2000:5 5000+5000:1 a000+2000:12 10000+1000:1");
	CHECK_EQUAL(memmap_carve(&map, 0x9000, 0x2000, TAKEN), MEMMAP_OK);
	CHECK_MAP("1000+2000:1 3000+2000:5 5000+4000:1 9000+2000:5 b000+1000:12 10000+1000:1");
	CHECK_EQUAL(memmap_carve(&map, 0x1000, 0xb000, FREE), MEMMAP_OK);
	CHECK_MAP("1000+b000:1 10000+1000:1");
	CHECK_EQUAL(memmap_carve(&map, 0x10000, 0x1000, TAKEN), MEMMAP_OK);
	CHECK_MAP("1000+b000:1 10000+1000:5");

	CHECK_EQUAL(memmap_carve(&map, 0xb000, 0x2000, TAKEN), MEMMAP_ERROR_NOT_COVERED);
	CHECK_EQUAL(memmap_carve(&map, 0xf000, 0x2000, TAKEN), MEMMAP_ERROR_NOT_COVERED);
	CHECK_EQUAL(memmap_carve(&map, 0x1000, 0x10000, TAKEN), MEMMAP_ERROR_NOT_COVERED);
	CHECK_EQUAL(memmap_carve(&map, 0x20000, 1, TAKEN), MEMMAP_ERROR_NOT_COVERED);
	CHECK_EQUAL(memmap_carve(&map, 0x1000, 0, TAKEN), MEMMAP_ERROR_ARGUMENT);
	CHECK_MAP("1000+b000:1 10000+1000:5");
}

static void carving_without_room(void)
{
	begin(2);
	add(0x1000, 0x3000, FREE);
	CHECK_EQUAL(memmap_carve(&map, 0x2000, 0x1000, TAKEN), MEMMAP_ERROR_CAPACITY);
	CHECK_MAP("1000+3000:1");
	CHECK_EQUAL(memmap_carve(&map, 0x1000, 0x1000, TAKEN), MEMMAP_OK);
	CHECK_MAP("1000+1000:5 2000+2000:1");
	CHECK_EQUAL(memmap_carve(&map, 0x3000, 0x1000, TAKEN), MEMMAP_ERROR_CAPACITY);
	CHECK_EQUAL(memmap_carve(&map, 0x1000, 0x3000, BAD), MEMMAP_OK);
	CHECK_MAP("1000+3000:13");
}

static void searching(void)
{
	uint64_t base = 0;
	begin(8);
	add(0x1000, 0x3000, FREE);
	add(0x4000, 0x4000, RESERVED);
	add(0x9000, 0x8000, FREE);
	add(0x100000000, 0x10000, FREE);
	CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
	CHECK(memmap_find(&map, FREE, 0x1000, 0x1000, 0, UINT64_MAX, &base) == MEMMAP_OK && base == 0x1000);
	CHECK(memmap_find(&map, FREE, 0x4000, 0x1000, 0, UINT64_MAX, &base) == MEMMAP_OK && base == 0x9000);
	CHECK(memmap_find(&map, FREE, 0x4000, 0x4000, 0, UINT64_MAX, &base) == MEMMAP_OK && base == 0xc000);
	CHECK(memmap_find(&map, FREE, 0x8000, 0x4000, 0, UINT64_MAX, &base) == MEMMAP_OK && base == 0x100000000);
	CHECK(memmap_find(&map, FREE, 0x1000, 0x1000, 0x1001, UINT64_MAX, &base) == MEMMAP_OK && base == 0x2000);
	CHECK(memmap_find(&map, FREE, 0x1000, 0x1000, 0x5000, UINT64_MAX, &base) == MEMMAP_OK && base == 0x9000);
	CHECK_EQUAL(memmap_find(&map, FREE, 0x10000, 0x1000, 0, UINT32_MAX, &base), MEMMAP_ERROR_NOT_FOUND);
	CHECK_EQUAL(memmap_find(&map, FREE, 0x1000, 0x1000, 0, 0x1ffe, &base), MEMMAP_ERROR_NOT_FOUND);
	CHECK_EQUAL(memmap_find(&map, FREE, 0x1000, 0x1000, 0, 0x1fff, &base), MEMMAP_OK);
	CHECK_EQUAL(memmap_find(&map, FREE, UINT64_MAX, 1, 0, UINT64_MAX, &base), MEMMAP_ERROR_NOT_FOUND);
	CHECK_EQUAL(memmap_find(&map, FREE, 1, UINT64_C(1) << 63, 0, UINT64_MAX, &base), MEMMAP_ERROR_NOT_FOUND);
	CHECK_EQUAL(memmap_find(&map, FREE, 1, 1, 5, 4, &base), MEMMAP_ERROR_NOT_FOUND);
	CHECK_EQUAL(memmap_find(&map, FREE, 0, 1, 0, 4, &base), MEMMAP_ERROR_ARGUMENT);
	CHECK_EQUAL(memmap_find(&map, FREE, 1, 3, 0, 4, &base), MEMMAP_ERROR_ARGUMENT);

	CHECK(memmap_find_top(&map, FREE, 0x1000, 0x1000, 0, UINT64_MAX, &base) == MEMMAP_OK && base == 0x10000f000);
	CHECK(memmap_find_top(&map, FREE, 0x1000, 0x1000, 0, UINT32_MAX, &base) == MEMMAP_OK && base == 0x10000);
	CHECK(memmap_find_top(&map, FREE, 0x1000, 0x4000, 0, UINT32_MAX, &base) == MEMMAP_OK && base == 0x10000);
	CHECK(memmap_find_top(&map, FREE, 0x2000, 0x4000, 0, UINT32_MAX, &base) == MEMMAP_OK && base == 0xc000);
	CHECK(memmap_find_top(&map, FREE, 0x3000, 0x1000, 0, 0x8000, &base) == MEMMAP_OK && base == 0x1000);
	CHECK_EQUAL(memmap_find_top(&map, FREE, 0x3000, 0x4000, 0, 0x8000, &base), MEMMAP_ERROR_NOT_FOUND);
	CHECK_EQUAL(memmap_find_top(&map, TAKEN, 1, 1, 0, UINT64_MAX, &base), MEMMAP_ERROR_NOT_FOUND);
	CHECK_EQUAL(memmap_find_top(&map, FREE, 1, 0, 0, UINT64_MAX, &base), MEMMAP_ERROR_ARGUMENT);

	CHECK(memmap_lookup(&map, 0xfff) == NULL);
	CHECK_EQUAL(memmap_lookup(&map, 0x1000)->type, FREE);
	CHECK_EQUAL(memmap_lookup(&map, 0x3fff)->type, FREE);
	CHECK_EQUAL(memmap_lookup(&map, 0x4000)->type, RESERVED);
	CHECK(memmap_lookup(&map, 0x8000) == NULL);
	CHECK(memmap_lookup(&map, UINT64_MAX) == NULL);
	CHECK_EQUAL(memmap_total(&map, FREE), 0x3000 + 0x8000 + 0x10000);
}

/* Random overlapping entries over a small space, compared with an array of one type per unit. */
static void agrees_with_a_simple_model(void)
{
	enum { SPACE = 256 };
	srand(7);
	for (int round = 0; round < 3000; round++) {
		uint32_t model[SPACE] = {0};
		size_t count = (size_t)rand() % 20 + 1;
		begin(3 * count);
		for (size_t i = 0; i < count; i++) {
			uint64_t base = (uint64_t)rand() % SPACE;
			uint64_t length = (uint64_t)rand() % (SPACE - base + 1);
			uint32_t type = (uint32_t)rand() % 4 + 1;
			add(base, length, type);
			for (uint64_t j = base; j < base + length; j++)
				if (model[j] < type)
					model[j] = type;
		}
		bool same = memmap_normalise(&map) == MEMMAP_OK && memmap_is_normalised(&map);
		uint64_t total = 0, wanted = 0;
		for (uint64_t j = 0; same && j < SPACE; j++) {
			const struct memmap_entry *entry = memmap_lookup(&map, j);
			same = (entry == NULL ? 0 : entry->type) == model[j];
			wanted += model[j] == 2;
		}
		total = memmap_total(&map, 2);
		if (!same || total != wanted) {
			CHECK(!"differs from the model");
			return;
		}
	}
}

static void large_maps(void)
{
	static const size_t sizes[] = {400, 4096};
	for (size_t s = 0; s < 2; s++) {
		size_t count = sizes[s];
		/* Alternating types, in descending order. */
		begin(count);
		for (size_t i = count; i-- != 0;)
			add(i * 0x1000, 0x1000, i % 2 == 0 ? FREE : RESERVED);
		CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
		CHECK(memmap_is_normalised(&map) && map.count == count);
		CHECK_EQUAL(memmap_total(&map, FREE), count / 2 * 0x1000);
		/* All in one. */
		begin(count);
		for (size_t i = 0; i < count; i++)
			add((i * 2654435761u % count) * 0x1000, 0x1000, FREE);
		CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
		/* Nested like an onion: 2n - 1 results. */
		begin(3 * count);
		for (size_t i = 0; i < count; i++)
			add(i * 0x1000, (2 * count - 2 * i) * 0x1000, (uint32_t)i + 1);
		CHECK_EQUAL(memmap_normalise(&map), MEMMAP_OK);
		CHECK(memmap_is_normalised(&map) && map.count == 2 * count - 1);
	}
}

static void every_error_has_a_phrase(void)
{
	CHECK_PHRASES(memmap_strerror, MEMMAP_OK, MEMMAP_ERROR_ARGUMENT);
}

int main(void)
{
	RUN(sorts_and_merges);
	RUN(attributes_keep_apart);
	RUN(one_entry_and_none);
	RUN(restrictive_types_win);
	RUN(priorities_are_the_callers);
	RUN(the_end_of_the_address_space);
	RUN(lack_of_room_loses_nothing);
	RUN(carving);
	RUN(carving_without_room);
	RUN(searching);
	RUN(agrees_with_a_simple_model);
	RUN(large_maps);
	RUN(every_error_has_a_phrase);
	free(entries);
	return tap_finish();
}
