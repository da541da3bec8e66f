/* SPDX-License-Identifier: BSD-2-Clause */
/* Each two bytes put a node into a tree or take it out; a sorted array says what has to be there. */
#include <stdlib.h>

#include "tests/host/tree_model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tree_model model = {.nodes = calloc(MODEL_NODES, sizeof(*model.nodes))};

	for (size_t i = 0; i + 1 < size && i < 2048; i += 2)
		if (!tree_model_step(&model, data[i], data[i + 1]))
			abort();
	free(model.nodes);
	return 0;
}
