/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text on a framebuffer of 16, 24 or 32 bits per pixel.
 *
 * Framebuffers are slow to read, so the text is kept in `shadow` and only cells
 * that change are drawn. At the bottom the text jumps up by a third of the screen
 * rather than line by line: a line then costs about two to three times its own drawing instead
 * of the whole screen's. A glyph costs one table look-up and one 64-bit store for
 * every two pixels (32 bits per pixel).
 *
 * write() is serialised by the log. It draws so many bytes of pixels as `effort` allows and takes no character that it
 * cannot finish with them; a jump, which takes many calls, ends before the character that needs it is taken.
 */
#include "platform/console.h"

#include "kernel/log.h"
#include "lib/checked.h"
#include "lib/string.h"

#define GLYPH_WIDTH  8
#define GLYPH_HEIGHT 16
#define FIRST_GLYPH  32
#define GLYPHS       96
#define TAB          8

/*
 * What one call of write() draws, in bytes of the framebuffer: a glyph has 512 to 2048. Where lines are not
 * aligned to words, a byte takes four instructions.
 */
#define EFFORT      2048
#define EFFORT_SAME 16 /* of looking at a cell that stays as it is */

/* Wider and taller screens are used in part: 2048x2048 pixels, or 4096x4096 where the font is doubled. */
#define COLUMNS_MAX  256
#define ROWS_MAX     128
#define DOUBLE_WIDTH 2560

#define COLOUR_TEXT             0xc8c8c8u /* 0xRRGGBB */
#define COLOUR_BACKGROUND       0x0c0e12u
#define COLOUR_PANIC_TEXT       0xffffffu
#define COLOUR_PANIC_BACKGROUND 0x5c0808u

/* Characters 32 to 127, one byte for each line of a glyph, the leftmost pixel in bit 7. */
extern const uint8_t font_8x16[GLYPHS][GLYPH_HEIGHT];

/* Escape sequences (ECMA-48 CSI) are swallowed. */
enum escape { ESCAPE_NONE, ESCAPE_START, ESCAPE_CSI };

static struct {
	volatile uint8_t *base;
	struct helion_framebuffer mode;
	uint32_t scale; /* 1 or 2 */
	uint32_t columns, rows;
	uint32_t column, row; /* of the next character; column may be `columns`: wraps before the next */
	enum escape escape;
	int32_t effort;                 /* what is left of this call's */
	uint32_t jump_column, jump_row; /* the next cell of a jump that has begun */
	uint32_t pixel_bytes;
	uint32_t text, background; /* as pixels */
	/*
	 * 16 and 32 bits per pixel: the 64-bit word for each pattern of word_pixels pixels of the font, leftmost in the
	 * highest bit of the index.
	 */
	uint32_t word_pixels;
	uint64_t words[16];
} con;

static char shadow[ROWS_MAX][COLUMNS_MAX];

/* ---- Pixels ------------------------------------------------------------------------------------------------------ */

static uint32_t component(uint32_t value8, uint8_t shift, uint8_t bits)
{
	if (bits == 0 || bits > 16 || shift > 31)
		return 0;
	return (bits <= 8 ? value8 >> (8 - bits) : value8 << (bits - 8)) << shift;
}

static uint32_t pixel_of(uint32_t rgb)
{
	const struct helion_framebuffer *mode = &con.mode;

	return component(rgb >> 16 & 0xff, mode->red_shift, mode->red_bits) |
	       component(rgb >> 8 & 0xff, mode->green_shift, mode->green_bits) |
	       component(rgb & 0xff, mode->blue_shift, mode->blue_bits);
}

/* Copies a run of pixels with the widest stores that the destination's alignment allows: it may be device memory. */
static void store_run(volatile uint8_t *to, const uint64_t *from, uint32_t bytes)
{
	const uint8_t *bytewise = (const uint8_t *)from;

	if ((((uintptr_t)to | bytes) & 7) == 0) {
		for (uint32_t i = 0; i < bytes / 8; i++)
			((volatile uint64_t *)to)[i] = from[i];
		return;
	}
	if ((((uintptr_t)to | bytes) & 3) == 0) {
		/* Little-endian, as all that is supported. */
		for (uint32_t i = 0; i < bytes; i += 4)
			*(volatile uint32_t *)(to + i) = (uint32_t)(from[i / 8] >> i % 8 * 8);
		return;
	}
	for (uint32_t i = 0; i < bytes; i++)
		to[i] = bytewise[i];
}

