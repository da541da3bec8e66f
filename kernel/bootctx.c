/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/bootctx.h"

#include <stddef.h>

#include <helion/abi.h>

#include "lib/checked.h"

/* The least of UEFI 2.10 §7.2.3, EFI_MEMORY_DESCRIPTOR. */
#define EFI_DESCRIPTOR_SIZE 40u

/* Whether the array of structures lies inside the block; `least` is the size of its elements as this kernel knows them. */
static bool array_ok(const struct helion_bootctx *ctx, const struct helion_array *array, uint32_t least)
{
	uint64_t size = (uint64_t)array->count * array->stride;

	if (array->count == 0)
		return true;
	return array->stride >= least && array->stride % 8 == 0 && array->offset % 8 == 0 &&
	       array->offset >= sizeof(*ctx) && range_fits(ctx->size, array->offset, size);
}

static bool bytes_ok(const struct helion_bootctx *ctx, const struct helion_array *array)
{
	if (array->count == 0)
		return true;
	return array->stride == 1 && array->offset >= sizeof(*ctx) &&
	       range_fits(ctx->size, array->offset, array->count);
}

static bool string_ok(const struct helion_bootctx *ctx, const struct helion_array *array)
{
	if (array->count == 0)
		return true;
	return bytes_ok(ctx, array) && (uint64_t)array->offset + array->count < ctx->size &&
	       bootctx_string(ctx, array)[array->count] == '\0';
}

bool bootctx_is_ram(uint32_t type)
{
	switch (type) {
	case HELION_MEM_USABLE:
	case HELION_MEM_LOADER:
	case HELION_MEM_BOOTCTX:
	case HELION_MEM_MODULE:
	case HELION_MEM_ACPI_RECLAIM:
	case HELION_MEM_ACPI_NVS:
	case HELION_MEM_RUNTIME_DATA:
	case HELION_MEM_PERSISTENT: return true;
	default: return false;
	}
}

/* Whether one entry of the memory map holds all of [base, base + size). */
static bool inside(const struct helion_bootctx *ctx, uint32_t type, uint64_t base, uint64_t size)
{
	for (uint32_t i = 0; i < ctx->memory_map.count; i++) {
		const struct helion_memory_range *range = bootctx_memory(ctx, i);

		if (range->type == type && range_is_valid(base, size) &&
		    range_contains(range->base, range->length, base, size))
			return true;
	}
	return false;
}

/* Size in whole pages; one that does not fit is larger than any memory. */
static uint64_t pages_of(uint64_t size)
{
	uint64_t rounded;

	return checked_align_up(size, HELION_PAGE_SIZE, &rounded) ? rounded : UINT64_MAX;
}

static const char *check_memory_map(const struct helion_bootctx *ctx)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < ctx->memory_map.count; i++) {
		const struct helion_memory_range *range = bootctx_memory(ctx, i);

		if (range->base % HELION_PAGE_SIZE || range->length % HELION_PAGE_SIZE)
			return "memory map: entry is not page-aligned";
		if (range->length == 0 || range->base + range->length < range->base)
			return "memory map: entry is empty or wraps";
		if (range->base < end)
			return "memory map: entries overlap or are not sorted";
		if (range->type == 0 || range->type >= HELION_MEM_TYPES)
			return "memory map: unknown type";
		end = range->base + range->length;
		if (bootctx_is_ram(range->type) && end > ctx->direct_map_size)
			return "memory map: RAM beyond the direct map";
	}
	return ctx->memory_map.count ? NULL : "memory map: no entries";
}

static const char *check_segments(const struct helion_bootctx *ctx)
{
	uint64_t end = ctx->kernel_virt;

	for (uint32_t i = 0; i < ctx->segments.count; i++) {
		const struct helion_segment *segment = bootctx_segment(ctx, i);

		if ((segment->phys | segment->virt | segment->size) % HELION_PAGE_SIZE)
			return "segment is not page-aligned";
		if (segment->virt < end ||
		    !range_contains(ctx->kernel_virt, ctx->kernel_size, segment->virt, segment->size))
			return "segments overlap, are not sorted, or lie outside of the kernel";
		if (!inside(ctx, HELION_MEM_KERNEL, segment->phys, segment->size))
			return "segment is not in memory of the kernel";
		if ((segment->flags & HELION_SEGMENT_WRITE) && (segment->flags & HELION_SEGMENT_EXEC))
			return "segment is writable and executable";
		end = segment->virt + segment->size;
	}
	return NULL;
}

