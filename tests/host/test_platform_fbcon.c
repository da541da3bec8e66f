/* SPDX-License-Identifier: BSD-2-Clause */
/* platform/fbcon.c: what it draws, pixel by pixel, against a plain model, in every format and on odd screens. */
#include "platform_shim.h"

#include "../../platform/fbcon.c"

const uint8_t font_8x16[GLYPHS][GLYPH_HEIGHT] = {
#define ROW(n)                                                                                                    \
	{                                                                                                         \
		n, n * 3 & 0xff, n * 7 & 0xff, n * 11 & 0xff, 0x80, 0x01, n ^ 0x55, n, n, 0xff, 0, n * 13 & 0xff, \
			n * 17 & 0xff, n * 19 & 0xff, n * 23 & 0xff, ~n & 0xff                                    \
	}
#define ROWS8(n) \
	ROW(n), ROW((n) + 1), ROW((n) + 2), ROW((n) + 3), ROW((n) + 4), ROW((n) + 5), ROW((n) + 6), ROW((n) + 7)
	{0},       ROW(1),    ROW(2),    ROW(3),    ROW(4),    ROW(5),    ROW(6),    ROW(7),    ROWS8(8),  ROWS8(16),
	ROWS8(24), ROWS8(32), ROWS8(40), ROWS8(48), ROWS8(56), ROWS8(64), ROWS8(72), ROWS8(80), ROWS8(88),
};

struct format {
	const char *name;
	uint8_t bits_per_pixel, red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
};

static const struct format formats[] = {
	{"32-bit BGRX", 32, 16, 8, 8, 8, 0, 8},  {"32-bit RGBX", 32, 0, 8, 8, 8, 16, 8},
	{"30-bit", 32, 20, 10, 10, 10, 0, 10},   {"24-bit", 24, 16, 8, 8, 8, 0, 8},
	{"16-bit 5:6:5", 16, 11, 5, 5, 6, 0, 5}, {"15-bit", 16, 10, 5, 5, 5, 0, 5},
};

static uint8_t *memory; /* exactly as large as the mode says, so that the sanitizer sees an access beyond it */
static struct helion_framebuffer mode;

static bool start(const struct format *format, uint32_t width, uint32_t height, uint32_t padding, uint32_t offset)
{
	uint32_t stride = width * format->bits_per_pixel / 8 + padding;

	memset(&con, 0, sizeof(con));
	mode = (struct helion_framebuffer){
		.size = (uint64_t)stride * height,
		.width = width,
		.height = height,
		.stride = stride,
		.bits_per_pixel = format->bits_per_pixel,
		.red_shift = format->red_shift,
		.red_bits = format->red_bits,
		.green_shift = format->green_shift,
		.green_bits = format->green_bits,
		.blue_shift = format->blue_shift,
		.blue_bits = format->blue_bits,
	};
	memory = malloc(offset + mode.size);
	memset(memory, 0xa5, offset + mode.size);
	memory += offset;
	return console_framebuffer_init(&mode, memory);
}

static void finish(uint32_t offset)
{
	free(memory - offset);
}

static uint32_t channel(uint32_t rgb, unsigned shift, unsigned bits)
{
	uint32_t eight = rgb >> shift & 0xff;

	return bits == 10 ? eight * 4 : bits == 6 ? eight / 4 : bits == 5 ? eight / 8 : eight;
}

static uint32_t pixel_at(uint32_t x, uint32_t y)
{
	uint32_t value = 0;

	memcpy(&value, memory + (size_t)y * mode.stride + (size_t)x * mode.bits_per_pixel / 8, mode.bits_per_pixel / 8);
	return value;
}

