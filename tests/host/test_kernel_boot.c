/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the boot context to the first task: contexts that lie, and what init is given.
 *
 * host-sources: kernel-core
 */
#include "tests/host/sim/sim_test.h"

#include "kernel/bootctx.h"
#include "kernel/bootmem.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/pages.h"
#include "kernel/vm.h"

/* -- Contexts that lie ------------------------------------------------------- */

static struct helion_bootctx *ctx;

#define RANGE(i)   ((struct helion_memory_range *)bootctx_memory(ctx, i))
#define SEGMENT(i) ((struct helion_segment *)bootctx_segment(ctx, i))
#define MODULE(i)  ((struct helion_module *)bootctx_module(ctx, i))

/* Makes a good context, changes it, and checks it. */
#define LIE(change, expected)                                                                  \
	do {                                                                                   \
		const char *lie_problem;                                                       \
		ctx = sim_context();                                                           \
		change;                                                                        \
		lie_problem = bootctx_check(ctx);                                              \
		if (!CHECK(lie_problem && strstr(lie_problem, (expected))))                    \
			printf("# %s: %s\n", #change, lie_problem ? lie_problem : "accepted"); \
	} while (0)
#define TRUTH(change)                                                 \
	do {                                                          \
		const char *truth_problem;                            \
		ctx = sim_context();                                  \
		change;                                               \
		truth_problem = bootctx_check(ctx);                   \
		if (!CHECK(truth_problem == NULL))                    \
			printf("# %s: %s\n", #change, truth_problem); \
	} while (0)

static void lies_about_the_block(void)
{
	TRUTH((void)0);
	LIE(ctx->magic++, "magic");
	LIE(ctx->version_major++, "version");
	TRUTH(ctx->version_minor++);
	TRUTH(ctx->header_size = HELION_BOOTCTX_HEADER_1_0); /* a loader of that version */
	LIE(ctx->header_size = HELION_BOOTCTX_HEADER_1_0 - 1, "short");
	LIE(ctx->size = ctx->header_size - 1, "short");
	LIE(ctx->size += 4096, "memory of its own");
	LIE(ctx->phys += 4096, "direct map");
	LIE(ctx->paging_levels = 6, "paging levels");
	LIE(ctx->paging_levels = 2, "paging levels");
	LIE(ctx->direct_map_size = UINT64_MAX, "direct map");
	LIE(ctx->kernel_size = UINT64_MAX, "kernel wraps");
}

static void lies_about_arrays(void)
{
	LIE(ctx->memory_map.count = UINT32_MAX, "outside");
	LIE(ctx->memory_map.stride = UINT32_MAX & ~7u, "outside");
	LIE((ctx->memory_map.count = UINT32_MAX, ctx->memory_map.stride = UINT32_MAX & ~7u), "outside");
	LIE(ctx->memory_map.stride = 24, "outside");
	LIE(ctx->memory_map.stride = 36, "outside");
	LIE(ctx->memory_map.offset += 4, "outside");
	LIE(ctx->memory_map.offset = 0, "outside");
	LIE(ctx->memory_map.count = 0, "no entries");
	LIE(ctx->segments.count = 1000, "outside");
	LIE(ctx->modules.offset = UINT32_MAX & ~7u, "outside");
	LIE((ctx->framebuffers = (struct helion_array){ctx->segments.offset, 1000, 64, 0}), "outside");
	LIE((ctx->efi_memory_map = (struct helion_array){ctx->segments.offset, 1000, 48, 0}), "outside");
	LIE((ctx->efi_memory_map = (struct helion_array){ctx->segments.offset, 1, 32, 0}), "outside");
	TRUTH((ctx->efi_memory_map = (struct helion_array){ctx->segments.offset, 2, 48, 0}));
	LIE(ctx->cmdline.count -= 1, "string");
	LIE(ctx->cmdline.count = UINT32_MAX, "string");
	LIE(ctx->loader_name.stride = 2, "string");
	LIE(ctx->entry_name = ((struct helion_array){SIM_CONTEXT_SIZE - 1, 1, 1, 0}), "string");
	LIE(MODULE(0)->name.offset = UINT32_MAX, "name of a module");
	LIE(MODULE(0)->cmdline.count = 1, "name of a module");
}

static void add_framebuffer(uint64_t phys, uint64_t size, struct helion_array edid)
{
	struct helion_framebuffer *fb = (void *)((char *)ctx + 0x1800);

	*fb = (struct helion_framebuffer){.phys = phys, .size = size, .edid = edid};
	ctx->framebuffers = (struct helion_array){0x1800, 1, sizeof(*fb), 0};
}

static void lies_about_memory(void)
{
	LIE(RANGE(1)->base++, "page-aligned");
	LIE(RANGE(1)->length++, "page-aligned");
	LIE(RANGE(1)->length = 0, "empty");
	LIE(RANGE(7)->length = -RANGE(7)->base, "wraps");
	LIE(RANGE(0)->length = 0x200000, "overlap");
	LIE(RANGE(2)->type = 0, "type");
	LIE(RANGE(2)->type = HELION_MEM_TYPES, "type");
	LIE(RANGE(7)->length = 1ull << 46, "direct map");
	TRUTH((RANGE(7)->length = 1ull << 46, RANGE(7)->type = HELION_MEM_RESERVED));
	LIE(RANGE(1)->type = HELION_MEM_USABLE, "memory of its own");
	LIE(SEGMENT(0)->phys += 0x100000, "memory of the kernel");
	LIE(SEGMENT(1)->phys = UINT64_MAX & ~4095ull, "memory of the kernel");
	LIE(SEGMENT(0)->virt++, "page-aligned");
	LIE(SEGMENT(0)->size = 0x3000, "overlap");
	LIE(SEGMENT(1)->size = 0x3000, "outside of the kernel");
	LIE(SEGMENT(1)->size = UINT64_MAX & ~4095ull, "outside of the kernel");
	LIE(SEGMENT(0)->virt = 0, "outside of the kernel");
	LIE(SEGMENT(0)->flags |= HELION_SEGMENT_WRITE, "writable and executable");
	LIE(MODULE(0)->phys = 0x500000, "memory of modules");
	LIE(MODULE(0)->phys += 8, "page-aligned");
	LIE(MODULE(0)->size = SIM_MODULE_SIZE + 1, "memory of modules");
	LIE(MODULE(0)->size = UINT64_MAX, "memory of modules");
	LIE(MODULE(0)->size = UINT64_MAX - 4095, "memory of modules");
	TRUTH((MODULE(0)->size = 0, MODULE(0)->phys = UINT64_MAX));
	LIE(ctx->device_tree = SIM_MODULE + 4, "aligned");
	LIE((ctx->device_tree = SIM_MODULE, ctx->device_tree_size = SIM_MODULE_SIZE + 1), "device tree");
	LIE((ctx->device_tree = SIM_MODULE + 8, ctx->device_tree_size = UINT64_MAX), "device tree");
	LIE((ctx->device_tree = 0x500000, ctx->device_tree_size = 4096), "device tree");
	LIE(add_framebuffer(SIM_DEVICE, 4096, (struct helion_array){0x2000, 1, 1, 0}), "EDID");
	LIE(add_framebuffer(SIM_DEVICE, 4096, (struct helion_array){0x1000, UINT32_MAX, 1, 0}), "EDID");
	TRUTH(add_framebuffer(SIM_DEVICE, 4096, (struct helion_array){0x1fff, 1, 1, 0}));
}

static void modules_must_not_overlap(void)
{
	struct helion_module two[2];

	ctx = sim_context();
	two[0] = *bootctx_module(ctx, 0);
	two[1] = two[0];
	two[1].phys += 0x1000;
	memcpy((char *)ctx + 0x1800, two, sizeof(two));
	ctx->modules = (struct helion_array){0x1800, 2, sizeof(two[0]), 0};
	CHECK_TEXT(bootctx_check(ctx) ? bootctx_check(ctx) : "", "");
	MODULE(0)->size = 0x1001;
	CHECK_TEXT(bootctx_check(ctx) ? bootctx_check(ctx) : "", "modules overlap");
}

/* -- After the start --------------------------------------------------------- */

static void options_are_whole_words(void)
{
	CHECK(boot_option("nokaslr", NULL));
	CHECK(!boot_option("nokasl", NULL));
	CHECK(!boot_option("kaslr", NULL));
	CHECK(!boot_option("number", NULL));
	CHECK(boot_option("number", "42"));
	CHECK(!boot_option("number", "4"));
	CHECK_EQUAL(boot_option_number("number", 7), 42);
	CHECK_EQUAL(boot_option_number("word", 7), 7);
	CHECK_EQUAL(boot_option_number("absent", 7), 7);
}

static const struct helion_record *record(uint64_t i)
{
	return (const struct helion_record *)((const char *)init + init->records) + i;
}

static void ram_is_accounted_for(void)
{
	uint64_t ram = 0, given = 0;

	for (uint64_t i = 0; i < init->record_count; i++) {
		if (record(i)->flags & HELION_RECORD_RAM)
			ram += record(i)->size;
		if (record(i)->type == HELION_TYPE_MEMORY)
			given += record(i)->size;
		for (uint64_t j = 0; j < i; j++)
			CHECK(record(i)->origin == HELION_ORIGIN_KERNEL || record(i)->size == 0 ||
			      record(j)->origin > HELION_ORIGIN_BOOT || record(i)->origin > HELION_ORIGIN_BOOT ||
			      record(i)->base >= record(j)->base + record(j)->size ||
			      record(j)->base >= record(i)->base + record(i)->size);
	}
	CHECK_EQUAL(ram, SIM_LOW_END + SIM_CONTEXT_SIZE + SIM_MODULE_SIZE + 0x4000 + SIM_RAM_SIZE - 0x400000 -
				 SIM_PERSISTENT_SIZE);
	CHECK_EQUAL(given, init->ram_given);
	CHECK(sim_record("\\initramfs") != NULL);
}

static void liars_get_no_capability(void)
{
	CHECK(sim_record("device")->slot != 0);
	CHECK_EQUAL(((struct pages *)sim_object(sim_record("device")->slot))->size, 4096);
	CHECK_EQUAL(sim_record("liar")->slot, 0);
	CHECK_EQUAL(sim_record("last page")->slot, 0);
	CHECK_EQUAL(sim_record("too high")->slot, 0);
	CHECK_EQUAL(sim_record("ports")->slot, 0);
}

/* Tables give addresses and sizes as they like. */
static void the_window_refuses_nonsense(void)
{
	CHECK(vm_map_device(0, UINT64_MAX) == NULL);
	CHECK(vm_map_device(1, UINT64_MAX - 1) == NULL);
	CHECK(vm_map_device(UINT64_MAX - 4095, 4096) == NULL);
	CHECK(vm_map_device(UINT64_MAX - 4095, 1) == NULL);
	CHECK(vm_map_device(1ull << 60, 4096) == NULL);
	CHECK(vm_map_device(SIM_DEVICE, 1ull << 32) == NULL);
	CHECK(!vm_is_direct(UINT64_MAX, 2));
	CHECK(!vm_is_direct(SIM_RAM_SIZE - 1, 2));
	CHECK(!vm_is_direct(SIM_KERNEL, 1));
}

static void take_page(void *unused)
{
	(void)unused;
	bootmem_alloc(1);
}

static void the_kernel_has_no_memory_any_more(void)
{
	CHECK(sim_panics(take_page, NULL) != NULL);
	CHECK_EQUAL(bootmem_alloc_below(1, 1 << 20), 0);
	CHECK(bootmem_alloc_bytes(1 << 20) == NULL);
}

int main(void)
{
	ctx = sim_context();
	RUN(lies_about_the_block);
	RUN(lies_about_arrays);
	RUN(lies_about_memory);
	RUN(modules_must_not_overlap);
	sim_test_begin();
	TEST(options_are_whole_words);
	TEST(ram_is_accounted_for);
	TEST(liars_get_no_capability);
	TEST(the_window_refuses_nonsense);
	TEST(the_kernel_has_no_memory_any_more);
	return tap_finish();
}
