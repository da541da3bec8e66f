/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * See bootctx.h. The block is laid out by one function that runs twice: first without
 * memory, to learn the size, then to fill the block in.
 */
#include "bootloader/bootctx.h"

#include "bootloader/arch.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "bootloader/text.h"
#include "lib/string.h"

#ifndef HELION_VERSION
#define HELION_VERSION "unversioned"
#endif

#define LOADER_NAME "Helion boot loader"

enum {
	MAX_VENDOR = 256,
};

struct layout {
	uint8_t *block; /* NULL in the first pass */
	uint64_t used;
};

/* Takes `size` bytes, aligned to 8. The content is zero. */
static uint64_t place(struct layout *layout, uint64_t size)
{
	uint64_t offset = layout->used;

	layout->used += (size + 7) & ~7ull;
	return offset;
}

static struct helion_array place_array(struct layout *layout, uint64_t count, uint32_t stride)
{
	if (count == 0)
		return (struct helion_array){.stride = stride};
	return (struct helion_array){
		.offset = (uint32_t)place(layout, count * stride),
		.count = (uint32_t)count,
		.stride = stride,
	};
}

static struct helion_array place_bytes(struct layout *layout, const void *bytes, uint64_t size)
{
	struct helion_array array = place_array(layout, size, 1);

	if (layout->block && size)
		memcpy(layout->block + array.offset, bytes, size);
	return array;
}

/* A string is followed by a NUL, also when it is empty. */
static struct helion_array place_string(struct layout *layout, struct slice text)
{
	struct helion_array array = {
		.offset = (uint32_t)place(layout, text.length + 1),
		.count = (uint32_t)text.length,
		.stride = 1,
	};

	if (layout->block && text.length)
		memcpy(layout->block + array.offset, text.start, text.length);
	return array;
}

static struct slice firmware_vendor(void)
{
	static char vendor[MAX_VENDOR];
	size_t length = 0;

	if (!ST->FirmwareVendor ||
	    !text_from_ucs2((const ucs2 *)ST->FirmwareVendor, MAX_VENDOR / 3, vendor, sizeof(vendor), &length))
		return (struct slice){"", 0};
	return (struct slice){vendor, length};
}

static void place_modules(struct layout *layout, const struct boot *boot, struct helion_bootctx *header)
{
	header->modules = place_array(layout, boot->module_count, sizeof(struct helion_module));
	for (size_t i = 0; i < boot->module_count; i++) {
		const struct module *module = &boot->modules[i];
		struct helion_module out = {
			.phys = module->phys,
			.size = module->size,
			.name = place_string(layout, module->name),
			.cmdline = place_string(layout, module->cmdline),
		};

		if (layout->block)
			((struct helion_module *)(layout->block + header->modules.offset))[i] = out;
	}
}

static void place_framebuffers(struct layout *layout, const struct boot *boot, struct helion_bootctx *header)
{
	header->framebuffers = place_array(layout, boot->framebuffer_count, sizeof(struct helion_framebuffer));
	for (size_t i = 0; i < boot->framebuffer_count; i++) {
		struct helion_framebuffer out = boot->framebuffers[i].info;

		out.edid = place_bytes(layout, boot->framebuffers[i].edid, boot->framebuffers[i].edid_size);
		if (layout->block)
			((struct helion_framebuffer *)(layout->block + header->framebuffers.offset))[i] = out;
	}
}

