/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/cpu.h"

#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/sched.h"
#include "kernel/task.h"
#include "kernel/tlb.h"
#include "kernel/vm.h"

struct percpu cpus[CPU_MAX];
uint32_t cpu_count = 1;

/* How long a CPU may take from the request to its first line of C. */
#define START_TIMEOUT_NS 2000000000ull
/* Each CPU proves its timer with one tick this long after its start. */
#define FIRST_TICK_NS 1000000ull

void cpu_init(void)
{
	uint64_t self = arch_cpu_id(boot_context);
	uint64_t limit = boot_option_number("cpus", CPU_MAX);

	cpus[0].hwid = self;
	for (uint32_t i = 0; i < machine.cpu_count; i++) {
		const struct machine_cpu *desc = &machine.cpus[i];

		if (desc->hwid == self || !desc->usable)
			continue;
		if (cpu_count >= CPU_MAX || cpu_count >= limit) {
			kprintf("cpu: %#llx is left out\n", (unsigned long long)desc->hwid);
			continue;
		}
		cpus[cpu_count].index = cpu_count;
		cpus[cpu_count].hwid = desc->hwid;
		cpu_count++;
	}
}

static void start(struct percpu *cpu)
{
	uint64_t deadline;

	cpu->self = cpu;
	cpu->stack = vm_alloc_stack();
	cpu->kernel_root = kernel_pagetable.root;
	atomic_store(&cpu->state, CPU_STARTING);
	if (!arch_cpu_start(cpu, machine_find_cpu(&machine, cpu->hwid))) {
		kprintf("cpu %u: %#llx refused to start\n", cpu->index, (unsigned long long)cpu->hwid);
		atomic_store(&cpu->state, CPU_FAILED);
		return;
	}
	deadline = arch_timer_now() + START_TIMEOUT_NS;
	while (atomic_load(&cpu->state) == CPU_STARTING) {
		uint32_t starting = CPU_STARTING;

		if (arch_timer_now() > deadline && atomic_compare_exchange_strong(&cpu->state, &starting, CPU_FAILED)) {
			kprintf("cpu %u: %#llx did not arrive\n", cpu->index, (unsigned long long)cpu->hwid);
			return;
		}
		arch_cpu_relax();
	}
}

void cpu_start_all(void)
{
	atomic_store(&cpus[0].state, CPU_RUNNING);
	if (cpu_count > 1)
		arch_smp_init(&machine);
	for (uint32_t i = 1; i < cpu_count; i++)
		start(&cpus[i]);
	kprintf("cpu: %u of %u running\n", cpu_running_count(), cpu_count);
}

uint32_t cpu_running_count(void)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < cpu_count; i++)
		count += atomic_load(&cpus[i].state) == CPU_RUNNING;
	return count;
}

void cpu_secondary_main(struct percpu *cpu)
{
	uint32_t starting = CPU_STARTING;

	arch_init_cpu(cpu);
	arch_irq_init_cpu(cpu);
	arch_timer_init_cpu(cpu);
	/* Too late: the boot CPU has given this one up and counts on it to stay away. */
	if (!atomic_compare_exchange_strong(&cpu->state, &starting, CPU_RUNNING))
		arch_cpu_halt();
	arch_timer_set(arch_timer_now() + FIRST_TICK_NS);
	kernel_exit();
}

void cpu_idle(void)
{
	if (!sched_has_work(percpu_get()))
		arch_cpu_wait();
}

void cpu_take_interrupts(void)
{
	arch_cpu_poll();
}

void cpu_request(struct percpu *cpu, uint32_t request)
{
	atomic_fetch_or(&cpu->pending, request);
	arch_ipi_send(cpu);
}

void cpu_poll_requests(void)
{
	struct percpu *cpu = percpu_get();
	uint32_t pending;

	if (!atomic_load_explicit(&cpu->pending, memory_order_relaxed))
		return;
	pending = atomic_load(&cpu->pending);
	if (pending & CPU_REQUEST_STOP)
		arch_cpu_halt();
	if (pending & CPU_REQUEST_FLUSH)
		tlb_flush_request(cpu);
	if (pending & CPU_REQUEST_SYNC && cpu->current)
		task_leave(cpu, cpu->current);
	/* The answer: what was asked for has been done. */
	atomic_fetch_and(&cpu->pending, ~pending);
}

void cpu_sync(struct percpu *cpu)
{
	cpu_request(cpu, CPU_REQUEST_SYNC);
	while (atomic_load(&cpu->pending) & CPU_REQUEST_SYNC)
		arch_cpu_relax();
}

/* CPU_REQUEST_RESCHEDULE: kernel_exit() looks at the run queue anyway. */
void ipi_interrupt(void)
{
	restricted_trapped(percpu_get());
	cpu_poll_requests();
}
