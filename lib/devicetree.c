/* SPDX-License-Identifier: BSD-2-Clause */
/* See devicetree.h. This file has the tree itself: opening, nodes, paths, properties. */
#include "lib/devicetree.h"

#include <libfdt.h>

#include "lib/devicetree_internal.h"
#include "lib/string.h"

const char *dt_strerror(enum dt_error error)
{
	switch (error) {
	case DT_OK: return "no error";
	case DT_END: return "no further element";
	case DT_ERROR_BLOB: return "not a device tree, or a damaged one";
	case DT_ERROR_DEPTH: return "the device tree is nested too deeply";
	case DT_ERROR_NOT_FOUND: return "no such node or property in the device tree";
	case DT_ERROR_SIZE: return "a device-tree property has the wrong length";
	case DT_ERROR_CELLS: return "a device-tree node states an impossible number of cells";
	case DT_ERROR_OVERFLOW: return "a device-tree address does not fit 64 bits";
	case DT_ERROR_NOT_TRANSLATABLE: return "a device-tree address is not visible to the CPU";
	case DT_ERROR_INTERRUPT_PARENT: return "a device-tree node has no interrupt parent";
	case DT_ERROR_LOOP: return "interrupt parents in the device tree lead in a circle";
	case DT_ERROR_BUFFER: return "a device-tree path is too long";
	case DT_ERROR_VALUE: return "a device-tree property has an impossible value";
	}
	return "unknown error";
}

/* ---- Nodes ------------------------------------------------------------------------------------------------------- */

void dt_root(struct dt_node *ret)
{
	memset(ret, 0, sizeof *ret);
}

/* Makes *node the node at `offset`, `depth` levels below the root, whose parent is in node->path. */
static void move_to(struct dt_node *node, int offset, uint32_t depth)
{
	node->offset = offset;
	node->depth = depth;
	node->path[depth] = offset;
}

enum dt_error dt_next(const struct dt *dt, struct dt_node *node)
{
	int depth = (int)node->depth;
	int offset = fdt_next_node(dt->blob, node->offset, &depth);
	if (offset < 0 || depth < 1)
		return DT_END;
	if (depth > DT_MAX_DEPTH)
		return DT_ERROR_DEPTH;
	move_to(node, offset, (uint32_t)depth);
	return DT_OK;
}

/*
 * Checks the blob as libfdt does, and that its blocks are aligned as the specification demands (§5.1): libfdt relies
 * on that without a check, and an unaligned load traps while the MMU is off.
 */
static int check_blob(const void *blob, size_t size)
{
	if (size < sizeof(struct fdt_header))
		return -FDT_ERR_TRUNCATED;
	if ((uintptr_t)blob % 8 != 0)
		return -FDT_ERR_ALIGNMENT;
	int error = fdt_check_header(blob);
	if (error != 0)
		return error;
	if (fdt_off_mem_rsvmap(blob) % 8 != 0 || fdt_off_dt_struct(blob) % DT_CELL_SIZE != 0)
		return -FDT_ERR_ALIGNMENT;
	return fdt_check_full(blob, size);
}

enum dt_error dt_open(struct dt *dt, const void *blob, size_t size)
{
	*dt = (struct dt){.blob = blob};
	dt->fdt_error = check_blob(blob, size);
	if (dt->fdt_error != 0)
		return DT_ERROR_BLOB;
	dt->size = fdt_totalsize(blob);

	struct dt_node node;
	enum dt_error error;
	dt_root(&node);
	while ((error = dt_next(dt, &node)) == DT_OK)
		continue;
	return error == DT_END ? DT_OK : error;
}

enum dt_error dt_first_child(const struct dt *dt, const struct dt_node *parent, struct dt_node *ret)
{
	int offset = fdt_first_subnode(dt->blob, parent->offset);
	if (offset < 0 || parent->depth >= DT_MAX_DEPTH)
		return DT_END;
	*ret = *parent;
	move_to(ret, offset, parent->depth + 1);
	return DT_OK;
}

enum dt_error dt_next_sibling(const struct dt *dt, struct dt_node *node)
{
	if (node->depth == 0)
		return DT_END;
	int offset = fdt_next_subnode(dt->blob, node->offset);
	if (offset < 0)
		return DT_END;
	move_to(node, offset, node->depth);
	return DT_OK;
}