/* Everything of variable size. The arrays of the two maps are placed with their capacity. */
static void lay_out(struct layout *layout, const struct boot *boot, uint64_t efi_map_capacity, size_t range_capacity,
		    struct helion_bootctx *header)
{
	place(layout, sizeof(*header));
	header->efi_memory_map = place_array(layout, efi_map_capacity, 1);
	header->memory_map = place_array(layout, range_capacity, sizeof(struct helion_memory_range));
	header->segments = place_array(layout, boot->kernel.image.segment_count, sizeof(struct helion_segment));
	if (layout->block)
		memcpy(layout->block + header->segments.offset, boot->kernel.segments,
		       boot->kernel.image.segment_count * sizeof(struct helion_segment));
	place_modules(layout, boot, header);
	place_framebuffers(layout, boot, header);
	header->cmdline = place_string(layout, boot->cmdline);
	header->loader_name = place_string(layout, slice_of(LOADER_NAME));
	header->loader_version = place_string(layout, slice_of(HELION_VERSION));
	header->firmware_vendor = place_string(layout, firmware_vendor());
	header->entry_name = place_string(layout, slice_of(boot->entry_name));
}

/* Everything of fixed size that is known by now. */
static void fill_header(const struct boot *boot, struct helion_bootctx *header)
{
	const struct kernel *kernel = &boot->kernel;

	header->magic = HELION_BOOTCTX_MAGIC;
	header->version_major = HELION_BOOTCTX_VERSION_MAJOR;
	header->version_minor = HELION_BOOTCTX_VERSION_MINOR;
	header->header_size = sizeof(*header);
	header->arch = ARCH_BOOT_CONTEXT;
	header->direct_map_base = ARCH_DIRECT_MAP_BASE(boot->paging_levels);
	header->direct_map_size = ARCH_DIRECT_MAP_SIZE(boot->paging_levels);
	header->paging_levels = boot->paging_levels;
	header->kernel_virt = kernel->virt;
	header->kernel_size = kernel->image.span;
	header->kernel_slide = kernel->slide;
	header->firmware_revision = ST->FirmwareRevision;
	header->rsdp = boot->tables.rsdp;
	header->device_tree = boot->tree.phys;
	header->device_tree_size = boot->tree.size;
	header->smbios = boot->tables.smbios;
	header->smbios3 = boot->tables.smbios3;
	header->efi_system_table = (uint64_t)ST;
	header->event_log = boot->event_log;
	header->event_log_size = boot->event_log_size;
	header->boot_cpu = boot->boot_cpu;
	memcpy(header->random_seed, boot->seed, sizeof(header->random_seed));
	memcpy(header->boot_partition, boot->volume->partition, sizeof(header->boot_partition));
	header->timestamp_hz = arch_counter_hz(boot);
}

EFI_STATUS context_build(const struct boot *boot, uint64_t efi_map_capacity, size_t range_capacity, struct context *ret)
{
	struct memory_request request = {.type = HELION_MEM_BOOTCTX, .efi_type = EfiLoaderData};
	struct helion_bootctx header = {0};
	struct layout layout = {0};
	EFI_STATUS status;
	uint64_t base;

	lay_out(&layout, boot, efi_map_capacity, range_capacity, &header);
	request.size = (layout.used + EFI_PAGE_SIZE - 1) & ~(uint64_t)(EFI_PAGE_SIZE - 1);
	if (request.size > UINT32_MAX)
		return print_refusal(EFI_OUT_OF_RESOURCES, "the boot context is too large");
	status = memory_allocate(&request, &base);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot get %llu bytes of memory for the boot context",
				   (unsigned long long)request.size);

	memset((void *)base, 0, request.size);
	layout = (struct layout){.block = (uint8_t *)base};
	lay_out(&layout, boot, efi_map_capacity, range_capacity, &header);
	fill_header(boot, &header);
	header.phys = base;
	header.size = request.size;
	memcpy((void *)base, &header, sizeof(header));

	*ret = (struct context){
		.header = (struct helion_bootctx *)base,
		.efi_map = (void *)(base + header.efi_memory_map.offset),
		.efi_map_capacity = efi_map_capacity,
		.ranges = (struct helion_memory_range *)(base + header.memory_map.offset),
		.range_capacity = range_capacity,
		.framebuffers = (struct helion_framebuffer *)(base + header.framebuffers.offset),
		.framebuffer_count = boot->framebuffer_count,
	};
	return EFI_SUCCESS;
}
