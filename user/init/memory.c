/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory: create, map, use, protect, give back. */
#include "user/init/init.h"

#include "user/lib/helion.h"

#define SIZE (64u << 10)

/* The Memory with the most room: what everything else is made from. */
static uint64_t largest_memory(const struct helion_manifest *manifest, uint64_t *ret_free)
{
	uint64_t best = 0;

	*ret_free = 0;
	for (uint64_t i = 0; i < manifest->record_count; i++) {
		const struct helion_record *record = manifest_record(manifest, i);
		struct helion_memory_info info;

		if (record->slot == 0 || record->type != HELION_TYPE_MEMORY)
			continue;
		if (!CHECK_CALL(helion_memory_info(record->slot, &info)))
			continue;
		check(info.base == record->base && info.size == record->size,
		      "slot %lu is %lu bytes at %#lx, not what the manifest says", record->slot, info.size, info.base);
		check(info.free <= info.size, "slot %lu has %lu of %lu bytes free", record->slot, info.free, info.size);
		if (info.free > *ret_free) {
			*ret_free = info.free;
			best = record->slot;
		}
	}
	return best;
}

static uint64_t free_bytes(void)
{
	struct helion_memory_info info = {0};

	CHECK_CALL(helion_memory_info(helion_process.memory, &info));
	return info.free;
}

static uint64_t free_slots(void)
{
	struct helion_cspace_info info = {0};

	CHECK_CALL(helion_cspace_info(helion_process.cspace, &info));
	return info.free;
}

static bool all_are(const volatile uint64_t *words, size_t count, uint64_t first, uint64_t step)
{
	for (size_t i = 0; i < count; i++) {
		if (words[i] != first + i * step)
			return check(false, "word %u is %#lx, not %#lx", (unsigned)i, words[i], first + i * step);
	}
	return true;
}

static void fill(volatile uint64_t *words, size_t count, uint64_t first, uint64_t step)
{
	for (size_t i = 0; i < count; i++)
		words[i] = first + i * step;
}

/* New Pages are zero, hold what is written, show the same through a second mapping, and can be made read-only. */
static void use_pages(void)
{
	struct vm_mapping a, b;
	struct helion_vspace_query query;
	struct helion_pages_info info;
	uint64_t address;

	if (!CHECK_CALL(helion_pages_map_new(SIZE, &a)))
		return;
	address = (uint64_t)(uintptr_t)a.address;
	all_are(a.address, SIZE / 8, 0, 0);
	fill(a.address, SIZE / 8, 0x0123456789abcdef, 0x1000100010001);
	all_are(a.address, SIZE / 8, 0x0123456789abcdef, 0x1000100010001);

	if (CHECK_CALL(helion_pages_map(a.pages, SIZE / 2, SIZE / 2, HELION_MAP_READ, &b))) {
		all_are(b.address, SIZE / 16, 0x0123456789abcdef + SIZE / 16 * 0x1000100010001, 0x1000100010001);
		if (CHECK_CALL(helion_pages_info(a.pages, &info))) {
			CHECK(info.size == SIZE);
			CHECK(info.kind == HELION_PAGES_RAM);
			CHECK(info.mappings == 2);
		}
		CHECK_CALL(helion_pages_unmap(&b));
	}

	if (CHECK_CALL(helion_vspace_query(helion_process.vspace, address + 12, &query))) {
		CHECK(query.offset == 12 % query.page_size);
		CHECK(query.flags == (HELION_MAP_READ | HELION_MAP_WRITE));
	}
	CHECK_CALL(helion_vspace_protect(helion_process.vspace, address, SIZE, HELION_MAP_READ));
	if (CHECK_CALL(helion_vspace_query(helion_process.vspace, address, &query)))
		CHECK(query.flags == HELION_MAP_READ);
	all_are(a.address, SIZE / 8, 0x0123456789abcdef, 0x1000100010001);

	CHECK_CALL(helion_pages_release(&a));
	CHECK_ERROR(helion_vspace_query(helion_process.vspace, address, &query), HELION_ERR_MISSING);
	CHECK_ERROR(helion_pages_info(a.pages, &info), HELION_ERR_CAP);
}