/* Pixels that differ from the text that should be there: lines of `columns` characters. */
static uint32_t differences(const char *text, uint32_t columns, uint32_t rows, uint32_t scale, uint32_t ink,
			    uint32_t paper)
{
	uint32_t bad = 0;

	for (uint32_t y = 0; y < mode.height; y++) {
		for (uint32_t x = 0; x < mode.width; x++) {
			uint32_t column = x / (8 * scale), row = y / (16 * scale), rgb = paper;

			if (column < columns && row < rows) {
				char c = text[row * columns + column];
				uint8_t bits = font_8x16[c - 32][y / scale % 16];

				if (bits >> (7 - x / scale % 8) & 1)
					rgb = ink;
			}
			uint32_t want = channel(rgb, 16, mode.red_bits) << mode.red_shift |
					channel(rgb, 8, mode.green_bits) << mode.green_shift |
					channel(rgb, 0, mode.blue_bits) << mode.blue_shift;
			bad += pixel_at(x, y) != want;
		}
	}
	return bad;
}

static void say(const char *text)
{
	shim_say(text);
}

/* A screen of blanks with the given lines at its top. */
static char *screen_of(uint32_t columns, uint32_t rows, const char *const *lines, uint32_t count)
{
	char *screen = malloc((size_t)columns * rows);

	memset(screen, ' ', (size_t)columns * rows);
	for (uint32_t i = 0; i < count; i++)
		memcpy(screen + (size_t)i * columns, lines[i], strlen(lines[i]));
	return screen;
}

static void test_format(const struct format *format, uint32_t width, uint32_t height, uint32_t padding, uint32_t offset)
{
	static const char *const lines[] = {"Hello, ~!", "second line"};
	uint32_t scale = width >= 2560 ? 2 : 1, columns = width / (8 * scale), rows = height / (16 * scale);
	char name[120];

	snprintf(name, sizeof(name), "%s, %ux%u, padding %u, offset %u", format->name, width, height, padding, offset);
	bool started = start(format, width, height, padding, offset);
	char *screen = screen_of(columns, rows, lines, 2);
	if (started)
		say("Hello, ~!\nsecond line");
	CHECK_THAT(started && differences(screen, columns, rows, scale, COLOUR_TEXT, COLOUR_BACKGROUND) == 0, name);
	console_framebuffer_panic();
	say("Hello, ~!\r\nsecond line");
	CHECK_THAT(differences(screen, columns, rows, scale, COLOUR_PANIC_TEXT, COLOUR_PANIC_BACKGROUND) == 0,
		   "the panic colours");
	free(screen);
	finish(offset);
}

static void test_controls(void)
{
	static const char *const lines[] = {"01234567890123456789", "abcXe", "\001"};
	char *screen;

	start(&formats[0], 160, 80, 0, 0);
	say("0123456789012345678901234567890\rabcde\b\bX\n"); /* wraps after 20 columns */
	screen = screen_of(20, 5, lines, 2);
	memcpy(screen + 20, "abcXe567890", 11);
	CHECK_THAT(differences(screen, 20, 5, 1, COLOUR_TEXT, COLOUR_BACKGROUND) == 0,
		   "wrap, carriage return, backspace");

	say("\033[1;31ma\033[0m\tb\001\303\244z\n12345678901234567890\nq"); /* a full line and a newline: no empty line */
	memcpy(screen + 40, "a       b??z", 12);
	memcpy(screen + 60, "12345678901234567890", 20);
	memcpy(screen + 80, "q", 1);
	CHECK_THAT(differences(screen, 20, 5, 1, COLOUR_TEXT, COLOUR_BACKGROUND) == 0,
		   "escapes, tab, what is not ASCII");
	free(screen);
	finish(0);
}

/* However often the text jumps, the last lines stand in order above the cursor. */
static void test_scroll(uint32_t width, uint32_t height)
{
	uint32_t bad = 0;

	start(&formats[0], width, height, 0, 0);
	for (uint32_t n = 0; n < 300; n++) {
		char line[64];

		snprintf(line, sizeof(line), "%u line %u\n", n, n * n);
		say(line);
		char *screen = screen_of(con.columns, con.rows, NULL, 0);
		for (uint32_t up = 1; up <= con.row && up <= n + 1; up++) {
			char shown[64];
			uint32_t number = n + 1 - up, length;

			length = (uint32_t)snprintf(shown, sizeof(shown), "%u line %u", number, number * number);
			memcpy(screen + (size_t)(con.row - up) * con.columns, shown, length);
		}
		if (con.row == 0 || (n % 10 == 0 && differences(screen, con.columns, con.rows, con.scale, COLOUR_TEXT,
								COLOUR_BACKGROUND) != 0))
			bad++;
		free(screen);
	}
	CHECK_THAT(bad == 0, "scrolling");
	finish(0);
}

