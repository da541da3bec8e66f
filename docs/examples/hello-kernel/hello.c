/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest kernel for the Helion boot protocol: says hello on the serial
 * console, draws on every framebuffer, and ends the machine. It needs nothing but
 * helion/bootctx.h and docs/boot-protocol.md.
 */
#include <helion/bootctx.h>

__attribute__((section(".note.helion"), used, aligned(4))) static const struct {
	uint32_t name_size, data_size, type;
	char name[8];
	uint16_t version[2];
} note = { 7, 4, HELION_NOTE_PROTOCOL, HELION_NOTE_OWNER, { HELION_BOOTCTX_VERSION_MAJOR, 0 } };

/* What differs by architecture: one character to a port or to the firmware, and the end. */
#if defined(__x86_64__)
static void out(uint16_t port, uint8_t value) { __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port)); }
static uint8_t in(uint16_t port) { uint8_t v; __asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port)); return v; }
static void firmware_put(char c) { (void)c; }
static void port_put(uint16_t port, char c) { while (!(in(port + 5) & 0x20)) {} out(port, (uint8_t)c); }
static void end(const struct helion_bootctx *ctx) { (void)ctx; out(0xf4, 0x10); } /* QEMU's isa-debug-exit */
#elif defined(__aarch64__)
static void firmware_put(char c) { (void)c; }
static void port_put(uint16_t port, char c) { (void)port, (void)c; }
static void end(const struct helion_bootctx *ctx) /* PSCI SYSTEM_OFF: by SMC where we took EL2 over, else by HVC */
{
	register uint64_t x0 __asm__("x0") = 0x84000008;

	if (ctx->flags & HELION_BOOT_WAS_EL2)
		__asm__ volatile("smc #0" : "+r"(x0) : : "memory");
	else
		__asm__ volatile("hvc #0" : "+r"(x0) : : "memory");
}
#else
static void sbi(uint64_t extension, uint64_t function, uint64_t arg0, uint64_t arg1)
{
	register uint64_t a0 __asm__("a0") = arg0, a1 __asm__("a1") = arg1;
	register uint64_t a6 __asm__("a6") = function, a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
}
static void firmware_put(char c) { sbi(1, 0, (uint8_t)c, 0); }
static void port_put(uint16_t port, char c) { (void)port, (void)c; }
static void end(const struct helion_bootctx *ctx) { (void)ctx; sbi(0x53525354, 0, 0, 0); } /* system reset: shutdown */
#endif

static void put(const struct helion_console *console, char c)
{
	volatile uint8_t *reg = (volatile uint8_t *)console->virt;
	unsigned shift = console->reg_shift;

	switch (console->type) {
	case HELION_CONSOLE_16550_PORT:
		port_put((uint16_t)console->base, c);
		break;
	case HELION_CONSOLE_16550: /* wait for "transmitter holding register empty" */
		while (console->reg_width == 1 ? !(reg[5u << shift] & 0x20) : !(*(volatile uint32_t *)(reg + (5u << shift)) & 0x20)) {}
		if (console->reg_width == 1) *reg = (uint8_t)c; else *(volatile uint32_t *)reg = (uint8_t)c;
		break;
	case HELION_CONSOLE_PL011: /* wait while "transmit FIFO full" */
		while (*(volatile uint32_t *)(reg + 0x18) & 0x20) {}
		*(volatile uint32_t *)reg = (uint8_t)c;
		break;
	case HELION_CONSOLE_SBI:
		firmware_put(c);
		break;
	}
}

static void print(const struct helion_bootctx *ctx, const char *text)
{
	for (; *text; text++)
		put(&ctx->console, *text);
}

static void draw(const struct helion_framebuffer *fb)
{
	for (uint32_t y = 0; fb->virt && y < fb->height; y++)
		for (uint32_t x = 0; x < fb->width; x++) { /* a red and green gradient with a blue disc */
			int64_t dx = (int64_t)x - fb->width / 2, dy = (int64_t)y - fb->height / 2, r = fb->height / 3;
			uint32_t red = x * ((1u << fb->red_bits) - 1) / fb->width, green = y * ((1u << fb->green_bits) - 1) / fb->height;
			uint32_t blue = dx * dx + dy * dy < r * r ? (1u << fb->blue_bits) - 1 : 0;
			uint32_t pixel = red << fb->red_shift | green << fb->green_shift | blue << fb->blue_shift;

			for (uint32_t i = 0; i < fb->bits_per_pixel / 8u; i++)
				((volatile uint8_t *)fb->virt)[(uint64_t)y * fb->stride + x * (fb->bits_per_pixel / 8u) + i] = (uint8_t)(pixel >> 8 * i);
		}
}

_Noreturn void _start(const struct helion_bootctx *ctx);
_Noreturn void _start(const struct helion_bootctx *ctx)
{
	print(ctx, "hello from a kernel of the Helion boot protocol, loaded by ");
	print(ctx, (const char *)ctx + ctx->loader_name.offset);
	for (uint32_t i = 0; i < ctx->framebuffers.count; i++)
		draw((const void *)((const char *)ctx + ctx->framebuffers.offset + i * ctx->framebuffers.stride));
	print(ctx, ctx->framebuffers.count ? "\r\ndrawn\r\n" : "\r\nno framebuffer\r\n");
	end(ctx);
	for (;;) {}
}
