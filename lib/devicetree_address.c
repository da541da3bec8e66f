/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See devicetree.h. Addresses: reg, ranges, PCI windows.
 * (Devicetree Specification 0.4 §2.3.5 to §2.3.8; PCI Bus Binding to IEEE 1275 §2.2.1.)
 */
#include "lib/checked.h"
#include "lib/devicetree_internal.h"
#include "lib/string.h"

enum {
	PCI_ADDRESS_CELLS = 3,
	PCI_SIZE_CELLS = 2,
	PCI_SPACE_SHIFT = 24, /* in the first cell of an address */
	PCI_SPACE_MASK = 3,
	PCI_PREFETCHABLE = 1 << 30,
};

uint64_t dt_read_cells(const uint8_t *cells, uint32_t count)
{
	return count == 0 ? 0 : count == 1 ? load_be32(cells) : load_be64(cells);
}

enum dt_error dt_bus_cells(const struct dt *dt, const struct dt_node *bus, struct dt_cells *ret)
{
	ret->address = 2;
	ret->size = 1;
	enum dt_error error = dt_property_u32(dt, bus, "#address-cells", &ret->address);
	if (error == DT_OK || error == DT_ERROR_NOT_FOUND)
		error = dt_property_u32(dt, bus, "#size-cells", &ret->size);
	if (error != DT_OK && error != DT_ERROR_NOT_FOUND)
		return error;
	if (ret->address == 0 || ret->address > DT_MAX_ADDRESS_CELLS || ret->size > DT_MAX_SIZE_CELLS)
		return DT_ERROR_CELLS;
	return DT_OK;
}

static bool is_pci(const struct dt *dt, const struct dt_node *bus)
{
	struct slice type;
	return dt_property_string(dt, bus, "device_type", 0, &type) == DT_OK &&
	       (slice_equals_text(type, "pci") || slice_equals_text(type, "pciex"));
}

/*
 * Decodes an address of `cells` cells. Of a PCI address's first cell only the space counts, and both memory spaces
 * are one; on other buses with three cells all of it counts.
 */
static struct dt_address read_address(const uint8_t *data, uint32_t cells, bool pci)
{
	if (cells < 3)
		return (struct dt_address){.offset = dt_read_cells(data, cells)};
	uint32_t space = load_be32(data);
	if (pci) {
		space = space >> PCI_SPACE_SHIFT & PCI_SPACE_MASK;
		if (space == DT_PCI_MEMORY_64)
			space = DT_PCI_MEMORY_32;
	}
	return (struct dt_address){.space = space, .offset = load_be64(data + DT_CELL_SIZE)};
}

/* Translates an address range of the children of `bus` to the bus that `bus` itself is on. */
static enum dt_error translate_once(const struct dt *dt, const struct dt_node *bus, const struct dt_node *parent,
				    uint64_t size, struct dt_address *address)
{
	size_t length;
	if (dt_property(dt, bus, "ranges", &length) == NULL)
		return DT_ERROR_NOT_TRANSLATABLE;
	if (length == 0)
		return DT_OK;

	struct dt_cells child, outer;
	enum dt_error error = dt_bus_cells(dt, bus, &child);
	if (error == DT_OK)
		error = dt_bus_cells(dt, parent, &outer);
	if (error != DT_OK)
		return error;

	const uint8_t *entry;
	size_t count;
	const uint32_t cells = child.address + outer.address + child.size;
	error = dt_entries(dt, bus, "ranges", cells, &entry, &count);
	if (error != DT_OK)
		return error;

	const bool child_pci = is_pci(dt, bus), outer_pci = is_pci(dt, parent);
	for (; count != 0; count--, entry += cells * DT_CELL_SIZE) {
		struct dt_address from = read_address(entry, child.address, child_pci);
		uint64_t window = dt_read_cells(entry + (child.address + outer.address) * DT_CELL_SIZE, child.size);
		if (from.space != address->space || address->offset < from.offset ||
		    !range_fits(window, address->offset - from.offset, size))
			continue;
		struct dt_address to = read_address(entry + child.address * DT_CELL_SIZE, outer.address, outer_pci);
		address->space = to.space;
		if (!checked_add_u64(to.offset, address->offset - from.offset, &address->offset))
			return DT_ERROR_OVERFLOW;
		return DT_OK;
	}
	return DT_ERROR_NOT_TRANSLATABLE;
}

/* Translates up to the root: at most DT_MAX_DEPTH steps, each to the parent. */
static enum dt_error translate(const struct dt *dt, struct dt_node bus, struct dt_address address, uint64_t size,
			       uint64_t *ret)
{
	struct dt_node parent;
	/* A register without size still is at least a byte. */
	if (size == 0)
		size = 1;
	while (dt_parent(&bus, &parent) == DT_OK) {
		enum dt_error error = translate_once(dt, &bus, &parent, size, &address);
		if (error != DT_OK)
			return error;
		bus = parent;
	}
	if (!range_is_valid(address.offset, size))
		return DT_ERROR_OVERFLOW;
	*ret = address.offset;
	return DT_OK;
}

