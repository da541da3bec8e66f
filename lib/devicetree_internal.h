/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the device-tree reader share; see devicetree.h for the interface. */
#ifndef HELION_LIB_DEVICETREE_INTERNAL_H
#define HELION_LIB_DEVICETREE_INTERNAL_H

#include "lib/bytes.h"
#include "lib/devicetree.h"

enum {
	DT_CELL_SIZE = 4,
	DT_MAX_ADDRESS_CELLS = 3,
	DT_MAX_SIZE_CELLS = 2,
};

/* How a bus writes the addresses of its children. */
struct dt_cells {
	uint32_t address; /* 1 to DT_MAX_ADDRESS_CELLS */
	uint32_t size;    /* 0 to DT_MAX_SIZE_CELLS */
};

/* An address on a bus. `space` is the first of three cells as far as it distinguishes addresses, else 0. */
struct dt_address {
	uint32_t space;
	uint64_t offset;
};

/* #address-cells and #size-cells of a bus. DT_ERROR_CELLS if they are out of range. */
enum dt_error dt_bus_cells(const struct dt *dt, const struct dt_node *bus, struct dt_cells *ret);

/* The number in one or two cells. */
uint64_t dt_read_cells(const uint8_t *cells, uint32_t count);

/* Cell number `index`. */
static inline uint32_t dt_cell(const uint8_t *cells, size_t index)
{
	return load_be32(cells + index * DT_CELL_SIZE);
}

/* A property that holds whole entries of `cells` cells each. *ret_count is 0 if it is absent. */
enum dt_error dt_entries(const struct dt *dt, const struct dt_node *node, const char *name, uint32_t cells,
			 const uint8_t **ret_entries, size_t *ret_count);

#endif