/* Deleting the last capability unmaps what is mapped. */
static void delete_while_mapped(void)
{
	struct vm_mapping a;
	struct helion_vspace_query query;

	if (!CHECK_CALL(helion_pages_map_new(SIZE, &a)))
		return;
	CHECK_CALL(helion_cspace_destroy(helion_process.cspace, a.pages));
	CHECK_ERROR(helion_vspace_query(helion_process.vspace, (uint64_t)(uintptr_t)a.address, &query),
		    HELION_ERR_MISSING);
}

/* 4 MiB whose address and frames are aligned get pages of 2 MiB. */
static void use_large_pages(void)
{
	struct vm_mapping a;
	struct helion_vspace_query query;
	uint64_t pages, size = 4u << 20;

	if (!CHECK_CALL(helion_memory_create(helion_process.memory, HELION_TYPE_PAGES, size, 2u << 20, &pages)))
		return;
	if (CHECK_CALL(helion_pages_map(pages, 0, size, HELION_MAP_READ | HELION_MAP_WRITE, &a))) {
		if (CHECK_CALL(helion_vspace_query(helion_process.vspace, (uint64_t)(uintptr_t)a.address, &query)))
			check(query.page_size == 2u << 20, "aligned 4 MiB are mapped by pages of %lu bytes",
			      query.page_size);
		fill(a.address, size / 8, 1, 3);
		all_are(a.address, size / 8, 1, 3);
		CHECK_CALL(helion_pages_unmap(&a));
	}
	CHECK_CALL(helion_cspace_delete(helion_process.cspace, pages));
}

/* A Memory made from a Memory; destroying it destroys what was made from it. */
static void use_sub_memory(void)
{
	struct helion_memory_info info;
	uint64_t memory, pages;

	if (!CHECK_CALL(helion_memory_create(helion_process.memory, HELION_TYPE_MEMORY, 1u << 20, 0, &memory)))
		return;
	CHECK_CALL(helion_memory_create(memory, HELION_TYPE_PAGES, SIZE, 0, &pages));
	if (CHECK_CALL(helion_memory_info(memory, &info))) {
		CHECK(info.size == 1u << 20);
		CHECK(info.objects == 1);
		CHECK(info.free <= info.size - SIZE);
	}
	CHECK_ERROR(helion_memory_create(memory, HELION_TYPE_PAGES, 2u << 20, 0, &pages), HELION_ERR_MEMORY);
	CHECK_CALL(helion_cspace_destroy(helion_process.cspace, memory));
	CHECK_ERROR(helion_identify(pages, NULL, NULL, NULL), HELION_ERR_CAP);
}

/* The largest Pages that the Memory can still give, of at least a page; 0 when it is full. */
static uint64_t take_largest(uint64_t memory, uint64_t *ret_size)
{
	struct helion_memory_info before, after;
	uint64_t pages;
	int error = 0;

	if (!CHECK_CALL(helion_memory_info(memory, &before)))
		return 0;
	for (uint64_t size = before.free; size >= HELION_PAGE_SIZE;
	     size = size / 2 & ~(uint64_t)(HELION_PAGE_SIZE - 1)) {
		error = helion_memory_create(memory, HELION_TYPE_PAGES, size, 0, &pages);
		if (error == 0) {
			*ret_size = size;
			return pages;
		}
		if (!check_error(error, HELION_ERR_MEMORY, "creating Pages") ||
		    !CHECK_CALL(helion_memory_info(memory, &after)))
			return 0;
		if (!check(memcmp(&before, &after, sizeof(before)) == 0,
			   "the Memory at %#lx changed although it gave nothing", before.base))
			return 0;
	}
	return 0;
}

