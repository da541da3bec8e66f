/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/system.h"

#include <helion/invocations.h>

#include "kernel/arch.h"
#include "kernel/cpu.h"
#include "kernel/invoke.h"
#include "kernel/log.h"
#include "kernel/pages.h"
#include "kernel/vm.h"

/* Most bytes of the log that one invocation copies. */
#define LOG_READ_MAX 4096u

static struct object system_object;
static uint64_t timestamps[HELION_KTIME_COUNT];

struct object *system_init(void)
{
	object_init(&system_object, HELION_TYPE_SYSTEM);
	system_object.permanent = true;
	return &system_object;
}

void system_timestamp(unsigned which, uint64_t counter)
{
	timestamps[which] = counter;
}

static enum helion_error info(struct invocation *inv)
{
	uint64_t ticks = 0;

	for (uint32_t i = 0; i < cpu_count; i++)
		ticks += atomic_load_explicit(&cpus[i].ticks, memory_order_relaxed);
	inv->ret[0] = cpu_running_count();
	inv->ret[1] = cpu_count;
	inv->ret[2] = arch_timer_now();
	inv->ret[3] = ticks;
	return HELION_OK;
}

static enum helion_error power_off(struct invocation *inv)
{
	if (inv->words[0] > 255)
		return HELION_ERR_ARGUMENT;
	kprintf("kernel: power off, status %u\n", (unsigned)inv->words[0]);
	log_flush();
	arch_power_off(&machine, (int)inv->words[0]);
	return HELION_ERR_UNSUPPORTED;
}

static enum helion_error cpu_info(struct invocation *inv)
{
	const struct percpu *cpu;

	if (inv->words[0] >= cpu_count)
		return HELION_ERR_ARGUMENT;
	cpu = &cpus[inv->words[0]];
	inv->ret[0] = cpu->hwid;
	inv->ret[1] = atomic_load(&cpu->state);
	inv->ret[2] = atomic_load_explicit(&cpu->ticks, memory_order_relaxed);
	inv->ret[3] = atomic_load_explicit(&cpu->interrupts, memory_order_relaxed);
	return HELION_OK;
}

static enum helion_error cpu_locks(struct invocation *inv)
{
	if (inv->words[0] >= cpu_count)
		return HELION_ERR_ARGUMENT;
	inv->ret[0] = cpus[inv->words[0]].contended;
	return HELION_OK;
}

static enum helion_error log_to_pages(struct invocation *inv)
{
	struct pages *pages = (struct pages *)inv->caps[0]->object;
	uint64_t position = inv->words[0], size = inv->words[1];

	if (pages->object.type != HELION_TYPE_PAGES)
		return HELION_ERR_TYPE;
	if (!(inv->caps[0]->rights & HELION_RIGHT_WRITE))
		return HELION_ERR_RIGHTS;
	if (pages->kind != HELION_PAGES_RAM || size > pages->size)
		return HELION_ERR_ARGUMENT;
	if (size > LOG_READ_MAX)
		size = LOG_READ_MAX;
	inv->ret[0] = log_read(&position, vm_direct(pages->phys), size);
	inv->ret[1] = position;
	return HELION_OK;
}

static enum helion_error timestamp(struct invocation *inv)
{
	uint64_t which = inv->words[0];

	if (which < HELION_TIME_COUNT)
		inv->ret[0] = boot_context->timestamps[which];
	else if (which >= HELION_KTIME_ENTRY && which < HELION_KTIME_COUNT)
		inv->ret[0] = timestamps[which];
	else
		return HELION_ERR_ARGUMENT;
	inv->ret[1] = arch_counter_hz();
	return HELION_OK;
}

enum helion_error system_invoke(struct invocation *inv)
{
	switch (inv->label) {
	case HELION_SYSTEM_INFO: return info(inv);
	case HELION_SYSTEM_POWER_OFF: return power_off(inv);
	case HELION_SYSTEM_RESET:
		kprintf("kernel: reset\n");
		log_flush();
		arch_reset(&machine);
		return HELION_ERR_UNSUPPORTED;
	case HELION_SYSTEM_CPU_INFO: return cpu_info(inv);
	case HELION_SYSTEM_CPU_LOCKS: return cpu_locks(inv);
	case HELION_SYSTEM_LOG_READ: return log_to_pages(inv);
	case HELION_SYSTEM_TIMESTAMP: return timestamp(inv);
	case HELION_SYSTEM_FPU_INFO: inv->ret[0] = arch_fpu_size(); return HELION_OK;
	default: return HELION_ERR_INVOCATION;
	}
}
