/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory type range registers (Intel SDM vol. 3A §12.11). CPUs that disagree on
 * the type of a page lose coherence; some firmware sets up the boot CPU only.
 */
#include "mtrr.h"

#include <stdatomic.h>

#include "kernel/arch.h"
#include "kernel/log.h"
#include "x86.h"

#define FIXED_COUNT     11
#define VARIABLE_MAX    32
#define DEF_TYPE_ENABLE (1u << 11)
#define CAP_FIXED       (1u << 8)

static const uint16_t fixed_msrs[FIXED_COUNT] = {
	0x250, 0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
};

static struct {
	bool valid, has_fixed;
	unsigned variable_count;
	uint64_t def_type;
	uint64_t fixed[FIXED_COUNT];
	uint64_t variable[2 * VARIABLE_MAX]; /* base and mask of each */
} saved;

void mtrr_save(void)
{
	uint64_t cap;

	if (!cpu_has(CPUID_MTRR))
		return;
	cap = rdmsr(MSR_MTRRCAP);
	saved.has_fixed = cap & CAP_FIXED;
	saved.variable_count = cap & 0xff;
	if (saved.variable_count > VARIABLE_MAX)
		saved.variable_count = VARIABLE_MAX;
	saved.def_type = rdmsr(MSR_MTRR_DEF_TYPE);
	for (unsigned i = 0; saved.has_fixed && i < FIXED_COUNT; i++)
		saved.fixed[i] = rdmsr(fixed_msrs[i]);
	for (unsigned i = 0; i < 2 * saved.variable_count; i++)
		saved.variable[i] = rdmsr(MSR_MTRR_PHYSBASE0 + i);
	saved.valid = true;
}

/* One CPU that differs is worth a line, not each of them. */
static _Atomic bool reported;

static bool is_same(void)
{
	if (rdmsr(MSR_MTRR_DEF_TYPE) != saved.def_type)
		return false;
	for (unsigned i = 0; saved.has_fixed && i < FIXED_COUNT; i++)
		if (rdmsr(fixed_msrs[i]) != saved.fixed[i])
			return false;
	for (unsigned i = 0; i < 2 * saved.variable_count; i++)
		if (rdmsr(MSR_MTRR_PHYSBASE0 + i) != saved.variable[i])
			return false;
	return true;
}

/* Caches off and empty, TLB empty, MTRRs off; write; and back (Intel SDM vol. 3A §12.11.7.2). */
void mtrr_apply(void)
{
	uint64_t cr0 = read_cr0(), cr4 = read_cr4();

	if (!saved.valid || is_same())
		return;
	write_cr0((cr0 | CR0_CD) & ~(uint64_t)CR0_NW);
	__asm__ volatile("wbinvd" : : : "memory");
	write_cr4(cr4 & ~(uint64_t)CR4_PGE);
	write_cr3(read_cr3());
	wrmsr(MSR_MTRR_DEF_TYPE, saved.def_type & ~(uint64_t)DEF_TYPE_ENABLE);
	for (unsigned i = 0; saved.has_fixed && i < FIXED_COUNT; i++)
		wrmsr(fixed_msrs[i], saved.fixed[i]);
	for (unsigned i = 0; i < 2 * saved.variable_count; i++)
		wrmsr(MSR_MTRR_PHYSBASE0 + i, saved.variable[i]);
	wrmsr(MSR_MTRR_DEF_TYPE, saved.def_type);
	__asm__ volatile("wbinvd" : : : "memory");
	write_cr3(read_cr3());
	write_cr0(cr0);
	write_cr4(cr4);
	if (!atomic_exchange(&reported, true))
		kprintf("cpu%u: memory type ranges differed from the boot CPU's, corrected\n", percpu_get()->index);
}