/* Writes a word to each page and reads it back. */
static void touch(uint64_t pages, uint64_t size)
{
	struct vm_mapping mapping;
	volatile uint64_t *words;
	uint64_t bad = 0;

	if (!CHECK_CALL(helion_pages_map(pages, 0, size, HELION_MAP_READ | HELION_MAP_WRITE, &mapping)))
		return;
	words = mapping.address;
	for (uint64_t i = 0; i < size / 8; i += HELION_PAGE_SIZE / 8)
		words[i] = ~i;
	for (uint64_t i = 0; i < size / 8; i += HELION_PAGE_SIZE / 8)
		bad += words[i] != ~i;
	check(bad == 0, "%lu pages do not hold what is written", bad);
	CHECK_CALL(helion_pages_unmap(&mapping));
}

#define BLOCKS 64

/* Takes all of a Memory, in large blocks first, and gives it back. Returns the bytes that could be used. */
static uint64_t use_all(uint64_t memory, bool has_page_tables)
{
	struct helion_memory_info before = {0}, full = {0}, after = {0};
	uint64_t blocks[BLOCKS], sizes[BLOCKS], reserve = 0, used = 0;
	size_t count = 0;

	CHECK_CALL(helion_memory_info(memory, &before));
	/* The page tables of init's own address space must come from somewhere. */
	if (has_page_tables)
		CHECK_CALL(helion_memory_create(memory, HELION_TYPE_PAGES, 2u << 20, 0, &reserve));
	while (count < BLOCKS && (blocks[count] = take_largest(memory, &sizes[count])) != 0)
		used += sizes[count++];
	CHECK_CALL(helion_memory_info(memory, &full));
	/* A page may be left for which there is no room for an object. */
	check(count == BLOCKS || full.free <= HELION_PAGE_SIZE, "the Memory at %#lx keeps %lu bytes for itself",
	      before.base, full.free);
	if (reserve != 0)
		CHECK_CALL(helion_cspace_delete(helion_process.cspace, reserve));
	for (size_t i = 0; i < count; i++) {
		touch(blocks[i], sizes[i]);
		CHECK_CALL(helion_cspace_delete(helion_process.cspace, blocks[i]));
	}
	CHECK_CALL(helion_memory_info(memory, &after));
	check(before.free == after.free, "the Memory at %#lx had %lu bytes and now %lu", before.base, before.free,
	      after.free);
	return used;
}

void test_all_memory(const struct helion_manifest *manifest)
{
	uint64_t used = 0;

	for (uint64_t i = 0; i < manifest->record_count; i++) {
		const struct helion_record *record = manifest_record(manifest, i);

		if (record->slot != 0 && record->type == HELION_TYPE_MEMORY)
			used += use_all(record->slot, record->slot == manifest->slot_memory);
	}
	printf("init: all-memory: %lu bytes used\n", (unsigned long)used);
}

void test_memory(const struct helion_manifest *manifest)
{
	uint64_t before, during, slots;
	struct vm_mapping mapping;

	check_begin("memory");
	helion_process.memory = largest_memory(manifest, &before);
	if (!check(helion_process.memory != 0, "there is no Memory"))
		return;

	/* The first mapping may take page tables, which stay. */
	use_pages();
	before = free_bytes();
	slots = free_slots();
	if (CHECK_CALL(helion_pages_map_new(SIZE, &mapping))) {
		during = free_bytes();
		check(before - during >= SIZE, "%lu bytes were created and %lu taken", (unsigned long)SIZE,
		      before - during);
		CHECK(free_slots() == slots - 1);
		CHECK_CALL(helion_pages_release(&mapping));
	}
	use_pages();
	delete_while_mapped();
	use_large_pages();
	use_sub_memory();
	check(free_bytes() == before, "%lu bytes were free and %lu are now", before, free_bytes());
	check(free_slots() == slots, "%lu slots were free and %lu are now", slots, free_slots());
	check_end();
}
