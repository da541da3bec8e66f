/* SPDX-License-Identifier: BSD-2-Clause */
/* Framebuffers: maps each through its capability and draws the test pattern. */
#include "user/init/init.h"

#include "lib/checked.h"
#include "user/init/draw.h"
#include "user/lib/helion.h"

static const struct helion_record *record_of(const struct helion_manifest *manifest,
					     const struct helion_framebuffer *mode)
{
	for (uint64_t i = 0; i < manifest->record_count; i++) {
		const struct helion_record *record = manifest_record(manifest, i);

		if ((record->flags & HELION_RECORD_FRAMEBUFFER) && record->slot != 0 &&
		    range_contains(record->base, record->size, mode->phys, mode->size))
			return record;
	}
	return NULL;
}

static bool map_framebuffer(const struct helion_manifest *manifest, const struct helion_framebuffer *mode,
			    struct vm_mapping *ret_mapping, struct canvas *ret_canvas)
{
	const struct helion_record *record = record_of(manifest, mode);
	uint64_t first, last;

	if (!check(record != NULL, "no capability for the framebuffer at %#lx", (unsigned long)mode->phys))
		return false;
	first = align_down(mode->phys, HELION_PAGE_SIZE) - align_down(record->base, HELION_PAGE_SIZE);
	if (!checked_align_up(mode->phys % HELION_PAGE_SIZE + mode->size, HELION_PAGE_SIZE, &last))
		return check(false, "the size of the framebuffer is %#lx", (unsigned long)mode->size);
	if (!CHECK_CALL(helion_pages_map(record->slot, first, last, HELION_MAP_READ | HELION_MAP_WRITE, ret_mapping)))
		return false;
	if (canvas_init(ret_canvas, mode, (uint8_t *)ret_mapping->address + mode->phys % HELION_PAGE_SIZE))
		return true;
	check(false, "%ux%u, %u bits per pixel, %u bytes per line cannot be drawn in", mode->width, mode->height,
	      mode->bits_per_pixel, mode->stride);
	CHECK_CALL(helion_pages_unmap(ret_mapping));
	return false;
}

void test_framebuffers(const struct helion_manifest *manifest)
{
	check_begin("framebuffer");
	if (manifest->framebuffer_count == 0)
		printf("init: framebuffer: none\n");
	for (uint64_t i = 0; i < manifest->framebuffer_count; i++) {
		const struct helion_framebuffer *mode = manifest_framebuffer(manifest, i);
		struct vm_mapping mapping;
		struct canvas canvas;
		uint32_t checksum;
		bool there;

		if (!map_framebuffer(manifest, mode, &mapping, &canvas))
			continue;
		/* Nothing is printed before the picture has been read back: the kernel's console may use the same screen. */
		draw_test_pattern(&canvas);
		there = test_pattern_is_there(&canvas);
		checksum = canvas_checksum(&canvas);
		check(there, "what was drawn does not read back");
		printf("init: framebuffer %u: %ux%u, %u bits per pixel, %u bytes per line, crc32 %08x\n", (unsigned)i,
		       mode->width, mode->height, mode->bits_per_pixel, mode->stride, checksum);
		CHECK_CALL(helion_pages_unmap(&mapping));
	}
	check_end();
}

void draw_framebuffers(void)
{
	const struct helion_manifest *manifest = helion_process.manifest;

	for (uint64_t i = 0; i < manifest->framebuffer_count; i++) {
		struct vm_mapping mapping;
		struct canvas canvas;

		if (!map_framebuffer(manifest, manifest_framebuffer(manifest, i), &mapping, &canvas))
			continue;
		draw_test_pattern(&canvas);
		helion_pages_unmap(&mapping);
	}
}
