/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens a tree and asks everything of every node. */
#include <stdlib.h>

#include "lib/checked.h"
#include "lib/devicetree.h"
#include "lib/string.h"

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void ask_node(struct dt *dt, const struct dt_node *node)
{
	char path[DT_MAX_PATH];
	struct dt_node other;
	struct dt_reg reg;
	struct dt_interrupt interrupt;
	struct dt_pci_host host;
	struct dt_pci_window window;
	struct slice string;
	enum dt_error error;

	if (dt_path(dt, node, path, sizeof path, NULL) == DT_OK && node->depth != 0)
		dt_find_path(dt, slice_of(path), &other);
	uint32_t phandle = dt_phandle(dt, node);
	require(phandle == 0 || dt_find_phandle(dt, phandle, &other) == DT_OK);
	dt_is_reachable(dt, node);
	dt_is_compatible(dt, node, "pci-host-ecam-generic");
	dt_first_child(dt, node, &other);
	for (uint32_t i = 0; dt_property_string(dt, node, "compatible", i, &string) == DT_OK; i++)
		require(string.start[string.length] == '\0');
	for (uint32_t i = 0; i < 16; i++) {
		error = dt_reg(dt, node, i, &reg);
		if (error == DT_END)
			break;
		if (error == DT_OK)
			require(reg.is_translated && range_is_valid(reg.address, reg.size));
	}
	for (uint32_t i = 0; i < 16; i++) {
		error = dt_interrupt(dt, node, i, &interrupt);
		if (error == DT_END)
			break;
		if (error == DT_OK)
			require(interrupt.cell_count >= 1 && interrupt.cell_count <= DT_MAX_INTERRUPT_CELLS);
		dt_interrupt_extended(dt, node, i, &interrupt);
	}
	dt_pci_host(dt, node, &host);
	for (uint32_t i = 0; i < 8 && dt_pci_window(dt, node, i, &window) != DT_END; i++)
		continue;
	for (uint8_t pin = 1; pin <= 4; pin++)
		dt_pci_interrupt(dt, node, 0, pin, 0, pin, &interrupt);
	dt_reg_by_name(dt, node, "config", &reg);
	uint64_t address;
	dt_translate(dt, node, 0x1000, 0x1000, &address);
}

static void ask_system(const struct dt *dt)
{
	struct dt_memory_iterator iterator = {0};
	struct dt_memory memory;
	struct dt_reserved reserved;
	struct dt_cpu cpu;
	struct dt_chosen chosen;
	uint64_t frequency;

	while (dt_memory_next(dt, &iterator, &memory) != DT_END)
		continue;
	iterator = (struct dt_memory_iterator){0};
	while (dt_reserved_next(dt, &iterator, &reserved) != DT_END)
		continue;
	iterator = (struct dt_memory_iterator){0};
	while (dt_cpu_next(dt, &iterator, &cpu) != DT_END)
		continue;
	for (uint32_t i = 0; dt_memreserve(dt, i, &memory) != DT_END; i++)
		continue;
	dt_timebase_frequency(dt, &frequency);
	require(dt_chosen(dt, &chosen) == DT_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dt dt;
	/* Questions cost time that grows with the square of the nodes; large trees teach nothing more. */
	if (size > 32768)
		return 0;
	void *blob = malloc(size == 0 ? 1 : size);
	if (blob == NULL)
		abort();
	memcpy(blob, data, size);
	if (dt_open(&dt, blob, size) == DT_OK) {
		struct dt_node node;
		unsigned count = 0;
		dt_root(&node);
		do
			ask_node(&dt, &node);
		while (dt_next(&dt, &node) == DT_OK && ++count < 200);
		ask_system(&dt);
	}
	free(blob);
	return 0;
}
