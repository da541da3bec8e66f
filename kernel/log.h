/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's log: printf into a ring that user space can read through System
 * log_read, and from there to the consoles. Usable from the first instruction in
 * C, on any CPU, in any state.
 *
 * Consoles are slow: a screen that scrolls takes millions of instructions, a character on a
 * serial line may take a hundred microseconds. Until log_defer() text is shown before the call that writes it returns.
 * Afterwards consoles catch up in steps of bounded length (log_step()), between which interrupts are taken: the task
 * that wrote does them before it goes on (WORK_LOG), CPUs that idle do what the kernel itself wrote. Nothing is lost:
 * programs have half of the ring for what is not shown yet and wait for room in it, and what the kernel writes beyond the
 * rest is shown at once.
 */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/bootctx.h>

/* One console. */
struct console {
	const char *name;
	/* Shows some of the text, in a few thousand instructions; returns how many characters are done, which may be
	 * none: the rest comes again. May be called on any CPU, never on two at once. */
	size_t (*write)(struct console *self, const char *text, size_t length);
	struct console *next;
	_Atomic uint64_t shown; /* position in the log up to which it is done */
};

/* Adds a console, while the kernel starts; it gets everything that is in the ring first. */
void log_add_console(struct console *console);

/* From now on who writes does not wait for the consoles. */
void log_defer(void);

/* Whether consoles may have something to show. */
extern _Atomic bool log_behind;

static inline bool log_is_behind(void)
{
	return atomic_load_explicit(&log_behind, memory_order_acquire);
}

/* One step of what consoles have not shown. False: there is nothing, or another CPU is at it. With interrupts off. */
bool log_step(void);

/* All of it, however long that takes: before the machine stops. */
void log_flush(void);

/* Formats (lib/format.h) and writes. No newline is added. */
void kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));
void kvprintf(const char *format, va_list arguments) __attribute__((format(printf, 1, 0)));
/* False: too much has not been shown yet, and nothing was written. Not before log_defer(), nor in a panic. */
bool log_write(const char *text, size_t length);

/* Copies from the ring: bytes from *position on, at most size. Positions count bytes since boot; if the
 * oldest are gone *position moves up first. Returns the number of bytes and advances *position. */
size_t log_read(uint64_t *position, char *buffer, size_t size);

/* Position after the last byte. Takes no lock, for a panic. */
uint64_t log_position(void);
/* Position at which the last `lines` lines begin, for log_read(); takes no lock, for a panic. */
uint64_t log_last_lines(unsigned lines);

/* From a panic: breaks the log's locks so that a CPU that died inside does not silence the machine, and shows at once what
 * is written. */
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
