/* SPDX-License-Identifier: BSD-2-Clause */
/* See memmap.h. */
#include "lib/memmap.h"

#include "lib/checked.h"

const char *memmap_strerror(enum memmap_error error)
{
	switch (error) {
	case MEMMAP_OK: return "no error";
	case MEMMAP_ERROR_CAPACITY: return "the memory map has more entries than there is room for";
	case MEMMAP_ERROR_OVERFLOW: return "a memory range goes beyond the end of the address space";
	case MEMMAP_ERROR_NOT_COVERED: return "a memory range is not completely described by the memory map";
	case MEMMAP_ERROR_NOT_FOUND: return "no memory range is large enough";
	case MEMMAP_ERROR_ARGUMENT: return "a length is 0 or an alignment not a power of two";
	}
	return "unknown error";
}

/* The last byte, since the end of a range may be 2^64. Entries are never empty. */
static uint64_t last_of(const struct memmap_entry *entry)
{
	return entry->base + (entry->length - 1);
}

void memmap_init(struct memmap *map, struct memmap_entry *entries, size_t capacity, memmap_priority *priority)
{
	*map = (struct memmap){.entries = entries, .capacity = capacity, .priority = priority};
}

enum memmap_error memmap_add(struct memmap *map, uint64_t base, uint64_t length, uint32_t type, uint64_t attributes)
{
	if (length == 0)
		return MEMMAP_OK;
	if (!range_is_valid(base, length))
		return MEMMAP_ERROR_OVERFLOW;
	if (map->count == map->capacity)
		return MEMMAP_ERROR_CAPACITY;
	map->entries[map->count++] = (struct memmap_entry){
		.base = base,
		.length = length,
		.type = type,
		.attributes = attributes,
	};
	return MEMMAP_OK;
}

/* ---- Normalising ------------------------------------------------------------------------------------------------- */

/* Orders entries of a heap: true if `a` must be nearer to the top than `b`. */
typedef bool heap_order(const struct memmap *map, const struct memmap_entry *a, const struct memmap_entry *b);

static void swap(struct memmap_entry *a, struct memmap_entry *b)
{
	struct memmap_entry old = *a;
	*a = *b;
	*b = old;
}

static void sift_down(const struct memmap *map, struct memmap_entry *heap, size_t count, size_t at, heap_order *above)
{
	for (;;) {
		size_t child = 2 * at + 1;
		if (child >= count)
			return;
		if (child + 1 < count && above(map, &heap[child + 1], &heap[child]))
			child++;
		if (!above(map, &heap[child], &heap[at]))
			return;
		swap(&heap[child], &heap[at]);
		at = child;
	}
}

static void sift_up(const struct memmap *map, struct memmap_entry *heap, size_t at, heap_order *above)
{
	while (at != 0) {
		size_t parent = (at - 1) / 2;
		if (!above(map, &heap[at], &heap[parent]))
			return;
		swap(&heap[at], &heap[parent]);
		at = parent;
	}
}

static bool has_higher_base(const struct memmap *map, const struct memmap_entry *a, const struct memmap_entry *b)
{
	(void)map;
	return a->base > b->base;
}

/* Heapsort by base: in place, no recursion, no bad case. Firmware's maps mostly are sorted already. */
static void sort(const struct memmap *map, struct memmap_entry *entries, size_t count)
{
	size_t sorted = 1;
	while (sorted < count && entries[sorted - 1].base <= entries[sorted].base)
		sorted++;
	if (sorted >= count)
		return;

	for (size_t i = count / 2; i-- != 0;)
		sift_down(map, entries, count, i, has_higher_base);
	for (size_t left = count; left > 1; left--) {
		swap(&entries[0], &entries[left - 1]);
		sift_down(map, entries, left - 1, 0, has_higher_base);
	}
}

static bool prevails(const struct memmap *map, const struct memmap_entry *a, const struct memmap_entry *b)
{
	unsigned a_priority = map->priority != NULL ? map->priority(a->type) : a->type;
	unsigned b_priority = map->priority != NULL ? map->priority(b->type) : b->type;
	if (a_priority != b_priority)
		return a_priority > b_priority;
	if (a->type != b->type)
		return a->type > b->type;
	return a->attributes < b->attributes;
}

static bool is_continued_by(const struct memmap_entry *a, const struct memmap_entry *b)
{
	/* The end of a may be 2^64, which is no beginning of b; and 2^64 bytes are no length. */
	return last_of(a) < b->base && last_of(a) + 1 == b->base && b->length <= UINT64_MAX - a->length &&
	       a->type == b->type && a->attributes == b->attributes;
}

