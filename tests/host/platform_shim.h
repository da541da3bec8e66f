/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lets the sources of platform/ run on the developer's machine. Include it first, then the sources under test.
 *
 * It stands in for the architecture's <arch/cpu.h>, <arch/io.h> and <arch/trapframe.h>, whose include guards it takes,
 * so that device registers are those of a test: every access goes through shim_access. The log is kept in memory.
 */
#ifndef TESTS_HOST_PLATFORM_SHIM_H
#define TESTS_HOST_PLATFORM_SHIM_H

#define ARCH_CPU_H
#define ARCH_IO_H
#define ARCH_TRAPFRAME_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tap.h"

/* CHECK() with a sentence for what should hold. */
#define CHECK_THAT(condition, what) tap_check((condition), (what), __FILE__, __LINE__)

struct trapframe;

/* Device registers: write is NULL for a read. */
typedef uint64_t shim_access_fn(uintptr_t address, unsigned width, const uint64_t *write);
extern shim_access_fn *shim_access;
shim_access_fn *shim_access;

#define SHIM_MMIO(bits)                                                                   \
	static inline uint##bits##_t mmio_read##bits(const volatile void *address)        \
	{                                                                                 \
		return (uint##bits##_t)shim_access((uintptr_t)address, bits / 8, NULL);   \
	}                                                                                 \
	static inline void mmio_write##bits(volatile void *address, uint##bits##_t value) \
	{                                                                                 \
		uint64_t wide = value;                                                    \
		shim_access((uintptr_t)address, bits / 8, &wide);                         \
	}
SHIM_MMIO(8)
SHIM_MMIO(16)
SHIM_MMIO(32)
SHIM_MMIO(64)

static inline void arch_cpu_relax(void) {}

#include "kernel/log.h"

static char shim_log[1 << 16];
static size_t shim_log_used;

bool log_write(const char *text, size_t length)
{
	if (length > sizeof(shim_log) - 1 - shim_log_used)
		length = sizeof(shim_log) - 1 - shim_log_used;
	memcpy(shim_log + shim_log_used, text, length);
	shim_log_used += length;
	shim_log[shim_log_used] = '\0';
	return true;
}

void kprintf(const char *format, ...)
{
	char line[1024];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	log_write(line, strlen(line));
}

static struct console *shim_console;

void log_add_console(struct console *console)
{
	shim_console = console;
}

/* As the log does it: until the console has taken all. Returns how many calls that took. */
static inline unsigned shim_say(const char *text)
{
	unsigned calls = 0;

	for (size_t left = strlen(text), taken; left > 0; text += taken, left -= taken, calls++) {
		taken = shim_console->write(shim_console, text, left);
		if (taken > left)
			abort();
	}
	return calls;
}

static inline void shim_log_clear(void)
{
	shim_log_used = 0;
	shim_log[0] = '\0';
}

static inline bool shim_logged(const char *text)
{
	return strstr(shim_log, text) != NULL;
}

/* For a person who looks into a failure: HELION_TEST_LOG=1. */
static inline void shim_log_show(void)
{
	if (getenv("HELION_TEST_LOG") != NULL)
		fprintf(stderr, "%s", shim_log);
}

#endif