/* Whatever is written, one call touches few pixels, and the next goes on where it ended. */
static void test_steps(uint32_t width, uint32_t height, const struct format *format)
{
	static const char text[] = "A long line, wrapped.\nx\ty\n\n\n\n\033[1mbold\033[0m\b\bB\rC\t\t\t\t!\n~~~~~~~~\n";
	uint32_t most = 0, calls = 0, cell = 128 * format->bits_per_pixel / 8 * (width >= 2560 ? 4 : 1);
	uint8_t *before, *at_once;
	size_t size;

	for (unsigned whole = 0; whole < 2; whole++) {
		start(format, width, height, 4, 0);
		size = mode.size;
		before = malloc(size);
		for (unsigned n = 0; n < 40; n++)
			for (size_t left = strlen(text), taken; left > 0; left -= taken, calls++) {
				uint32_t changed = 0, offered = whole ? (uint32_t)left : 1;

				memcpy(before, memory, size);
				taken = shim_console->write(shim_console, text + strlen(text) - left, offered);
				for (size_t i = 0; i < size; i++)
					changed += memory[i] != before[i];
				most = changed > most ? changed : most;
			}
		if (!whole)
			at_once = memcpy(malloc(size), memory, size);
		free(before);
		if (!whole)
			finish(0);
	}
	CHECK_THAT(most > 0 && most <= EFFORT + cell, "a call changes no more than it may");
	CHECK_THAT(memcmp(at_once, memory, size) == 0, "how much is offered at a time makes no difference");
	free(at_once);
	finish(0);
}

static void test_refusals(void)
{
	static const struct format indexed = {"8-bit", 8, 0, 3, 3, 3, 6, 2};
	uint8_t byte;

	CHECK_THAT(!start(&indexed, 640, 480, 0, 0), "8 bits per pixel are refused");
	finish(0);
	CHECK_THAT(!start(&formats[0], 15, 480, 0, 0), "so is a screen of one column");
	finish(0);
	memset(&con, 0, sizeof(con));
	mode = (struct helion_framebuffer){
		.size = 640 * 480 * 4 - 1, .width = 640, .height = 480, .stride = 640 * 4, .bits_per_pixel = 32};
	CHECK_THAT(!console_framebuffer_init(&mode, &byte), "and one that is larger than its memory");
	mode.size = UINT64_MAX;
	mode.stride = 640 * 4 - 1;
	CHECK_THAT(!console_framebuffer_init(&mode, &byte), "and lines that are longer than the stride");
	mode = (struct helion_framebuffer){.size = 0x100000000,
					   .width = UINT32_MAX,
					   .height = UINT32_MAX,
					   .stride = UINT32_MAX,
					   .bits_per_pixel = 32};
	CHECK_THAT(!console_framebuffer_init(&mode, &byte), "and products that wrap 32 bits");
	console_framebuffer_panic();
	CHECK_THAT(!console_framebuffer_init(&mode, NULL), "and no memory at all");
}

static void test_formats(void)
{
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		test_format(&formats[i], 640, 480, 0, 0);
		test_format(&formats[i], 645, 301, 4, 4);
		test_format(&formats[i], 333, 101, 7, 1);
		test_format(&formats[i], 2560, 200, 0, 0);
		test_format(&formats[i], 2561, 201, 3, 2);
	}
	test_format(&formats[0], 4100, 80, 0, 0);
	test_format(&formats[0], 2100, 33, 0, 0);
}

static void test_scrolling(void)
{
	test_scroll(640, 480);
	test_scroll(160, 32);
	test_scroll(2560, 96);
}

static void test_bounds(void)
{
	test_steps(200, 100, &formats[0]);
	test_steps(2560, 70, &formats[0]);
	test_steps(332, 64, &formats[3]);
}

int main(void)
{
	RUN(test_formats);
	RUN(test_controls);
	RUN(test_scrolling);
	RUN(test_bounds);
	RUN(test_refusals);
	return tap_finish();
}
