/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Device-tree overlays: pieces of a tree, made by "dtc -@", that are merged into another. (dtc, Documentation/
 * dt-object-internal.txt; what is applied and how is libfdt's fdt_overlay_apply().)
 */
#ifndef HELION_LIB_DEVICETREE_OVERLAY_H
#define HELION_LIB_DEVICETREE_OVERLAY_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that an overlay of `size` bytes may add to a tree: names and values, and longer paths of its symbols. */
static inline uint64_t dt_overlay_room(uint64_t size)
{
	return 2 * size + 4096;
}

/*
 * Checks both and merges the overlay into the tree, whose buffer has `room` bytes and whose stated size becomes that.
 * Both buffers are aligned to 8 bytes. The overlay is destroyed; so is the tree when that fails.
 *
 * Null when it was applied, or the reason in words.
 */
const char *dt_overlay_apply(void *tree, size_t room, void *overlay, size_t overlay_size);

#endif
