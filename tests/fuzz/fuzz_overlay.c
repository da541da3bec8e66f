/* SPDX-License-Identifier: BSD-2-Clause */
/* Applies the input as an overlay to a small tree. What was applied leaves a tree that is sound. */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "lib/devicetree_overlay.h"

enum { BASE_ROOM = 1024 };

static void make_base(void *blob)
{
	fdt_create(blob, BASE_ROOM);
	fdt_finish_reservemap(blob);
	fdt_begin_node(blob, "");
	for (int i = 1; i <= 2; i++) {
		fdt_begin_node(blob, i == 1 ? "label" : "other");
		fdt_property_u32(blob, "phandle", (uint32_t)i);
		fdt_property_string(blob, "probe", "text");
		fdt_end_node(blob);
	}
	fdt_begin_node(blob, "__symbols__");
	fdt_property_string(blob, "label", "/label");
	fdt_property_string(blob, "other", "/other");
	fdt_end_node(blob);
	fdt_end_node(blob);
	fdt_finish(blob);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t room = BASE_ROOM + dt_overlay_room(size);
	void *tree, *overlay;

	if (size > 1 << 16)
		return 0;
	tree = calloc(1, room);
	overlay = malloc(size ? size : 1);
	if (!tree || !overlay)
		abort();
	make_base(tree);
	memcpy(overlay, data, size);
	if (dt_overlay_apply(tree, room, overlay, size) == NULL && fdt_check_full(tree, room) != 0)
		abort();
	free(overlay);
	free(tree);
	return 0;
}