/* Whether module i shares a page with one before it. Empty ones share nothing. */
static bool module_overlaps(const struct helion_bootctx *ctx, uint32_t i)
{
	const struct helion_module *module = bootctx_module(ctx, i);

	for (uint32_t j = 0; j < i; j++) {
		const struct helion_module *other = bootctx_module(ctx, j);

		if (range_overlaps(module->phys, pages_of(module->size), other->phys, pages_of(other->size)))
			return true;
	}
	return false;
}

static const char *check_modules(const struct helion_bootctx *ctx)
{
	for (uint32_t i = 0; i < ctx->modules.count; i++) {
		const struct helion_module *module = bootctx_module(ctx, i);

		if (!string_ok(ctx, &module->name) || !string_ok(ctx, &module->cmdline))
			return "the name of a module lies outside of the block";
		if (module->size == 0)
			continue;
		if (module->phys % HELION_PAGE_SIZE)
			return "module is not page-aligned";
		if (!inside(ctx, HELION_MEM_MODULE, module->phys, pages_of(module->size)))
			return "module is not in memory of modules";
		if (module_overlaps(ctx, i))
			return "modules overlap";
	}
	if (ctx->device_tree % 8)
		return "device tree is not aligned";
	if (ctx->device_tree && !inside(ctx, HELION_MEM_MODULE, ctx->device_tree, ctx->device_tree_size))
		return "device tree is not in memory of modules";
	return NULL;
}

static const char *check_block(const struct helion_bootctx *ctx)
{
	if (ctx->magic != HELION_BOOTCTX_MAGIC)
		return "wrong magic number";
	if (ctx->version_major != HELION_BOOTCTX_VERSION_MAJOR)
		return "unknown major version";
	if (ctx->header_size < HELION_BOOTCTX_HEADER_1_0 || ctx->size < ctx->header_size)
		return "header is too short";
	if (ctx->paging_levels < 3 || ctx->paging_levels > 5)
		return "unknown number of paging levels";
	if ((uint64_t)ctx != ctx->direct_map_base + ctx->phys ||
	    !range_is_valid(ctx->direct_map_base, ctx->direct_map_size))
		return "it is not in the direct map";
	if (!range_is_valid(ctx->kernel_virt, ctx->kernel_size))
		return "the kernel wraps around";
	return NULL;
}

static const char *check_arrays(const struct helion_bootctx *ctx)
{
	const struct helion_array *strings[] = {&ctx->cmdline, &ctx->loader_name, &ctx->loader_version,
						&ctx->firmware_vendor, &ctx->entry_name};

	if (!array_ok(ctx, &ctx->memory_map, sizeof(struct helion_memory_range)) ||
	    !array_ok(ctx, &ctx->segments, sizeof(struct helion_segment)) ||
	    !array_ok(ctx, &ctx->modules, sizeof(struct helion_module)) ||
	    !array_ok(ctx, &ctx->framebuffers, sizeof(struct helion_framebuffer)) ||
	    !array_ok(ctx, &ctx->efi_memory_map, EFI_DESCRIPTOR_SIZE))
		return "an array lies outside of the block";
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (!string_ok(ctx, strings[i]))
			return "a string lies outside of the block or has no end";
	for (uint32_t i = 0; i < ctx->framebuffers.count; i++)
		if (!bytes_ok(ctx, &bootctx_framebuffer(ctx, i)->edid))
			return "the EDID of a framebuffer lies outside of the block";
	return NULL;
}

const char *bootctx_check(const struct helion_bootctx *ctx)
{
	static const char *(*const checks[])(const struct helion_bootctx *) = {
		check_block, check_arrays, check_memory_map, check_segments, check_modules,
	};
	const char *problem = NULL;

	for (size_t i = 0; !problem && i < sizeof(checks) / sizeof(checks[0]); i++)
		problem = checks[i](ctx);
	if (!problem && !inside(ctx, HELION_MEM_BOOTCTX, ctx->phys, ctx->size))
		problem = "it is not in memory of its own";
	return problem;
}
