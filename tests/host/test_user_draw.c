/* SPDX-License-Identifier: BSD-2-Clause */
/* The test pattern in every pixel format, into buffers whose ends the sanitizer watches. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

#include "../../user/init/draw.c"

static struct helion_framebuffer make_mode(uint32_t width, uint32_t height, uint32_t stride, uint8_t bpp,
					   const uint8_t layout[6])
{
	return (struct helion_framebuffer){
		.width = width,
		.height = height,
		.stride = stride,
		.bits_per_pixel = bpp,
		.size = (uint64_t)(height - 1) * stride + (uint64_t)width * ((bpp + 7u) / 8),
		.red_shift = layout[0],
		.red_bits = layout[1],
		.green_shift = layout[2],
		.green_bits = layout[3],
		.blue_shift = layout[4],
		.blue_bits = layout[5],
	};
}

static const struct {
	const char *name;
	uint8_t bpp, layout[6];
} formats[] = {
	{"xrgb8888", 32, {16, 8, 8, 8, 0, 8}},  {"xbgr8888", 32, {0, 8, 8, 8, 16, 8}},
	{"rgbx8888", 32, {24, 8, 16, 8, 8, 8}}, {"xrgb2101010", 32, {20, 10, 10, 10, 0, 10}},
	{"rgb888", 24, {16, 8, 8, 8, 0, 8}},    {"rgb565", 16, {11, 5, 5, 6, 0, 5}},
	{"xrgb1555", 15, {10, 5, 5, 5, 0, 5}},
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

static void test_format(size_t f)
{
	static const uint32_t exact[] = {0, 0xffffff, 0xff0000, 0x00ff00, 0x0000ff, 0xffff00, 0x00ffff, 0xff00ff};
	uint32_t bytes = (formats[f].bpp + 7u) / 8;
	/* An odd stride, and a buffer that begins at an odd address. */
	struct helion_framebuffer mode = make_mode(203, 101, 203 * bytes + 7, formats[f].bpp, formats[f].layout);
	uint8_t *buffer = malloc(mode.size + 1);
	struct canvas canvas;
	bool same = true, padding = true;

	memset(buffer, 0xa5, mode.size + 1);
	tap_ok(canvas_init(&canvas, &mode, buffer + 1), "%s is known", formats[f].name);
	for (size_t i = 0; i < 8; i++)
		same &= canvas_unpack(&canvas, canvas_pack(&canvas, exact[i])) == exact[i];
	tap_ok(same, "%s: black, white and full colours come back", formats[f].name);
	draw_test_pattern(&canvas);
	tap_ok(test_pattern_is_there(&canvas), "%s: the bars read back", formats[f].name);
	for (uint32_t y = 0; y + 1 < mode.height; y++) {
		for (uint32_t x = 203 * bytes; x < mode.stride; x++)
			padding &= buffer[1 + (size_t)y * mode.stride + x] == 0xa5;
	}
	tap_ok(padding && buffer[0] == 0xa5, "%s: nothing beside the lines is touched", formats[f].name);
	free(buffer);
}

static uint32_t checksum(uint32_t stride, size_t f, size_t misalign)
{
	struct helion_framebuffer mode = make_mode(64, 48, stride, formats[f].bpp, formats[f].layout);
	uint8_t *buffer = calloc(1, mode.size + misalign);
	struct canvas canvas;
	uint32_t result;

	canvas_init(&canvas, &mode, buffer + misalign);
	draw_test_pattern(&canvas);
	result = canvas_checksum(&canvas);
	free(buffer);
	return result;
}

