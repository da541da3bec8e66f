/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/vm.h"

#include "kernel/arch.h"
#include "kernel/bootctx.h"
#include "kernel/bootmem.h"
#include "kernel/log.h"

struct pagetable kernel_pagetable;
uint64_t vm_user_top;

static const struct helion_bootctx *ctx;
uint64_t vm_direct_base;
static uint64_t window_next = VM_WINDOW_BASE;

static uint64_t table_alloc(void *unused)
{
	(void)unused;
	return bootmem_alloc(1);
}

void vm_init_early(const struct helion_bootctx *context)
{
	ctx = context;
	vm_direct_base = context->direct_map_base;
}

uint64_t vm_kernel_phys(const void *pointer)
{
	uint64_t virt = (uint64_t)pointer;

	for (uint32_t i = 0; i < ctx->segments.count; i++) {
		const struct helion_segment *segment = bootctx_segment(ctx, i);

		if (virt >= segment->virt && virt < segment->virt + segment->size)
			return segment->phys + (virt - segment->virt);
	}
	panic("%p is not in the kernel's image", pointer);
}

bool vm_is_direct(uint64_t phys, uint64_t size)
{
	uint64_t end = phys + size;

	if (end < phys)
		return false;
	for (uint32_t i = 0; i < ctx->memory_map.count && phys < end; i++) {
		const struct helion_memory_range *range = bootctx_memory(ctx, i);

		if (bootctx_is_ram(range->type) && phys >= range->base && phys < range->base + range->length)
			phys = range->base + range->length;
	}
	return phys >= end;
}

static void map_or_panic(uint64_t virt, uint64_t phys, uint64_t size, unsigned flags)
{
	enum pagetable_error error = pagetable_map(&kernel_pagetable, virt, phys, size, flags, NULL, NULL);

	if (error != PAGETABLE_OK)
		panic("kernel page tables: mapping %#llx at %#llx failed (%d)", (unsigned long long)phys,
		      (unsigned long long)virt, (int)error);
}

/* Neighbouring entries of RAM are mapped together, so that large pages fit. */
static void map_direct(void)
{
	uint64_t base = 0, end = 0;

	for (uint32_t i = 0; i < ctx->memory_map.count; i++) {
		const struct helion_memory_range *range = bootctx_memory(ctx, i);

		if (!bootctx_is_ram(range->type))
			continue;
		if (range->base != end) {
			if (end > base)
				map_or_panic(vm_direct_base + base, base, end - base, PT_READ | PT_WRITE | PT_GLOBAL);
			base = range->base;
		}
		end = range->base + range->length;
	}
	if (end > base)
		map_or_panic(vm_direct_base + base, base, end - base, PT_READ | PT_WRITE | PT_GLOBAL);
}

static void map_kernel(void)
{
	uint64_t guard = (uint64_t)boot_stack_guard;

	for (uint32_t i = 0; i < ctx->segments.count; i++) {
		const struct helion_segment *segment = bootctx_segment(ctx, i);
		unsigned flags = PT_READ | PT_GLOBAL;
		uint64_t skip = segment->size;

		if (segment->flags & HELION_SEGMENT_WRITE)
			flags |= PT_WRITE;
		if (segment->flags & HELION_SEGMENT_EXEC)
			flags |= PT_EXEC;
		if (guard >= segment->virt && guard < segment->virt + segment->size)
			skip = guard - segment->virt;
		if (skip > 0)
			map_or_panic(segment->virt, segment->phys, skip, flags);
		if (skip < segment->size) {
			uint64_t next = skip + HELION_PAGE_SIZE;

			map_or_panic(segment->virt + next, segment->phys + next, segment->size - next, flags);
		}
	}
}

/* The root table whose upper half all address spaces have, and its entries there that are used. */
static const uint64_t *shared_root;
static uint16_t shared_entries[PT_ENTRIES / 2];
static unsigned shared_entry_count;

void vm_share_half_of(uint64_t root)
{
	shared_root = vm_direct(root);
	shared_entry_count = 0;
	for (unsigned i = PT_ENTRIES / 2; i < PT_ENTRIES && !ARCH_SPLIT_ROOTS; i++)
		if (arch_pte_present(shared_root[i]))
			shared_entries[shared_entry_count++] = (uint16_t)i;
}

void vm_share_kernel_half(uint64_t *root)
{
	for (unsigned i = 0; i < shared_entry_count; i++)
		root[shared_entries[i]] = shared_root[shared_entries[i]];
}

/*
 * Address spaces that share the root copy its upper half once, so every table
 * below it that the kernel will ever need must be there before the first copy.
 */
