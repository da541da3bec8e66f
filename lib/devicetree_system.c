/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See devicetree.h. The nodes that every tree has: memory, reserved memory, CPUs, chosen.
 * (Devicetree Specification 0.4 §3.4 to §3.8; Linux bindings riscv/cpus.yaml, arm/cpus.yaml, chosen.)
 */
#include <libfdt.h>

#include "lib/checked.h"
#include "lib/devicetree_internal.h"
#include "lib/string.h"

/* Steps to the first child of `parent`, and later to the next one. */
static enum dt_error next_child(const struct dt *dt, struct dt_memory_iterator *iterator, const char *parent)
{
	enum dt_error error;
	if (iterator->started) {
		error = dt_next_sibling(dt, &iterator->node);
	} else {
		struct dt_node node;
		if (dt_find_path(dt, slice_of(parent), &node) != DT_OK)
			return DT_END;
		error = dt_first_child(dt, &node, &iterator->node);
	}
	if (error == DT_OK) {
		iterator->started = true;
		iterator->index = 0;
	}
	return error;
}

static bool has_device_type(const struct dt *dt, const struct dt_node *node, const char *type)
{
	struct slice value;
	return dt_property_string(dt, node, "device_type", 0, &value) == DT_OK && slice_equals_text(value, type);
}

/* The next entry of the iterator's node that is not empty. After an error, the node is done. */
static enum dt_error next_range(const struct dt *dt, struct dt_memory_iterator *iterator, struct dt_memory *ret)
{
	struct dt_reg reg;
	enum dt_error error;
	while ((error = dt_reg(dt, &iterator->node, iterator->index, &reg)) == DT_OK) {
		iterator->index++;
		if (reg.size == 0)
			continue;
		*ret = (struct dt_memory){.base = reg.address, .size = reg.size};
		return DT_OK;
	}
	iterator->index = UINT32_MAX;
	return error;
}

enum dt_error dt_memory_next(const struct dt *dt, struct dt_memory_iterator *iterator, struct dt_memory *ret)
{
	for (;;) {
		bool is_inside = iterator->started && iterator->index != UINT32_MAX;
		if (!is_inside) {
			enum dt_error error = next_child(dt, iterator, "/");
			if (error != DT_OK)
				return error;
		}
		if (has_device_type(dt, &iterator->node, "memory") && dt_is_okay(dt, &iterator->node)) {
			enum dt_error error = next_range(dt, iterator, ret);
			if (error != DT_END)
				return error;
		}
		iterator->index = UINT32_MAX;
	}
}

enum dt_error dt_memreserve(const struct dt *dt, uint32_t index, struct dt_memory *ret)
{
	int count = fdt_num_mem_rsv(dt->blob);
	if (count < 0 || index >= (uint32_t)count)
		return DT_END;
	if (fdt_get_mem_rsv(dt->blob, (int)index, &ret->base, &ret->size) != 0)
		return DT_END;
	return range_is_valid(ret->base, ret->size) ? DT_OK : DT_ERROR_OVERFLOW;
}

/* The `size` of a range that the operating system may place: one or two cells. */
static bool read_dynamic_size(const struct dt *dt, const struct dt_node *node, uint64_t *ret)
{
	return !dt_has_property(dt, node, "reg") && dt_property_u64(dt, node, "size", ret) == DT_OK;
}

enum dt_error dt_reserved_next(const struct dt *dt, struct dt_memory_iterator *iterator, struct dt_reserved *ret)
{
	for (;;) {
		bool is_inside = iterator->started && iterator->index != UINT32_MAX;
		if (!is_inside) {
			enum dt_error error = next_child(dt, iterator, "/reserved-memory");
			if (error != DT_OK)
				return error;
		}
		const struct dt_node *node = &iterator->node;
		if (dt_is_okay(dt, node)) {
			*ret = (struct dt_reserved){
				.node = *node,
				.name = dt_name(dt, node),
				.no_map = dt_has_property(dt, node, "no-map"),
				.reusable = dt_has_property(dt, node, "reusable"),
			};
			if (read_dynamic_size(dt, node, &ret->range.size)) {
				ret->is_dynamic = true;
				iterator->index = UINT32_MAX;
				return DT_OK;
			}
			enum dt_error error = next_range(dt, iterator, &ret->range);
			if (error != DT_END)
				return error;
		}
		iterator->index = UINT32_MAX;
	}
}

/* ---- CPUs -------------------------------------------------------------------------------------------------------- */

/* A string property, or the empty slice. */
static struct slice string_or_empty(const struct dt *dt, const struct dt_node *node, const char *name)
{
	struct slice value;
	if (dt_property_string(dt, node, name, 0, &value) != DT_OK)
		return (struct slice){0};
	return value;
}

