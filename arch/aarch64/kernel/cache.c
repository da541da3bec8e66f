/* SPDX-License-Identifier: BSD-2-Clause */
/* Cache maintenance (ARM ARM B2.4.4 and D7.5.9). */
#include "cache.h"

#include "kernel/arch.h"
#include "sysreg.h"

/* CTR_EL0 (ARM ARM D17.2.34). Line sizes are the logarithm of a number of words. */
#define CTR_ILINE(ctr) (4ull << ((ctr)&0xf))
#define CTR_DLINE(ctr) (4ull << (((ctr) >> 16) & 0xf))
#define CTR_L1IP(ctr)  (((ctr) >> 14) & 3)
#define CTR_L1IP_PIPT  3
#define CTR_IDC        (1ull << 28) /* no cleaning needed for instruction fetches */
#define CTR_DIC        (1ull << 29) /* no invalidation needed */

#define FOR_EACH_LINE(operation, start, size, line)                                                    \
	for (uint64_t address = (uint64_t)(start) & ~((line)-1); address < (uint64_t)(start) + (size); \
	     address += (line))                                                                        \
	__asm__ volatile(operation ", %0" : : "r"(address) : "memory")

void cache_clean_to_memory(const volatile void *start, size_t size)
{
	uint64_t line = CTR_DLINE(sysreg_read(ctr_el0));

	FOR_EACH_LINE("dc civac", start, size, line);
	__asm__ volatile("dsb sy" : : : "memory");
}

/* So many bytes at once. */
#define SYNC_PART 65536u

size_t arch_icache_sync(const void *start, size_t size)
{
	uint64_t ctr = sysreg_read(ctr_el0);

	if (size > SYNC_PART && !((ctr & CTR_IDC) && (ctr & CTR_DIC)))
		size = SYNC_PART;
	if (!(ctr & CTR_IDC))
		FOR_EACH_LINE("dc cvau", start, size, CTR_DLINE(ctr));
	__asm__ volatile("dsb ish" : : : "memory");
	if (!(ctr & CTR_DIC)) {
		/* What is executed at another virtual address is found by this one only in a physically tagged
		 * and indexed cache (D7.5.8). */
		if (CTR_L1IP(ctr) == CTR_L1IP_PIPT)
			FOR_EACH_LINE("ic ivau", start, size, CTR_ILINE(ctr));
		else
			__asm__ volatile("ic ialluis" : : : "memory");
		__asm__ volatile("dsb ish" : : : "memory");
	}
	isb();
	return size;
}
