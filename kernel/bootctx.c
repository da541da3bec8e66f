/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/bootctx.h"

#include <stdbool.h>
#include <stddef.h>

#include <helion/abi.h>

/* Whether the array lies inside the block; `least` is the size of its elements as this kernel knows them. */
static bool array_ok(const struct helion_bootctx *ctx, const struct helion_array *array,
		     uint32_t least)
{
	uint64_t size = (uint64_t)array->count * array->stride;

	if (array->count == 0)
		return true;
	return array->stride >= least && array->offset >= sizeof(*ctx) &&
	       array->offset % 8 == 0 && array->offset + size <= ctx->size;
}

static bool string_ok(const struct helion_bootctx *ctx, const struct helion_array *array)
{
	if (array->count == 0)
		return true;
	return array->stride == 1 && array->offset >= sizeof(*ctx) &&
	       (uint64_t)array->offset + array->count < ctx->size &&
	       ((const char *)ctx)[array->offset + array->count] == '\0';
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
	}
	return ctx->memory_map.count ? NULL : "memory map: no entries";
}

const char *bootctx_check(const struct helion_bootctx *ctx)
{
	const struct helion_array *strings[] = { &ctx->cmdline, &ctx->loader_name,
		&ctx->loader_version, &ctx->firmware_vendor, &ctx->entry_name };

	if (ctx->magic != HELION_BOOTCTX_MAGIC)
		return "wrong magic number";
	if (ctx->version_major != HELION_BOOTCTX_VERSION_MAJOR)
		return "unknown major version";
	if (ctx->header_size < sizeof(*ctx) || ctx->size < ctx->header_size)
		return "header is too short";
	if (!array_ok(ctx, &ctx->memory_map, sizeof(struct helion_memory_range)) ||
	    !array_ok(ctx, &ctx->segments, sizeof(struct helion_segment)) ||
	    !array_ok(ctx, &ctx->modules, sizeof(struct helion_module)) ||
	    !array_ok(ctx, &ctx->framebuffers, sizeof(struct helion_framebuffer)))
		return "an array lies outside of the block";
	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		if (!string_ok(ctx, strings[i]))
			return "a string lies outside of the block or has no end";
	for (uint32_t i = 0; i < ctx->modules.count; i++)
		if (!string_ok(ctx, &bootctx_module(ctx, i)->name) ||
		    !string_ok(ctx, &bootctx_module(ctx, i)->cmdline))
			return "the name of a module lies outside of the block";
	return check_memory_map(ctx);
}
