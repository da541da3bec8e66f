/* SPDX-License-Identifier: BSD-2-Clause */
/* Intrusive lists and bitmaps. */
#include "lib/bitmap.h"
#include "lib/list.h"

#include "tap.h"

struct item {
	int value;
	struct list_node node;
};

/* The values on the list as decimal digits. */
static const char *show(struct list_node *head)
{
	static char text[32];
	size_t used = 0;
	list_for_each_entry(item, head, struct item, node) text[used++] = (char)('0' + item->value);
	text[used] = '\0';
	return text;
}

static void lists_keep_their_order(void)
{
	struct list_node head = LIST_INITIALISER(head);
	struct item items[5];
	for (int i = 0; i < 5; i++) {
		items[i].value = i;
		list_init(&items[i].node);
	}
	CHECK(list_is_empty(&head));
	CHECK(list_first(&head) == NULL && list_last(&head) == NULL && list_pop_front(&head) == NULL);
	list_push_back(&head, &items[1].node);
	list_push_back(&head, &items[3].node);
	list_push_front(&head, &items[0].node);
	list_insert_after(&items[1].node, &items[2].node);
	list_insert_before(&items[3].node, &items[4].node);
	CHECK_TEXT(show(&head), "01243");
	CHECK(list_entry(list_first(&head), struct item, node) == &items[0]);
	CHECK(list_entry(list_last(&head), struct item, node) == &items[3]);
	list_remove(&items[4].node);
	list_remove(&items[4].node);
	CHECK(list_is_empty(&items[4].node));
	CHECK_TEXT(show(&head), "0123");
	CHECK(list_pop_front(&head) == &items[0].node);
	CHECK_TEXT(show(&head), "123");
}

static void lists_can_be_joined(void)
{
	struct list_node a, b;
	struct item items[4];
	list_init(&a);
	list_init(&b);
	for (int i = 0; i < 4; i++) {
		items[i].value = i;
		list_push_back(i < 2 ? &a : &b, &items[i].node);
	}
	list_append_all(&a, &b);
	CHECK_TEXT(show(&a), "0123");
	CHECK(list_is_empty(&b));
	list_append_all(&a, &b);
	CHECK_TEXT(show(&a), "0123");
	list_append_all(&b, &a);
	CHECK_TEXT(show(&b), "0123");
	CHECK(list_is_empty(&a));
}

static void walks_allow_removal(void)
{
	struct list_node head;
	struct item items[6];
	list_init(&head);
	for (int i = 0; i < 6; i++) {
		items[i].value = i;
		list_push_back(&head, &items[i].node);
	}
	list_for_each_safe(node, &head)
		if (list_entry(node, struct item, node)->value % 2 == 0)
			list_remove(node);
	CHECK_TEXT(show(&head), "135");
	unsigned count = 0;
	list_for_each(node, &head)
		count++;
	CHECK_EQUAL(count, 3);
}

enum { BITS = 300 };

static bool naive_find_run(const bool *bits, size_t size, size_t start, size_t count, size_t alignment, size_t *ret)
{
	for (size_t first = (start + alignment - 1) / alignment * alignment; first + count <= size;
	     first += alignment) {
		size_t i = 0;
		while (i < count && !bits[first + i])
			i++;
		if (i == count) {
			*ret = first;
			return true;
		}
	}
	return false;
}

static void bitmaps_agree_with_arrays(void)
{
	uint64_t *map = calloc(BITMAP_WORDS(BITS), sizeof *map);
	bool bits[BITS] = {false};
	srand(1);
	for (int round = 0; round < 20000; round++) {
		size_t size = (size_t)rand() % BITS + 1;
		size_t first = (size_t)rand() % size;
		size_t count = (size_t)rand() % (size - first + 1);
		if (rand() % 4 != 0)
			count %= 9;
		bool value = rand() % 2;
		if (value)
			bitmap_set_range(map, first, count);
		else
			bitmap_clear_range(map, first, count);
		for (size_t i = 0; i < count; i++)
			bits[first + i] = value;

		size_t ones = 0, first_set = size, first_clear = size;
		bool all_set = true, all_clear = true;
		for (size_t i = size; i-- != 0;) {
			if (bitmap_test(map, i) != bits[i]) {
				CHECK(!"bits differ");
				free(map);
				return;
			}
			ones += bits[i];
			if (i >= first && bits[i])
				first_set = i;
			if (i >= first && !bits[i])
				first_clear = i;
			if (i >= first && i < first + count) {
				all_set = all_set && bits[i];
				all_clear = all_clear && !bits[i];
			}
		}
		size_t alignment = (size_t)1 << rand() % 7, wanted = (size_t)rand() % 70 + 1, ours = 0, theirs = 0;
		bool same = bitmap_count(map, size) == ones && bitmap_find_set(map, size, first) == first_set &&
			    bitmap_find_clear(map, size, first) == first_clear &&
			    bitmap_range_is_set(map, first, count) == all_set &&
			    bitmap_range_is_clear(map, first, count) == all_clear;
		bool found = bitmap_find_clear_run(map, size, first, wanted, alignment, &ours);
		if (!same || found != naive_find_run(bits, size, first, wanted, alignment, &theirs) || ours != theirs) {
			CHECK(!"searches differ");
			free(map);
			return;
		}
	}
	free(map);
}

static void bitmap_edges(void)
{
	uint64_t map[2] = {UINT64_MAX, UINT64_MAX};
	size_t first = 77;
	CHECK(!bitmap_find_clear_run(map, 128, 0, 1, 1, &first));
	CHECK_EQUAL(bitmap_find_clear(map, 100, 0), 100);
	CHECK_EQUAL(bitmap_find_clear(map, 100, 200), 100);
	bitmap_clear(map, 127);
	CHECK_EQUAL(bitmap_find_clear(map, 127, 0), 127);
	CHECK(bitmap_find_clear_run(map, 128, 0, 1, 1, &first) && first == 127);
	CHECK(!bitmap_find_clear_run(map, 128, 0, 2, 1, &first));
	CHECK(!bitmap_find_clear_run(map, 128, 0, SIZE_MAX, 1, &first));
	CHECK(!bitmap_find_clear_run(map, 128, 0, 0, 1, &first));
	CHECK(!bitmap_find_clear_run(map, 128, 0, 1, 64, &first));
	bitmap_clear_range(map, 0, 128);
	CHECK(bitmap_find_clear_run(map, 128, 1, 64, 64, &first) && first == 64);
	CHECK(bitmap_find_clear_run(map, 128, 0, 128, 128, &first) && first == 0);
	bitmap_set(map, 64);
	CHECK_EQUAL(map[1], 1);
	CHECK_EQUAL(bitmap_count(map, 64), 0);
	CHECK_EQUAL(bitmap_count(map, 65), 1);
}

int main(void)
{
	RUN(lists_keep_their_order);
	RUN(lists_can_be_joined);
	RUN(walks_allow_removal);
	RUN(bitmaps_agree_with_arrays);
	RUN(bitmap_edges);
	return tap_finish();
}
