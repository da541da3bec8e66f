/* SPDX-License-Identifier: BSD-2-Clause */
/* What the processor has to keep the kernel and user mode apart: whether it is in force. */
#include "kernel/arch.h"

#include "kpti.h"
#include "x86.h"

void arch_selftest(void (*report)(const char *what, bool passed))
{
	static const struct {
		uint64_t feature, bit;
		const char *what;
	} features[] = {
		{CPUID_SMEP, CR4_SMEP, "SMEP is on"},
		{CPUID_SMAP, CR4_SMAP, "SMAP is on"},
		{CPUID_UMIP, CR4_UMIP, "UMIP is on"},
	};

	report("the kernel cannot write what is read-only", read_cr0() & CR0_WP);
	for (unsigned i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (cpu_has(features[i].feature))
			report(features[i].what, read_cr4() & features[i].bit);
	if (kpti_root)
		report("user mode has nothing of the kernel but its entry", kpti_check());
}
