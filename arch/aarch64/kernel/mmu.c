/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translation registers and TLBs (ARM ARM D8). TTBR1 has the kernel's half,
 * TTBR0 a user's table with its ASID, or one without an entry.
 */
#include "mmu.h"

#include "kernel/arch.h"
#include "kernel/vm.h"
#include "kpti.h"
#include "sysreg.h"

/* TCR_EL1 (ARM ARM D17.2.131). */
#define TCR_TNSZ(bits)    ((64ull - (bits)) | (64ull - (bits)) << 16)
#define TCR_CACHED_TABLES (1ull << 8 | 1ull << 10 | 1ull << 24 | 1ull << 26) /* write-back */
#define TCR_SHARED_TABLES (3ull << 12 | 3ull << 28)                          /* inner shareable */
#define TCR_TG1_4K        (2ull << 30)                                       /* TG0 = 0 is 4 KiB, too */
#define TCR_IPS(range)    ((uint64_t)(range) << 32)
#define TCR_AS16          (1ull << 36)

/* Physical addresses of 48 bits: entries in <arch/paging.h> have no room for more. */
#define PARANGE_48 5

#define ID_AA64MMFR2_EL1 s3_0_c0_c7_2
#define MMFR2_E0PD       60

#define TTBR_ASID(asid) ((uint64_t)(asid) << 48)

/* What TTBR0 points to when there are no user mappings. Never written; in .bss, as zeros need no room in the file. */
static uint64_t empty_table[PT_ENTRIES] __attribute__((aligned(4096)));

/* Set once on the boot CPU. */
static uint64_t empty_root;

static bool has_asid16(void)
{
	return id_field(sysreg_read(id_aa64mmfr0_el1), 4) == 2;
}

/* With KPTI the kernel has an ASID of its own, the last one. */
uint64_t mmu_kernel_ttbr0(void)
{
	return empty_root | (kpti_is_on ? TTBR_ASID(arch_asid_count()) : 0);
}

/*
 * With FEAT_E0PD user mode's accesses to the kernel's half end before the tables are read (ARM ARM D8.4.5), so that
 * neither a speculative access nor the time that a fault takes tells what is there.
 */
bool mmu_has_e0pd(void)
{
	return id_field(sysreg_read(ID_AA64MMFR2_EL1), MMFR2_E0PD) != 0;
}

uint64_t mmu_tcr(void)
{
	unsigned range = id_field(sysreg_read(id_aa64mmfr0_el1), 0);

	return (mmu_has_e0pd() ? TCR_E0PD1 : 0) | TCR_TNSZ(48) | TCR_CACHED_TABLES | TCR_SHARED_TABLES | TCR_TG1_4K |
	       TCR_IPS(range < PARANGE_48 ? range : PARANGE_48) | (has_asid16() ? TCR_AS16 : 0);
}

static void flush_local(void)
{
	__asm__ volatile("dsb nshst\n\t"
			 "tlbi vmalle1\n\t"
			 "dsb nsh\n\t"
			 "isb"
			 :
			 :
			 : "memory");
}

void mmu_clear_user(void)
{
	sysreg_write(ttbr0_el1, mmu_kernel_ttbr0());
	isb();
	flush_local();
}

/*
 * The old and the new table map the kernel's image alike, page by page. They may
 * map the direct map with leaves of different sizes, and a TLB must not be asked
 * for an address while it holds both (ARM ARM D8.14.1): from the change to the
 * end of the flush there is no access but the fetches.
 */
void arch_paging_load(uint64_t root)
{
	uint64_t tcr = mmu_tcr();

	empty_root = vm_kernel_phys(empty_table);
	__asm__ volatile("dsb ishst\n\t"
			 "msr ttbr0_el1, %[empty]\n\t"
			 "isb\n\t"
			 "msr tcr_el1, %[tcr]\n\t"
			 "msr ttbr1_el1, %[root]\n\t"
			 "isb\n\t"
			 "tlbi vmalle1\n\t"
			 "dsb nsh\n\t"
			 "isb"
			 :
			 : [empty] "r"(empty_root), [tcr] "r"(tcr), [root] "r"(root)
			 : "memory");
	/* Its ASID may have more bits only now. */
	mmu_clear_user();
}

/* Blocks of 1 GiB are part of the 4 KiB granule (D8.3.1). */
unsigned arch_paging_init(void)
{
	kpti_decide();
	return 2;
}

uint32_t arch_asid_count(void)
{
	uint32_t count = has_asid16() ? 65536 : 256;

	return kpti_is_on ? count - 1 : count;
}

uint64_t arch_vspace_token(uint64_t root, uint16_t asid)
{
	return root | TTBR_ASID(asid);
}

void arch_vspace_leave(void)
{
	arch_vspace_switch(empty_root);
}

/*
 * Both flush the TLBs of all CPUs. The first barrier orders the change of the table
 * before the flush, the second waits until no CPU uses the old entry (D8.13.5).
 */
void arch_tlb_flush_page(uint64_t token, uint64_t virt)
{
	uint64_t operand = (token & 0xffffull << 48) | (virt >> 12 & ((1ull << 44) - 1));

	__asm__ volatile("dsb ishst\n\t"
			 "tlbi vae1is, %0\n\t"
			 "dsb ish\n\t"
			 "isb"
			 :
			 : "r"(operand)
			 : "memory");
}

/* Global entries go as well; there is no operation for all others at once. */
void arch_tlb_flush_all(void)
{
	__asm__ volatile("dsb ishst\n\t"
			 "tlbi vmalle1is\n\t"
			 "dsb ish\n\t"
			 "isb"
			 :
			 :
			 : "memory");
}
