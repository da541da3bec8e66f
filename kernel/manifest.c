/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/manifest.h"

#include "kernel/arch.h"
#include "kernel/bootctx.h"
#include "kernel/bootmem.h"
#include "kernel/cpu.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/pages.h"
#include "kernel/resources.h"
#include "kernel/vm.h"
#include "lib/format.h"
#include "lib/string.h"

/* Records that do not come from the memory map, the modules or the devices. */
#define OTHER_RECORDS 16u
/* bootmem_finish() may cut each of its arenas and low pieces out of a range. */
#define BOOTMEM_PIECES 40u

static struct helion_manifest *manifest;
static struct helion_record *records;
static uint64_t record_capacity, record_count, total_size;

static struct memory *memories;
static uint64_t memory_capacity, memory_count;

static struct pages *pages_pool;
static uint64_t pages_capacity, pages_count;

/* -- Counting ------------------------------------------------------------------ */

static void count_resource(void *ctx, const struct helion_record *record)
{
	(void)record;
	(*(uint64_t *)ctx)++;
}

static void *take(uint64_t size)
{
	void *result = bootmem_alloc_bytes(size);

	if (!result)
		panic("too little memory: %llu KiB for init's capabilities are not there",
		      (unsigned long long)(size / 1024));
	return result;
}

void manifest_prepare(void)
{
	const struct helion_bootctx *ctx = boot_context;
	uint64_t pieces = ctx->memory_map.count + BOOTMEM_PIECES;
	uint64_t extra = ctx->framebuffers.count * sizeof(struct helion_framebuffer) + ctx->cmdline.count + 8;
	uint64_t resources = 0, header;

	machine_resources(&machine, ctx, &resources_access, count_resource, &resources);
	/* Modules cut their memory into a piece each and one between each two. */
	pages_capacity = ctx->memory_map.count + 2 * (ctx->modules.count + 1) + ctx->framebuffers.count + resources;
	record_capacity = 2 * pieces + pages_capacity + OTHER_RECORDS;
	memory_capacity = pieces;

	header = (sizeof(struct helion_manifest) + extra + 63) & ~63ull;
	total_size = (header + record_capacity * sizeof(struct helion_record) + HELION_PAGE_SIZE - 1) &
		     ~(uint64_t)(HELION_PAGE_SIZE - 1);
	pages_pool = take(pages_capacity * sizeof(*pages_pool));
	memories = take(memory_capacity * sizeof(*memories));
	manifest = vm_direct(bootmem_alloc(total_size / HELION_PAGE_SIZE));
	records = (struct helion_record *)((char *)manifest + header);
	manifest->records = header;
	manifest->framebuffer_info = sizeof(*manifest);
	manifest->cmdline = sizeof(*manifest) + ctx->framebuffers.count * sizeof(struct helion_framebuffer);
}

uint64_t manifest_slots(void)
{
	return record_capacity;
}

struct helion_manifest *manifest_header(void)
{
	return manifest;
}

uint64_t manifest_size(void)
{
	return total_size;
}

/* -- Records --------------------------------------------------------------------- */

static struct helion_record *add(uint32_t type, uint64_t base, uint64_t size, uint32_t origin)
{
	struct helion_record *record = &records[record_count++];

	kassert(record_count <= record_capacity);
	record->type = type;
	record->base = base;
	record->size = size;
	record->origin = origin;
	return record;
}

static void set_name(struct helion_record *record, const char *name)
{
	fmt_snprintf(record->name, sizeof(record->name), "%s", name);
}

uint64_t manifest_add_object(struct cspace *cspace, struct object *object, const char *name)
{
	struct helion_record *record = add(object->type, 0, 0, HELION_ORIGIN_KERNEL);

	set_name(record, name);
	record->slot = cspace_insert(cspace, object, HELION_RIGHT_ALL, 0);
	manifest->record_count = record_count;
	return record->slot;
}

