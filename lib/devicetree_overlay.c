/* SPDX-License-Identifier: BSD-2-Clause */
/* See devicetree_overlay.h. */
#include "lib/devicetree_overlay.h"

#include <libfdt.h>

#include "lib/devicetree_internal.h"
#include "lib/slice.h"
#include "lib/string.h"

/* ---- Checks that libfdt leaves out ------------------------------------------------------------------------------- */

/*
 * Both tables of an overlay name 32-bit places in its properties that are to be changed. libfdt writes to those of
 * __local_fixups__ without a check, and its check of those of __fixups__ can overflow.
 */
static bool is_place(int property_size, uint32_t offset)
{
	return property_size >= DT_CELL_SIZE && offset <= (uint32_t)property_size - DT_CELL_SIZE;
}

/* Changing the tables themselves, after they have been checked, must not be possible. */
static bool may_change(const void *overlay, int node)
{
	int top = fdt_supernode_atdepth_offset(overlay, node, 1, NULL);
	const char *name = top < 0 ? NULL : fdt_get_name(overlay, top, NULL);

	return name && strncmp(name, "__", 2) != 0;
}

/* The slice up to the next colon, which is skipped; false if there is none. */
static bool take_part(struct slice *text, struct slice *ret)
{
	const char *colon = text->length ? memchr(text->start, ':', text->length) : NULL;

	if (!colon)
		return false;
	*ret = (struct slice){text->start, (size_t)(colon - text->start)};
	*text = (struct slice){colon + 1, text->length - ret->length - 1};
	return true;
}

static bool parse_decimal(struct slice text, uint32_t *ret)
{
	uint32_t value = 0;

	for (size_t i = 0; i < text.length; i++) {
		if (text.start[i] < '0' || text.start[i] > '9' || value > INT_MAX / 10 - 1)
			return false;
		value = value * 10 + (uint32_t)(text.start[i] - '0');
	}
	*ret = value;
	return text.length != 0;
}

/* "PATH:PROPERTY:OFFSET" */
static bool is_fixup(const void *overlay, struct slice text)
{
	struct slice path, property;
	uint32_t offset;
	int node, size;

	if (!take_part(&text, &path) || !take_part(&text, &property) || !parse_decimal(text, &offset))
		return false;
	if (path.length == 0 || path.start[0] != '/')
		return false;
	node = fdt_path_offset_namelen(overlay, path.start, (int)path.length);
	if (node < 0 || !may_change(overlay, node) ||
	    !fdt_getprop_namelen(overlay, node, property.start, (int)property.length, &size))
		return false;
	return is_place(size, offset);
}

static bool fixups_are_sound(const void *overlay)
{
	int table = fdt_path_offset(overlay, "/__fixups__"), property;

	if (table < 0)
		return true;
	fdt_for_each_property_offset(property, overlay, table) {
		int size;
		const char *value = fdt_getprop_by_offset(overlay, property, NULL, &size);
		const char *end = value ? value + size : NULL;

		if (!value || size == 0 || end[-1] != '\0')
			return false;
		for (; value != end; value += strlen(value) + 1)
			if (!is_fixup(overlay, slice_of(value)))
				return false;
	}
	return true;
}

/* The properties of one node of __local_fixups__, which are lists of places in those of `node`. */
static bool local_fixups_are_sound(const void *overlay, int table, int node)
{
	int property;

	fdt_for_each_property_offset(property, overlay, table) {
		const char *name;
		int size, target_size;
		const uint8_t *places = fdt_getprop_by_offset(overlay, property, &name, &size);

		/* libfdt would take these for phandles and change them before it uses them. */
		if (!places || strcmp(name, "phandle") == 0 || strcmp(name, "linux,phandle") == 0)
			return false;
		if (size % DT_CELL_SIZE != 0 || !may_change(overlay, node) ||
		    !fdt_getprop(overlay, node, name, &target_size))
			return false;
		for (int i = 0; i < size / DT_CELL_SIZE; i++)
			if (!is_place(target_size, dt_cell(places, (size_t)i)))
				return false;
	}
	return true;
}

/* The nodes of __local_fixups__ have the names of those that they are about. */
static bool all_local_fixups_are_sound(const void *overlay)
{
	int targets[DT_MAX_DEPTH + 1] = {0};
	int node = fdt_path_offset(overlay, "/__local_fixups__"), depth = 0;

	if (node < 0)
		return true;
	do {
		if (depth > DT_MAX_DEPTH)
			return false;
		if (depth > 0) {
			const char *name = fdt_get_name(overlay, node, NULL);

			targets[depth] = name ? fdt_subnode_offset(overlay, targets[depth - 1], name) : -1;
			if (targets[depth] < 0)
				return false;
		}
		if (!local_fixups_are_sound(overlay, node, targets[depth]))
			return false;
		node = fdt_next_node(overlay, node, &depth);
	} while (node >= 0 && depth > 0);
	return true;
}

/* ---- Applying ---------------------------------------------------------------------------------------------------- */

/* libfdt merges nothing, without an error, from a tree that has no fragments. */
static bool has_fragment(const void *overlay)
{
	int node;

	fdt_for_each_subnode(node, overlay, 0)
		if (fdt_subnode_offset(overlay, node, "__overlay__") >= 0)
			return true;
	return false;
}

const char *dt_overlay_apply(void *tree, size_t room, void *overlay, size_t overlay_size)
{
	enum dt_error error;
	struct dt dt;
	int result;

	/* libfdt merges recursively; dt_open() limits the depth. */
	error = dt_open(&dt, overlay, overlay_size);
	if (error != DT_OK)
		return dt_strerror(error);
	error = dt_open(&dt, tree, room);
	if (error != DT_OK)
		return dt_strerror(error);
	if (!has_fragment(overlay))
		return "it is not an overlay";
	if (!fixups_are_sound(overlay) || !all_local_fixups_are_sound(overlay))
		return "its table of references is damaged";
	result = fdt_open_into(tree, tree, room > INT_MAX ? INT_MAX : (int)room);
	if (result == 0)
		result = fdt_overlay_apply(tree, overlay);
	switch (result) {
	case 0: return NULL;
	case -FDT_ERR_NOTFOUND: return "it refers to a node or label that the device tree does not have";
	case -FDT_ERR_NOSPACE: return "it does not fit the memory that was set aside for it";
	case -FDT_ERR_BADOVERLAY: return "it is a damaged overlay";
	case -FDT_ERR_BADPHANDLE:
	case -FDT_ERR_NOPHANDLES: return "the device tree's phandles are damaged";
	default: return fdt_strerror(result);
	}
}