static void reserve_window(void)
{
	unsigned shift = 12 + 9 * (kernel_pagetable.levels - 1);
	uint64_t *root = vm_direct(kernel_pagetable.root);
	uint64_t first = (VM_WINDOW_BASE >> shift) & (PT_ENTRIES - 1);
	uint64_t last = ((VM_WINDOW_END - 1) >> shift) & (PT_ENTRIES - 1);

	for (uint64_t i = first; i <= last; i++)
		if (!arch_pte_present(root[i]))
			root[i] = arch_pte_table(bootmem_alloc(1));
	vm_share_half_of(kernel_pagetable.root);
}

void vm_init(const struct helion_bootctx *context)
{
	vm_init_early(context);
	kernel_pagetable = (struct pagetable){
		.levels = context->paging_levels,
		.max_leaf_level = arch_paging_init(),
		.alloc = table_alloc,
		.direct = vm_direct_base,
	};
	vm_user_top = ARCH_USER_TOP(context->paging_levels);
	kernel_pagetable.root = bootmem_alloc(1);
	map_direct();
	map_kernel();
	reserve_window();
	arch_paging_load(kernel_pagetable.root);
}

/* Room in the window for `size` bytes, placed like `phys` within a 2 MiB page so that large pages fit; 0 when full. */
static uint64_t window_alloc(uint64_t phys, uint64_t size)
{
	uint64_t large = 2ull << 20;
	uint64_t align = size >= large ? large : HELION_PAGE_SIZE;
	uint64_t base = (window_next + align - 1) / align * align + phys % align;

	if (size > VM_WINDOW_END - VM_WINDOW_BASE || base + size > VM_WINDOW_END)
		return 0;
	window_next = base + size;
	return base;
}

/* What the window holds, so that a range is not mapped twice. */
#define WINDOW_MAPPINGS 128
static struct window_mapping {
	uint64_t phys, size, virt;
	unsigned flags;
} window_mappings[WINDOW_MAPPINGS];
static unsigned window_mapping_count;

static void *window_find(uint64_t phys, uint64_t size, unsigned flags)
{
	for (unsigned i = 0; i < window_mapping_count; i++) {
		const struct window_mapping *mapping = &window_mappings[i];

		if (mapping->flags == flags && phys >= mapping->phys && size <= mapping->size &&
		    phys - mapping->phys <= mapping->size - size)
			return (void *)(mapping->virt + (phys - mapping->phys));
	}
	return NULL;
}

static void *window_map(uint64_t phys, size_t size, unsigned flags)
{
	uint64_t first = phys & ~(uint64_t)(HELION_PAGE_SIZE - 1);
	uint64_t length = (phys - first + size + HELION_PAGE_SIZE - 1) & ~(uint64_t)(HELION_PAGE_SIZE - 1);
	void *found;
	uint64_t base;

	if (size == 0 || size > VM_WINDOW_END - VM_WINDOW_BASE || phys + size < phys ||
	    (phys + size - 1) >> ARCH_PHYS_BITS)
		return NULL;
	found = window_find(phys, size, flags);
	if (found)
		return found;
	base = window_alloc(first, length);
	if (!base)
		return NULL;
	map_or_panic(base, first, length, flags | PT_READ | PT_GLOBAL);
	arch_barrier();
	if (window_mapping_count < WINDOW_MAPPINGS)
		window_mappings[window_mapping_count++] = (struct window_mapping){first, length, base, flags};
	return (void *)(base + (phys - first));
}

volatile void *vm_map_device(uint64_t phys, size_t size)
{
	return window_map(phys, size, PT_WRITE | PT_DEVICE);
}

volatile void *vm_map_framebuffer(uint64_t phys, size_t size)
{
	return window_map(phys, size, PT_WRITE | PT_WRITECOMBINE);
}

const void *vm_map_table(uint64_t phys, size_t size)
{
	if (vm_is_direct(phys, size))
		return vm_direct(phys);
	return window_map(phys, size, 0);
}

uint64_t vm_alloc_stack(void)
{
	uint64_t base;

	/* The page that is skipped is the guard. */
	window_next += HELION_PAGE_SIZE;
	base = window_alloc(0, KERNEL_STACK_SIZE);
	if (!base)
		panic("no room for kernel stacks");
	map_or_panic(base, bootmem_alloc(KERNEL_STACK_SIZE / HELION_PAGE_SIZE), KERNEL_STACK_SIZE,
		     PT_READ | PT_WRITE | PT_GLOBAL);
	return base + KERNEL_STACK_SIZE;
}

bool vm_read_safely(uint64_t virt, uint64_t *ret)
{
	struct pagetable_entry entry;

	if (virt % 8 || !kernel_pagetable.root || !pagetable_query(&kernel_pagetable, virt, &entry) ||
	    (entry.flags & PT_DEVICE))
		return false;
	*ret = *(const volatile uint64_t *)virt;
	return true;
}
