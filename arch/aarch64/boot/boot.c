/* SPDX-License-Identifier: BSD-2-Clause */
/* What aarch64 supplies to the loader: see bootloader/arch.h. */
#include "bootloader/arch.h"

#include "el2.h"
#include "sysreg.h"

/* TCR_EL1: 48-bit halves of 4 KiB pages, walks cacheable and inner shareable. ARM ARM D17.2.139. */
#define TCR_T0SZ      (16ull << 0)
#define TCR_T1SZ      (16ull << 16)
#define TCR_WALK0     (1ull << 8 | 1ull << 10 | 3ull << 12)
#define TCR_WALK1     (1ull << 24 | 1ull << 26 | 3ull << 28)
#define TCR_TG1_4K    (2ull << 30)
#define TCR_IPS_SHIFT 32

#define PARANGE_48_BITS 5u

#define SPSR_EL1H 0x3c5ull /* EL1, its own stack pointer, all exceptions masked */
#define SPSR_EL2H 0x3c9ull

#define MPIDR_AFFINITY 0xff00ffffffull

uint64_t a64_kernel_ng;

static unsigned current_el(void)
{
	return (unsigned)sysreg_read("CurrentEL") >> 2 & 3;
}

/*
 * What the virtual counter will show once CNTVOFF_EL2 is 0: in EL2 that is the physical
 * counter, in EL1 somebody else decides about the offset.
 */
uint64_t arch_counter(void)
{
	__asm__ volatile("isb" : : : "memory");
	return current_el() == 2 ? sysreg_read("cntpct_el0") : sysreg_read("cntvct_el0");
}

uint64_t arch_counter_hz(const struct boot *boot)
{
	(void)boot;
	return sysreg_read("cntfrq_el0") & UINT32_MAX;
}

/* FEAT_RNG. The flags say whether the register had a number to give: Z is set if not. */
bool arch_random(uint64_t *ret)
{
	if (!sysreg_field("id_aa64isar0_el1", 60))
		return false;
	for (int i = 0; i < 16; i++) {
		uint64_t value, good;

		__asm__ volatile("mrs %0, " RNDR "\n\tcset %1, ne" : "=r"(value), "=r"(good) : : "cc", "memory");
		if (good) {
			*ret = value;
			return true;
		}
	}
	return false;
}

EFI_STATUS arch_boot_cpu(const struct boot *boot, uint64_t *ret)
{
	(void)boot;
	*ret = sysreg_read("mpidr_el1") & MPIDR_AFFINITY;
	return EFI_SUCCESS;
}

/* No address is common to all machines. */
void arch_fallback_console(struct helion_console *ret)
{
	(void)ret;
}

bool arch_paging_choose(uint64_t highest, unsigned *ret_levels, unsigned *ret_max_leaf)
{
	*ret_levels = 4;
	*ret_max_leaf = 2;
	return highest < ARCH_DIRECT_MAP_SIZE(4);
}

uint32_t arch_boot_flags(uint32_t wants)
{
	if (current_el() != 2)
		return 0;
	if ((wants & HELION_WANT_EL2) && el2_has_vhe())
		return HELION_BOOT_WAS_EL2 | HELION_BOOT_AT_EL2;
	return HELION_BOOT_WAS_EL2;
}

/*
 * Cleans the data cache to the point of coherency, which also serves CPUs that start with their caches off,
 * and drops all instructions cached anywhere. (ARM ARM B2.4.4.)
 */
void arch_sync_code(const void *start, size_t size)
{
	uint64_t line = 4ull << (sysreg_read("ctr_el0") >> 16 & 15);
	uint64_t end = (uint64_t)start + size;

	for (uint64_t at = (uint64_t)start & ~(line - 1); at < end; at += line)
		__asm__ volatile("dc cvac, %0" : : "r"(at) : "memory");
	__asm__ volatile("dsb ish\n\tic ialluis\n\tdsb ish\n\tisb" : : : "memory");
}

_Noreturn void arch_halt(void)
{
	__asm__ volatile("msr daifset, #15");
	for (;;)
		__asm__ volatile("wfe");
}

static uint64_t make_tcr(void)
{
	uint64_t range = sysreg_field("id_aa64mmfr0_el1", 0);

	if (range > PARANGE_48_BITS)
		range = PARANGE_48_BITS;
	return TCR_T0SZ | TCR_T1SZ | TCR_WALK0 | TCR_WALK1 | TCR_TG1_4K | range << TCR_IPS_SHIFT;
}

_Noreturn void arch_enter(const struct arch_jump *jump)
{
	bool stay = jump->flags & HELION_BOOT_AT_EL2;
	uint64_t tcr = make_tcr(), hcr = 0, cptr = 0;

	__asm__ volatile("msr daifset, #15" : : : "memory");
	if (current_el() == 2) {
		el2_open();
		hcr = el2_hcr(stay);
		cptr = el2_cptr(stay);
	}

	/* No function is called from here on: it would use these registers. */
	register uint64_t x0 __asm__("x0") = jump->context;
	register uint64_t x1 __asm__("x1") = jump->entry;
	register uint64_t x2 __asm__("x2") = jump->stack;
	register uint64_t x3 __asm__("x3") = jump->lower_root;
	register uint64_t x4 __asm__("x4") = jump->upper_root;
	register uint64_t x5 __asm__("x5") = tcr;
	register uint64_t x6 __asm__("x6") = ARCH_MAIR;
	register uint64_t x7 __asm__("x7") = hcr;
	register uint64_t x8 __asm__("x8") = stay ? SPSR_EL2H : SPSR_EL1H;
	register uint64_t x9 __asm__("x9") = cptr;
	__asm__ volatile("dsb sy\n\tbr %0"
			 :
			 : "r"(jump->handover), "r"(x0), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5), "r"(x6), "r"(x7),
			   "r"(x8), "r"(x9)
			 : "memory");
	__builtin_unreachable();
}
