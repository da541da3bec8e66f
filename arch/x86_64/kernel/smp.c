/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting the other CPUs with INIT and start-up IPIs (Intel SDM vol. 3A
 * §9.4.4, MultiProcessor Specification 1.4 appendix B.4), one after the other.
 */
#include "smp.h"

#include "kernel/arch.h"
#include "kernel/bootmem.h"
#include "kernel/log.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "clock.h"
#include "descriptor.h"
#include "kpti.h"
#include "lapic.h"
#include "percpu_x86.h"
#include "trampoline.h"
#include "x86.h"

#define LIMIT_REAL_MODE (1ull << 20)
#define LIMIT_32_BIT    (1ull << 32)
#define KERNEL_HALF     256

struct percpu *_Atomic smp_start_cpu;

static uint64_t trampoline; /* physical address, 0: no CPU can be started */
static _Atomic bool stopping;

/* Pages for the temporary tables: one of each level. */
struct table_pool {
	uint64_t next, end;
};

static uint64_t table_alloc(void *ctx)
{
	struct table_pool *pool = ctx;
	uint64_t page = pool->next;

	if (page == pool->end)
		return 0;
	pool->next += PT_PAGE_SIZE;
	return page;
}

/* The kernel's half, and the trampoline's page at its physical address. Returns the root, 0 when there is no memory. */
static uint64_t make_tables(uint64_t page)
{
	unsigned levels = kernel_pagetable.levels;
	uint64_t base = bootmem_alloc_below(levels, LIMIT_32_BIT);
	struct table_pool pool = {base, base + levels * PT_PAGE_SIZE};
	struct pagetable tables = {
		.levels = levels,
		.alloc = table_alloc,
		.direct = (uint64_t)vm_direct(0),
		.ctx = &pool,
	};
	uint64_t *root, *kernel_root = vm_direct(kernel_pagetable.root);

	if (!base)
		return 0;
	tables.root = table_alloc(&pool);
	if (pagetable_map(&tables, page, page, PT_PAGE_SIZE, PT_READ | PT_WRITE | PT_EXEC, NULL, NULL) != PAGETABLE_OK)
		return 0;
	root = vm_direct(tables.root);
	for (unsigned i = KERNEL_HALF; i < PT_ENTRIES; i++)
		root[i] = kernel_root[i];
	return tables.root;
}

void arch_smp_init(const struct machine *machine)
{
	struct trampoline_data *data;
	uint64_t page, root;
	char *code;

	if (machine->cpu_count < 2)
		return;
	page = bootmem_alloc_below(1, LIMIT_REAL_MODE);
	if (!page) {
		kprintf("smp: no free page below 1 MiB, going on with one CPU\n");
		return;
	}
	root = make_tables(page);
	if (!root) {
		kprintf("smp: no free pages below 4 GiB, going on with one CPU\n");
		return;
	}
	code = vm_direct(page);
	memcpy(code, trampoline_start, (size_t)(trampoline_end - trampoline_start));
	data = (struct trampoline_data *)(code + TRAMPOLINE_DATA);
	*data = (struct trampoline_data){
		.cr3 = (uint32_t)root,
		/* Five-level paging cannot be switched on later. */
		.cr4 = CR4_PAE | ((uint32_t)read_cr4() & CR4_LA57),
		.efer = EFER_LME | EFER_NXE,
		.entry = (uint64_t)secondary_entry,
	};
	trampoline = page;
}

/* Whether the CPU has taken its place within the time. */
static bool has_arrived(uint64_t microseconds)
{
	for (uint64_t i = 0; i < microseconds; i += 10) {
		if (atomic_load(&smp_start_cpu) == NULL)
			return true;
		clock_delay_us(10);
	}
	return false;
}

bool arch_cpu_start(struct percpu *cpu, const struct machine_cpu *desc)
{
	uint32_t id = (uint32_t)desc->hwid;

	if (!trampoline)
		return false;
	if (kpti_root)
		kpti_prepare(cpu);
	else
		x86_percpu(cpu)->ist_stacks =
			(uint64_t)vm_direct(bootmem_alloc(IST_COUNT * IST_STACK_SIZE / PT_PAGE_SIZE));
	cpu->kernel_root = kernel_pagetable.root;
	x86_percpu(cpu)->apic_id = id;
	atomic_store(&smp_start_cpu, cpu);

	if (!lapic_send_init(id)) {
		kprintf("smp: no command reaches the CPU with APIC id %#x\n", id);
		return false;
	}
	clock_delay_us(10000);
	for (unsigned i = 0; i < 2; i++) {
		if (!lapic_send_startup(id, (uint32_t)(trampoline / PT_PAGE_SIZE)))
			return false;
		/* The second one is for CPUs that missed the first. */
		if (has_arrived(200))
			return true;
	}
	return true;
}

void smp_secondary(struct percpu *cpu)
{
	descriptor_load(cpu);
	cpu_secondary_main(cpu);
}

void arch_cpu_stop_others(void)
{
	struct percpu *self = percpu_get();

	atomic_store(&stopping, true);
	for (uint32_t i = 0; i < CPU_MAX; i++) {
		/* Only those that run the kernel: firmware may have parked the rest where an NMI has no handler. */
		if (&cpus[i] == self || atomic_load(&cpus[i].state) != CPU_RUNNING)
			continue;
		lapic_send_nmi((uint32_t)cpus[i].hwid);
	}
}

bool smp_is_stopping(void)
{
	return atomic_load(&stopping);
}