static void set_colours(uint32_t text, uint32_t background)
{
	uint32_t bits = con.pixel_bytes * 8, per_word;

	con.text = pixel_of(text);
	con.background = pixel_of(background);
	if (bits == 24)
		return;
	per_word = 64 / bits;
	con.word_pixels = per_word / con.scale;
	for (uint32_t pattern = 0; pattern < 1u << con.word_pixels; pattern++) {
		uint64_t word = 0;

		for (uint32_t i = 0; i < per_word; i++) {
			bool is_set = pattern >> (con.word_pixels - 1 - i / con.scale) & 1;

			word |= (uint64_t)(is_set ? con.text : con.background) << (i * bits);
		}
		con.words[pattern] = word;
	}
}

/* One line of a glyph as bytes of the framebuffer, in `line`. */
static void expand(uint8_t pattern, uint64_t line[8])
{
	if (con.pixel_bytes == 3) {
		uint8_t *out = (uint8_t *)line;

		for (uint32_t x = 0; x < GLYPH_WIDTH * con.scale; x++) {
			uint32_t pixel = pattern & 0x80 >> x / con.scale ? con.text : con.background;

			*out++ = (uint8_t)pixel;
			*out++ = (uint8_t)(pixel >> 8);
			*out++ = (uint8_t)(pixel >> 16);
		}
		return;
	}
	uint32_t mask = (1u << con.word_pixels) - 1;
	for (uint32_t left = GLYPH_WIDTH; left > 0; *line++ = con.words[pattern >> left & mask])
		left -= con.word_pixels;
}

static void draw_cell(uint32_t column, uint32_t row)
{
	const uint8_t *glyph = font_8x16[(uint8_t)shadow[row][column] - FIRST_GLYPH];
	uint32_t bytes = GLYPH_WIDTH * con.scale * con.pixel_bytes;
	volatile uint8_t *to =
		con.base + (uint64_t)row * GLYPH_HEIGHT * con.scale * con.mode.stride + (uint64_t)column * bytes;
	bool is_aligned = (((uintptr_t)to | bytes | con.mode.stride) & 7) == 0;
	uint64_t line[8];

	for (uint32_t y = 0; y < GLYPH_HEIGHT; y++) {
		if (y == 0 || glyph[y] != glyph[y - 1])
			expand(glyph[y], line);
		for (uint32_t i = 0; i < con.scale; i++, to += con.mode.stride) {
			if (!is_aligned)
				store_run(to, line, bytes);
			else
				for (uint32_t k = 0; k < bytes / 8; k++)
					((volatile uint64_t *)to)[k] = line[k];
		}
	}
}

/* A screen has millions of bytes: stores should be most of what is executed. */
static void fill_words(volatile uint64_t *to, uint64_t word, uint32_t count)
{
	for (; count >= 8; count -= 8, to += 8) {
		to[0] = word;
		to[1] = word;
		to[2] = word;
		to[3] = word;
		to[4] = word;
		to[5] = word;
		to[6] = word;
		to[7] = word;
	}
	while (count-- > 0)
		*to++ = word;
}

static void clear_line(volatile uint8_t *to)
{
	uint64_t run[24]; /* a multiple of every pixel size */
	uint32_t run_bytes = sizeof(run), line_bytes = con.mode.width * con.pixel_bytes;

	if (con.pixel_bytes != 3 && (((uintptr_t)to | line_bytes) & 7) == 0) {
		fill_words((volatile uint64_t *)to, con.words[0], line_bytes / 8);
		return;
	}
	for (uint32_t i = 0; i < run_bytes; i += con.pixel_bytes)
		memcpy((uint8_t *)run + i, &con.background, con.pixel_bytes);
	for (uint32_t x = 0; x < line_bytes; x += run_bytes)
		store_run(to + x, run, line_bytes - x < run_bytes ? line_bytes - x : run_bytes);
}

static void clear(void)
{
	for (uint32_t y = 0; y < con.mode.height; y++)
		clear_line(con.base + (uint64_t)y * con.mode.stride);
	memset(shadow, ' ', sizeof(shadow));
	con.column = con.row = 0;
	con.jump_column = con.jump_row = 0;
}

/* ---- Text -------------------------------------------------------------------------------------------------------- */

