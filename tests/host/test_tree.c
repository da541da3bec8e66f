/* SPDX-License-Identifier: BSD-2-Clause */
/* Balanced trees. */
#include "lib/tree.h"

#include "tap.h"
#include "tree_model.h"

static struct tree_node node_with_key(uint64_t key)
{
	return (struct tree_node){.key = key};
}

static void an_empty_tree_has_nothing(void)
{
	struct tree tree = {0};

	CHECK(tree_is_empty(&tree) && tree_first(&tree) == NULL);
	CHECK(tree_at_or_after(&tree, 0) == NULL && tree_at_or_before(&tree, UINT64_MAX) == NULL);
}

static void equal_keys_keep_the_order_of_coming(void)
{
	struct tree tree = {0};
	struct tree_node nodes[8];
	const struct tree_node *node;

	for (unsigned i = 0; i < 8; i++) {
		nodes[i] = node_with_key(i < 4 ? 7 : 9);
		tree_insert(&tree, &nodes[i]);
	}
	node = tree_first(&tree);
	for (unsigned i = 0; i < 8; i++, node = tree_next(node))
		CHECK(node == &nodes[i]);
	CHECK(node == NULL);
	CHECK(tree_at_or_after(&tree, 8) == &nodes[4] && tree_at_or_before(&tree, 8) == &nodes[3]);
	CHECK(tree_at_or_after(&tree, 10) == NULL && tree_at_or_before(&tree, 6) == NULL);
}

/* Ascending, descending and from both ends: 65,535 nodes fit in 16 levels, and AVL allows 1.45 times that at most. */
static void no_path_is_long(void)
{
	enum { COUNT = 65535 };
	struct tree_node *nodes = calloc(COUNT, sizeof(*nodes));

	for (unsigned order = 0; order < 3; order++) {
		struct tree tree = {0};
		uint64_t last = 0, count = 0;

		for (unsigned i = 0; i < COUNT; i++) {
			nodes[i] = node_with_key(order == 0 ? i : order == 1 ? COUNT - i : (i & 1 ? i : COUNT * 2 - i));
			tree_insert(&tree, &nodes[i]);
		}
		CHECK(tree_model_height(tree.root, NULL) > 0 && tree_model_height(tree.root, NULL) <= 23);
		for (struct tree_node *node = tree_first(&tree); node; node = tree_next(node), count++) {
			CHECK(count == 0 || node->key > last);
			last = node->key;
		}
		CHECK_EQUAL(count, COUNT);
		for (unsigned i = 0; i < COUNT; i += 2)
			tree_remove(&tree, &nodes[i]);
		CHECK(tree_model_height(tree.root, NULL) > 0 && tree_model_height(tree.root, NULL) <= 23);
		for (unsigned i = 1; i < COUNT; i += 2)
			tree_remove(&tree, &nodes[i]);
		CHECK(tree_is_empty(&tree) && tree_first(&tree) == NULL);
	}
	free(nodes);
}

static void random_changes_agree_with_a_sorted_array(void)
{
	for (unsigned seed = 1; seed <= 20; seed++) {
		struct tree_model model = {.nodes = calloc(MODEL_NODES, sizeof(*model.nodes))};
		/* Few nodes come and go often; many make deep trees. */
		unsigned range = seed % 4 == 0 ? 8 : seed % 4 == 1 ? 40 : 256;
		bool good = true;

		srand(seed);
		for (unsigned i = 0; i < 2000 && good; i++)
			good = tree_model_step(&model, (uint8_t)((unsigned)rand() % range), (uint8_t)rand());
		if (!CHECK(good))
			printf("# seed %u\n", seed);
		free(model.nodes);
	}
}

int main(void)
{
	RUN(an_empty_tree_has_nothing);
	RUN(equal_keys_keep_the_order_of_coming);
	RUN(no_path_is_long);
	RUN(random_changes_agree_with_a_sorted_array);
	return tap_finish();
}
