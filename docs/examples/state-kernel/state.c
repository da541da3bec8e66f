/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel that checks the boot protocol: what the loader handed over, and the state
 * of the machine at entry, against what docs/boot-protocol.md states. It walks every entry of the
 * page tables, so a mapping that is missing, too generous or not mentioned there is found.
 *
 * Prints TAP and a last line "state: N passed, N failed".
 */
#include <stdbool.h>

#include <helion/bootctx.h>

#include <arch/paging.h>

#include "machine.h"

__attribute__((section(".note.helion"), used, aligned(4))) static const struct {
	uint32_t name_size, data_size, type;
	char name[8];
	uint16_t version[2];
} note = {7, 4, HELION_NOTE_PROTOCOL, HELION_NOTE_OWNER, {HELION_BOOTCTX_VERSION_MAJOR, 0}};

/* Filled in by entry.S; the argument's register stays 0. */
extern uint64_t registers[32], stack_pointer, flags_register;
uint64_t registers[32], stack_pointer, flags_register;

static const struct helion_bootctx *ctx;
static unsigned passed, failed;

/* -- Output ------------------------------------------------------------------ */

static void put(char c)
{
	const struct helion_console *console = &ctx->console;
	volatile uint8_t *bytes = (volatile uint8_t *)console->virt;
	unsigned status = 5u << console->reg_shift;

	switch (console->type) {
	case HELION_CONSOLE_16550_PORT:
		while (!(port_in((uint16_t)(console->base + 5)) & 0x20))
			continue;
		port_out((uint16_t)console->base, (uint8_t)c);
		break;
	case HELION_CONSOLE_16550:
		if (console->reg_width == 1) {
			while (!(bytes[status] & 0x20))
				continue;
			bytes[0] = (uint8_t)c;
		} else {
			while (!(*(volatile uint32_t *)(bytes + status) & 0x20))
				continue;
			*(volatile uint32_t *)bytes = (uint8_t)c;
		}
		break;
	case HELION_CONSOLE_PL011:
		while (*(volatile uint32_t *)(bytes + 0x18) & 0x20)
			continue;
		*(volatile uint32_t *)bytes = (uint8_t)c;
		break;
	case HELION_CONSOLE_SBI: firmware_put(c); break;
	}
}

static void print(const char *text)
{
	for (; *text; text++) {
		if (*text == '\n')
			put('\r');
		put(*text);
	}
}

static void print_hex(uint64_t value)
{
	print("0x");
	for (int shift = 60; shift >= 0; shift -= 4)
		put("0123456789abcdef"[value >> shift & 15]);
}

static void print_number(unsigned value)
{
	if (value >= 10)
		print_number(value / 10);
	put((char)('0' + value % 10));
}

static bool check(bool good, const char *what)
{
	good ? passed++ : failed++;
	print(good ? "ok " : "not ok ");
	print_number(passed + failed);
	print(" - ");
	print(what);
	print("\n");
	return good;
}

static void show(const char *what, uint64_t value)
{
	print("# ");
	print(what);
	print(" ");
	print_hex(value);
	print("\n");
}

/* -- The boot context -------------------------------------------------------- */

static const void *element(const struct helion_array *array, uint32_t index)
{
	return (const char *)ctx + array->offset + (uint64_t)index * array->stride;
}

static bool inside(const struct helion_array *array, uint64_t bytes)
{
	return array->offset <= ctx->size && bytes <= ctx->size - array->offset;
}

static bool good_string(const struct helion_array *string)
{
	const char *text = element(string, 0);

	return string->stride == 1 && inside(string, string->count + 1ull) && text[string->count] == '\0';
}

static bool good_array(const struct helion_array *array, uint64_t least_stride)
{
	return array->count == 0 ||
	       (array->stride >= least_stride && inside(array, (uint64_t)array->count * array->stride));
}

static void check_header(void)
{
	check(ctx->magic == HELION_BOOTCTX_MAGIC && ctx->version_major == 1, "magic and version");
	check(ctx->header_size >= HELION_BOOTCTX_HEADER_1_0 && ctx->size >= ctx->header_size && ctx->size % 4096 == 0,
	      "sizes");
	check((uint64_t)ctx == ctx->direct_map_base + ctx->phys && ctx->phys % 4096 == 0,
	      "boot context is in the direct map");
	check(ctx->arch == ARCHITECTURE, "architecture");
	check(ctx->direct_map_base == ARCH_DIRECT_MAP_BASE(ctx->paging_levels) &&
		      ctx->direct_map_size == ARCH_DIRECT_MAP_SIZE(ctx->paging_levels),
	      "direct map");
	check(good_string(&ctx->cmdline) && good_string(&ctx->loader_name) && good_string(&ctx->loader_version) &&
		      good_string(&ctx->firmware_vendor) && good_string(&ctx->entry_name),
	      "strings");
	check(good_array(&ctx->memory_map, sizeof(struct helion_memory_range)) &&
		      good_array(&ctx->segments, sizeof(struct helion_segment)) &&
		      good_array(&ctx->modules, sizeof(struct helion_module)) &&
		      good_array(&ctx->framebuffers, sizeof(struct helion_framebuffer)) &&
		      good_array(&ctx->efi_memory_map, 40),
	      "arrays");
}