/* Pages over [base, base + size), widened to whole pages, and the capability to them. */
static void give_pages(struct cspace *cspace, struct helion_record *record, uint32_t kind, uint8_t rights)
{
	uint64_t first = record->base & ~(uint64_t)(HELION_PAGE_SIZE - 1);
	uint64_t end = (record->base + record->size + HELION_PAGE_SIZE - 1) & ~(uint64_t)(HELION_PAGE_SIZE - 1);
	struct pages *pages = &pages_pool[pages_count++];

	kassert(pages_count <= pages_capacity);
	pages_init_permanent(pages, first, end - first, kind);
	record->type = HELION_TYPE_PAGES;
	record->slot = cspace_insert(cspace, &pages->object, rights, 0);
}

#define RIGHTS_READ   (HELION_RIGHT_READ | HELION_RIGHT_PHYS)
#define RIGHTS_DEVICE (HELION_RIGHT_READ | HELION_RIGHT_WRITE | HELION_RIGHT_PHYS)

/* -- RAM ------------------------------------------------------------------------- */

static void add_ram(void *ctx, uint64_t base, uint64_t size, bool taken)
{
	struct cspace *cspace = ctx;
	struct helion_record *record = add(HELION_TYPE_NULL, base, size, HELION_ORIGIN_MEMORY_MAP);
	struct memory *memory;

	record->flags = HELION_RECORD_RAM;
	record->detail = HELION_MEM_USABLE;
	if (taken) {
		record->origin = HELION_ORIGIN_KERNEL;
		set_name(record, "kernel memory");
		return;
	}
	set_name(record, "free RAM");
	memory = NULL;
	for (uint64_t i = 0; i < memory_count; i++)
		if (memories[i].base == base)
			memory = &memories[i];
	kassert(memory);
	record->type = HELION_TYPE_MEMORY;
	record->slot = cspace_insert(cspace, &memory->object, HELION_RIGHT_ALL, 0);
	manifest->ram_given += size;
}

static void make_memory(void *ctx, uint64_t base, uint64_t size, bool taken)
{
	struct memory *memory;

	(void)ctx;
	if (taken)
		return;
	kassert(memory_count < memory_capacity);
	memory = &memories[memory_count++];
	object_init(&memory->object, HELION_TYPE_MEMORY);
	memory->object.permanent = true;
	memory_init(memory, base, size);
}

struct memory *manifest_main_memory(void)
{
	struct memory *best = NULL;

	if (memory_count == 0)
		bootmem_finish(make_memory, NULL);
	for (uint64_t i = 0; i < memory_count; i++)
		if (!best || memories[i].pages > best->pages)
			best = &memories[i];
	if (!best)
		panic("too little memory: nothing is left for init");
	return best;
}

struct memory *manifest_memory(uint64_t index)
{
	return index < memory_count ? &memories[index] : NULL;
}

/* Whether the firmware itself called this memory free, loader's, boot services' or ACPI reclaim. */
static bool firmware_says_ram(uint64_t base)
{
	const struct helion_array *map = &boot_context->efi_memory_map;
	const uint8_t *descriptor = (const uint8_t *)boot_context + map->offset;

	for (uint32_t i = 0; map->stride >= 40 && i < map->count; i++, descriptor += map->stride) {
		uint32_t type;
		uint64_t start, pages;

		/* UEFI 2.10 §7.2.3: Type, PhysicalStart, VirtualStart, NumberOfPages. */
		memcpy(&type, descriptor, sizeof(type));
		memcpy(&start, descriptor + 8, sizeof(start));
		memcpy(&pages, descriptor + 24, sizeof(pages));
		if (base >= start && base - start < pages * HELION_PAGE_SIZE)
			return (type >= 1 && type <= 4) || type == 7 || type == 9;
	}
	return false;
}

static const char *const type_names[HELION_MEM_TYPES] = {
	[HELION_MEM_BOOTCTX] = "boot context",
	[HELION_MEM_KERNEL] = "kernel image",
	[HELION_MEM_MODULE] = "loader's tables",
	[HELION_MEM_ACPI_RECLAIM] = "ACPI tables",
	[HELION_MEM_ACPI_NVS] = "ACPI NVS",
	[HELION_MEM_RUNTIME_CODE] = "runtime services code",
	[HELION_MEM_RUNTIME_DATA] = "runtime services data",
	[HELION_MEM_MMIO] = "MMIO",
	[HELION_MEM_PERSISTENT] = "persistent memory",
	[HELION_MEM_RESERVED] = "reserved",
	[HELION_MEM_UNUSABLE] = "unusable",
};

