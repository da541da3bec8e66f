/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/selftest.h"

#include "kernel/arch.h"
#include "kernel/bootctx.h"
#include "kernel/bootmem.h"
#include "kernel/cpu.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/trap.h"
#include "kernel/vm.h"
#include "platform/console.h"

/* Long, for a machine that is emulated on a busy one. */
#define WAIT_NS 5000000000ull

static void report(const char *what, bool passed)
{
	kprintf("selftest: %s: %s\n", what, passed ? "ok" : "FAILED");
}

/* Takes interrupts until done() or the time is over; the timer wakes it every millisecond. */
static bool wait_until(bool (*done)(void))
{
	uint64_t deadline = arch_timer_now() + WAIT_NS;

	while (!done() && arch_timer_now() < deadline) {
		arch_timer_set(arch_timer_now() + 1000000);
		arch_cpu_wait();
	}
	arch_timer_set(UINT64_MAX);
	return done();
}

static uint64_t ticks_before;

static bool ticked_ten_times(void)
{
	return atomic_load(&cpus[0].ticks) >= ticks_before + 10;
}

static bool all_ticked(void)
{
	for (uint32_t i = 1; i < cpu_count; i++)
		if (atomic_load(&cpus[i].state) == CPU_RUNNING && !atomic_load(&cpus[i].ticks))
			return false;
	return true;
}

static bool line_fired(void)
{
	return atomic_load(&trap_test_count) > 0;
}

static void test_timer(void)
{
	uint64_t start = arch_timer_now(), elapsed;
	bool ticked;

	ticks_before = atomic_load(&cpus[0].ticks);
	ticked = wait_until(ticked_ten_times);
	elapsed = arch_timer_now() - start;
	report("timer ticks on the boot CPU", ticked);
	report("ten ticks of 1 ms take at least 10 ms", elapsed >= 10000000);
	report("timer ticked on every CPU", wait_until(all_ticked));
}

static void test_line(void)
{
	if (!machine.console_irq || boot_context->console.type == HELION_CONSOLE_SBI ||
	    boot_context->console.type == HELION_CONSOLE_NONE) {
		kprintf("selftest: interrupt line: skipped, the console has none\n");
		return;
	}
	trap_test_line = machine.console_irq;
	if (!arch_irq_enable_line(trap_test_line, machine.console_irq_level, machine.console_irq_active_low)) {
		report("interrupt line of the console", false);
		return;
	}
	if (!console_uart_irq(true))
		kprintf("selftest: interrupt line: skipped, the console cannot raise it\n");
	else
		report("interrupt line of the console", wait_until(line_fired));
	console_uart_irq(false);
	arch_irq_disable_line(trap_test_line);
	trap_test_line = UINT32_MAX;
}

static struct percpu *ipi_target;

static bool ipi_taken(void)
{
	return atomic_load(&ipi_target->pending) == 0;
}

static void test_ipi(void)
{
	for (uint32_t i = 1; i < cpu_count; i++) {
		if (atomic_load(&cpus[i].state) != CPU_RUNNING)
			continue;
		ipi_target = &cpus[i];
		cpu_request(ipi_target, CPU_REQUEST_RESCHEDULE);
		if (!wait_until(ipi_taken)) {
			report("inter-processor interrupt", false);
			return;
		}
	}
	if (cpu_running_count() > 1)
		report("inter-processor interrupt", true);
}

/* No page of the kernel's half may be both writable and executable, the direct map never executable. */
static void test_wx(void)
{
	bool image = true, direct = true;
	struct pagetable_entry entry;

	for (uint32_t i = 0; i < boot_context->segments.count; i++) {
		const struct helion_segment *segment = bootctx_segment(boot_context, i);

		for (uint64_t at = 0; at < segment->size; at += HELION_PAGE_SIZE)
			if (pagetable_query(&kernel_pagetable, segment->virt + at, &entry) &&
			    (entry.flags & PT_WRITE) && (entry.flags & PT_EXEC))
				image = false;
	}
	for (uint32_t i = 0; i < boot_context->memory_map.count; i++) {
		const struct helion_memory_range *range = bootctx_memory(boot_context, i);

		if (pagetable_query(&kernel_pagetable, (uint64_t)vm_direct(range->base), &entry) &&
		    (entry.flags & PT_EXEC))
			direct = false;
	}
	report("no kernel page is writable and executable", image);
	report("the direct map is not executable", direct);
	report("the page below the boot stack is not mapped",
	       !pagetable_query(&kernel_pagetable, (uint64_t)boot_stack_guard, &entry));
}

/* -- Breaking things on purpose ---------------------------------------------------- */

static volatile uint64_t sink;

static __attribute__((noinline)) uint64_t overflow_stack(uint64_t depth)
{
	volatile uint64_t frame[64];

	frame[depth % 64] = depth;
	if (depth == UINT64_MAX)
		return depth;
	return overflow_stack(depth + 1) + frame[(depth + 1) % 64];
}

/* A page of the kernel's half that user mode could use, which the kernel cannot. */
static void *make_user_page(void)
{
	uint64_t virt = VM_WINDOW_END - HELION_PAGE_SIZE;

	pagetable_map(&kernel_pagetable, virt, bootmem_alloc(1), HELION_PAGE_SIZE, PT_READ | PT_EXEC | PT_USER, NULL,
		      NULL);
	arch_barrier();
	return (void *)virt;
}

/* Not inlined: GCC forgets the function then, although its address is used. */
static __attribute__((noinline)) void break_something(void)
{
	if (boot_option("panic", "message"))
		panic("asked for on the command line");
	if (boot_option("panic", "null"))
		sink = *(volatile uint64_t *)(sink + 8);
	if (boot_option("panic", "text"))
		*(volatile uint32_t *)(uint64_t)break_something = 0;
	if (boot_option("panic", "exec"))
		((void (*)(void))vm_direct(boot_context->phys))();
	if (boot_option("panic", "user-read"))
		sink = *(volatile uint64_t *)make_user_page();
	if (boot_option("panic", "user-exec"))
		((void (*)(void))make_user_page())();
	if (boot_option("panic", "stack"))
		sink = overflow_stack(0);
}

void selftest_run(void)
{
	if (boot_option("selftest", NULL)) {
		test_timer();
		test_line();
		test_ipi();
		test_wx();
		arch_selftest(report);
	}
	break_something();
}