static void check_time_and_seed(void)
{
	bool ascending = true, zero = true, sourced = ctx->flags & HELION_BOOT_SEED_ANY;

	for (unsigned i = 1; i < HELION_TIME_COUNT; i++)
		ascending = ascending && ctx->timestamps[i] >= ctx->timestamps[i - 1];
	for (unsigned i = 0; i < HELION_SEED_SIZE; i++)
		zero = zero && ctx->random_seed[i] == 0;
	check(ascending, "timestamps ascend");
	check(zero != sourced, "random seed is there if and only if it has a source");
	show("flags", ctx->flags);
	show("seed", *(const uint64_t *)ctx->random_seed);
	show("slide", ctx->kernel_slide);
	check(!(ctx->flags & HELION_BOOT_KASLR) || sourced, "slide is random only with a source");
}

static const struct helion_memory_range *range_of(uint64_t phys)
{
	for (uint32_t i = 0; i < ctx->memory_map.count; i++) {
		const struct helion_memory_range *range = element(&ctx->memory_map, i);

		if (phys >= range->base && phys - range->base < range->length)
			return range;
	}
	return 0;
}

static bool is_of_type(uint64_t phys, uint64_t size, uint32_t type)
{
	while (size) {
		const struct helion_memory_range *range = range_of(phys);
		uint64_t rest;

		if (!range || range->type != type)
			return false;
		rest = range->length - (phys - range->base);
		if (rest >= size)
			return true;
		phys += rest;
		size -= rest;
	}
	return true;
}

static void check_memory_map(void)
{
	uint64_t end = 0, sum = 0;
	bool sorted = true, merged = true;
	const struct helion_memory_range *before = 0;

	for (uint32_t i = 0; i < ctx->memory_map.count; i++) {
		const struct helion_memory_range *range = element(&ctx->memory_map, i);

		sorted = sorted && range->base >= end && range->length && (range->base | range->length) % 4096 == 0 &&
			 range->type >= 1 && range->type < HELION_MEM_TYPES;
		if (before && before->base + before->length == range->base && before->type == range->type &&
		    before->attributes == range->attributes)
			merged = false;
		if (range->type <= HELION_MEM_ACPI_RECLAIM)
			sum += range->length;
		end = range->base + range->length;
		before = range;
	}
	check(sorted, "memory map is sorted and aligned");
	check(merged, "memory map is merged");
	check(sum == ctx->firmware_ram_bytes - ctx->withheld_ram_bytes,
	      "memory map accounts for all RAM of the firmware");
	check(is_of_type(ctx->phys, ctx->size, HELION_MEM_BOOTCTX), "boot context has its type");
	check(is_of_type(ctx->handover_phys, 4096, HELION_MEM_LOADER) &&
		      is_of_type(ctx->page_table_phys, 4096, HELION_MEM_LOADER) &&
		      is_of_type(((stack_pointer - 1) & ~15ull) - ctx->direct_map_base - 16383, 16384,
				 HELION_MEM_LOADER),
	      "page tables and stack are the loader's");
	check(!ctx->device_tree ||
		      (is_of_type(ctx->device_tree, (ctx->device_tree_size + 4095) & ~4095ull, HELION_MEM_MODULE) &&
		       ctx->device_tree % 8 == 0),
	      "device tree has its type");
}

static void check_modules(void)
{
	bool types = true, tails = true;

	for (uint32_t i = 0; i < ctx->modules.count; i++) {
		const struct helion_module *module = element(&ctx->modules, i);
		const uint8_t *bytes = (const uint8_t *)(ctx->direct_map_base + module->phys);

		types = types && module->phys % 4096 == 0 && good_string(&module->name) &&
			good_string(&module->cmdline) &&
			is_of_type(module->phys, (module->size + 4095) & ~4095ull, HELION_MEM_MODULE);
		for (uint64_t at = module->size; at % 4096; at++)
			tails = tails && bytes[at] == 0;
	}
	check(types, "modules have their type");
	check(tails, "the rest of each module's last page is zero");
}

