/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel that the loader enters: looks at all it was given through the page tables it was given, and compares it with
 * what the test has put on the volume. Anything half-loaded shows here. (docs/boot-protocol.md)
 */
#include <stdio.h>
#include <string.h>

#include "firmware.h"
#include "lib/elf.h"
#include "lib/pagetable.h"

static const struct arch_jump *entered;

/* Looks up one byte in the upper half; a violation if it is not mapped with exactly these rights. */
static uint64_t translate(const char *what, uint64_t virt, unsigned rights)
{
	struct pagetable tables = {.root = entered->upper_root, .levels = entered->levels, .max_leaf_level = 1};
	struct pagetable_entry entry;

	if (!pagetable_query(&tables, virt, &entry)) {
		firmware_violation("%s is not mapped at 0x%llx", what, (unsigned long long)virt);
		return 0;
	}
	if ((entry.flags & (PT_READ | PT_WRITE | PT_EXEC)) != rights)
		firmware_violation("%s at 0x%llx has rights %u, should have %u", what, (unsigned long long)virt,
				   entry.flags & (PT_READ | PT_WRITE | PT_EXEC), rights);
	return entry.phys;
}

/* Compares content with what lies at a physical address, and that with the direct map. */
static void compare(const struct helion_bootctx *context, const char *what, uint64_t phys, const void *expected,
		    size_t size)
{
	if (!firmware_is_allocated(phys & ~0xfffull, size + (phys & 0xfff))) {
		firmware_violation("%s lies at 0x%llx, which is not allocated", what, (unsigned long long)phys);
		return;
	}
	for (uint64_t at = phys; at < phys + size; at += EFI_PAGE_SIZE)
		if (translate(what, context->direct_map_base + at, PT_READ | PT_WRITE) != at)
			firmware_violation("%s is elsewhere in the direct map", what);
	if (memcmp((const void *)phys, expected, size) != 0)
		firmware_violation("%s is damaged", what);
}

/* `expected` is NULL if any text will do. */
static void check_text(const struct helion_bootctx *context, const char *what, struct helion_array text,
		       const char *expected)
{
	const char *start = (const char *)context + text.offset;

	if (text.offset + (uint64_t)text.count >= context->size) {
		firmware_violation("%s lies outside of the boot context", what);
		return;
	}
	if (expected &&
	    (text.count != strlen(expected) || memcmp(start, expected, text.count) != 0 || start[text.count]))
		firmware_violation("%s is \"%.*s\", should be \"%s\"", what, (int)text.count, start, expected);
}

static void check_segment(const struct elf_image *image, uint32_t i, const struct helion_bootctx *context)
{
	const struct elf_segment *segment = &image->segments[i];
	const uint8_t *file = firmware_expected.kernel;
	unsigned rights = PT_READ;
	uint64_t phys;

	if (segment->flags & ELF_SEGMENT_WRITE)
		rights |= PT_WRITE;
	if (segment->flags & ELF_SEGMENT_EXECUTE)
		rights |= PT_EXEC;
	phys = translate("a segment", segment->address + context->kernel_slide, rights);
	if (!phys || !firmware_is_allocated(phys & ~0xfffull, segment->memory_size))
		return;
	translate("a segment in the direct map", context->direct_map_base + phys,
		  rights & PT_WRITE ? PT_READ | PT_WRITE : PT_READ);
	/* The last eight bytes of what a segment has in the file may be relocated: test_loader_boot.c does so. */
	if (memcmp((const void *)phys, file + segment->file_offset, segment->file_size - 8) != 0)
		firmware_violation("segment %u is damaged", i);
	for (uint64_t at = segment->file_size; at < segment->memory_size; at++)
		if (((const uint8_t *)phys)[at]) {
			firmware_violation("segment %u is not zero behind its end", i);
			break;
		}
}

static void check_kernel(const struct helion_bootctx *context)
{
	struct elf_image image;

	if (elf_parse(firmware_expected.kernel, firmware_expected.kernel_size, ARCH_BOOT_ELF_MACHINE, NULL, &image) !=
	    ELF_OK) {
		firmware_violation("a kernel was entered that is none");
		return;
	}
	for (uint32_t i = 0; i < image.segment_count; i++)
		check_segment(&image, i, context);
	if (entered->entry != image.entry + context->kernel_slide)
		firmware_violation("entered at 0x%llx", (unsigned long long)entered->entry);
	translate("the entry", entered->entry, PT_READ | PT_EXEC);
	translate("the stack", entered->stack - 8, PT_READ | PT_WRITE);
	translate("the hand-over page", entered->handover, PT_READ | PT_EXEC);
}

