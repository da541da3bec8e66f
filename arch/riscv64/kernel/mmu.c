/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * satp, the TLB and address spaces (privileged §10.1.11, §10.2.1). One root table
 * serves both halves; every user root carries a copy of the kernel's upper half.
 *
 * A hart may remember that an entry was invalid, so a page fault can come from an
 * entry that has become valid since. Nobody fences when he adds a mapping; the
 * fault handler does, when the tables say that there was no reason to fault
 * (trap.c). Whoever removes or restricts a mapping must flush.
 */
#include "kernel/arch.h"
#include "kernel/vm.h"
#include "lib/string.h"

#include "csr.h"
#include "riscv.h"
#include "sbi.h"

/* Mode of the boot hart (Sv39, Sv48, Sv57), in place; all harts use the same. */
static uint64_t satp_mode;
/* Largest ASID of the boot hart, 0 when it has none. */
static uint64_t asid_max;

uint64_t riscv_pbmt;

static void fence_all(void)
{
	__asm__ volatile("sfence.vma" : : : "memory");
}

uint64_t riscv_satp(uint64_t root)
{
	return satp_mode | root >> PT_PAGE_SHIFT;
}

/* ASID bits that a hart does not have read as zero (§10.1.11). */
static uint64_t probe_asids(uint64_t satp)
{
	uint64_t found;

	csr_write("satp", satp | (uint64_t)SATP_ASID_MASK << SATP_ASID_SHIFT);
	found = csr_read("satp") >> SATP_ASID_SHIFT & SATP_ASID_MASK;
	csr_write("satp", satp);
	return found;
}

/*
 * Svpbmt: its bits are reserved, and fault, unless machine mode has turned them on, which nothing tells (menvcfg is its own).
 * So a page of the window, where nothing is mapped yet, shows this variable in that way for a moment.
 */
static void probe_memory_types(void)
{
	static const uint64_t probed;
	uint64_t page = (uint64_t)&probed & ~(PT_PAGE_SIZE - 1);
	uint64_t *entry;

	if (pagetable_map(&kernel_pagetable, VM_WINDOW_BASE, vm_kernel_phys((void *)page), PT_PAGE_SIZE, PT_READ, NULL,
			  NULL) != PAGETABLE_OK)
		return;
	pagetable_remember(&kernel_pagetable, VM_WINDOW_BASE);
	entry = pagetable_recent_entry(&kernel_pagetable, VM_WINDOW_BASE);
	*entry |= RV_PTE_PBMT_NC;
	fence_all();
	if (riscv_probe_read(VM_WINDOW_BASE + (uint64_t)&probed - page))
		riscv_pbmt = RV_PTE_PBMT_NC | RV_PTE_PBMT_IO;
	*entry = 0;
	fence_all();
}

static uint64_t window_entry(const volatile void *page)
{
	uint64_t virt = (uint64_t)page;
	const uint64_t *entry;

	pagetable_remember(&kernel_pagetable, virt);
	entry = pagetable_recent_entry(&kernel_pagetable, virt);
	return entry ? *entry : 0;
}

bool riscv_memory_types_hold(void)
{
	/* Any address will do: nothing is read there. */
	uint64_t types = RV_PTE_PBMT_NC | RV_PTE_PBMT_IO;

	return (window_entry(vm_map_device(0, PT_PAGE_SIZE)) & types) == RV_PTE_PBMT_IO &&
	       (window_entry(vm_map_framebuffer(0, PT_PAGE_SIZE)) & types) == RV_PTE_PBMT_NC;
}

void arch_paging_load(uint64_t kernel_root)
{
	bool first = !satp_mode;

	if (first)
		satp_mode = csr_read("satp") >> SATP_MODE_SHIFT << SATP_MODE_SHIFT;
	asid_max = probe_asids(riscv_satp(kernel_root));
	fence_all();
	if (first)
		probe_memory_types();
}

/* Every mode has leaves at all levels (§10.4.1); the kernel's page tables end at 1 GiB. */
unsigned arch_paging_init(void)
{
	return 2;
}

uint32_t arch_asid_count(void)
{
	return (uint32_t)asid_max + 1;
}

uint64_t arch_vspace_token(uint64_t root, uint16_t asid)
{
	return riscv_satp(root) | (uint64_t)asid << SATP_ASID_SHIFT;
}

void arch_vspace_leave(void)
{
	arch_vspace_switch(riscv_satp(kernel_pagetable.root));
}

/* With an address it would reach leaves only, and a table may have gone as well (§10.2.1). */
void arch_tlb_flush_page(uint64_t token, uint64_t virt)
{
	(void)virt;
	__asm__ volatile("sfence.vma zero, %0" : : "r"(token >> SATP_ASID_SHIFT & SATP_ASID_MASK) : "memory");
}

/* All ASIDs at once; there is no fence for that which leaves global entries alone. */
void arch_tlb_flush_all(void)
{
	fence_all();
}

/* FENCE.I is for this hart only (unprivileged, Zifencei): the firmware makes the others do it. */
size_t arch_icache_sync(const void *start, size_t size)
{
	(void)start;
	arch_barrier();
	__asm__ volatile("fence.i" : : : "memory");
	if (cpu_count > 1)
		sbi_remote_fence_i();
	return size;
}