static void check_kernel(void)
{
	bool good = true;

	for (uint32_t i = 0; i < ctx->segments.count; i++) {
		const struct helion_segment *segment = element(&ctx->segments, i);

		good = good && is_of_type(segment->phys, segment->size, HELION_MEM_KERNEL) &&
		       segment->virt >= ctx->kernel_virt &&
		       segment->virt + segment->size <= ctx->kernel_virt + ctx->kernel_size;
	}
	check(good && ctx->segments.count, "segments are in kernel memory and inside the kernel");
	check(ctx->kernel_virt - ctx->kernel_slide == 0xffffffff80000000ull && ctx->kernel_slide % 0x200000 == 0 &&
		      ctx->kernel_slide + ctx->kernel_size <= 0x40000000 &&
		      (ctx->flags & HELION_BOOT_KASLR || !ctx->kernel_slide),
	      "slide");
}

/* -- Page tables ------------------------------------------------------------- */

/* What the tables show, taken together. */
static struct {
	uint64_t ram, framebuffer, console, kernel, handover, wrong;
	uint64_t first_wrong;
} mapped;

static bool is_ram(const struct helion_memory_range *range)
{
	bool only_uncached = (range->attributes & 1) && !(range->attributes & 14);

	switch (range->type) {
	case HELION_MEM_MMIO:
	case HELION_MEM_UNUSABLE: return false;
	case HELION_MEM_RESERVED:
	case HELION_MEM_PERSISTENT: return range->attributes & 8;
	case HELION_MEM_RUNTIME_CODE:
	case HELION_MEM_RUNTIME_DATA: return !only_uncached;
	default: return true;
	}
}

static bool overlaps_page(uint64_t base, uint64_t size, uint64_t page)
{
	return size && base < page + 4096 && base + size > page;
}

/* Rights of the segment that holds this physical page; all of them if none does. */
static unsigned segment_rights(uint64_t phys)
{
	for (uint32_t i = 0; i < ctx->segments.count; i++) {
		const struct helion_segment *segment = element(&ctx->segments, i);

		if (phys >= segment->phys && phys - segment->phys < segment->size)
			return segment->flags;
	}
	return HELION_SEGMENT_WRITE | HELION_SEGMENT_READ | HELION_SEGMENT_EXEC;
}

static bool is_framebuffer(uint64_t page)
{
	for (uint32_t i = 0; i < ctx->framebuffers.count; i++) {
		const struct helion_framebuffer *framebuffer = element(&ctx->framebuffers, i);

		if (framebuffer->virt && overlaps_page(framebuffer->phys, framebuffer->size, page))
			return true;
	}
	return false;
}

static bool good_direct(uint64_t phys, unsigned flags)
{
	const struct helion_memory_range *range = range_of(phys);
	unsigned rights = segment_rights(phys) & HELION_SEGMENT_WRITE ? PT_READ | PT_WRITE : PT_READ;
	unsigned cache = PT_DEVICE | PT_WRITECOMBINE;

	if (range && is_ram(range))
		mapped.ram += 4096;
	if (ctx->console.virt && overlaps_page(ctx->console.base, ctx->console.size, phys)) {
		mapped.console += 4096;
		return (flags & ~cache) == (PT_READ | PT_WRITE) && !(flags & PT_WRITECOMBINE);
	}
	if (is_framebuffer(phys)) {
		mapped.framebuffer += 4096;
		return (flags & ~cache) == (PT_READ | PT_WRITE) && !(flags & PT_DEVICE);
	}
	return range && is_ram(range) && flags == rights;
}

static bool good_segment(uint64_t virt, uint64_t phys, unsigned flags)
{
	for (uint32_t i = 0; i < ctx->segments.count; i++) {
		const struct helion_segment *segment = element(&ctx->segments, i);
		unsigned rights = PT_READ | (segment->flags & HELION_SEGMENT_WRITE ? PT_WRITE : 0u) |
				  (segment->flags & HELION_SEGMENT_EXEC ? PT_EXEC : 0u);

		if (virt >= segment->virt && virt - segment->virt < segment->size) {
			mapped.kernel += 4096;
			return phys == segment->phys + (virt - segment->virt) && flags == rights &&
			       (flags & (PT_WRITE | PT_EXEC)) != (PT_WRITE | PT_EXEC);
		}
	}
	return false;
}

