/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: loader-core */
/* Screens as real firmware describes them, and what of that the kernel gets. */
#include "firmware/firmware.h"
#include "firmware/machines.h"

#include "tap.h"

struct screen {
	EFI_GRAPHICS_OUTPUT_MODE_INFORMATION info;
	uint64_t base, size;
};

static const struct screen *screens;
static size_t screen_count;

static EFI_STATUS EFIAPI set_mode(EFI_GRAPHICS_OUTPUT_PROTOCOL *this, UINT32 number)
{
	(void)this, (void)number;
	firmware_violation("a screen's mode is changed");
	return EFI_SUCCESS;
}

static void set_up(void *ctx)
{
	static EFI_GRAPHICS_OUTPUT_MODE_INFORMATION infos[8];
	static EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE modes[8];
	static EFI_GRAPHICS_OUTPUT_PROTOCOL outputs[8];
	EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;

	machine_plain(ctx);
	for (size_t i = 0; i < screen_count; i++) {
		EFI_HANDLE handle = NULL;

		infos[i] = screens[i].info;
		modes[i] = (EFI_GRAPHICS_OUTPUT_PROTOCOL_MODE){.Info = &infos[i],
							       .SizeOfInfo = sizeof(infos[i]),
							       .FrameBufferBase = screens[i].base,
							       .FrameBufferSize = screens[i].size};
		outputs[i] = (EFI_GRAPHICS_OUTPUT_PROTOCOL){.SetMode = set_mode, .Mode = &modes[i]};
		firmware_install(&handle, guid, &outputs[i]);
	}
}

static const struct firmware_result *boot(const struct screen *all, size_t count)
{
	const struct firmware_result *result;

	screens = all;
	screen_count = count;
	result = firmware_run(set_up, NULL, (struct firmware_fault){0});
	CHECK_TEXT(result->violations, "");
	CHECK_EQUAL(result->end, FIRMWARE_ENTERED);
	return result;
}

#define INFO(w, h, line, format, ...)                                                                \
	{                                                                                            \
		.HorizontalResolution = (w), .VerticalResolution = (h), .PixelsPerScanLine = (line), \
		.PixelFormat = (format), .PixelInformation = {                                       \
			__VA_ARGS__                                                                  \
		}                                                                                    \
	}

/* A line may be longer than what is seen of it. */
static void the_stride_is_that_of_the_line(void)
{
	static const struct screen screen[] = {
		{INFO(1366, 768, 1376, PixelBlueGreenRedReserved8BitPerColor, 0), 0xf0000000, 1376 * 768 * 4}};
	const struct firmware_result *result = boot(screen, 1);

	CHECK_EQUAL(result->framebuffer_count, 1);
	CHECK_EQUAL(result->framebuffers[0].width, 1366);
	CHECK_EQUAL(result->framebuffers[0].height, 768);
	CHECK_EQUAL(result->framebuffers[0].stride, 1376 * 4);
	CHECK_EQUAL(result->framebuffers[0].size, 1376 * 768 * 4);
	CHECK_EQUAL(result->framebuffers[0].red_shift, 16);
	CHECK(result->framebuffers[0].virt != 0);
}

/* As U-Boot has them: 16 bits without a mask of what is reserved, and 10 bits of each colour. */
static void masks_are_decoded(void)
{
	static const struct screen screen[] = {
		{INFO(800, 600, 800, PixelBitMask, 0xf800, 0x07e0, 0x001f, 0), 0xe0000000, 800 * 600 * 2},
		{INFO(800, 600, 800, PixelBitMask, 0x3ff00000, 0xffc00, 0x3ff, 0xc0000000), 0xe8000000, 800 * 600 * 4},
		{INFO(800, 600, 800, PixelRedGreenBlueReserved8BitPerColor, 0), 0xf0000000, 800 * 600 * 4}};
	const struct firmware_result *result = boot(screen, 3);

	CHECK_EQUAL(result->framebuffer_count, 3);
	CHECK_EQUAL(result->framebuffers[0].bits_per_pixel, 16);
	CHECK_EQUAL(result->framebuffers[0].stride, 1600);
	CHECK_EQUAL(result->framebuffers[0].red_shift, 11);
	CHECK_EQUAL(result->framebuffers[0].green_bits, 6);
	CHECK_EQUAL(result->framebuffers[1].bits_per_pixel, 32);
	CHECK_EQUAL(result->framebuffers[1].red_shift, 20);
	CHECK_EQUAL(result->framebuffers[1].blue_bits, 10);
	CHECK_EQUAL(result->framebuffers[2].red_shift, 0);
	CHECK_EQUAL(result->framebuffers[2].blue_shift, 16);
}

/* EDK2's console splitter shows a screen of its own that is none, and one more handle for each that is. */
static void what_is_no_framebuffer_is_left_out(void)
{
	static const struct screen screen[] = {
		{INFO(1024, 768, 1024, PixelBltOnly, 0), 0xf0000000, 0},
		{INFO(1024, 768, 1024, PixelBlueGreenRedReserved8BitPerColor, 0), 0, 1024 * 768 * 4},
		{INFO(1024, 768, 1000, PixelBlueGreenRedReserved8BitPerColor, 0), 0xe0000000, 1024 * 768 * 4},
		{INFO(1024, 768, 1024, PixelBitMask, 0xff0000, 0, 0xff, 0), 0xe0000000, 1024 * 768 * 4},
		{INFO(1024, 768, 1024, PixelBitMask, 0xf0f000, 0x0f00, 0xff, 0), 0xe0000000, 1024 * 768 * 4},
		{INFO(1024, 0, 1024, PixelBlueGreenRedReserved8BitPerColor, 0), 0xe0000000, 1024 * 768 * 4},
		{INFO(1024, 768, 1024, PixelBlueGreenRedReserved8BitPerColor, 0), 0xd0000000, 1024 * 768 * 4},
		{INFO(1024, 768, 1024, PixelBlueGreenRedReserved8BitPerColor, 0), 0xd0000000, 1024 * 768 * 4}};
	const struct firmware_result *result = boot(screen, 8);

	CHECK_EQUAL(result->framebuffer_count, 1);
	CHECK_EQUAL(result->framebuffers[0].phys, 0xd0000000);
}

/* Memory that the firmware says is free is not, if a screen shows it. */
static void a_framebuffer_in_ram_is_not_free(void)
{
	static const struct screen screen[] = {{INFO(64, 64, 64, PixelBlueGreenRedReserved8BitPerColor, 0),
						FIRMWARE_RAM_BASE + (4 << 20), 64 * 64 * 4}};
	const struct firmware_result *result = boot(screen, 1);

	CHECK_EQUAL(result->framebuffer_count, 1);
	CHECK_EQUAL(result->withheld, 64 * 64 * 4);
}

int main(void)
{
	RUN(the_stride_is_that_of_the_line);
	RUN(masks_are_decoded);
	RUN(what_is_no_framebuffer_is_left_out);
	RUN(a_framebuffer_in_ram_is_not_free);
	return tap_finish();
}
