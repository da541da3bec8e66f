/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Control registers, features and the system-call registers of a CPU. Every CPU
 * gets the same values, whatever the firmware left in them.
 */
#include "kernel/arch.h"
#include "kernel/log.h"

#include "descriptor.h"
#include "fpu.h"
#include "kpti.h"
#include "mtrr.h"
#include "percpu_x86.h"
#include "x86.h"

#define RFLAGS_TF   (1 << 8)
#define RFLAGS_IF   (1 << 9)
#define RFLAGS_DF   (1 << 10)
#define RFLAGS_IOPL (3 << 12)
#define RFLAGS_NT   (1 << 14)
#define RFLAGS_AC   (1 << 18)

extern const char syscall_entry[];

static char boot_ist_stacks[IST_COUNT * IST_STACK_SIZE] __attribute__((aligned(16)));

/* TSC_ADJUST of the boot CPU. */
static uint64_t boot_tsc_adjust;

void arch_init_early(struct percpu *boot)
{
	descriptor_init();
	x86_percpu(boot)->ist_stacks = (uint64_t)boot_ist_stacks;
	descriptor_load(boot);
}

/*
 * The FPU is off until a task needs it: TS lets x87 and SSE alike raise #NM. (EM
 * would make SSE raise #UD, and so would OSFXSR = 0; Intel SDM vol. 3A table 13-1.)
 */
static void init_control_registers(struct percpu *cpu)
{
	uint64_t cr4 = CR4_PAE | CR4_DE | fpu_cr4();

	/* What is global stays in the TLB when CR3 is loaded. */
	if (!kpti_root)
		cr4 |= CR4_PGE;
	if (cpu_has(CPUID_MCE))
		cr4 |= CR4_MCE;
	if (cpu_has(CPUID_UMIP))
		cr4 |= CR4_UMIP;
	if (cpu_has(CPUID_SMEP))
		cr4 |= CR4_SMEP;
	if (cpu_has(CPUID_SMAP))
		cr4 |= CR4_SMAP;
	if (cpu_has(CPUID_FSGSBASE))
		cr4 |= CR4_FSGSBASE;
	/* Cannot be changed while paging is on. */
	cr4 |= read_cr4() & CR4_LA57;
	write_cr4(cr4);
	write_cr0(CR0_PE | CR0_MP | CR0_TS | CR0_NE | CR0_WP | CR0_AM | CR0_PG | 1 << 4);

	if (cr4 & CR4_SMAP) {
		__asm__ volatile("clac" : : : "memory");
		x86_percpu(cpu)->features |= FEATURE_SMAP;
	}
	if (cr4 & CR4_FSGSBASE)
		x86_percpu(cpu)->features |= FEATURE_FSGSBASE;
	x86_percpu(cpu)->user_top = ARCH_USER_TOP(cr4 & CR4_LA57 ? 5 : 4);
}

static void init_syscall(struct percpu *cpu)
{
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
	/* SYSCALL: CS, and SS 8 above. SYSRET: SS 8 above the second base, CS 16 above. */
	wrmsr(MSR_STAR, (uint64_t)((X86_USER_SS - 8) | 3) << 48 | (uint64_t)X86_KERNEL_CS << 32);
	wrmsr(MSR_LSTAR, kpti_root ? kpti_syscall_entry(cpu) : (uint64_t)syscall_entry);
	wrmsr(MSR_SFMASK, RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_AC);
	/* No selector: SYSENTER is a protection fault. */
	if (cpuid(0, 0).eax >= 1 && cpuid(1, 0).edx & 1u << 11)
		wrmsr(MSR_SYSENTER_CS, 0);
}

/* Firmware sometimes leaves the CPUs' time-stamp counters apart, and the difference is here (Intel SDM vol. 3B §17.17.3). */
static void init_tsc(struct percpu *cpu)
{
	if (!cpu_has(CPUID_TSC_ADJUST))
		return;
	if (cpu->index == 0) {
		boot_tsc_adjust = rdmsr(MSR_TSC_ADJUST);
	} else if (rdmsr(MSR_TSC_ADJUST) != boot_tsc_adjust) {
		kprintf("cpu%u: time-stamp counter was off by %lld ticks\n", cpu->index,
			(long long)(rdmsr(MSR_TSC_ADJUST) - boot_tsc_adjust));
		wrmsr(MSR_TSC_ADJUST, boot_tsc_adjust);
	}
}

void arch_init_cpu(struct percpu *cpu)
{
	if (!cpu_has(CPUID_NX))
		panic("this CPU has no execute-disable bit (or the firmware hides it)");
	if (cpu_has(CPUID_PAT))
		wrmsr(MSR_PAT, ARCH_PAT);
	if (cpu->index == 0)
		kpti_init(cpu);
	init_control_registers(cpu);
	arch_fpu_init_cpu();
	init_syscall(cpu);
	init_tsc(cpu);
	if (cpu->index == 0)
		mtrr_save();
	else
		mtrr_apply();
}

uint64_t arch_cpu_id(const struct helion_bootctx *ctx)
{
	/* Leaf 0Bh has all 32 bits of the APIC id; it is valid when EBX is not 0 (Intel SDM vol. 2A, CPUID). */
	struct cpuid topology = cpuid_checked(0xb, 0);

	(void)ctx;
	return topology.ebx ? topology.edx : cpuid(1, 0).ebx >> 24;
}

size_t arch_icache_sync(const void *start, size_t size)
{
	/* Instruction fetch is coherent with stores through any mapping; the return to user mode or the next
	 * interrupt serialises (Intel SDM vol. 3A §9.1.3). */
	(void)start;
	arch_barrier();
	return size;
}