static void check_modules(const struct helion_bootctx *context)
{
	const struct helion_module *modules =
		(const struct helion_module *)((const uint8_t *)context + context->modules.offset);

	if (context->modules.count != firmware_expected.module_count) {
		firmware_violation("%u modules, should be %zu", context->modules.count, firmware_expected.module_count);
		return;
	}
	for (size_t i = 0; i < firmware_expected.module_count; i++) {
		char what[64];

		snprintf(what, sizeof(what), "module %s", firmware_expected.modules[i].name);
		check_text(context, what, modules[i].name, firmware_expected.modules[i].name);
		check_text(context, what, modules[i].cmdline, firmware_expected.modules[i].cmdline);
		if (modules[i].size != firmware_expected.modules[i].size)
			firmware_violation("%s has %llu bytes", what, (unsigned long long)modules[i].size);
		else
			compare(context, what, modules[i].phys, firmware_expected.modules[i].content, modules[i].size);
		for (uint64_t at = modules[i].size; at % EFI_PAGE_SIZE; at++)
			if (((const uint8_t *)modules[i].phys)[at]) {
				firmware_violation("the rest of %s's last page is not zero", what);
				break;
			}
	}
}

/* Sorted, without overlaps, in whole pages; its RAM adds up to the firmware's. */
static void check_map(const struct helion_bootctx *context)
{
	const uint8_t *base = (const uint8_t *)context + context->memory_map.offset;
	uint64_t end = 0, sum = 0;

	for (uint32_t i = 0; i < context->memory_map.count; i++) {
		const struct helion_memory_range *range = (const void *)(base + (size_t)i * context->memory_map.stride);

		if (range->base < end || range->length == 0 || range->base % 4096 || range->length % 4096)
			firmware_violation("range %u of the memory map is malformed", i);
		end = range->base + range->length;
		if (range->type <= HELION_MEM_ACPI_RECLAIM)
			sum += range->length;
	}
	if (sum != context->firmware_ram_bytes - context->withheld_ram_bytes)
		firmware_violation("the memory map has %llu bytes of RAM", (unsigned long long)sum);
	if (context->efi_memory_map.count == 0)
		firmware_violation("there is no map of the firmware");
}

/* For the test to look at. */
static void copy_framebuffers(const struct helion_bootctx *context)
{
	const uint8_t *base = (const uint8_t *)context + context->framebuffers.offset;

	for (uint32_t i = 0; i < context->framebuffers.count && i < 8; i++)
		memcpy(&firmware_result->framebuffers[firmware_result->framebuffer_count++],
		       base + (size_t)i * context->framebuffers.stride, sizeof(firmware_result->framebuffers[0]));
}

_Noreturn void firmware_kernel_check(const struct arch_jump *jump)
{
	const struct helion_bootctx *context;
	uint64_t phys;

	entered = jump;
	if (!firmware_has_exited)
		firmware_violation("the kernel was entered before boot services ended");
	phys = translate("the boot context", jump->context, PT_READ | PT_WRITE);
	context = (const struct helion_bootctx *)phys;
	if (!phys || !firmware_is_allocated(phys, sizeof(*context)) || context->magic != HELION_BOOTCTX_MAGIC ||
	    context->phys != phys) {
		firmware_violation("there is no boot context");
		firmware_end_run(FIRMWARE_ENTERED);
	}
	firmware_result->flags = context->flags;
	firmware_result->slide = context->kernel_slide;
	firmware_result->withheld = context->withheld_ram_bytes;
	memcpy(firmware_result->seed, context->random_seed, sizeof(context->random_seed));
	copy_framebuffers(context);
	check_kernel(context);
	check_modules(context);
	check_map(context);
	check_text(context, "the command line", context->cmdline, firmware_expected.cmdline);
	check_text(context, "the entry's name", context->entry_name, firmware_expected.entry_name);
	firmware_end_run(FIRMWARE_ENTERED);
}
