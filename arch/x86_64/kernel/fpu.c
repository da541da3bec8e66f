/* SPDX-License-Identifier: BSD-2-Clause */
#include "fpu.h"

#include <arch/fpu.h>

#include "kernel/arch.h"
#include "kernel/log.h"
#include "lib/string.h"
#include "x86.h"

/* State components (Intel SDM vol. 1 §13.1). Others stay off: they would only be more to save. */
#define XCR0_X87    (1ull << 0)
#define XCR0_SSE    (1ull << 1)
#define XCR0_AVX    (1ull << 2)
#define XCR0_AVX512 (7ull << 5) /* mask registers, upper halves of zmm0-15, zmm16-31: all or none */

#define CPUID_XSAVE      CPUID_BIT(0x1, 2, 26)
#define CPUID_XSAVEOPT   (1u << 0) /* leaf 0Dh, subleaf 1, EAX */
#define CPUID_XSAVEERPTR CPUID_BIT(0x80000008, 1, 2)

/* Bits of MXCSR where FXSAVE gives no mask (Intel SDM vol. 1 §11.6.6). */
#define MXCSR_MASK_DEFAULT 0xffbfu

/* All set by the boot CPU, and the same for the others. */
static size_t size;
static uint64_t xcr0; /* 0: FXSAVE */
static bool has_xsaveopt, leaks_pointers;
static uint32_t mxcsr_mask;

uint64_t fpu_cr4(void)
{
	return CR4_OSFXSR | CR4_OSXMMEXCPT | (cpu_has(CPUID_XSAVE) ? CR4_OSXSAVE : 0);
}

static void write_xcr0(uint64_t value)
{
	__asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)) : "memory");
}

/* What there is of x87, SSE, AVX, AVX-512, as far as one can be without the next. */
static uint64_t supported(void)
{
	struct cpuid r = cpuid_checked(0xd, 0);
	uint64_t have = (uint64_t)r.edx << 32 | r.eax, use = XCR0_X87 | XCR0_SSE;

	if (have & XCR0_AVX)
		use |= XCR0_AVX;
	if ((use & XCR0_AVX) && (have & XCR0_AVX512) == XCR0_AVX512)
		use |= XCR0_AVX512;
	return use;
}

static bool is_amd(void)
{
	struct cpuid r = cpuid(0, 0);

	return r.ebx == CPUID_VENDOR_AMD || r.ebx == CPUID_VENDOR_HYGON;
}

static void find_out(void)
{
	static struct arch_fpu image __attribute__((aligned(64)));

	__asm__ volatile("fninit; fxsave64 %0" : "=m"(image) : : "memory");
	mxcsr_mask = image.mxcsr_mask;
	if (mxcsr_mask == 0)
		mxcsr_mask = MXCSR_MASK_DEFAULT;
	/* AMD's processors before Zen 2 restore pointers of the last x87 instruction only when an exception is pending. */
	leaks_pointers = is_amd() && !cpu_has(CPUID_XSAVEERPTR);
	if (!cpu_has(CPUID_XSAVE)) {
		size = ARCH_FPU_FXSAVE_SIZE;
		return;
	}
	xcr0 = supported();
	has_xsaveopt = cpuid_checked(0xd, 1).eax & CPUID_XSAVEOPT;
	write_xcr0(xcr0);
	/* For what is enabled in XCR0. */
	size = cpuid(0xd, 0).ebx;
}

void arch_fpu_init_cpu(void)
{
	arch_fpu_enable(true);
	if (size == 0) {
		find_out();
		kprintf("fpu: %s, %s, %zu bytes for each task\n",
			xcr0 & XCR0_AVX512 ? "AVX-512"
			: xcr0 & XCR0_AVX  ? "AVX"
					   : "SSE",
			!xcr0          ? "FXSAVE"
			: has_xsaveopt ? "XSAVEOPT"
				       : "XSAVE",
			size);
	} else if (xcr0) {
		if (!cpu_has(CPUID_XSAVE) || (supported() & xcr0) != xcr0)
			panic("this CPU lacks vector registers that the boot CPU has");
		write_xcr0(xcr0);
	}
	arch_fpu_enable(false);
}

size_t arch_fpu_size(void)
{
	return size;
}

void arch_fpu_reset(void *area)
{
	struct arch_fpu *fpu = area;

	memset(fpu, 0, size);
	fpu->fcw = ARCH_FPU_FCW;
	fpu->mxcsr = ARCH_FPU_MXCSR;
	fpu->mxcsr_mask = mxcsr_mask;
}

/* What FXRSTOR and XRSTOR refuse with a protection fault (Intel SDM vol. 1 §13.8). */
void arch_fpu_sanitize(void *area)
{
	struct arch_fpu *fpu = area;

	fpu->mxcsr &= mxcsr_mask;
	fpu->mxcsr_mask = mxcsr_mask;
	if (!xcr0)
		return;
	fpu->xstate_bv &= xcr0;
	fpu->xcomp_bv = 0;
	memset(fpu->reserved2, 0, sizeof(fpu->reserved2));
}

void arch_fpu_save(void *area)
{
	uint32_t low = UINT32_MAX, high = UINT32_MAX;

	if (has_xsaveopt)
		__asm__ volatile("xsaveopt64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
	else if (xcr0)
		__asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

void arch_fpu_load(const void *area)
{
	static const uint32_t zero;
	uint32_t low = UINT32_MAX, high = UINT32_MAX;

	/* Pointers of the kernel's own in place of the last task's. */
	if (leaks_pointers)
		__asm__ volatile("fnclex; emms; fildl %0" : : "m"(zero) : "memory");
	if (xcr0)
		__asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
}

void arch_fpu_enable(bool on)
{
	if (on)
		__asm__ volatile("clts" : : : "memory");
	else
		write_cr0(read_cr0() | CR0_TS);
}
