/* SPDX-License-Identifier: BSD-2-Clause */
#include "fpu.h"

#include <arch/fpu.h>

#include "kernel/arch.h"
#include "kernel/log.h"
#include "lib/string.h"
#include "sysreg.h"

/* ID_AA64PFR0_EL1: floating point (15: none), SVE. */
#define PFR0_FP      16
#define PFR0_FP_NONE 0xf
#define PFR0_SVE     32

#define CPACR_FPEN (3ull << 20) /* no trap of floating point and Advanced SIMD */
#define CPACR_ZEN  (3ull << 16) /* nor of SVE */

#define ZCR_EL1     s3_0_c1_c2_0
#define ZCR_LEN_MAX 0xfull /* 2048 bits; the CPU makes it the longest that it has */

/* Bits that exist (ARM ARM C5.2.8, C5.2.9); those of later extensions are kept, a CPU without them ignores them. */
#define FPCR_BITS 0x07ff9f07u
#define FPSR_BITS 0xf800009fu

/* Set by the boot CPU, and the same for the others. */
static size_t size;
static bool has_sve;
static uint64_t vector_bytes = 16;

static bool cpu_has_sve(void)
{
	return id_field(sysreg_read(id_aa64pfr0_el1), PFR0_SVE) != 0;
}

static uint64_t own_vector_bytes(void)
{
	uint64_t bytes;

	sysreg_write(cpacr_el1, CPACR_FPEN | CPACR_ZEN);
	isb();
	sysreg_write(ZCR_EL1, ZCR_LEN_MAX);
	isb();
	bytes = fpu_vector_bytes();
	sysreg_write(cpacr_el1, 0);
	isb();
	return bytes;
}

/* One that has less than the boot CPU must not run tasks: it stops, and the boot CPU gives it up. */
static _Noreturn void refuse(const char *what)
{
	kprintf("cpu%u: has not the boot CPU's %s and is left out\n", percpu_get()->index, what);
	arch_cpu_halt();
}

void arch_fpu_init_cpu(void)
{
	bool has_fp = id_field(sysreg_read(id_aa64pfr0_el1), PFR0_FP) != PFR0_FP_NONE;

	sysreg_write(cpacr_el1, 0);
	isb();
	if (percpu_get()->index == 0) {
		has_sve = has_fp && cpu_has_sve();
		if (has_sve)
			vector_bytes = own_vector_bytes();
		size = has_fp ? ARCH_FPU_SIZE(vector_bytes, has_sve) : 0;
		kprintf("fpu: %s, vectors of %u bits, %zu bytes for each task\n",
			!has_fp   ? "none"
			: has_sve ? "SVE"
				  : "Advanced SIMD",
			(unsigned)vector_bytes * 8, size);
		return;
	}
	if (size != 0 && !has_fp)
		refuse("floating-point unit");
	if (has_sve && (!cpu_has_sve() || own_vector_bytes() != vector_bytes))
		refuse("length of vectors");
}

size_t arch_fpu_size(void)
{
	return size;
}

void arch_fpu_sanitize(void *area)
{
	struct arch_fpu *fpu = area;

	fpu->fpsr &= FPSR_BITS;
	fpu->fpcr &= FPCR_BITS;
	fpu->vector_bytes = (uint32_t)vector_bytes;
	fpu->sve = has_sve;
	memset(fpu->reserved, 0, sizeof(fpu->reserved));
}

void arch_fpu_reset(void *area)
{
	memset(area, 0, size);
	arch_fpu_sanitize(area);
}

static size_t predicates(void)
{
	return ARCH_FPU_REGISTERS + 32 * vector_bytes;
}

void arch_fpu_save(void *area)
{
	if (has_sve)
		fpu_save_sve(area, (char *)area + predicates());
	else
		fpu_save_simd(area);
}

void arch_fpu_load(const void *area)
{
	if (has_sve)
		fpu_load_sve(area, (const char *)area + predicates());
	else
		fpu_load_simd(area);
}

void arch_fpu_enable(bool on)
{
	sysreg_write(cpacr_el1, !on ? 0 : has_sve ? CPACR_FPEN | CPACR_ZEN : CPACR_FPEN);
	isb();
}
