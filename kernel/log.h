/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's log: printf into a ring that user space can read through System
 * log_read, and from there to the consoles. Usable from the first instruction in
 * C, on any CPU, in any state.
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/bootctx.h>

/* One console. write() may be called on any CPU, never on two at once. */
struct console {
	const char *name;
	void (*write)(struct console *self, const char *text, size_t length);
	struct console *next;
};

/* Adds a console; it gets everything that is in the ring first. */
void log_add_console(struct console *console);

/* Formats (lib/format.h) and writes. No newline is added. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kvprintf(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));
void log_write(const char *text, size_t length);

/* Copies from the ring: bytes from *position on, at most size. Positions count bytes since boot; if the
 * oldest are gone *position moves up first. Returns the number of bytes and advances *position. */
size_t log_read(uint64_t *position, char *buffer, size_t size);

/* Position after the last byte. Takes no lock, for a panic. */
uint64_t log_position(void);
/* Position at which the last `lines` lines begin, for log_read(); takes no lock, for a panic. */
uint64_t log_last_lines(unsigned lines);

/* From a panic: breaks the log's lock so that a CPU that died inside it does not silence the machine. */
void log_break_lock(void);

/* Prints a panic screen with message, registers (if tf), backtrace, last log lines; stops the machine. */
struct trapframe;
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));
_Noreturn void panic_trap(const struct trapframe *tf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Conditions that must hold in any build. */
#define kassert(condition)                                                                \
	do {                                                                              \
		if (!(condition))                                                         \
			panic("%s:%d: %s does not hold", __FILE__, __LINE__, #condition); \
	} while (0)

#endif