static struct helion_record *add_map_piece(uint32_t type, uint64_t base, uint64_t size)
{
	struct helion_record *record = add(HELION_TYPE_NULL, base, size, HELION_ORIGIN_MEMORY_MAP);

	record->detail = type;
	set_name(record, type_names[type]);
	switch (type) {
	case HELION_MEM_BOOTCTX:
	case HELION_MEM_KERNEL:
	case HELION_MEM_MODULE:
	case HELION_MEM_ACPI_RECLAIM: record->flags = HELION_RECORD_RAM; break;
	case HELION_MEM_RESERVED:
		if (firmware_says_ram(base))
			record->flags = HELION_RECORD_RAM;
		break;
	default: break;
	}
	return record;
}

/* A thing that the loader put into memory of type MODULE. */
struct piece {
	uint64_t base, size;
	const char *name;
	uint32_t flags, index;
};

static uint64_t page_round(uint64_t size)
{
	return (size + HELION_PAGE_SIZE - 1) & ~(uint64_t)(HELION_PAGE_SIZE - 1);
}

/* The piece with the lowest base at or after `from` and before `end`. */
static bool next_piece(uint64_t from, uint64_t end, struct piece *ret)
{
	const struct helion_bootctx *ctx = boot_context;
	bool found = false;

	for (uint32_t i = 0; i <= ctx->modules.count; i++) {
		struct piece piece;

		if (i < ctx->modules.count) {
			const struct helion_module *module = bootctx_module(ctx, i);

			piece = (struct piece){module->phys, page_round(module->size),
					       bootctx_string(ctx, &module->name),
					       HELION_RECORD_MODULE | (i ? 0 : HELION_RECORD_INITRAMFS), i};
		} else {
			uint64_t base = ctx->device_tree & ~(uint64_t)(HELION_PAGE_SIZE - 1);

			piece = (struct piece){base, page_round(ctx->device_tree - base + ctx->device_tree_size),
					       "device tree", HELION_RECORD_DEVICE_TREE, 0};
		}
		if (piece.size == 0 || piece.base < from || piece.base + piece.size > end ||
		    (found && piece.base >= ret->base))
			continue;
		*ret = piece;
		found = true;
	}
	return found;
}

static void add_modules(struct cspace *cspace, const struct helion_memory_range *range)
{
	uint64_t at = range->base, end = range->base + range->length;
	struct helion_record *record;
	struct piece piece = {0};

	while (next_piece(at, end, &piece)) {
		if (piece.base > at)
			give_pages(cspace, add_map_piece(HELION_MEM_MODULE, at, piece.base - at), HELION_PAGES_RAM,
				   RIGHTS_READ);
		record = add(HELION_TYPE_NULL, piece.base, piece.size, HELION_ORIGIN_BOOT);
		record->flags = HELION_RECORD_RAM | piece.flags;
		record->index = piece.index;
		record->detail = HELION_MEM_MODULE;
		set_name(record, piece.name);
		give_pages(cspace, record, HELION_PAGES_RAM, RIGHTS_READ);
		at = piece.base + piece.size;
	}
	if (at < end)
		give_pages(cspace, add_map_piece(HELION_MEM_MODULE, at, end - at), HELION_PAGES_RAM, RIGHTS_READ);
}

static void add_memory_map(struct cspace *cspace)
{
	for (uint32_t i = 0; i < boot_context->memory_map.count; i++) {
		const struct helion_memory_range *range = bootctx_memory(boot_context, i);
		struct helion_record *record;

		switch (range->type) {
		case HELION_MEM_USABLE:
		case HELION_MEM_LOADER: break;
		case HELION_MEM_MODULE: add_modules(cspace, range); break;
		case HELION_MEM_BOOTCTX:
		case HELION_MEM_ACPI_RECLAIM:
		case HELION_MEM_ACPI_NVS:
		case HELION_MEM_PERSISTENT:
			record = add_map_piece(range->type, range->base, range->length);
			if (range->type == HELION_MEM_BOOTCTX)
				record->flags |= HELION_RECORD_BOOTCTX;
			give_pages(cspace, record, HELION_PAGES_RAM,
				   range->type == HELION_MEM_PERSISTENT ? RIGHTS_DEVICE : RIGHTS_READ);
			break;
		default: add_map_piece(range->type, range->base, range->length); break;
		}
	}
	bootmem_finish(add_ram, cspace);
}

