/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See devicetree.h. Interrupts: parents, controllers and nexus nodes. (Devicetree Specification 0.4 §2.4.)
 *
 * The links between interrupt parents are phandles, so unlike the tree they can lead in a circle: every walk here
 * counts its steps.
 */
#include "lib/devicetree_internal.h"
#include "lib/string.h"

enum {
	MAX_UNIT_CELLS = 4,
	MAX_CLIMB = DT_MAX_DEPTH + DT_MAX_INTERRUPT_HOPS,
};

/* An interrupt on its way up: which device asks, and by what specifier. */
struct signal {
	uint32_t unit[MAX_UNIT_CELLS]; /* unit address of the device, as many cells as the nexus has */
	uint32_t unit_count;
	uint32_t cells[DT_MAX_INTERRUPT_CELLS];
	uint32_t cell_count;
};

static enum dt_error interrupt_cells(const struct dt *dt, const struct dt_node *controller, uint32_t *ret)
{
	enum dt_error error = dt_property_u32(dt, controller, "#interrupt-cells", ret);
	if (error != DT_OK)
		return error == DT_ERROR_NOT_FOUND ? DT_ERROR_CELLS : error;
	return *ret == 0 || *ret > DT_MAX_INTERRUPT_CELLS ? DT_ERROR_CELLS : DT_OK;
}

/* #address-cells of a controller or nexus; in the interrupt tree it counts as 0 if it is missing. */
static enum dt_error unit_cells(const struct dt *dt, const struct dt_node *controller, uint32_t *ret)
{
	*ret = 0;
	enum dt_error error = dt_property_u32(dt, controller, "#address-cells", ret);
	if (error != DT_OK && error != DT_ERROR_NOT_FOUND)
		return error;
	return *ret > MAX_UNIT_CELLS ? DT_ERROR_CELLS : DT_OK;
}

static void copy_cells(uint32_t *to, const uint8_t *from, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		to[i] = dt_cell(from, i);
}

/*
 * The interrupt parent: each node's interrupt-parent, or its parent in the tree, until one has #interrupt-cells.
 */
static enum dt_error find_interrupt_parent(struct dt *dt, const struct dt_node *node, struct dt_node *ret)
{
	*ret = *node;
	for (int step = 0; step < MAX_CLIMB; step++) {
		uint32_t phandle;
		enum dt_error error = dt_property_u32(dt, ret, "interrupt-parent", &phandle);
		if (error == DT_OK)
			error = dt_find_phandle(dt, phandle, ret);
		else if (error == DT_ERROR_NOT_FOUND)
			error = dt_parent(ret, ret);
		if (error == DT_ERROR_NOT_FOUND)
			return DT_ERROR_INTERRUPT_PARENT;
		if (error != DT_OK)
			return error;
		if (dt_has_property(dt, ret, "#interrupt-cells"))
			return DT_OK;
	}
	return DT_ERROR_LOOP;
}

/* The masks for the unit address and specifier of a nexus. Without interrupt-map-mask everything counts. */
static enum dt_error read_mask(const struct dt *dt, const struct dt_node *nexus, uint32_t count, uint32_t *ret)
{
	size_t length;
	const uint8_t *mask = dt_property(dt, nexus, "interrupt-map-mask", &length);
	if (mask == NULL) {
		for (uint32_t i = 0; i < count; i++)
			ret[i] = UINT32_MAX;
		return DT_OK;
	}
	if (length != (size_t)count * DT_CELL_SIZE)
		return DT_ERROR_SIZE;
	copy_cells(ret, mask, count);
	return DT_OK;
}

static bool matches(const uint8_t *entry, const uint32_t *mask, const uint32_t *wanted, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (((dt_cell(entry, i) ^ wanted[i]) & mask[i]) != 0)
			return false;
	return true;
}

