/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting the other CPUs: a page with the code of secondary.S and an identity
 * map of it, then PSCI CPU_ON (DEN 0022 §5.6) or the spin table that the device
 * tree names (Devicetree Specification §3.8.1, with 64-bit release addresses).
 */
#include "cache.h"
#include "exception.h"
#include "kernel/arch.h"
#include "kernel/bootmem.h"
#include "kernel/log.h"
#include "kernel/vm.h"
#include "lib/string.h"
#include "mmu.h"
#include "psci.h"
#include "secondary.h"
#include "sysreg.h"

static enum machine_psci conduit;
static uint64_t page;                   /* physical address of the code, 0 when there is none */
static struct secondary_params *params; /* in it, through the direct map */

/* Tables are read by CPUs that have just turned their MMU on, so each goes to memory when the map is complete. */
#define TABLES_MAX 4
static uint64_t tables[TABLES_MAX];
static unsigned table_count;

static uint64_t table_alloc(void *unused)
{
	(void)unused;
	if (table_count == TABLES_MAX)
		return 0;
	tables[table_count] = bootmem_alloc_below(1, 1ull << 48);
	return tables[table_count] ? tables[table_count++] : 0;
}

/* Root of a lower half that has only the page; 0 when memory is short. */
static uint64_t identity_map(void)
{
	struct pagetable map = {
		.levels = 4,
		.alloc = table_alloc,
		.direct = (uint64_t)vm_direct(0),
	};

	map.root = table_alloc(NULL);
	if (!map.root ||
	    pagetable_map(&map, page, page, HELION_PAGE_SIZE, PT_READ | PT_EXEC, NULL, NULL) != PAGETABLE_OK)
		return 0;
	for (unsigned i = 0; i < table_count; i++)
		cache_clean_to_memory(vm_direct(tables[i]), HELION_PAGE_SIZE);
	return map.root;
}

/* First C of another CPU, at its stack's top; the MMU has the identity map still. */
static _Noreturn void secondary_main(struct percpu *cpu)
{
	arch_percpu_set(cpu);
	sysreg_write(vbar_el1, (uint64_t)exception_vectors);
	mmu_clear_user();
	cpu_secondary_main(cpu);
}

void arch_smp_init(const struct machine *machine)
{
	size_t size = (size_t)(secondary_end - secondary_start);
	char *code;

	conduit = machine->psci;
	page = bootmem_alloc_below(1, 1ull << 48);
	if (!page)
		return;
	code = vm_direct(page);
	memcpy(code, secondary_start, size);
	params = (struct secondary_params *)(code + (secondary_params - secondary_start));
	params->mair = ARCH_MAIR;
	params->tcr = mmu_tcr();
	params->ttbr0 = identity_map();
	params->ttbr1 = sysreg_read(ttbr1_el1);
	params->sctlr = SCTLR_KERNEL;
	params->entry = (uint64_t)secondary_main;
	if (!params->ttbr0)
		page = 0;
	cache_clean_to_memory(code, size);
	arch_icache_sync(code, size);
}

/* The release address need not be RAM that is mapped, so it is written as a device's register would be; what a cache
 * may still hold of it goes first, lest it be written back over the new value. */
static bool release(uint64_t address)
{
	volatile uint64_t *word = vm_map_device(address, sizeof(*word));

	if (!word)
		return false;
	cache_clean_to_memory(word, sizeof(*word));
	*word = page;
	__asm__ volatile("dsb sy\n\tsev" : : : "memory");
	return true;
}

bool arch_cpu_start(struct percpu *cpu, const struct machine_cpu *desc)
{
	int64_t result;

	if (!page || cpu->index >= SECONDARY_CPUS_MAX)
		return false;
	/* One without the MMU does not look at this, so there is nothing to clean: coherence does the rest. */
	params->cpus[cpu->index].hwid = cpu->hwid;
	atomic_store_explicit(&params->cpus[cpu->index].cpu, cpu, memory_order_release);
	/* What the CPU reads is in place before it is called, or woken where it waits. */
	__asm__ volatile("dsb sy\n\tsev" : : : "memory");
	if (desc->spin_table)
		return release(desc->release_addr);
	result = psci_call(conduit, PSCI_CPU_ON, desc->hwid, page, 0);
	if (result != PSCI_SUCCESS)
		kprintf("cpu %u: PSCI CPU_ON: error %lld\n", cpu->index, (long long)result);
	return result == PSCI_SUCCESS;
}
