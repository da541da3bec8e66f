/* SPDX-License-Identifier: BSD-2-Clause */
/* See el2.h. */
#include "el2.h"

#include "sysreg.h"

#define HCR_ATA (1ull << 56) /* memory tags */
#define HCR_API (1ull << 41) /* pointer authentication: instructions */
#define HCR_APK (1ull << 40) /* ... keys */
#define HCR_E2H (1ull << 34)
#define HCR_RW  (1ull << 31) /* EL1 is AArch64 */
#define HCR_TGE (1ull << 27)

#define CNTHCTL_EL1PCTEN     (1u << 0) /* physical counter and timer for EL1, with E2H clear */
#define CNTHCTL_EL1PCEN      (1u << 1)
#define CNTHCTL_VHE_EL1PCTEN (1u << 10) /* the same with E2H set */
#define CNTHCTL_VHE_EL1PCEN  (1u << 11)

#define CPTR_RES1     0x22ffull /* with E2H clear; bits 8 and 12 trap what the CPU may have */
#define CPTR_TZ       (1ull << 8)
#define CPTR_TSM      (1ull << 12)
#define CPTR_VHE_FPEN (3ull << 20) /* with E2H set: no traps of FP, SVE, SME */
#define CPTR_VHE_ZEN  (3ull << 16)
#define CPTR_VHE_SMEN (3ull << 24)

bool el2_has_vhe(void)
{
	return sysreg_field("id_aa64mmfr1_el1", 8) != 0;
}

static bool has_pauth(void)
{
	return (sysreg_read("id_aa64isar1_el1") & 0xff000ff0ull) || (sysreg_read(ID_AA64ISAR2) & 0xff00ull);
}

uint64_t el2_hcr(bool stay)
{
	uint64_t hcr = HCR_RW;

	if (has_pauth())
		hcr |= HCR_API | HCR_APK;
	if (sysreg_field("id_aa64pfr1_el1", 8) >= 2)
		hcr |= HCR_ATA;
	return stay ? hcr | HCR_E2H | HCR_TGE : hcr;
}

uint64_t el2_cptr(bool vhe)
{
	bool has_sve = sysreg_field("id_aa64pfr0_el1", 32) != 0, has_sme = sysreg_field("id_aa64pfr1_el1", 24) != 0;

	if (vhe)
		return CPTR_VHE_FPEN | (has_sve ? CPTR_VHE_ZEN : 0) | (has_sme ? CPTR_VHE_SMEN : 0);
	return CPTR_RES1 | (has_sve ? 0 : CPTR_TZ) | (has_sme ? 0 : CPTR_TSM);
}

/* Vector lengths: as long as the CPU has them. The registers can be reached while their traps are off. */
static void allow_vectors(void)
{
	if (sysreg_field("id_aa64pfr0_el1", 32))
		sysreg_write(ZCR_EL2, 0x1ff);
	if (sysreg_field("id_aa64pfr1_el1", 24)) {
		uint64_t smcr = 0xf;

		if (sysreg_read(ID_AA64SMFR0) >> 63)
			smcr |= 1ull << 31; /* FA64: all instructions in streaming mode */
		sysreg_write(SMCR_EL2, smcr);
	}
}

/* No fine-grained traps, except that bits 54 and 55 allow what they name when they are set (SME). */
static void allow_fine_grained(void)
{
	uint64_t allow = sysreg_field("id_aa64pfr1_el1", 24) ? 3ull << 54 : 0;

	if (sysreg_field("id_aa64mmfr1_el1", 40))
		sysreg_write(HCRX_EL2, 0);
	if (!sysreg_field("id_aa64mmfr0_el1", 56))
		return;
	sysreg_write(HFGRTR_EL2, allow);
	sysreg_write(HFGWTR_EL2, allow);
	sysreg_write(HFGITR_EL2, 0);
	sysreg_write(HDFGRTR_EL2, 0);
	sysreg_write(HDFGWTR_EL2, 0);
	if (sysreg_field("id_aa64pfr0_el1", 44))
		sysreg_write(HAFGRTR_EL2, 0);
}

/* All event counters, the profiling buffer and the trace buffer belong to EL1. */
static void allow_debug(void)
{
	unsigned pmu = sysreg_field("id_aa64dfr0_el1", 8);
	uint64_t mdcr = 0;

	if (pmu != 0 && pmu != 15)
		mdcr |= sysreg_read("pmcr_el0") >> 11 & 31;
	if (sysreg_field("id_aa64dfr0_el1", 32))
		mdcr |= 3u << 12;
	if (sysreg_field("id_aa64dfr0_el1", 44))
		mdcr |= 3u << 24;
	sysreg_write("mdcr_el2", mdcr);
}

/* The system-register interface of a GICv3. EL3 firmware may withhold it: the bit then reads as 0. */
static void allow_gic(void)
{
	if (!sysreg_field("id_aa64pfr0_el1", 24))
		return;
	sysreg_write(ICC_SRE_EL2, sysreg_read(ICC_SRE_EL2) | 1 | 1u << 3);
	__asm__ volatile("isb");
	if (sysreg_read(ICC_SRE_EL2) & 1)
		sysreg_write(ICH_HCR_EL2, 0);
}

void el2_open(void)
{
	bool vhe = el2_has_vhe() && (sysreg_read("hcr_el2") & HCR_E2H);

	sysreg_write("cptr_el2", el2_cptr(vhe));
	__asm__ volatile("isb");
	allow_vectors();
	sysreg_write("hstr_el2", 0);
	allow_debug();
	allow_fine_grained();
	allow_gic();
	sysreg_write("cnthctl_el2",
		     vhe ? CNTHCTL_VHE_EL1PCTEN | CNTHCTL_VHE_EL1PCEN : CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN);
	sysreg_write("cntvoff_el2", 0);
	sysreg_write("vttbr_el2", 0);
	sysreg_write("vpidr_el2", sysreg_read("midr_el1"));
	sysreg_write("vmpidr_el2", sysreg_read("mpidr_el1"));
	__asm__ volatile("isb");
}