/* One page of 4 KiB, or a large leaf inside of one memory range of plain RAM. */
static void check_leaf(uint64_t virt, uint64_t phys, uint64_t size, unsigned flags)
{
	for (uint64_t at = 0; at < size; at += 4096) {
		const struct helion_memory_range *range = range_of(phys + at);
		bool good;

		if (virt + at == ctx->handover_phys) {
			mapped.handover += 4096;
			good = phys + at == ctx->handover_phys && flags == (PT_READ | PT_EXEC);
		} else if (virt + at >= ctx->direct_map_base &&
			   virt + at - ctx->direct_map_base < ctx->direct_map_size) {
			good = virt + at - ctx->direct_map_base == phys + at && good_direct(phys + at, flags);
			/* All of a range in which nothing has rights of its own looks the same. */
			if (good && range && range->type == HELION_MEM_USABLE) {
				uint64_t rest = range->length - (phys + at - range->base);

				rest = rest < size - at ? rest : size - at;
				mapped.ram += rest - 4096;
				at += rest - 4096;
			}
		} else {
			good = good_segment(virt + at, phys + at, flags);
		}
		if (!good && mapped.wrong++ == 0)
			mapped.first_wrong = virt + at;
	}
}

static void walk(uint64_t table, unsigned level, uint64_t base)
{
	const uint64_t *entries = (const uint64_t *)(ctx->direct_map_base + table);
	uint64_t step = 4096ull << (9 * level);

	for (unsigned i = 0; i < 512; i++) {
		uint64_t entry = entries[i], virt = base + i * step;
		unsigned top = 9 * ctx->paging_levels + 12;

		if (!arch_pte_present(entry))
			continue;
		/* The root's upper half is sign-extended; on aarch64 it has a root of its own. */
		if (level == ctx->paging_levels - 1)
			virt = ARCH_SPLIT_ROOTS ? virt : (uint64_t)((int64_t)(virt << (64 - top)) >> (64 - top));
		if (arch_pte_is_leaf(entry, level))
			check_leaf(virt, arch_pte_phys(entry, level), step, arch_pte_flags(entry, level));
		else
			walk(arch_pte_phys(entry, level), level - 1, virt);
	}
}

static void check_page_tables(void)
{
	uint64_t ram = 0, framebuffers = 0, kernel = 0;

	walk(ctx->page_table_phys, ctx->paging_levels - 1, ARCH_SPLIT_ROOTS ? ~0ull << 48 : 0);
#if ARCH_SPLIT_ROOTS
	walk(READ("ttbr0_el1"), ctx->paging_levels - 1, 0);
#endif
	for (uint32_t i = 0; i < ctx->memory_map.count; i++) {
		const struct helion_memory_range *range = element(&ctx->memory_map, i);

		ram += is_ram(range) ? range->length : 0;
	}
	for (uint32_t i = 0; i < ctx->segments.count; i++)
		kernel += ((const struct helion_segment *)element(&ctx->segments, i))->size;
	for (uint32_t i = 0; i < ctx->framebuffers.count; i++) {
		const struct helion_framebuffer *framebuffer = element(&ctx->framebuffers, i);

		framebuffers +=
			framebuffer->virt ? (framebuffer->size + framebuffer->phys % 4096 + 4095) & ~4095ull : 0;
	}
	if (!check(mapped.wrong == 0, "every mapping is one that the protocol states, with its rights"))
		show("wrong pages", mapped.wrong), show("the first at", mapped.first_wrong);
	if (!check(mapped.ram == ram, "all RAM is in the direct map"))
		show("mapped", mapped.ram), show("of", ram);
	check(mapped.kernel == kernel, "every segment is mapped");
	check(mapped.handover == 4096, "the hand-over page is mapped");
	check(mapped.framebuffer == framebuffers, "every framebuffer is mapped");
	check(!ctx->console.virt || mapped.console, "the console is mapped");
}

/* -- Registers --------------------------------------------------------------- */

static void check_registers(void)
{
	struct register_check checks[24];
	unsigned count = machine_checks(ctx, checks);
	bool zero = true;

	for (unsigned i = 0; i < 32; i++)
		zero = zero && registers[i] == 0;
	check(zero, "general registers are 0");
	check(stack_pointer % 16 == STACK_REST, "stack pointer");
	for (unsigned i = 0; i < count; i++)
		if (!check((checks[i].value & checks[i].mask) == checks[i].expected, checks[i].name))
			show("value", checks[i].value), show("expected", checks[i].expected);
}

_Noreturn void state_main(const struct helion_bootctx *context);

_Noreturn void state_main(const struct helion_bootctx *context)
{
	ctx = context;
	check_registers();
	check_header();
	check_time_and_seed();
	check_memory_map();
	check_modules();
	check_kernel();
	check_page_tables();
	print("1..");
	print_number(passed + failed);
	print("\nstate: ");
	print_number(passed);
	print(" passed, ");
	print_number(failed);
	print(" failed\n");
	machine_end(ctx, failed == 0);
	for (;;)
		continue;
}
