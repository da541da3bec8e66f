/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/init/draw.h"

#include "lib/checked.h"

/* -- Pixels ---------------------------------------------------------------------- */

static bool channel_fits(const struct canvas *canvas, uint8_t shift, uint8_t bits)
{
	return bits >= 1 && bits <= 16 && shift + bits <= 8 * canvas->bytes;
}

bool canvas_init(struct canvas *canvas, const struct helion_framebuffer *mode, volatile void *pixels)
{
	uint64_t line;

	canvas->pixels = pixels;
	canvas->mode = mode;
	canvas->bytes = (mode->bits_per_pixel + 7u) / 8;
	if (canvas->bytes < 2 || canvas->bytes > 4 || mode->width == 0 || mode->height == 0)
		return false;
	if (!channel_fits(canvas, mode->red_shift, mode->red_bits) ||
	    !channel_fits(canvas, mode->green_shift, mode->green_bits) ||
	    !channel_fits(canvas, mode->blue_shift, mode->blue_bits))
		return false;
	line = (uint64_t)mode->width * canvas->bytes;
	if (line > mode->stride || (uint64_t)(mode->height - 1) * mode->stride + line > mode->size)
		return false;
	canvas->whole = canvas->bytes != 3 && is_aligned((uint64_t)(uintptr_t)pixels | mode->stride, canvas->bytes);
	return true;
}

static uint32_t pack_channel(uint32_t value, uint8_t shift, uint8_t bits)
{
	/* 8 bits to `bits`: cut, or repeat from the top so that 255 becomes all ones. */
	uint32_t wide = value << 8 | value;

	return wide >> (16 - bits) << shift;
}

static uint32_t unpack_channel(uint32_t pixel, uint8_t shift, uint8_t bits)
{
	uint32_t most = (1u << bits) - 1;

	return ((pixel >> shift & most) * 255 + most / 2) / most;
}

uint32_t canvas_pack(const struct canvas *canvas, uint32_t colour)
{
	const struct helion_framebuffer *mode = canvas->mode;

	return pack_channel(colour >> 16 & 0xff, mode->red_shift, mode->red_bits) |
	       pack_channel(colour >> 8 & 0xff, mode->green_shift, mode->green_bits) |
	       pack_channel(colour & 0xff, mode->blue_shift, mode->blue_bits);
}

uint32_t canvas_unpack(const struct canvas *canvas, uint32_t pixel)
{
	const struct helion_framebuffer *mode = canvas->mode;

	return unpack_channel(pixel, mode->red_shift, mode->red_bits) << 16 |
	       unpack_channel(pixel, mode->green_shift, mode->green_bits) << 8 |
	       unpack_channel(pixel, mode->blue_shift, mode->blue_bits);
}

static volatile uint8_t *pixel_at(const struct canvas *canvas, uint32_t x, uint32_t y)
{
	return canvas->pixels + (uint64_t)y * canvas->mode->stride + (uint64_t)x * canvas->bytes;
}

static void write_pixel(const struct canvas *canvas, volatile uint8_t *p, uint32_t pixel)
{
	if (canvas->whole && canvas->bytes == 4) {
		*(volatile uint32_t *)p = pixel;
	} else if (canvas->whole) {
		*(volatile uint16_t *)p = (uint16_t)pixel;
	} else {
		for (uint32_t i = 0; i < canvas->bytes; i++)
			p[i] = (uint8_t)(pixel >> (8 * i));
	}
}

uint32_t canvas_read(const struct canvas *canvas, uint32_t x, uint32_t y)
{
	const volatile uint8_t *p = pixel_at(canvas, x, y);
	uint32_t pixel = 0;

	if (canvas->whole && canvas->bytes == 4)
		return *(const volatile uint32_t *)p;
	if (canvas->whole)
		return *(const volatile uint16_t *)p;
	for (uint32_t i = 0; i < canvas->bytes; i++)
		pixel |= (uint32_t)p[i] << (8 * i);
	return pixel;
}

static int64_t clamp(int64_t value, int64_t most)
{
	return value < 0 ? 0 : value > most ? most : value;
}

void canvas_fill(const struct canvas *canvas, int64_t x, int64_t y, int64_t width, int64_t height, uint32_t colour)
{
	uint32_t left = (uint32_t)clamp(x, canvas->mode->width),
		 right = (uint32_t)clamp(x + width, canvas->mode->width);
	uint32_t top = (uint32_t)clamp(y, canvas->mode->height);
	uint32_t bottom = (uint32_t)clamp(y + height, canvas->mode->height);
	uint32_t pixel = canvas_pack(canvas, colour);

	for (uint32_t row = top; row < bottom; row++) {
		volatile uint8_t *p = pixel_at(canvas, left, row);

		for (uint32_t column = left; column < right; column++, p += canvas->bytes)
			write_pixel(canvas, p, pixel);
	}
}