static enum dt_enable_method read_enable_method(const struct dt *dt, const struct dt_node *node)
{
	struct slice method;
	if (!dt_has_property(dt, node, "enable-method"))
		return DT_ENABLE_NONE;
	for (uint32_t i = 0; dt_property_string(dt, node, "enable-method", i, &method) == DT_OK; i++) {
		if (slice_equals_text(method, "psci"))
			return DT_ENABLE_PSCI;
		if (slice_equals_text(method, "spin-table"))
			return DT_ENABLE_SPIN_TABLE;
	}
	return DT_ENABLE_OTHER;
}

static uint32_t find_local_controller(const struct dt *dt, const struct dt_node *cpu)
{
	struct dt_node child;
	enum dt_error error;
	for (error = dt_first_child(dt, cpu, &child); error == DT_OK; error = dt_next_sibling(dt, &child))
		if (dt_has_property(dt, &child, "interrupt-controller"))
			return dt_phandle(dt, &child);
	return 0;
}

enum dt_error dt_cpu_next(const struct dt *dt, struct dt_memory_iterator *iterator, struct dt_cpu *ret)
{
	enum dt_error error;
	do {
		error = next_child(dt, iterator, "/cpus");
		if (error != DT_OK)
			return error;
	} while (!has_device_type(dt, &iterator->node, "cpu"));

	const struct dt_node *node = &iterator->node;
	struct dt_reg reg;
	error = dt_reg(dt, node, 0, &reg);
	if (error == DT_END)
		return DT_ERROR_NOT_FOUND; /* a CPU without id */
	/* CPU ids are no addresses: that they cannot be translated is right. */
	if (error != DT_OK && error != DT_ERROR_NOT_TRANSLATABLE)
		return error;

	*ret = (struct dt_cpu){
		.node = *node,
		.id = reg.bus_address,
		.is_okay = dt_is_okay(dt, node),
		.enable_method = read_enable_method(dt, node),
		.isa = string_or_empty(dt, node, "riscv,isa"),
		.isa_base = string_or_empty(dt, node, "riscv,isa-base"),
		.mmu_type = string_or_empty(dt, node, "mmu-type"),
		.interrupt_controller = find_local_controller(dt, node),
	};
	if (dt_has_property(dt, node, "cpu-release-addr"))
		error = dt_property_u64(dt, node, "cpu-release-addr", &ret->release_address);
	else
		error = DT_OK;
	return error;
}

enum dt_error dt_timebase_frequency(const struct dt *dt, uint64_t *ret)
{
	struct dt_node cpus, cpu;
	enum dt_error error = dt_find_path(dt, slice_of("/cpus"), &cpus);
	if (error != DT_OK)
		return error;
	error = dt_property_u64(dt, &cpus, "timebase-frequency", ret);
	if (error == DT_ERROR_NOT_FOUND && dt_first_child(dt, &cpus, &cpu) == DT_OK) {
		do
			error = dt_property_u64(dt, &cpu, "timebase-frequency", ret);
		while (error == DT_ERROR_NOT_FOUND && dt_next_sibling(dt, &cpu) == DT_OK);
	}
	return error == DT_OK && *ret == 0 ? DT_ERROR_VALUE : error;
}

/* ---- /chosen ----------------------------------------------------------------------------------------------------- */

static void read_stdout(const struct dt *dt, const struct dt_node *chosen, struct dt_chosen *ret)
{
	struct slice path;
	if (dt_property_string(dt, chosen, "stdout-path", 0, &path) != DT_OK &&
	    dt_property_string(dt, chosen, "linux,stdout-path", 0, &path) != DT_OK)
		return;
	struct slice node = {path.start, 0};
	while (node.length < path.length && path.start[node.length] != ':')
		node.length++;
	if (dt_find_path(dt, node, &ret->stdout_node) != DT_OK)
		return;
	ret->has_stdout = true;
	if (node.length < path.length)
		ret->stdout_options = (struct slice){path.start + node.length + 1, path.length - node.length - 1};
}

enum dt_error dt_chosen(const struct dt *dt, struct dt_chosen *ret)
{
	struct dt_node chosen;
	memset(ret, 0, sizeof *ret);
	if (dt_find_path(dt, slice_of("/chosen"), &chosen) != DT_OK)
		return DT_OK;

	ret->bootargs = string_or_empty(dt, &chosen, "bootargs");
	read_stdout(dt, &chosen, ret);
	ret->has_initrd = dt_property_u64(dt, &chosen, "linux,initrd-start", &ret->initrd_start) == DT_OK &&
			  dt_property_u64(dt, &chosen, "linux,initrd-end", &ret->initrd_end) == DT_OK &&
			  ret->initrd_end > ret->initrd_start;
	ret->has_boot_hart = dt_property_u64(dt, &chosen, "boot-hartid", &ret->boot_hart) == DT_OK;
	ret->rng_seed = dt_property(dt, &chosen, "rng-seed", &ret->rng_seed_size);
	return DT_OK;
}
