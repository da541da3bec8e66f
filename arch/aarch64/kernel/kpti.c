/* SPDX-License-Identifier: BSD-2-Clause */
#include "kpti.h"

#include "kernel/arch.h"
#include "kernel/bootmem.h"
#include "kernel/log.h"
#include "kernel/options.h"
#include "kernel/vm.h"
#include "mmu.h"
#include "sysreg.h"

/* ID_AA64PFR0_EL1.CSV3: nothing that a speculative access may not read is used. */
#define PFR0_CSV3 60

#define MIDR_MODEL(midr) ((midr)&0xff00fff0u) /* implementer and part */
#define MIDR_ARM(part)   (0x41000000u | (part) << 4)

#define NOP       0xd503201fu
#define B(offset) (0x14000000u | ((uint32_t)((offset) / 4) & 0x3ffffffu))

/* Where code is written for a moment: in the window, whose end nothing else comes near to. */
#define ALIAS (VM_WINDOW_END - (2ull << 20))

extern char kpti_text[], kpti_user_return[], kpti_restricted_return[];
extern uint64_t kpti_kernel_ttbr0, kpti_kernel_ttbr1, kpti_user_ttbr1;

/* Where arch_vspace_switch() writes TTBR0 and waits for that: two instructions. */
extern int32_t vspace_switches_begin[], vspace_switches_end[];

bool kpti_is_on;
uint64_t a64_kernel_ng;
static struct pagetable tables;

/*
 * Of Arm's own cores the Cortex-A75 alone is concerned (Arm, "Vulnerability of Speculative Processors to Cache Timing
 * Side-Channel Mechanism", variant 3); those before CSV3 that are not: Cortex-A35, A53, A55, A57, A72, A73.
 */
static bool is_needed(void)
{
	static const uint16_t safe[] = {0xd04, 0xd03, 0xd05, 0xd07, 0xd08, 0xd09};

	if (id_field(sysreg_read(id_aa64pfr0_el1), PFR0_CSV3))
		return false;
	for (unsigned i = 0; i < sizeof(safe) / sizeof(safe[0]); i++)
		if (MIDR_MODEL(sysreg_read(midr_el1)) == MIDR_ARM(safe[i]))
			return false;
	return true;
}

void kpti_decide(void)
{
	kpti_is_on = boot_option("kpti", "on") || (!boot_option("kpti", "off") && is_needed());
	a64_kernel_ng = kpti_is_on ? A64_PTE_NG : 0;
}

static uint64_t table_alloc(void *unused)
{
	(void)unused;
	return bootmem_alloc(1);
}

static void map(struct pagetable *into, uint64_t virt, uint64_t phys, unsigned flags)
{
	if (pagetable_map(into, virt, phys, PT_PAGE_SIZE, PT_READ | flags, NULL, NULL) != PAGETABLE_OK)
		panic("kpti: mapping %#llx failed", (unsigned long long)virt);
}

/* Writes to the kernel's code, by a mapping that is there no longer than that. The other CPUs have not started. */
static void patch(const void *at, const void *from, size_t size)
{
	uint64_t page = (uint64_t)at & ~(PT_PAGE_SIZE - 1), offset = (uint64_t)at - page;
	const char *bytes = from;

	map(&kernel_pagetable, ALIAS, vm_kernel_phys((const void *)page), PT_WRITE | PT_GLOBAL);
	arch_barrier();
	for (size_t i = 0; i < size; i++)
		((volatile char *)ALIAS)[offset + i] = bytes[i];
	arch_icache_sync((void *)(ALIAS + offset), size);
	arch_icache_sync(at, size);
	pagetable_remember(&kernel_pagetable, ALIAS);
	*pagetable_recent_entry(&kernel_pagetable, ALIAS) = 0;
	arch_tlb_flush_all();
}

static void patch_jump(const void *at, const char *to)
{
	uint32_t jump = B(to - (const char *)at);

	patch(at, &jump, sizeof(jump));
}

void kpti_init(void)
{
	uint64_t ttbr0 = mmu_kernel_ttbr0();
	static const uint32_t nothing[] = {NOP, NOP};

	if (!kpti_is_on) {
		kprintf("kpti: off\n");
		return;
	}
	tables = (struct pagetable){
		.root = bootmem_alloc(1),
		.levels = kernel_pagetable.levels,
		.alloc = table_alloc,
		.direct = (uint64_t)vm_direct(0),
	};
	map(&tables, (uint64_t)kpti_text, vm_kernel_phys(kpti_text), PT_EXEC);
	patch(&kpti_kernel_ttbr0, &ttbr0, sizeof(ttbr0));
	patch(&kpti_kernel_ttbr1, &kernel_pagetable.root, sizeof(uint64_t));
	patch(&kpti_user_ttbr1, &tables.root, sizeof(uint64_t));
	for (const int32_t *site = vspace_switches_begin; site < vspace_switches_end; site++)
		patch((const char *)site + *site, nothing, sizeof(nothing));
	patch_jump((const void *)arch_user_return, kpti_user_return);
	patch_jump((const void *)arch_restricted_return, kpti_restricted_return);
	kprintf("kpti: on, user mode has no mapping of the kernel but its entry\n");
}

void kpti_init_cpu(void)
{
	if (kpti_is_on) {
		sysreg_write(vbar_el1, (uint64_t)kpti_text);
		return;
	}
	if (!is_needed() || boot_option("kpti", "off") || percpu_get()->index == 0)
		return;
	kprintf("cpu %u: user mode could read the kernel's memory here: it stops. kpti=on would let it run\n",
		percpu_get()->index);
	arch_cpu_halt();
}

/* Leaves below a table; those of the page count 1, any other far too much. The depth is that of paging. */
static uint64_t count_leaves(uint64_t phys, unsigned level, uint64_t base)
{
	const uint64_t *table = vm_direct(phys);
	uint64_t count = 0;

	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		uint64_t virt = base + i * pagetable_leaf_size(level);

		if (!arch_pte_present(table[i]))
			continue;
		if (!arch_pte_is_leaf(table[i], level))
			count += count_leaves(arch_pte_phys(table[i], level), level - 1, virt);
		else if (level == 0 && virt == (uint64_t)kpti_text &&
			 arch_pte_flags(table[i], 0) == (PT_READ | PT_EXEC))
			count++;
		else
			count += 1u << 30;
	}
	return count;
}

bool kpti_check(void)
{
	return count_leaves(tables.root, tables.levels - 1, ~0ull << (12 + 9 * tables.levels)) == 1;
}