/* -- Devices ---------------------------------------------------------------------- */

/* Whether a range touches memory that is RAM for somebody else. */
static bool touches_ram(uint64_t base, uint64_t size)
{
	for (uint32_t i = 0; i < boot_context->memory_map.count; i++) {
		const struct helion_memory_range *range = bootctx_memory(boot_context, i);

		if (base >= range->base + range->length || base + size <= range->base)
			continue;
		switch (range->type) {
		case HELION_MEM_MMIO:
		case HELION_MEM_RESERVED: break;
		default: return true;
		}
	}
	return false;
}

/* Whether Pages over these bytes can be mapped and are nobody's RAM. */
static bool is_device_range(uint64_t base, uint64_t size)
{
	uint64_t limit = 1ull << ARCH_PHYS_BITS;

	return base < limit && size <= limit - base && !touches_ram(base, size);
}

static void add_framebuffers(struct cspace *cspace)
{
	struct helion_framebuffer *info = (struct helion_framebuffer *)((char *)manifest + manifest->framebuffer_info);

	for (uint32_t i = 0; i < boot_context->framebuffers.count; i++) {
		struct helion_record *record;

		info[i] = *bootctx_framebuffer(boot_context, i);
		record = add(HELION_TYPE_NULL, info[i].phys, info[i].size, HELION_ORIGIN_BOOT);
		record->flags = HELION_RECORD_FRAMEBUFFER;
		record->index = i;
		fmt_snprintf(record->name, sizeof(record->name), "framebuffer %ux%u", info[i].width, info[i].height);
		if (is_device_range(info[i].phys, info[i].size))
			give_pages(cspace, record, HELION_PAGES_FRAMEBUFFER, RIGHTS_DEVICE);
		else
			kprintf("manifest: %s: not device memory, no capability\n", record->name);
	}
	manifest->framebuffer_count = boot_context->framebuffers.count;
}

static void add_resource(void *ctx, const struct helion_record *found)
{
	struct cspace *cspace = ctx;
	struct helion_record *record;

	if (record_count == record_capacity || pages_count == pages_capacity) {
		kprintf("manifest: %s is left out: it was not there when devices were counted\n", found->name);
		return;
	}
	record = add(HELION_TYPE_NULL, found->base, found->size, found->origin);
	record->flags = found->flags;
	record->detail = found->detail;
	record->index = found->index;
	record->irq = found->irq;
	memcpy(record->name, found->name, sizeof(record->name));
	record->name[sizeof(record->name) - 1] = '\0';
	if (found->flags & HELION_RECORD_PORTS || found->size == 0)
		return;
	if (!is_device_range(found->base, found->size)) {
		kprintf("manifest: %s: [%#llx, +%#llx) is not device memory, no capability\n", record->name,
			(unsigned long long)found->base, (unsigned long long)found->size);
		/* What is there belongs to other records. */
		record->base = record->size = 0;
		return;
	}
	give_pages(cspace, record, HELION_PAGES_DEVICE, RIGHTS_DEVICE);
}

void manifest_fill(struct cspace *cspace)
{
	manifest->magic = HELION_MANIFEST_MAGIC;
	manifest->version = HELION_MANIFEST_VERSION;
	manifest->record_size = sizeof(struct helion_record);
	manifest->ram_total = boot_context->firmware_ram_bytes;
	manifest->boot_clock_hz = arch_counter_hz();
	manifest->console_type = boot_context->console.type;
	manifest->console_reg_shift = boot_context->console.reg_shift;
	manifest->console_reg_width = boot_context->console.reg_width;
	memcpy((char *)manifest + manifest->cmdline, options_cmdline(),
	       boot_context->cmdline.count ? boot_context->cmdline.count + 1 : 1);
	add_memory_map(cspace);
	add_framebuffers(cspace);
	machine_resources(&machine, boot_context, &resources_access, add_resource, cspace);
	manifest->record_count = record_count;
}