static void test_checksum(void)
{
	uint8_t pixels[12] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
	struct helion_framebuffer mode = make_mode(3, 1, 12, 24, (uint8_t[6]){0, 8, 8, 8, 16, 8});
	struct canvas canvas;

	canvas_init(&canvas, &mode, pixels);
	tap_ok(canvas_checksum(&canvas) == 0xcbf43926, "CRC-32 of \"123456789\"");
	tap_ok(checksum(256, 0, 0) == checksum(300, 0, 0), "it does not depend on the stride");
	tap_ok(checksum(256, 0, 0) == checksum(256, 1, 0) && checksum(256, 0, 0) == checksum(192, 4, 0),
	       "nor on the order of channels or the size of a pixel");
	tap_ok(checksum(256, 0, 0) == checksum(257, 0, 1), "nor on alignment");
	tap_ok(checksum(256, 0, 0) != checksum(128, 5, 0), "but on how deep the colours are");
}

static bool refused(struct helion_framebuffer mode)
{
	struct canvas canvas;
	uint8_t pixel[4];

	return !canvas_init(&canvas, &mode, pixel);
}

static void test_refusals(void)
{
	const struct helion_framebuffer good = make_mode(4, 4, 16, 32, formats[0].layout);
	struct helion_framebuffer mode = good;

	tap_ok(!refused(mode), "a good mode");
	mode.bits_per_pixel = 8;
	tap_ok(refused(mode), "8 bits per pixel");
	mode.bits_per_pixel = 64;
	tap_ok(refused(mode), "64 bits per pixel");
	mode = good;
	mode.red_shift = 25;
	tap_ok(refused(mode), "a channel that leaves the pixel");
	mode = good;
	mode.blue_bits = 0;
	tap_ok(refused(mode), "no blue");
	mode.blue_bits = 32;
	tap_ok(refused(mode), "32 bits of blue");
	mode = good;
	mode.stride = 15;
	tap_ok(refused(mode), "lines shorter than the pixels");
	mode = good;
	mode.size--;
	tap_ok(refused(mode), "a byte too small");
	mode = good;
	mode.height = UINT32_MAX;
	mode.stride = UINT32_MAX;
	tap_ok(refused(mode), "larger than the memory");
	mode = good;
	mode.width = 0;
	tap_ok(refused(mode), "no width");
}

/* Every small screen, where rectangles collapse. */
static void test_small(void)
{
	for (uint32_t width = 1; width < 40; width++) {
		for (uint32_t height = 1; height < 30; height++) {
			struct helion_framebuffer mode = make_mode(width, height, width * 4, 32, formats[0].layout);
			uint8_t *buffer = malloc(mode.size);
			struct canvas canvas;

			if (!canvas_init(&canvas, &mode, buffer))
				abort();
			draw_test_pattern(&canvas);
			canvas_fill(&canvas, INT32_MIN, INT32_MIN, INT64_C(1) << 40, INT64_C(1) << 40, 0);
			canvas_fill(&canvas, width, height, 10, 10, 0);
			canvas_fill(&canvas, 5, 5, -3, -3, 0);
			free(buffer);
		}
	}
	tap_ok(true, "small screens");
}

/* For the eye: with an argument, the picture as a portable pixmap. */
static int write_picture(const char *path)
{
	struct helion_framebuffer mode = make_mode(1280, 800, 5120, 32, formats[0].layout);
	uint8_t *buffer = malloc(mode.size);
	FILE *file = fopen(path, "wb");
	struct canvas canvas;

	if (file == NULL || !canvas_init(&canvas, &mode, buffer))
		return 1;
	draw_test_pattern(&canvas);
	fprintf(file, "P6 1280 800 255\n");
	for (uint32_t y = 0; y < 800; y++) {
		for (uint32_t x = 0; x < 1280; x++) {
			uint32_t colour = canvas_unpack(&canvas, canvas_read(&canvas, x, y));

			fputc(colour >> 16, file);
			fputc(colour >> 8 & 255, file);
			fputc(colour & 255, file);
		}
	}
	free(buffer);
	return fclose(file) != 0;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return write_picture(argv[1]);
	for (size_t f = 0; f < FORMATS; f++)
		test_format(f);
	test_checksum();
	test_refusals();
	test_small();
	return tap_done();
}