/* Reads the controller, its unit address and specifier: the part of a map entry behind what is matched. */
static enum dt_error read_target(struct dt *dt, const uint8_t *cells, size_t left, struct dt_node *ret_controller,
				 struct signal *ret, size_t *ret_used)
{
	if (left < 1)
		return DT_ERROR_SIZE;
	enum dt_error error = dt_find_phandle(dt, dt_cell(cells, 0), ret_controller);
	if (error == DT_OK)
		error = unit_cells(dt, ret_controller, &ret->unit_count);
	if (error == DT_OK)
		error = interrupt_cells(dt, ret_controller, &ret->cell_count);
	if (error != DT_OK)
		return error;
	*ret_used = 1 + ret->unit_count + ret->cell_count;
	if (left < *ret_used)
		return DT_ERROR_SIZE;
	copy_cells(ret->unit, cells + DT_CELL_SIZE, ret->unit_count);
	copy_cells(ret->cells, cells + (1 + ret->unit_count) * DT_CELL_SIZE, ret->cell_count);
	return DT_OK;
}

/* Passes one interrupt-map: replaces the nexus by the controller behind it and the signal by what it is there. */
static enum dt_error pass_map(struct dt *dt, struct dt_node *nexus, struct signal *signal)
{
	uint32_t wanted[MAX_UNIT_CELLS + DT_MAX_INTERRUPT_CELLS], mask[MAX_UNIT_CELLS + DT_MAX_INTERRUPT_CELLS];
	const uint32_t count = signal->unit_count + signal->cell_count;
	const uint8_t *map;
	size_t left; /* cells */

	memcpy(wanted, signal->unit, signal->unit_count * sizeof wanted[0]);
	memcpy(wanted + signal->unit_count, signal->cells, signal->cell_count * sizeof wanted[0]);
	enum dt_error error = read_mask(dt, nexus, count, mask);
	if (error == DT_OK)
		error = dt_entries(dt, nexus, "interrupt-map", 1, &map, &left);
	if (error != DT_OK)
		return error;

	while (left != 0) {
		struct dt_node controller;
		struct signal target;
		size_t used;
		if (left < count)
			return DT_ERROR_SIZE;
		error = read_target(dt, map + count * DT_CELL_SIZE, left - count, &controller, &target, &used);
		if (error != DT_OK)
			return error;
		if (matches(map, mask, wanted, count)) {
			*nexus = controller;
			*signal = target;
			return DT_OK;
		}
		map += (count + used) * DT_CELL_SIZE;
		left -= count + used;
	}
	return DT_ERROR_NOT_FOUND;
}

/* Follows the signal from `controller` through all maps to a real controller. */
static enum dt_error resolve(struct dt *dt, struct dt_node controller, struct signal signal, struct dt_interrupt *ret)
{
	for (int hop = 0; hop < DT_MAX_INTERRUPT_HOPS; hop++) {
		if (dt_has_property(dt, &controller, "interrupt-controller") ||
		    !dt_has_property(dt, &controller, "interrupt-map")) {
			*ret = (struct dt_interrupt){
				.controller = controller,
				.phandle = dt_phandle(dt, &controller),
				.cell_count = signal.cell_count,
			};
			memcpy(ret->cells, signal.cells, sizeof signal.cells[0] * signal.cell_count);
			return DT_OK;
		}
		enum dt_error error = pass_map(dt, &controller, &signal);
		if (error != DT_OK)
			return error;
	}
	return DT_ERROR_LOOP;
}

/* The node's unit address in as many cells as the nexus counts: the start of its reg, or zeros. */
static enum dt_error read_unit(const struct dt *dt, const struct dt_node *node, const struct dt_node *nexus,
			       struct signal *ret)
{
	size_t length;
	enum dt_error error = unit_cells(dt, nexus, &ret->unit_count);
	if (error != DT_OK)
		return error;
	memset(ret->unit, 0, sizeof ret->unit);
	const uint8_t *reg = dt_property(dt, node, "reg", &length);
	if (reg != NULL && length >= (size_t)ret->unit_count * DT_CELL_SIZE)
		copy_cells(ret->unit, reg, ret->unit_count);
	return DT_OK;
}

