/* SPDX-License-Identifier: BSD-2-Clause */
/* From the loader's jump to the first instruction of init. */
#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/bootctx.h"
#include "kernel/bootmem.h"
#include "kernel/cpu.h"
#include "kernel/init.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/resources.h"
#include "kernel/sched.h"
#include "kernel/selftest.h"
#include "kernel/spinlock.h"
#include "kernel/system.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"
#include "platform/console.h"

#ifndef HELION_VERSION
#define HELION_VERSION "unknown"
#endif

const struct helion_bootctx *boot_context;
struct machine machine;

static const void *map_table(uint64_t phys, size_t size)
{
	return vm_map_table(phys, size);
}

static volatile void *map_device(uint64_t phys, size_t size)
{
	return vm_map_device(phys, size);
}

static void *alloc(size_t size)
{
	return bootmem_alloc_bytes(size);
}

const struct machine_access resources_access = {
	.map_table = map_table,
	.map_device = map_device,
	.alloc = alloc,
};

static void start_consoles(void)
{
	const struct helion_console *console = &boot_context->console;

	if (console->type && console->virt)
		console_uart_remap(vm_map_device(console->base, console->size));
	for (uint32_t i = 0; i < boot_context->framebuffers.count; i++) {
		const struct helion_framebuffer *fb = bootctx_framebuffer(boot_context, i);
		volatile void *virt = vm_map_framebuffer(fb->phys, fb->size);

		if (virt && console_framebuffer_init(fb, virt))
			break;
	}
}

static void print_context(void)
{
	const struct helion_bootctx *ctx = boot_context;

	kprintf("kernel: Helion %s, loaded by %s %s on %s\n", HELION_VERSION, bootctx_string(ctx, &ctx->loader_name),
		bootctx_string(ctx, &ctx->loader_version), bootctx_string(ctx, &ctx->firmware_vendor));
	kprintf("kernel: slide %#llx, %u-level paging, command line \"%s\"\n", (unsigned long long)ctx->kernel_slide,
		ctx->paging_levels, options_cmdline());
	kprintf("kernel: %llu KiB of RAM, %u ranges in the memory map\n",
		(unsigned long long)(ctx->firmware_ram_bytes / 1024), ctx->memory_map.count);
}

void kernel_main(const struct helion_bootctx *ctx, uint64_t entry_counter)
{
	const char *problem;

	boot_context = ctx;
	cpus[0].self = &cpus[0];
	cpus[0].stack = (uint64_t)boot_stack_top;
	arch_init_early(&cpus[0]);
	vm_init_early(ctx);
	problem = bootctx_check(ctx);
	if (!problem) {
		options_init(bootctx_string(ctx, &ctx->cmdline));
		console_uart_init(&ctx->console, (volatile void *)ctx->console.virt);
	}
	if (problem)
		panic("boot context: %s", problem);
	system_timestamp(HELION_KTIME_ENTRY, entry_counter);
	bootmem_init(ctx);
	vm_init(ctx);
	cpus[0].kernel_root = kernel_pagetable.root;
	start_consoles();
	system_timestamp(HELION_KTIME_PAGING, arch_counter());
	print_context();

	tlb_init();
	spin_delay_init();
	sched_init();
	arch_init_cpu(&cpus[0]);
	if (!machine_enumerate(ctx, &resources_access, &machine))
		panic("the firmware gave neither ACPI tables nor a device tree");
	cpu_init();
	system_timestamp(HELION_KTIME_MACHINE, arch_counter());

	arch_irq_init(&machine);
	arch_irq_init_cpu(&cpus[0]);
	arch_timer_init(&machine);
	arch_timer_init_cpu(&cpus[0]);
	kprintf("kernel: interrupts by %s, %u lines; timer: %s\n", arch_irq_name(), arch_irq_count(),
		arch_timer_name());
	cpu_start_all();
	system_timestamp(HELION_KTIME_CPUS, arch_counter());
	selftest_run();

	init_make();
	kprintf("kernel: entering init\n");
	log_defer();
	system_timestamp(HELION_KTIME_INIT, arch_counter());
	kernel_exit();
}
