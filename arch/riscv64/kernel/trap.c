/* SPDX-License-Identifier: BSD-2-Clause */
/* From scause (privileged §10.1.8) to the functions that kernel/arch.h names. */
#include "kernel/arch.h"
#include "kernel/log.h"
#include "kernel/trap.h"
#include "kernel/vm.h"

#include "csr.h"
#include "riscv.h"

#define CAUSE_INTERRUPT  (1ull << 63)
#define CAUSE_ILLEGAL    2
#define CAUSE_FETCH_PAGE 12
#define CAUSE_LOAD_PAGE  13
#define CAUSE_STORE_PAGE 15

static const struct {
	const char *name;
	enum trap_kind kind;
	bool write, exec;
} causes[] = {
	[0] = {"instruction address misaligned", TRAP_ALIGNMENT, false, true},
	[1] = {"instruction access fault", TRAP_PROTECTION, false, true},
	[CAUSE_ILLEGAL] = {"illegal instruction", TRAP_ILLEGAL, false, false},
	[3] = {"breakpoint", TRAP_BREAKPOINT, false, false},
	[4] = {"load address misaligned", TRAP_ALIGNMENT, false, false},
	[5] = {"load access fault", TRAP_PROTECTION, false, false},
	[6] = {"store address misaligned", TRAP_ALIGNMENT, true, false},
	[7] = {"store access fault", TRAP_PROTECTION, true, false},
	[CAUSE_USER_ECALL] = {"environment call from user mode", TRAP_OTHER, false, false},
	[9] = {"environment call from supervisor mode", TRAP_OTHER, false, false},
	[CAUSE_FETCH_PAGE] = {"instruction page fault", TRAP_PAGE_FAULT, false, true},
	[CAUSE_LOAD_PAGE] = {"load page fault", TRAP_PAGE_FAULT, false, false},
	[CAUSE_STORE_PAGE] = {"store page fault", TRAP_PAGE_FAULT, true, false},
	[18] = {"software check", TRAP_PROTECTION, false, false},
	[19] = {"hardware error", TRAP_MACHINE_CHECK, false, false},
};

/*
 * Whether an instruction needs the floating-point or vector unit, which is off. A
 * hart may give 0 instead of the instruction (§10.1.9): then it is tried with the
 * unit on before it counts as illegal.
 */
static bool needs_fpu(uint64_t instruction)
{
	unsigned opcode = instruction & 0x7f, csr = instruction >> 20 & 0xfff;
	unsigned funct3 = instruction >> 13 & 7;

	/* Compressed: C.FLD and C.FSD, C.FLDSP and C.FSDSP. */
	if ((instruction & 3) != 3)
		return (instruction & 1) == 0 && (funct3 == 1 || funct3 == 5);
	switch (opcode) {
	/* LOAD-FP and STORE-FP (vector too), four fused multiply-adds, OP-FP, OP-V. */
	case 0x07:
	case 0x27:
	case 0x43:
	case 0x47:
	case 0x4b:
	case 0x4f:
	case 0x53:
	case 0x57: return true;
	case 0x73: /* fflags, frm, fcsr; vstart, vxsat, vxrm, vcsr; vl, vtype, vlenb */
		return (instruction >> 12 & 3) != 0 &&
		       ((csr >= 1 && csr <= 3) || (csr >= 8 && csr <= 15) || (csr >= 0xc20 && csr <= 0xc22));
	default: return false;
	}
}

/* What the page tables in use say about an address. False when nothing is mapped there. */
static bool query(uint64_t virt, struct pagetable_entry *ret)
{
	struct pagetable tables = {
		.root = (csr_read("satp") & ((1ull << SATP_ASID_SHIFT) - 1)) << PT_PAGE_SHIFT,
		.levels = kernel_pagetable.levels,
		.direct = (uint64_t)vm_direct(0),
	};

	/* Tables of the loader may be out of reach of the direct map. */
	return kernel_pagetable.root != 0 && pagetable_query(&tables, virt, ret);
}

static bool allows(unsigned flags, const struct trap_cause *cause, bool user)
{
	if (((flags & PT_USER) != 0) != user)
		return false;
	if (cause->exec)
		return flags & PT_EXEC;
	return !cause->write || (flags & PT_WRITE);
}

static void exception(struct trapframe *tf, uint64_t code)
{
	uint64_t value = csr_read("stval");
	struct trap_cause cause;
	bool user = trap_from_user(percpu_get(), tf);
	struct pagetable_entry entry;

	/* Field by field, which needs no call to clear the whole. */
	cause.kind = TRAP_OTHER;
	cause.name = "exception";
	cause.code = code;
	cause.address = value;
	cause.write = cause.exec = cause.present = false;
	if (code < sizeof(causes) / sizeof(causes[0]) && causes[code].name) {
		cause.kind = causes[code].kind;
		cause.name = causes[code].name;
		cause.write = causes[code].write;
		cause.exec = causes[code].exec;
	}
	if (cause.kind == TRAP_ILLEGAL) {
		cause.address = tf->sepc;
		if (needs_fpu(value) || (value == 0 && !(csr_read("sstatus") & SSTATUS_FS))) {
			cause.kind = TRAP_FPU;
			cause.name = "floating-point or vector instruction";
		}
	}
	/* What is mapped in the kernel's half is not told to user mode. */
	if (cause.kind == TRAP_PAGE_FAULT && !(user && value >= vm_user_top) && query(value, &entry)) {
		cause.present = true;
		/* The hart knew an older entry: see mmu.c. */
		if (allows(entry.flags, &cause, user)) {
			arch_tlb_flush_all();
			return;
		}
	}
	trap_exception(tf, &cause);
}

/* All but system calls. In the kernel interrupts arrive from arch_cpu_wait() and arch_cpu_poll() only. */
void riscv_trap(struct trapframe *tf)
{
	uint64_t cause = csr_read("scause");

	if (cause & CAUSE_INTERRUPT)
		riscv_interrupt(cause & ~CAUSE_INTERRUPT);
	else
		exception(tf, cause);
}

void riscv_stack_overflow(struct trapframe *tf)
{
	panic_trap(tf, "kernel stack overflow: sp %#llx, stack %#llx to %#llx, scause %llu, stval %#llx",
		   (unsigned long long)trapframe_sp(tf), (unsigned long long)(percpu_get()->stack - KERNEL_STACK_SIZE),
		   (unsigned long long)percpu_get()->stack, (unsigned long long)csr_read("scause"),
		   (unsigned long long)csr_read("stval"));
}
