/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest kernel for the Helion boot protocol: says hello on the serial
 * console, draws on every framebuffer and, if the command line says "exit=qemu", ends
 * the machine. It needs helion/bootctx.h and docs/boot-protocol.md.
 */
#include <helion/bootctx.h>

__attribute__((section(".note.helion"), used, aligned(4))) static const struct {
	uint32_t name_size, data_size, type;
	char name[8];
	uint16_t version[2];
} note = {7, 4, HELION_NOTE_PROTOCOL, HELION_NOTE_OWNER, {HELION_BOOTCTX_VERSION_MAJOR, 0}};

/* What differs by architecture: a byte to a port, or a call of the firmware; and the one that ends the machine. */
static void special(uint64_t where, uint64_t value)
{
#if defined(__x86_64__) /* waits for a UART's status; a port without one reads as ready */
#define END 0xf4, 0x10  /* QEMU's isa-debug-exit */
	for (uint8_t status = 0; !(status & 0x20);)
		__asm__ volatile("inb %w1, %0" : "=a"(status) : "d"(where + 5));
	__asm__ volatile("outb %b0, %w1" : : "a"(value), "d"(where));
#elif defined(__aarch64__)
#define END 0x84000008, ctx->flags &HELION_BOOT_WAS_EL2 /* PSCI: by SMC if the loader took EL2 from the firmware */
	if (value)
		__asm__ volatile("mov x0, %0\n\tsmc #0" : : "r"(where) : "x0", "x1", "x2", "x3", "memory");
	else
		__asm__ volatile("mov x0, %0\n\thvc #0" : : "r"(where) : "x0", "x1", "x2", "x3", "memory");
#else
#define END 8, 0 /* SBI: shutdown */
	__asm__ volatile("mv a0, %0\n\tmv a7, %1\n\tecall" : : "r"(value), "r"(where) : "a0", "a1", "a7", "memory");
#endif
}

/* A 16550 can take a character when bit 5 of register 5 is set, a PL011 when bit 5 of the register at 0x18 is clear. */
static void put(const struct helion_console *console, uint8_t c)
{
	uint32_t pl011 = console->type == HELION_CONSOLE_PL011, ready = pl011 ? 0 : 0x20;
	volatile uint8_t *at = (volatile uint8_t *)console->virt,
			 *status = at + (pl011 ? 0x18 : 5 << console->reg_shift);

	if (console->type == HELION_CONSOLE_16550_PORT || console->type == HELION_CONSOLE_SBI)
		special(console->base ? console->base : 1, c); /* 1 is SBI's call that prints */
	if (!at)
		return;
	while (((console->reg_width == 1 ? *status : *(volatile uint32_t *)status) & 0x20) != ready)
		continue;
	if (console->reg_width == 1)
		*at = c;
	else
		*(volatile uint32_t *)at = c;
}

static void print(const struct helion_bootctx *ctx, const char *text)
{
	while (*text)
		put(&ctx->console, (uint8_t)*text++);
}

/* A gradient of red and green with a blue disc in its middle. */
static void draw(const struct helion_framebuffer *fb)
{
	int32_t width = (int32_t)fb->width, height = (int32_t)fb->height;

	for (int32_t y = 0; fb->virt && fb->bits_per_pixel == 32 && y < height; y++) {
		volatile uint32_t *line = (volatile uint32_t *)(fb->virt + (uint64_t)y * fb->stride);

		for (int32_t x = 0; x < width; x++) {
			int32_t dx = x - width / 2, dy = y - height / 2, disc = dx * dx + dy * dy < height * height / 9;
			uint32_t red = (uint32_t)(x * 255 / width), green = (uint32_t)(y * 255 / height),
				 blue = disc ? 255 : 0;

			line[x] = red << fb->red_shift | green << fb->green_shift | blue << fb->blue_shift;
		}
	}
}

_Noreturn void _start(const struct helion_bootctx *ctx);
_Noreturn void _start(const struct helion_bootctx *ctx)
{
	const char *base = (const char *)ctx, *word = "exit=qemu";

	print(ctx, "hello from a kernel of the Helion boot protocol, loaded by ");
	print(ctx, base + ctx->loader_name.offset);
	for (uint32_t i = 0; i < ctx->framebuffers.count; i++)
		draw((const void *)(base + ctx->framebuffers.offset + i * ctx->framebuffers.stride));
	print(ctx, ctx->framebuffers.count ? "\r\ndrawn\r\n" : "\r\nno framebuffer\r\n");
	for (const char *at = base + ctx->cmdline.offset; *at && *word; at++)
		word = *at == *word ? word + 1 : "exit=qemu";
	if (!*word)
		special(END);
	for (;;)
		continue;
}