static uint32_t crc32_byte(uint32_t crc, uint32_t byte)
{
	/* The table for half a byte: polynomial 0xedb88320. */
	static const uint32_t table[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c,
		0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	crc ^= byte;
	crc = crc >> 4 ^ table[crc & 15];
	return crc >> 4 ^ table[crc & 15];
}

uint32_t canvas_checksum(const struct canvas *canvas)
{
	uint32_t crc = UINT32_MAX;

	for (uint32_t y = 0; y < canvas->mode->height; y++) {
		for (uint32_t x = 0; x < canvas->mode->width; x++) {
			uint32_t colour = canvas_unpack(canvas, canvas_read(canvas, x, y));

			crc = crc32_byte(crc, colour >> 16);
			crc = crc32_byte(crc, colour >> 8 & 0xff);
			crc = crc32_byte(crc, colour & 0xff);
		}
	}
	return ~crc;
}

/* -- The picture ------------------------------------------------------------------ */

enum {
	NIGHT = 0x101828,
	SUN = 0xffb020,
	LETTER = 0xffffff,
};

static const uint32_t bars[8] = {
	0xffffff, 0xffff00, 0x00ffff, 0x00ff00, 0xff00ff, 0xff0000, 0x0000ff, 0x000000,
};

/* Letters of 5 by 7, a line of five bits after the other, the leftmost bit highest. */
static const uint8_t letters[6][7] = {
	{0x11, 0x11, 0x11, 0x1f, 0x11, 0x11, 0x11}, /* H */
	{0x1f, 0x10, 0x10, 0x1e, 0x10, 0x10, 0x1f}, /* E */
	{0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x1f}, /* L */
	{0x0e, 0x04, 0x04, 0x04, 0x04, 0x04, 0x0e}, /* I */
	{0x0e, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0e}, /* O */
	{0x11, 0x19, 0x15, 0x13, 0x11, 0x11, 0x11}, /* N */
};

static void draw_letter(const struct canvas *canvas, int64_t x, int64_t y, int64_t scale, const uint8_t rows[7])
{
	for (int row = 0; row < 7; row++) {
		for (int column = 0; column < 5; column++) {
			if (rows[row] >> (4 - column) & 1)
				canvas_fill(canvas, x + column * scale, y + row * scale, scale, scale, LETTER);
		}
	}
}

static void draw_disc(const struct canvas *canvas, int64_t x, int64_t y, int64_t radius, uint32_t colour)
{
	int64_t half = 0;

	for (int64_t row = -radius; row <= radius; row++) {
		while (half * half + row * row < radius * radius)
			half++;
		while (half > 0 && half * half + row * row > radius * radius)
			half--;
		canvas_fill(canvas, x - half, y + row, 2 * half + 1, 1, colour);
	}
}

static void draw_sun(const struct canvas *canvas, int64_t x, int64_t y, int64_t unit)
{
	canvas_fill(canvas, x - unit / 2, y - 5 * unit, unit, 10 * unit, SUN);
	canvas_fill(canvas, x - 5 * unit, y - unit / 2, 10 * unit, unit, SUN);
	for (int sx = -1; sx <= 1; sx += 2) {
		for (int sy = -1; sy <= 1; sy += 2)
			canvas_fill(canvas, x + sx * 3 * unit - unit / 2, y + sy * 3 * unit - unit / 2, unit, unit,
				    SUN);
	}
	draw_disc(canvas, x, y, 7 * unit / 2 + unit / 4, NIGHT);
	draw_disc(canvas, x, y, 3 * unit, SUN);
}

static void draw_logo(const struct canvas *canvas)
{
	/* In units: a margin of 2, a sun of 10, a gap of 2, six letters of 5 with gaps of 1, a margin of 2. */
	int64_t width = canvas->mode->width, height = canvas->mode->height;
	int64_t unit = width / 68 < height / 28 ? width / 68 : height / 28;
	int64_t left, top;

	if (unit == 0)
		unit = 1;
	left = (width - 51 * unit) / 2;
	top = (height - 14 * unit) / 2;
	canvas_fill(canvas, left, top, 51 * unit, 14 * unit, NIGHT);
	draw_sun(canvas, left + 7 * unit, top + 7 * unit, unit);
	for (int i = 0; i < 6; i++)
		draw_letter(canvas, left + (14 + 6 * i) * unit, top + 7 * unit / 2, unit, letters[i]);
}

static uint32_t bar_edge(const struct canvas *canvas, unsigned bar)
{
	return (uint32_t)((uint64_t)canvas->mode->width * bar / 8);
}

void draw_test_pattern(const struct canvas *canvas)
{
	uint32_t width = canvas->mode->width, height = canvas->mode->height;
	uint32_t ramp = height - height / 8;

	for (unsigned i = 0; i < 8; i++)
		canvas_fill(canvas, bar_edge(canvas, i), 0, bar_edge(canvas, i + 1) - bar_edge(canvas, i), ramp,
			    bars[i]);
	for (unsigned i = 0; i < 32; i++) {
		int64_t from = (int64_t)width * i / 32, to = (int64_t)width * (i + 1) / 32;

		canvas_fill(canvas, from, ramp, to - from, height - ramp, i * 255 / 31 * 0x010101);
	}
	draw_logo(canvas);
	canvas_fill(canvas, 0, 0, width, 1, LETTER);
	canvas_fill(canvas, 0, height - 1, width, 1, LETTER);
	canvas_fill(canvas, 0, 0, 1, height, LETTER);
	canvas_fill(canvas, width - 1, 0, 1, height, LETTER);
}

bool test_pattern_is_there(const struct canvas *canvas)
{
	uint32_t y = canvas->mode->height / 8;

	for (unsigned i = 0; i < 8; i++) {
		uint32_t x = (bar_edge(canvas, i) + bar_edge(canvas, i + 1)) / 2;

		if (canvas_read(canvas, x, y) != canvas_pack(canvas, bars[i]))
			return false;
	}
	return true;
}
