/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading the boot context: elements of its arrays, its strings, and the check of all of it. */
#ifndef KERNEL_BOOTCTX_H
#define KERNEL_BOOTCTX_H

#include <stdbool.h>

#include <helion/bootctx.h>

/*
 * NULL if the context can be used, otherwise what is wrong with it. Checks magic,
 * version, that every array and string lies inside the block, that the memory map
 * is sorted, page-aligned and without overlap, and that what the context names by
 * physical address lies in memory of its type. What is only looked at later (the
 * firmware's tables, framebuffers, the console) is left to those who look.
 */
const char *bootctx_check(const struct helion_bootctx *ctx);

/* Whether memory of this type is RAM that the direct map covers. The kernel's own
 * image is left out: its text and constants have no writable alias. */
bool bootctx_is_ram(uint32_t type);

/* Element i of an array, which must be below its count. */
static inline const void *bootctx_element(const struct helion_bootctx *ctx, const struct helion_array *array,
					  uint32_t i)
{
	return (const char *)ctx + array->offset + (uint64_t)i * array->stride;
}

static inline const struct helion_memory_range *bootctx_memory(const struct helion_bootctx *ctx, uint32_t i)
{
	return bootctx_element(ctx, &ctx->memory_map, i);
}

static inline const struct helion_segment *bootctx_segment(const struct helion_bootctx *ctx, uint32_t i)
{
	return bootctx_element(ctx, &ctx->segments, i);
}

static inline const struct helion_module *bootctx_module(const struct helion_bootctx *ctx, uint32_t i)
{
	return bootctx_element(ctx, &ctx->modules, i);
}

static inline const struct helion_framebuffer *bootctx_framebuffer(const struct helion_bootctx *ctx, uint32_t i)
{
	return bootctx_element(ctx, &ctx->framebuffers, i);
}

/* A string of the context; "" when it is absent. */
static inline const char *bootctx_string(const struct helion_bootctx *ctx, const struct helion_array *array)
{
	return array->count ? (const char *)ctx + array->offset : "";
}

#endif