static void set_cell(uint32_t column, uint32_t row, char c)
{
	con.effort -= EFFORT_SAME;
	if (shadow[row][column] == c)
		return;
	con.effort -= (int32_t)(GLYPH_WIDTH * GLYPH_HEIGHT * con.scale * con.scale * con.pixel_bytes);
	shadow[row][column] = c;
	draw_cell(column, row);
}

/* False: not done yet. */
static bool jump(void)
{
	uint32_t by = con.rows / 3 != 0 ? con.rows / 3 : 1;

	for (; con.jump_row < con.rows; con.jump_row++, con.jump_column = 0)
		for (; con.jump_column < con.columns; con.jump_column++) {
			uint32_t from = con.jump_row + by;

			if (con.effort <= 0)
				return false;
			set_cell(con.jump_column, con.jump_row, from < con.rows ? shadow[from][con.jump_column] : ' ');
		}
	con.jump_row = 0;
	con.row -= by;
	return true;
}

static bool new_line(void)
{
	if (con.row + 1 == con.rows && !jump())
		return false;
	con.column = 0;
	con.row++;
	return true;
}

/* True if the character belongs to an escape sequence. */
static bool is_escape(unsigned char c)
{
	switch (con.escape) {
	case ESCAPE_NONE: con.escape = c == 0x1b ? ESCAPE_START : ESCAPE_NONE; return c == 0x1b;
	case ESCAPE_START: con.escape = c == '[' ? ESCAPE_CSI : ESCAPE_NONE; return true;
	case ESCAPE_CSI:
		if (c >= 0x40)
			con.escape = ESCAPE_NONE;
		return true;
	}
	return false;
}

static bool put_visible(unsigned char c)
{
	if (c >= 0x80 && c < 0xc0)
		return true; /* continues a UTF-8 sequence, whose first byte has been shown */
	if (c < FIRST_GLYPH || c >= FIRST_GLYPH + GLYPHS)
		c = '?';
	if (con.column == con.columns && !new_line())
		return false;
	set_cell(con.column++, con.row, (char)c);
	return true;
}

/* False: the character has to come again. */
static bool put(unsigned char c)
{
	if (con.effort <= 0)
		return false;
	if (is_escape(c))
		return true;
	switch (c) {
	case '\n': return new_line();
	case '\r': con.column = 0; return true;
	case '\t':
		do
			if (con.effort <= 0 || !put_visible(' '))
				return false; /* and goes on from there when it comes again */
		while (con.column % TAB != 0 && con.column < con.columns);
		return true;
	case '\b':
		if (con.column != 0)
			con.column--;
		return true;
	case '\0': return true;
	default: return put_visible(c);
	}
}

static size_t console_write(struct console *self, const char *text, size_t length)
{
	size_t done = 0;

	(void)self;
	con.effort = EFFORT;
	while (done < length && put((unsigned char)text[done]))
		done++;
	return done;
}

static struct console console = {.name = "framebuffer", .write = console_write};

bool console_framebuffer_init(const struct helion_framebuffer *fb, volatile void *virt)
{
	uint32_t pixel_bytes = fb->bits_per_pixel / 8, cell_width, cell_height;

	if (con.base != NULL || virt == NULL || fb->bits_per_pixel % 8 != 0 || pixel_bytes < 2 || pixel_bytes > 4)
		return false;
	/* 32-bit factors: the products cannot wrap. */
	if (fb->stride < (uint64_t)fb->width * pixel_bytes || fb->size < (uint64_t)fb->height * fb->stride)
		return false;
	con.scale = fb->width >= DOUBLE_WIDTH ? 2 : 1;
	cell_width = GLYPH_WIDTH * con.scale;
	cell_height = GLYPH_HEIGHT * con.scale;
	con.columns = fb->width / cell_width < COLUMNS_MAX ? fb->width / cell_width : COLUMNS_MAX;
	con.rows = fb->height / cell_height < ROWS_MAX ? fb->height / cell_height : ROWS_MAX;
	if (con.columns < 2 || con.rows < 2)
		return false;
	con.mode = *fb;
	con.pixel_bytes = pixel_bytes;
	con.base = virt;
	set_colours(COLOUR_TEXT, COLOUR_BACKGROUND);
	clear();
	log_add_console(&console);
	return true;
}

void console_framebuffer_panic(void)
{
	if (con.base == NULL)
		return;
	con.escape = ESCAPE_NONE;
	set_colours(COLOUR_PANIC_TEXT, COLOUR_PANIC_BACKGROUND);
	clear();
}
