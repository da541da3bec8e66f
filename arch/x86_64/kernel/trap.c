/* SPDX-License-Identifier: BSD-2-Clause */
/* What trapped: exceptions are translated for the portable kernel, interrupts handed to irq.c. */
#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/options.h"

#include "irq.h"
#include "smp.h"
#include "trap.h"
#include "vector.h"
#include "x86.h"

/* Bits of a page fault's error code (Intel SDM vol. 3A §4.7). */
#define PAGE_FAULT_PRESENT  (1 << 0)
#define PAGE_FAULT_WRITE    (1 << 1)
#define PAGE_FAULT_RESERVED (1 << 3)
#define PAGE_FAULT_EXEC     (1 << 4)

#define MC_STATUS_VALID   (1ull << 63)
#define MC_STATUS_ADDRESS (1ull << 58)

static const struct {
	const char *name;
	enum trap_kind kind;
} exceptions[] = {
	[0] = {"divide error", TRAP_DIVIDE},
	[1] = {"debug exception", TRAP_BREAKPOINT},
	[3] = {"breakpoint", TRAP_BREAKPOINT},
	[4] = {"overflow", TRAP_OTHER},
	[5] = {"bound range exceeded", TRAP_OTHER},
	[6] = {"illegal instruction", TRAP_ILLEGAL},
	[7] = {"floating-point unit not available", TRAP_FPU},
	[8] = {"double fault", TRAP_OTHER},
	[10] = {"invalid TSS", TRAP_PROTECTION},
	[11] = {"segment not present", TRAP_PROTECTION},
	[12] = {"stack segment fault", TRAP_PROTECTION},
	[13] = {"general protection fault", TRAP_PROTECTION},
	[14] = {"page fault", TRAP_PAGE_FAULT},
	[16] = {"x87 floating-point error", TRAP_FPU},
	[17] = {"alignment check", TRAP_ALIGNMENT},
	[18] = {"machine check", TRAP_MACHINE_CHECK},
	[19] = {"SIMD floating-point error", TRAP_FPU},
	[20] = {"virtualization exception", TRAP_OTHER},
	[21] = {"control protection exception", TRAP_PROTECTION},
};

/*
 * An NMI is a request to stop from a CPU that panics, or a report of broken hardware, or somebody's button. It can come
 * anywhere in the kernel, so nothing is done here that needs a lock.
 */
static void handle_nmi(const struct trapframe *tf)
{
	if (smp_is_stopping())
		arch_cpu_halt();
	if (!boot_option("nmi", "ignore"))
		panic_trap(tf, "non-maskable interrupt");
	x86_percpu(percpu_get())->ignored_nmis++;
}

uint64_t trap_ignored_nmis(void)
{
	uint64_t count = 0;

	for (uint32_t i = 0; i < cpu_count; i++)
		count += x86_percpu(&cpus[i])->ignored_nmis;
	return count;
}

/* What the processor says about the first bank that found something (Intel SDM vol. 3B §15.3). */
static _Noreturn void handle_machine_check(const struct trapframe *tf)
{
	unsigned banks = cpu_has(CPUID_MCA) ? rdmsr(MSR_MCG_CAP) & 0xff : 0;

	for (unsigned i = 0; i < banks; i++) {
		uint64_t status = rdmsr(MSR_MC0_STATUS + 4 * i);

		if (status & MC_STATUS_VALID)
			panic_trap(tf, "machine check: bank %u, status %#llx, address %#llx, global status %#llx", i,
				   (unsigned long long)status,
				   (unsigned long long)(status & MC_STATUS_ADDRESS ? rdmsr(MSR_MC0_ADDR + 4 * i) : 0),
				   (unsigned long long)rdmsr(MSR_MCG_STATUS));
	}
	panic_trap(tf, "machine check, no bank says why");
}

/* Pushing below the stack faults on its guard page, and there is no stack to report that on. */
static bool is_stack_overflow(const struct trapframe *tf)
{
	return tf->rsp - read_cr2() < HELION_PAGE_SIZE;
}

static void handle_exception(struct trapframe *tf)
{
	struct trap_cause cause = {.kind = TRAP_OTHER, .name = "reserved exception"};
	uint64_t error = tf->error;

	if (tf->vector == VECTOR_NMI) {
		handle_nmi(tf);
		return;
	}
	if (tf->vector == VECTOR_MACHINE_CHECK)
		handle_machine_check(tf);
	if (tf->vector < sizeof(exceptions) / sizeof(exceptions[0]) && exceptions[tf->vector].name) {
		cause.kind = exceptions[tf->vector].kind;
		cause.name = exceptions[tf->vector].name;
	}
	if (tf->vector == VECTOR_DOUBLE_FAULT && is_stack_overflow(tf))
		cause.name = "stack overflow, double fault";
	if (tf->vector == VECTOR_PAGE_FAULT) {
		cause.address = read_cr2();
		/* What is mapped in the kernel's half is not told. */
		if (trapframe_from_user(tf) && cause.address >= x86_percpu(percpu_get())->user_top)
			error &= ~(uint64_t)PAGE_FAULT_PRESENT;
		cause.present = error & PAGE_FAULT_PRESENT;
		cause.write = error & PAGE_FAULT_WRITE;
		cause.exec = error & PAGE_FAULT_EXEC;
		if (error & PAGE_FAULT_RESERVED)
			panic_trap(tf, "page fault at %#llx: a page table has reserved bits set",
				   (unsigned long long)cause.address);
	}
	cause.code = tf->vector << 32 | error;
	trap_exception(tf, &cause);
}

void trap_entry(struct trapframe *tf)
{
	if (tf->vector < VECTOR_EXCEPTIONS)
		handle_exception(tf);
	else
		irq_dispatch((uint32_t)tf->vector);
}