/* Where resolved ranges go: adjacent equal ones become one. */
struct output {
	struct memmap_entry *entries; /* null: only count */
	struct memmap_entry last;     /* the one at count - 1 */
	size_t count;
};

static void put(struct output *output, const struct memmap_entry *source, uint64_t first, uint64_t last)
{
	struct memmap_entry entry = *source;
	entry.base = first;
	entry.length = last - first + 1; /* never 0: all of 2^64 bytes cannot have been added */
	entry.reserved = 0;

	if (output->count != 0 && is_continued_by(&output->last, &entry))
		output->last.length += entry.length;
	else {
		output->last = entry;
		output->count++;
	}
	if (output->entries != NULL)
		output->entries[output->count - 1] = output->last;
}

/*
 * Sweeps over `count` entries sorted by base and puts out which one prevails where.
 *
 * The entries that have begun form a heap by precedence at the front of the array; those to come stand behind. An
 * entry that has ended leaves the heap when it gets to the top, and stays in the array behind the heap: the array is
 * only ever permuted, so a sweep that only counts loses nothing. O(n log n), since each entry enters and leaves once.
 */
static void sweep(const struct memmap *map, struct memmap_entry *entries, size_t count, struct output *output)
{
	size_t active = 0; /* entries in the heap */
	size_t begun = 0;  /* entries before the ones to come */
	uint64_t at = 0;   /* everything below is done */

	while (active != 0 || begun != count) {
		if (active == 0)
			at = entries[begun].base;
		while (begun != count && entries[begun].base <= at) {
			swap(&entries[active], &entries[begun++]);
			sift_up(map, entries, active++, prevails);
		}
		while (active != 0 && last_of(&entries[0]) < at) {
			swap(&entries[0], &entries[--active]);
			sift_down(map, entries, active, 0, prevails);
		}
		if (active == 0)
			continue;

		/* The top prevails until it ends or another begins. */
		uint64_t last = last_of(&entries[0]);
		if (begun != count && entries[begun].base <= last)
			last = entries[begun].base - 1;
		put(output, &entries[0], at, last);
		if (last == UINT64_MAX)
			return;
		at = last + 1;
	}
}

static bool has_overlap(const struct memmap *map)
{
	for (size_t i = 1; i < map->count; i++)
		if (map->entries[i].base <= last_of(&map->entries[i - 1]))
			return true;
	return false;
}

static void merge_adjacent(struct memmap *map)
{
	size_t kept = 0;
	for (size_t i = 1; i < map->count; i++) {
		if (is_continued_by(&map->entries[kept], &map->entries[i]))
			map->entries[kept].length += map->entries[i].length;
		else
			map->entries[++kept] = map->entries[i];
	}
	if (map->count != 0)
		map->count = kept + 1;
}

enum memmap_error memmap_normalise(struct memmap *map)
{
	sort(map, map->entries, map->count);
	if (!has_overlap(map)) {
		merge_adjacent(map);
		return MEMMAP_OK;
	}

	struct output counted = {0};
	sweep(map, map->entries, map->count, &counted);
	if (counted.count > map->capacity - map->count)
		return MEMMAP_ERROR_CAPACITY;

	/* The input moves to the end of the array, the output grows from its start. */
	struct memmap_entry *input = map->entries + (map->capacity - map->count);
	for (size_t i = map->count; i-- != 0;)
		input[i] = map->entries[i];
	sort(map, input, map->count);
	struct output output = {.entries = map->entries};
	sweep(map, input, map->count, &output);
	map->count = output.count;
	return MEMMAP_OK;
}

bool memmap_is_normalised(const struct memmap *map)
{
	for (size_t i = 0; i < map->count; i++) {
		const struct memmap_entry *entry = &map->entries[i];
		if (entry->length == 0 || !range_is_valid(entry->base, entry->length))
			return false;
		if (i != 0 && (entry->base <= last_of(entry - 1) || is_continued_by(entry - 1, entry)))
			return false;
	}
	return true;
}

/* ---- Queries ----------------------------------------------------------------------------------------------------- */

