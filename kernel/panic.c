/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The panic screen: what happened, registers, a symbolised backtrace. It trusts
 * nothing: the log's lock is broken, memory is read only where it is mapped, and
 * a panic inside a panic stops at once.
 */
#include <stdarg.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/ksyms.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "platform/console.h"

#define BACKTRACE_MAX 24
#define LAST_LINES    8
/* Characters of a function's name that are shown. */
#define SYMBOL_MAX 63

static _Atomic uint32_t panicking;

/* The next entry of the table: its offset grows, the name replaces the end of the one before. */
static const uint8_t *next_symbol(const uint8_t *at, uint64_t *offset, char *name)
{
	unsigned length, shift = 0;

	do {
		*offset += (uint64_t)(*at & 0x7f) << shift;
		shift += 7;
	} while (*at++ & 0x80);
	length = *at++;
	do {
		if (length < SYMBOL_MAX)
			name[length] = (char)*at;
		length++;
	} while (*at++);
	name[SYMBOL_MAX] = '\0';
	return at;
}

static void print_address(uint64_t pc)
{
	uint64_t target = pc - boot_context->kernel_virt, offset = 0, found = 0;
	static char name[SYMBOL_MAX + 1], best[SYMBOL_MAX + 1];
	const uint8_t *at = ksyms;

	best[0] = '\0';
	if (target < boot_context->kernel_size)
		for (uint32_t i = 0; i < ksyms_count; i++) {
			at = next_symbol(at, &offset, name);
			if (offset > target)
				break;
			found = offset;
			memcpy(best, name, sizeof(best));
		}
	if (best[0])
		kprintf("  %#018llx %s+%#llx\n", (unsigned long long)pc, best, (unsigned long long)(target - found));
	else
		kprintf("  %#018llx\n", (unsigned long long)pc);
}

static void print_backtrace(uint64_t pc, uint64_t fp)
{
	kprintf("backtrace (slide %#llx):\n", (unsigned long long)boot_context->kernel_slide);
	if (pc)
		print_address(pc);
	for (unsigned i = 0; i < BACKTRACE_MAX; i++) {
		if (!arch_backtrace_step(&fp, &pc, vm_read_safely))
			break;
		/* A return address: the call is just before it. */
		print_address(pc - 1);
	}
}

/* What led to it: the screen was cleared, and the serial log may have scrolled away. */
static void print_last_lines(uint64_t from, uint64_t to)
{
	char text[128];
	uint64_t at = from;

	kprintf("last messages:\n");
	while (at < to) {
		size_t size = to - at < sizeof(text) ? to - at : sizeof(text);

		log_write(text, log_read(&at, text, size));
	}
}

static _Noreturn void stop(void)
{
	if (boot_option("exit", "qemu"))
		arch_power_off(&machine, 1);
	arch_cpu_halt();
}

static _Noreturn void die(const struct trapframe *tf, uint64_t fp, const char *format, va_list arguments)
{
	uint64_t last, end;

	if (atomic_exchange(&panicking, 1))
		arch_cpu_halt();
	log_break_lock();
	last = log_last_lines(LAST_LINES);
	end = log_position();
	arch_cpu_stop_others();
	log_flush();
	console_framebuffer_panic();
	kprintf("\nkernel panic on CPU %u: ", percpu_get()->index);
	kvprintf(format, arguments);
	kprintf("\n");
	if (tf) {
		arch_trapframe_print(tf, kprintf);
		if (!trapframe_from_user(tf))
			print_backtrace(trapframe_pc(tf), trapframe_fp(tf));
	} else {
		print_backtrace(0, fp);
	}
	print_last_lines(last, end);
	kprintf("kernel stopped\n");
	stop();
}

void panic(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	die(NULL, arch_frame_pointer(), format, arguments);
}

void panic_trap(const struct trapframe *tf, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	die(tf, 0, format, arguments);
}