/* Finds entry `index` of interrupts-extended: phandle and specifier each. */
static enum dt_error find_extended(struct dt *dt, const struct dt_node *node, uint32_t index,
				   struct dt_node *ret_controller, struct signal *ret)
{
	const uint8_t *list;
	size_t left; /* cells */
	enum dt_error error = dt_entries(dt, node, "interrupts-extended", 1, &list, &left);
	if (error != DT_OK)
		return error;

	for (; left != 0; index--) {
		uint32_t phandle = dt_cell(list, 0);
		ret->cell_count = 0;
		if (phandle != 0) {
			error = dt_find_phandle(dt, phandle, ret_controller);
			if (error == DT_OK)
				error = interrupt_cells(dt, ret_controller, &ret->cell_count);
			if (error != DT_OK)
				return error;
		}
		list += DT_CELL_SIZE;
		left--;
		if (left < ret->cell_count)
			return DT_ERROR_SIZE;
		if (index == 0) {
			copy_cells(ret->cells, list, ret->cell_count);
			return phandle == 0 ? DT_ERROR_NOT_FOUND : DT_OK;
		}
		list += ret->cell_count * DT_CELL_SIZE;
		left -= ret->cell_count;
	}
	return DT_END;
}

enum dt_error dt_interrupt_extended(struct dt *dt, const struct dt_node *node, uint32_t index, struct dt_interrupt *ret)
{
	struct signal signal;
	struct dt_node controller;
	enum dt_error error = find_extended(dt, node, index, &controller, &signal);
	if (error != DT_OK)
		return error;
	*ret = (struct dt_interrupt){
		.controller = controller,
		.phandle = dt_phandle(dt, &controller),
		.cell_count = signal.cell_count,
	};
	memcpy(ret->cells, signal.cells, sizeof signal.cells[0] * signal.cell_count);
	return DT_OK;
}

enum dt_error dt_interrupt(struct dt *dt, const struct dt_node *node, uint32_t index, struct dt_interrupt *ret)
{
	struct signal signal;
	struct dt_node controller;
	enum dt_error error;

	if (dt_has_property(dt, node, "interrupts-extended")) {
		error = find_extended(dt, node, index, &controller, &signal);
	} else if (dt_has_property(dt, node, "interrupts")) {
		const uint8_t *list;
		size_t count;
		error = find_interrupt_parent(dt, node, &controller);
		if (error == DT_OK)
			error = interrupt_cells(dt, &controller, &signal.cell_count);
		if (error == DT_OK)
			error = dt_entries(dt, node, "interrupts", signal.cell_count, &list, &count);
		if (error != DT_OK)
			return error;
		if (index >= count)
			return DT_END;
		copy_cells(signal.cells, list + (size_t)index * signal.cell_count * DT_CELL_SIZE, signal.cell_count);
	} else {
		return DT_END;
	}
	if (error == DT_OK)
		error = read_unit(dt, node, &controller, &signal);
	if (error != DT_OK)
		return error;
	return resolve(dt, controller, signal, ret);
}

enum dt_error dt_pci_interrupt(struct dt *dt, const struct dt_node *node, uint8_t bus, uint8_t device, uint8_t function,
			       uint8_t pin, struct dt_interrupt *ret)
{
	struct signal signal = {
		.unit = {(uint32_t)bus << 16 | (device & 31u) << 11 | (function & 7u) << 8},
		.cells = {pin},
	};
	if (!dt_has_property(dt, node, "interrupt-map"))
		return DT_ERROR_NOT_FOUND;
	enum dt_error error = unit_cells(dt, node, &signal.unit_count);
	if (error == DT_OK)
		error = interrupt_cells(dt, node, &signal.cell_count);
	if (error != DT_OK)
		return error;
	/* The binding: three cells of address, one of interrupt. */
	if (signal.unit_count != 3 || signal.cell_count != 1)
		return DT_ERROR_CELLS;
	return resolve(dt, *node, signal, ret);
}
