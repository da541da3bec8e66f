/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Adds entries made from the input, normalises, and carves. Invariants: a normalised map stays so, each address has the
 * strongest type that was added there, totals agree, and a failing operation changes nothing that is described.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/bytes.h"
#include "lib/checked.h"
#include "lib/memmap.h"

enum { MAX_ENTRIES = 64, RECORD = 6, TYPES = 8 };

static void require(bool condition)
{
	if (!condition)
		abort();
}

static unsigned priority_of(uint32_t type)
{
	return type / 2; /* pairs of equal priority */
}

/* The base of an entry: near 0, near 2^63 or near the end of the address space, so that entries meet. */
static uint64_t base_of(const uint8_t *record)
{
	static const uint64_t regions[] = {0, UINT64_C(1) << 63, UINT64_MAX - 0xffff, 0x100000000};
	return regions[record[0] % 4] + (uint64_t)record[1] * 16;
}

static uint64_t length_of(const uint8_t *record)
{
	return record[2] == 0xff ? UINT64_MAX - record[3] : (uint64_t)load_le16(record + 2);
}

static uint32_t strongest(const struct memmap_entry *added, size_t count, uint64_t address)
{
	uint32_t best = 0;
	for (size_t i = 0; i < count; i++) {
		if (!range_contains(added[i].base, added[i].length, address, 1))
			continue;
		unsigned a = priority_of(added[i].type), b = priority_of(best);
		if (best == 0 || a > b || (a == b && added[i].type > best))
			best = added[i].type;
	}
	return best;
}

static void check_map(const struct memmap *map, const struct memmap_entry *added, size_t count)
{
	require(memmap_is_normalised(map));
	for (size_t i = 0; i < count; i++) {
		const uint64_t probes[] = {added[i].base, added[i].base + added[i].length - 1, added[i].base - 1,
					   added[i].base + added[i].length};
		for (size_t j = 0; j < 4; j++) {
			const struct memmap_entry *entry = memmap_lookup(map, probes[j]);
			require((entry == NULL ? 0 : entry->type) == strongest(added, count, probes[j]));
		}
	}
}

static void carve(struct memmap *map, const uint8_t *record)
{
	uint64_t before[TYPES + 1], described_before = 0, described = 0;
	uint64_t base = base_of(record), length = length_of(record);
	uint32_t type = record[4] % TYPES + 1;
	for (uint32_t t = 0; t <= TYPES; t++)
		described_before += before[t] = memmap_total(map, t);
	enum memmap_error error = memmap_carve(map, base, length, type);
	require(memmap_is_normalised(map));
	for (uint32_t t = 0; t <= TYPES; t++) {
		described += memmap_total(map, t);
		require(error == MEMMAP_OK || memmap_total(map, t) == before[t]);
	}
	require(described == described_before);
	if (error == MEMMAP_OK)
		require(memmap_lookup(map, base)->type == type && memmap_lookup(map, base + length - 1)->type == type);

	uint64_t found;
	uint64_t alignment = UINT64_C(1) << record[5] % 64;
	if (memmap_find(map, type, length, alignment, base, UINT64_MAX, &found) == MEMMAP_OK) {
		const struct memmap_entry *entry = memmap_lookup(map, found);
		require(found >= base && found % alignment == 0 && entry->type == type);
		require(range_contains(entry->base, entry->length, found, length));
		uint64_t top;
		require(memmap_find_top(map, type, length, alignment, base, UINT64_MAX, &top) == MEMMAP_OK &&
			top >= found);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memmap_entry added[MAX_ENTRIES];
	struct memmap map;
	size_t count = 0;
	if (size < 2)
		return 0;
	size_t capacity = data[0] % (3 * MAX_ENTRIES);
	size_t carvings = data[1] % 16;
	data += 2;
	size -= 2;
	struct memmap_entry *entries = malloc(capacity * sizeof *entries + 1);
	require(entries != NULL);
	memmap_init(&map, entries, capacity, priority_of);

	for (; size >= RECORD && count < MAX_ENTRIES; data += RECORD, size -= RECORD) {
		uint64_t base = base_of(data), length = length_of(data);
		uint32_t type = data[4] % TYPES + 1;
		enum memmap_error error = memmap_add(&map, base, length, type, data[5] % 4);
		if (error == MEMMAP_ERROR_CAPACITY)
			break;
		require((error == MEMMAP_ERROR_OVERFLOW) == !range_is_valid(base, length));
		if (error == MEMMAP_OK && length != 0)
			added[count++] = (struct memmap_entry){.base = base, .length = length, .type = type};
	}
	require(map.count == count);
	enum memmap_error error = memmap_normalise(&map);
	require(error == MEMMAP_OK || (error == MEMMAP_ERROR_CAPACITY && capacity < 3 * count && map.count == count));
	if (error == MEMMAP_OK) {
		check_map(&map, added, count);
		for (; size >= RECORD && carvings != 0; data += RECORD, size -= RECORD, carvings--)
			carve(&map, data);
	} else {
		/* Nothing is lost: every entry is still there. */
		for (size_t i = 0; i < count; i++) {
			bool is_there = false;
			for (size_t j = 0; j < map.count; j++)
				is_there = is_there || (map.entries[j].base == added[i].base &&
							map.entries[j].length == added[i].length &&
							map.entries[j].type == added[i].type);
			require(is_there);
		}
	}
	free(entries);
	return 0;
}