enum dt_error dt_translate(const struct dt *dt, const struct dt_node *bus, uint64_t address, uint64_t size,
			   uint64_t *ret)
{
	struct dt_address from = {.space = is_pci(dt, bus) ? DT_PCI_MEMORY_32 : 0, .offset = address};
	return translate(dt, *bus, from, size, ret);
}

enum dt_error dt_reg(const struct dt *dt, const struct dt_node *node, uint32_t index, struct dt_reg *ret)
{
	struct dt_node bus;
	struct dt_cells cells;
	const uint8_t *entries;
	size_t count;

	if (dt_parent(node, &bus) != DT_OK || !dt_has_property(dt, node, "reg"))
		return DT_END;
	enum dt_error error = dt_bus_cells(dt, &bus, &cells);
	if (error == DT_OK)
		error = dt_entries(dt, node, "reg", cells.address + cells.size, &entries, &count);
	if (error != DT_OK)
		return error;
	if (index >= count)
		return DT_END;

	const uint8_t *entry = entries + (size_t)index * (cells.address + cells.size) * DT_CELL_SIZE;
	struct dt_address address = read_address(entry, cells.address, is_pci(dt, &bus));
	*ret = (struct dt_reg){
		.bus_address = address.offset,
		.size = dt_read_cells(entry + cells.address * DT_CELL_SIZE, cells.size),
	};
	if (!range_is_valid(ret->bus_address, ret->size))
		return DT_ERROR_OVERFLOW;
	error = translate(dt, bus, address, ret->size, &ret->address);
	ret->is_translated = error == DT_OK;
	return error;
}

enum dt_error dt_reg_by_name(const struct dt *dt, const struct dt_node *node, const char *name, struct dt_reg *ret)
{
	struct slice candidate;
	enum dt_error error;
	for (uint32_t i = 0; (error = dt_property_string(dt, node, "reg-names", i, &candidate)) == DT_OK; i++)
		if (slice_equals_text(candidate, name))
			return dt_reg(dt, node, i, ret);
	return error == DT_END ? DT_ERROR_NOT_FOUND : error;
}

/* ---- PCI --------------------------------------------------------------------------------------------------------- */

enum dt_error dt_pci_host(const struct dt *dt, const struct dt_node *node, struct dt_pci_host *ret)
{
	*ret = (struct dt_pci_host){
		.bus_last = 255,
		.is_ecam = dt_is_compatible(dt, node, "pci-host-ecam-generic"),
		.is_coherent = dt_has_property(dt, node, "dma-coherent"),
	};
	enum dt_error error = dt_property_u32(dt, node, "linux,pci-domain", &ret->segment);
	if (error != DT_OK && error != DT_ERROR_NOT_FOUND)
		return error;

	size_t length;
	const uint8_t *range = dt_property(dt, node, "bus-range", &length);
	if (range != NULL) {
		if (length != 2 * (size_t)DT_CELL_SIZE)
			return DT_ERROR_SIZE;
		uint32_t first = dt_cell(range, 0), last = dt_cell(range, 1);
		if (first > last || last > 255)
			return DT_ERROR_VALUE;
		ret->bus_first = (uint8_t)first;
		ret->bus_last = (uint8_t)last;
	}
	error = dt_reg(dt, node, 0, &ret->config);
	return error == DT_END ? DT_ERROR_NOT_FOUND : error;
}

enum dt_error dt_pci_window(const struct dt *dt, const struct dt_node *node, uint32_t index, struct dt_pci_window *ret)
{
	struct dt_node parent;
	struct dt_cells child, outer;
	const uint8_t *entries;
	size_t count;

	if (dt_parent(node, &parent) != DT_OK || !dt_has_property(dt, node, "ranges"))
		return DT_END;
	enum dt_error error = dt_bus_cells(dt, node, &child);
	if (error == DT_OK)
		error = dt_bus_cells(dt, &parent, &outer);
	if (error != DT_OK)
		return error;
	if (child.address != PCI_ADDRESS_CELLS || child.size != PCI_SIZE_CELLS)
		return DT_ERROR_CELLS;
	const uint32_t cells = PCI_ADDRESS_CELLS + outer.address + PCI_SIZE_CELLS;
	error = dt_entries(dt, node, "ranges", cells, &entries, &count);
	if (error != DT_OK)
		return error;
	if (index >= count)
		return DT_END;

	const uint8_t *entry = entries + (size_t)index * cells * DT_CELL_SIZE;
	const uint8_t *outer_address = entry + PCI_ADDRESS_CELLS * DT_CELL_SIZE;
	uint32_t high = load_be32(entry);
	*ret = (struct dt_pci_window){
		.space = (enum dt_pci_space)(high >> PCI_SPACE_SHIFT & PCI_SPACE_MASK),
		.is_prefetchable = (high & PCI_PREFETCHABLE) != 0,
		.pci_address = load_be64(entry + DT_CELL_SIZE),
		.size = load_be64(outer_address + outer.address * DT_CELL_SIZE),
	};
	if (!range_is_valid(ret->pci_address, ret->size))
		return DT_ERROR_OVERFLOW;
	return translate(dt, parent, read_address(outer_address, outer.address, is_pci(dt, &parent)), ret->size,
			 &ret->cpu_address);
}