/* The index of the first entry that ends at or above `address`; count if there is none. */
static size_t find_index(const struct memmap *map, uint64_t address)
{
	size_t low = 0, high = map->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (last_of(&map->entries[middle]) < address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct memmap_entry *memmap_lookup(const struct memmap *map, uint64_t address)
{
	size_t index = find_index(map, address);
	if (index == map->count || map->entries[index].base > address)
		return NULL;
	return &map->entries[index];
}

uint64_t memmap_total(const struct memmap *map, uint32_t type)
{
	uint64_t total = 0;
	for (size_t i = 0; i < map->count; i++)
		if (map->entries[i].type == type)
			total += map->entries[i].length;
	return total;
}

/* The part of the entry within [minimum, maximum]; false if there is none. */
static bool clip(const struct memmap_entry *entry, uint64_t minimum, uint64_t maximum, uint64_t *ret_first,
		 uint64_t *ret_last)
{
	*ret_first = entry->base > minimum ? entry->base : minimum;
	*ret_last = last_of(entry) < maximum ? last_of(entry) : maximum;
	return *ret_first <= *ret_last;
}

enum memmap_error memmap_find(const struct memmap *map, uint32_t type, uint64_t length, uint64_t alignment,
			      uint64_t minimum, uint64_t maximum, uint64_t *ret_base)
{
	if (length == 0 || !is_power_of_two(alignment))
		return MEMMAP_ERROR_ARGUMENT;
	for (size_t i = find_index(map, minimum); i < map->count; i++) {
		uint64_t first, last;
		if (map->entries[i].type != type || !clip(&map->entries[i], minimum, maximum, &first, &last))
			continue;
		if (!checked_align_up(first, alignment, &first) || first > last || last - first < length - 1)
			continue;
		*ret_base = first;
		return MEMMAP_OK;
	}
	return MEMMAP_ERROR_NOT_FOUND;
}

enum memmap_error memmap_find_top(const struct memmap *map, uint32_t type, uint64_t length, uint64_t alignment,
				  uint64_t minimum, uint64_t maximum, uint64_t *ret_base)
{
	if (length == 0 || !is_power_of_two(alignment))
		return MEMMAP_ERROR_ARGUMENT;
	for (size_t i = map->count; i-- != 0;) {
		uint64_t first, last;
		if (map->entries[i].type != type || !clip(&map->entries[i], minimum, maximum, &first, &last))
			continue;
		if (last - first < length - 1)
			continue;
		uint64_t base = align_down(last - (length - 1), alignment);
		if (base < first)
			continue;
		*ret_base = base;
		return MEMMAP_OK;
	}
	return MEMMAP_ERROR_NOT_FOUND;
}

/* ---- Carving ----------------------------------------------------------------------------------------------------- */

/*
 * True if entries from `index` on cover [first, last] without a gap; *ret_end is the index behind the last one
 * needed.
 */
static bool is_covered(const struct memmap *map, size_t index, uint64_t first, uint64_t last, size_t *ret_end)
{
	for (; index < map->count; index++) {
		const struct memmap_entry *entry = &map->entries[index];
		if (entry->base > first)
			return false;
		if (last_of(entry) >= last) {
			*ret_end = index + 1;
			return true;
		}
		first = last_of(entry) + 1;
	}
	return false;
}

/* Splits entry `index` so that a new one begins at `address`, which lies inside it and not at its start. */
static void split(struct memmap *map, size_t index, uint64_t address)
{
	for (size_t i = map->count++; i > index; i--)
		map->entries[i] = map->entries[i - 1];
	struct memmap_entry *lower = &map->entries[index];
	struct memmap_entry *upper = lower + 1;
	lower->length = address - lower->base;
	upper->base = address;
	upper->length -= lower->length;
}

enum memmap_error memmap_carve(struct memmap *map, uint64_t base, uint64_t length, uint32_t type)
{
	if (length == 0)
		return MEMMAP_ERROR_ARGUMENT;
	if (!range_is_valid(base, length))
		return MEMMAP_ERROR_OVERFLOW;
	uint64_t last = base + (length - 1);
	size_t begin = find_index(map, base);
	size_t end;
	if (!is_covered(map, begin, base, last, &end))
		return MEMMAP_ERROR_NOT_COVERED;

	const struct memmap_entry *front = &map->entries[begin];
	const struct memmap_entry *back = &map->entries[end - 1];
	bool cut_front = front->base < base && front->type != type;
	bool cut_back = last_of(back) > last && back->type != type;
	if ((size_t)cut_front + (size_t)cut_back > map->capacity - map->count)
		return MEMMAP_ERROR_CAPACITY;

	/* The back first, so that the indices in front stay. */
	if (cut_back)
		split(map, end - 1, last + 1);
	if (cut_front) {
		split(map, begin, base);
		begin++;
		end++;
	}
	for (size_t i = begin; i < end; i++)
		map->entries[i].type = type;
	merge_adjacent(map);
	return MEMMAP_OK;
}
