/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/bootmem.h"

#include "kernel/arch.h"
#include "kernel/bootctx.h"
#include "kernel/log.h"
#include "kernel/vm.h"
#include "lib/string.h"

/* Ranges that memory is taken from, from the top down; the largest of the map. */
#define ARENAS 16
/* Single allocations below a limit, from the bottom up. */
#define LOW_MAX 16

static struct arena {
	uint64_t base, top, end; /* free: [base, top); taken: [top, end) */
} arenas[ARENAS];
static unsigned arena_count;

static struct low {
	uint64_t base, size;
} lows[LOW_MAX];
static unsigned low_count;

static const struct helion_bootctx *ctx;
static bool finished;

static void arena_insert(uint64_t base, uint64_t end)
{
	unsigned i;

	if (arena_count == ARENAS) {
		if (end - base <= arenas[ARENAS - 1].end - arenas[ARENAS - 1].base)
			return;
		arena_count--;
	}
	for (i = arena_count; i > 0 && arenas[i - 1].end - arenas[i - 1].base < end - base; i--)
		arenas[i] = arenas[i - 1];
	arenas[i] = (struct arena){.base = base, .top = end, .end = end};
	arena_count++;
}

void bootmem_init(const struct helion_bootctx *context)
{
	ctx = context;
	for (uint32_t i = 0; i < ctx->memory_map.count; i++) {
		const struct helion_memory_range *range = bootctx_memory(ctx, i);

		/* The first page is left alone: address 0 would look like "none". */
		if (range->type == HELION_MEM_USABLE && range->base != 0)
			arena_insert(range->base, range->base + range->length);
	}
	if (arena_count == 0)
		panic("the memory map has no usable memory");
}

static uint64_t take(struct arena *arena, uint64_t size)
{
	arena->top -= size;
	memset(vm_direct(arena->top), 0, size);
	return arena->top;
}

static uint64_t try_alloc(uint64_t pages)
{
	uint64_t size = pages * HELION_PAGE_SIZE;

	/* Nothing is left when all of it belongs to Memory objects. */
	for (unsigned i = 0; i < arena_count && !finished; i++)
		if (arenas[i].top - arenas[i].base >= size)
			return take(&arenas[i], size);
	return 0;
}

uint64_t bootmem_alloc(uint64_t pages)
{
	uint64_t phys = try_alloc(pages);

	if (!phys)
		panic("too little memory: the kernel needs %llu KiB more in one piece",
		      (unsigned long long)(pages * (HELION_PAGE_SIZE / 1024)));
	return phys;
}

void *bootmem_alloc_bytes(uint64_t size)
{
	/* What is left of the page that was taken last for small things. */
	static uint64_t next, end;
	void *result;

	size = (size + 63) & ~63ull;
	if (size > end - next) {
		uint64_t pages = (size + HELION_PAGE_SIZE - 1) / HELION_PAGE_SIZE;
		uint64_t phys = try_alloc(pages);

		if (!phys)
			return NULL;
		next = phys;
		end = phys + pages * HELION_PAGE_SIZE;
	}
	result = vm_direct(next);
	next += size;
	return result;
}

/* The lowest end of a taken piece inside [base, base + size), so that a search can go on after it; 0 if all is free. */
static uint64_t taken_until(uint64_t base, uint64_t size)
{
	for (unsigned i = 0; i < arena_count; i++)
		if (base < arenas[i].end && base + size > arenas[i].top)
			return arenas[i].end;
	for (unsigned i = 0; i < low_count; i++)
		if (base < lows[i].base + lows[i].size && base + size > lows[i].base)
			return lows[i].base + lows[i].size;
	return 0;
}

/* An arena must not grow down over a low allocation: cut it at its end. */
static void raise_arenas(uint64_t base, uint64_t size)
{
	for (unsigned i = 0; i < arena_count; i++)
		if (base >= arenas[i].base && base < arenas[i].top)
			arenas[i].base = base + size;
}

uint64_t bootmem_alloc_below(uint64_t pages, uint64_t limit)
{
	uint64_t size = pages * HELION_PAGE_SIZE;

	if (low_count == LOW_MAX || finished)
		return 0;
	for (uint32_t i = 0; i < ctx->memory_map.count; i++) {
		const struct helion_memory_range *range = bootctx_memory(ctx, i);
		uint64_t base = range->base ? range->base : HELION_PAGE_SIZE;
		uint64_t end = range->base + range->length;

		if (range->type != HELION_MEM_USABLE)
			continue;
		if (end > limit)
			end = limit;
		while (base < end && end - base >= size) {
			uint64_t skip = taken_until(base, size);

			if (!skip) {
				lows[low_count++] = (struct low){base, size};
				raise_arenas(base, size);
				memset(vm_direct(base), 0, size);
				return base;
			}
			base = skip;
		}
	}
	return 0;
}

/* The next taken piece at or after `from` in [from, end). */
static bool next_taken(uint64_t from, uint64_t end, uint64_t *ret_base, uint64_t *ret_end)
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < arena_count; i++)
		if (arenas[i].top < arenas[i].end && arenas[i].top >= from && arenas[i].top < end &&
		    arenas[i].top < best) {
			best = arenas[i].top;
			*ret_end = arenas[i].end;
		}
	for (unsigned i = 0; i < low_count; i++)
		if (lows[i].base >= from && lows[i].base < end && lows[i].base < best) {
			best = lows[i].base;
			*ret_end = lows[i].base + lows[i].size;
		}
	*ret_base = best;
	return best != UINT64_MAX;
}

/* Reports free ranges as large as they come: neighbours in the map are joined. */
struct emitter {
	void (*fn)(void *ctx, uint64_t base, uint64_t size, bool taken);
	void *ctx;
	uint64_t base, end; /* free range that may still grow */
};

static void emit_flush(struct emitter *emitter)
{
	if (emitter->end > emitter->base)
		emitter->fn(emitter->ctx, emitter->base, emitter->end - emitter->base, false);
	emitter->base = emitter->end = 0;
}

static void emit_free(struct emitter *emitter, uint64_t base, uint64_t end)
{
	if (base >= end)
		return;
	if (emitter->end != base) {
		emit_flush(emitter);
		emitter->base = base;
	}
	emitter->end = end;
}

void bootmem_finish(void (*fn)(void *, uint64_t, uint64_t, bool), void *fn_ctx)
{
	struct emitter emitter = {.fn = fn, .ctx = fn_ctx};

	for (uint32_t i = 0; i < ctx->memory_map.count; i++) {
		const struct helion_memory_range *range = bootctx_memory(ctx, i);
		uint64_t at = range->base, end = range->base + range->length;
		uint64_t base, stop;

		if (range->type != HELION_MEM_USABLE && range->type != HELION_MEM_LOADER)
			continue;
		/* Address 0 means "none" everywhere, so page 0 stays with the kernel. */
		if (at == 0) {
			fn(fn_ctx, 0, HELION_PAGE_SIZE, true);
			at = HELION_PAGE_SIZE;
		}
		while (next_taken(at, end, &base, &stop)) {
			emit_free(&emitter, at, base);
			emit_flush(&emitter);
			fn(fn_ctx, base, stop - base, true);
			at = stop;
		}
		emit_free(&emitter, at, end);
	}
	emit_flush(&emitter);
	finished = true;
}