enum dt_error dt_parent(const struct dt_node *node, struct dt_node *ret)
{
	if (node->depth == 0)
		return DT_ERROR_NOT_FOUND;
	*ret = *node;
	ret->depth--;
	ret->offset = ret->path[ret->depth];
	return DT_OK;
}

static bool is_valid_phandle(uint32_t phandle)
{
	return phandle != 0 && phandle != UINT32_MAX;
}

uint32_t dt_phandle(const struct dt *dt, const struct dt_node *node)
{
	uint32_t phandle;
	if (dt_property_u32(dt, node, "phandle", &phandle) != DT_OK &&
	    dt_property_u32(dt, node, "linux,phandle", &phandle) != DT_OK)
		return 0;
	return is_valid_phandle(phandle) ? phandle : 0;
}

enum dt_error dt_find_phandle(struct dt *dt, uint32_t phandle, struct dt_node *ret)
{
	if (!is_valid_phandle(phandle))
		return DT_ERROR_NOT_FOUND;
	for (uint32_t i = 0; i < DT_PHANDLE_CACHE; i++) {
		if (dt->cache[i].phandle == phandle) {
			*ret = dt->cache[i].node;
			return DT_OK;
		}
	}

	struct dt_node node;
	dt_root(&node);
	do {
		if (dt_phandle(dt, &node) == phandle) {
			uint32_t slot = dt->cache_next++ % DT_PHANDLE_CACHE;
			dt->cache[slot].phandle = phandle;
			dt->cache[slot].node = node;
			*ret = node;
			return DT_OK;
		}
	} while (dt_next(dt, &node) == DT_OK);
	return DT_ERROR_NOT_FOUND;
}

enum dt_error dt_next_compatible(const struct dt *dt, struct dt_node *node, const char *compatible)
{
	struct dt_node next = *node;
	enum dt_error error;
	while ((error = dt_next(dt, &next)) == DT_OK) {
		if (dt_is_compatible(dt, &next, compatible)) {
			*node = next;
			break;
		}
	}
	return error;
}

const char *dt_name(const struct dt *dt, const struct dt_node *node)
{
	const char *name = fdt_get_name(dt->blob, node->offset, NULL);
	return name != NULL ? name : "";
}

bool dt_is_okay(const struct dt *dt, const struct dt_node *node)
{
	struct slice status;
	if (!dt_has_property(dt, node, "status"))
		return true;
	return dt_property_string(dt, node, "status", 0, &status) == DT_OK &&
	       (slice_equals_text(status, "okay") || slice_equals_text(status, "ok"));
}

bool dt_is_reachable(const struct dt *dt, const struct dt_node *node)
{
	struct dt_node at = *node;
	do {
		if (!dt_is_okay(dt, &at))
			return false;
	} while (dt_parent(&at, &at) == DT_OK);
	return true;
}

bool dt_is_compatible(const struct dt *dt, const struct dt_node *node, const char *compatible)
{
	return fdt_node_check_compatible(dt->blob, node->offset, compatible) == 0;
}

/* ---- Paths ------------------------------------------------------------------------------------------------------- */

enum dt_error dt_path(const struct dt *dt, const struct dt_node *node, char *buffer, size_t capacity,
		      size_t *ret_length)
{
	size_t used = 0;
	for (uint32_t depth = 1; depth <= node->depth; depth++) {
		int length;
		const char *name = fdt_get_name(dt->blob, node->path[depth], &length);
		if (name == NULL)
			return DT_ERROR_NOT_FOUND;
		if (capacity - used <= (size_t)length + 1)
			return DT_ERROR_BUFFER;
		buffer[used++] = '/';
		memcpy(buffer + used, name, (size_t)length);
		used += (size_t)length;
	}
	if (node->depth == 0) {
		if (capacity < 2)
			return DT_ERROR_BUFFER;
		buffer[used++] = '/';
	}
	buffer[used] = '\0';
	if (ret_length != NULL)
		*ret_length = used;
	return DT_OK;
}

/* Goes down from *node along "a/b/c". */
static enum dt_error descend(const struct dt *dt, struct slice path, struct dt_node *node)
{
	while (path.length != 0) {
		if (path.start[0] == '/') {
			path.start++;
			path.length--;
			continue;
		}
		size_t length = 0;
		while (length < path.length && path.start[length] != '/')
			length++;
		int offset = fdt_subnode_offset_namelen(dt->blob, node->offset, path.start, (int)length);
		if (offset < 0 || node->depth >= DT_MAX_DEPTH)
			return DT_ERROR_NOT_FOUND;
		move_to(node, offset, node->depth + 1);
		path.start += length;
		path.length -= length;
	}
	return DT_OK;
}

