/* SPDX-License-Identifier: BSD-2-Clause */
/* Rectangles into a framebuffer of any pixel format, and the test pattern made of them. Pure functions. */
#ifndef USER_INIT_DRAW_H
#define USER_INIT_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include <helion/bootctx.h>

struct canvas {
	volatile uint8_t *pixels;
	const struct helion_framebuffer *mode;
	uint32_t bytes; /* of a pixel: 2, 3 or 4 */
	bool whole;     /* every pixel is aligned to its size, so one store writes it */
};

/* Colours are 0xrrggbb. */

/* Looks whether the mode can be drawn in: 15 to 32 bits per pixel, channels inside of the pixel, lines inside of the size. */
bool canvas_init(struct canvas *canvas, const struct helion_framebuffer *mode, volatile void *pixels);

/* The colour as the nearest pixel value below, and back. Channels of less than 8 bits spread over the full range. */
uint32_t canvas_pack(const struct canvas *canvas, uint32_t colour);
uint32_t canvas_unpack(const struct canvas *canvas, uint32_t pixel);

/* What lies outside of the screen is cut off. */
void canvas_fill(const struct canvas *canvas, int64_t x, int64_t y, int64_t width, int64_t height, uint32_t colour);

/* The pixel value at a place that must be on the screen. */
uint32_t canvas_read(const struct canvas *canvas, uint32_t x, uint32_t y);

/* CRC-32 (IEEE 802.3) over the unpacked colours of all pixels, line by line, three bytes each: red, green, blue. */
uint32_t canvas_checksum(const struct canvas *canvas);

/* Eight colour bars, a ramp of grey, a white frame of one pixel, and in the middle a sun and the word HELION. */
void draw_test_pattern(const struct canvas *canvas);

/* Whether the bars read back as they were drawn. */
bool test_pattern_is_there(const struct canvas *canvas);

#endif
