/* SPDX-License-Identifier: BSD-2-Clause */
/* Page-table roots and the TLB (Intel SDM vol. 3A §4.10.4). Process-context identifiers are not used. */
#include "kernel/arch.h"
#include "kernel/vm.h"

#include "x86.h"

void arch_paging_load(uint64_t kernel_root)
{
	uint64_t cr4 = read_cr4();

	/* Switching PGE off drops global entries too, which a load of CR3 keeps. */
	write_cr4(cr4 & ~(uint64_t)CR4_PGE);
	write_cr3(kernel_root);
	write_cr4(cr4 | CR4_PGE);
}

unsigned arch_paging_init(void)
{
	return cpu_has(CPUID_1GB_PAGES) ? 2 : 1;
}

uint32_t arch_asid_count(void)
{
	return 0;
}

uint64_t arch_vspace_token(uint64_t root, uint16_t asid)
{
	(void)asid;
	return root;
}

void arch_vspace_leave(void)
{
	write_cr3(kernel_pagetable.root);
}

/* Of the address space that is loaded, which is the only one that it remembers; what it knows of upper tables goes as well. */
void arch_tlb_flush_page(uint64_t token, uint64_t virt)
{
	(void)token;
	__asm__ volatile("invlpg %0" : : "m"(*(const char *)virt) : "memory");
}

void arch_tlb_flush_all(void)
{
	write_cr3(read_cr3());
}