/* The path that /aliases has for `name`; it must be absolute, so that aliases cannot lead to aliases. */
static enum dt_error find_alias(const struct dt *dt, struct slice name, struct dt_node *ret)
{
	int offset = fdt_subnode_offset(dt->blob, 0, "aliases");
	if (offset < 0)
		return DT_ERROR_NOT_FOUND;
	int length;
	const char *path = fdt_getprop_namelen(dt->blob, offset, name.start, (int)name.length, &length);
	if (path == NULL || length < 1 || path[0] != '/' || path[length - 1] != '\0')
		return DT_ERROR_NOT_FOUND;
	dt_root(ret);
	return descend(dt, slice_of(path), ret);
}

enum dt_error dt_find_path(const struct dt *dt, struct slice path, struct dt_node *ret)
{
	if (path.length == 0 || path.length > DT_MAX_PATH)
		return DT_ERROR_NOT_FOUND;
	if (path.start[0] == '/') {
		dt_root(ret);
		return descend(dt, path, ret);
	}
	struct slice alias = {path.start, 0};
	while (alias.length < path.length && path.start[alias.length] != '/')
		alias.length++;
	enum dt_error error = find_alias(dt, alias, ret);
	if (error != DT_OK)
		return error;
	return descend(dt, (struct slice){path.start + alias.length, path.length - alias.length}, ret);
}

/* ---- Properties -------------------------------------------------------------------------------------------------- */

const void *dt_property(const struct dt *dt, const struct dt_node *node, const char *name, size_t *ret_length)
{
	int length;
	const void *value = fdt_getprop(dt->blob, node->offset, name, &length);
	if (value == NULL)
		return NULL;
	if (ret_length != NULL)
		*ret_length = (size_t)length;
	return value;
}

bool dt_has_property(const struct dt *dt, const struct dt_node *node, const char *name)
{
	return dt_property(dt, node, name, NULL) != NULL;
}

enum dt_error dt_property_u32(const struct dt *dt, const struct dt_node *node, const char *name, uint32_t *ret)
{
	size_t length;
	const void *value = dt_property(dt, node, name, &length);
	if (value == NULL)
		return DT_ERROR_NOT_FOUND;
	if (length != DT_CELL_SIZE)
		return DT_ERROR_SIZE;
	*ret = load_be32(value);
	return DT_OK;
}

enum dt_error dt_property_u64(const struct dt *dt, const struct dt_node *node, const char *name, uint64_t *ret)
{
	size_t length;
	const void *value = dt_property(dt, node, name, &length);
	if (value == NULL)
		return DT_ERROR_NOT_FOUND;
	if (length == DT_CELL_SIZE)
		*ret = load_be32(value);
	else if (length == 2 * (size_t)DT_CELL_SIZE)
		*ret = load_be64(value);
	else
		return DT_ERROR_SIZE;
	return DT_OK;
}

enum dt_error dt_property_string(const struct dt *dt, const struct dt_node *node, const char *name, uint32_t index,
				 struct slice *ret)
{
	size_t left;
	const char *at = dt_property(dt, node, name, &left);
	if (at == NULL)
		return DT_ERROR_NOT_FOUND;
	while (left != 0) {
		size_t length = strnlen(at, left);
		if (length == left)
			return DT_ERROR_SIZE;
		if (index-- == 0) {
			*ret = (struct slice){at, length};
			return DT_OK;
		}
		at += length + 1;
		left -= length + 1;
	}
	return DT_END;
}

enum dt_error dt_entries(const struct dt *dt, const struct dt_node *node, const char *name, uint32_t cells,
			 const uint8_t **ret_entries, size_t *ret_count)
{
	size_t length;
	const size_t size = (size_t)cells * DT_CELL_SIZE;

	*ret_count = 0;
	*ret_entries = dt_property(dt, node, name, &length);
	if (*ret_entries == NULL)
		return DT_OK;
	if (length % size != 0)
		return DT_ERROR_SIZE;
	*ret_count = length / size;
	return DT_OK;
}
