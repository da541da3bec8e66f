/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an exception that is no system call to what portable code wants to know: an
 * interrupt, or a struct trap_cause made from the syndrome ESR_EL1.
 */
#include "exception.h"

#include "irq.h"
#include "kernel/arch.h"
#include "kernel/log.h"
#include "sysreg.h"

/* Exception classes (ARM ARM D17.2.37, table of EC). */
enum {
	EC_UNKNOWN = 0x00,
	EC_WFX = 0x01,
	EC_FP = 0x07,
	EC_BTI = 0x0d,
	EC_ILLEGAL_STATE = 0x0e,
	EC_SVC32 = 0x11,
	EC_SYSTEM = 0x18,
	EC_SVE = 0x19,
	EC_FPAC = 0x1c,
	EC_SME = 0x1d,
	EC_INSTRUCTION_LOWER = 0x20,
	EC_INSTRUCTION_SAME = 0x21,
	EC_PC_ALIGNMENT = 0x22,
	EC_DATA_LOWER = 0x24,
	EC_DATA_SAME = 0x25,
	EC_SP_ALIGNMENT = 0x26,
	EC_FP32 = 0x28,
	EC_FP64 = 0x2c,
	EC_SERROR = 0x2f,
	EC_BREAKPOINT_LOWER = 0x30, /* 0x30 to 0x35: breakpoint, step, watchpoint, each from below and from EL1 */
	EC_WATCHPOINT_SAME = 0x35,
	EC_BKPT32 = 0x38,
	EC_BRK = 0x3c,
};

/* Syndrome of an instruction or data abort. */
#define ISS_STATUS(esr) ((esr)&0x3f)
#define ISS_WNR         (1ull << 6)
#define ISS_CM          (1ull << 8)  /* a cache maintenance instruction: reported as a write, needs no right to write */
#define ISS_FNV         (1ull << 10) /* FAR is not valid */

/* Fault status codes; the low two bits of the first three are the level. */
#define STATUS_ADDRESS_SIZE 0x00
#define STATUS_TRANSLATION  0x04
#define STATUS_ACCESS_FLAG  0x08
#define STATUS_PERMISSION   0x0c
#define STATUS_TAG          0x11
#define STATUS_ALIGNMENT    0x21

static void decode_abort(struct trap_cause *cause, uint64_t esr, bool exec)
{
	unsigned status = ISS_STATUS(esr);

	cause->address = (esr & ISS_FNV) ? 0 : sysreg_read(far_el1);
	cause->exec = exec;
	cause->write = !exec && (esr & ISS_WNR) && !(esr & ISS_CM);
	if (status < 0x10) {
		cause->kind = TRAP_PAGE_FAULT;
		cause->present = (status & 0x3c) != STATUS_TRANSLATION;
		switch (status & 0x3c) {
		case STATUS_ADDRESS_SIZE: cause->name = "address size fault"; break;
		case STATUS_TRANSLATION: cause->name = "translation fault"; break;
		case STATUS_ACCESS_FLAG: cause->name = "access flag fault"; break;
		default: cause->name = "permission fault"; break;
		}
	} else if (status == STATUS_ALIGNMENT) {
		cause->kind = TRAP_ALIGNMENT;
		cause->name = "alignment fault";
	} else if (status == STATUS_TAG) {
		cause->kind = TRAP_PROTECTION;
		cause->name = "tag check fault";
	} else {
		cause->kind = TRAP_MACHINE_CHECK;
		cause->name = exec ? "synchronous external abort of a fetch" : "synchronous external abort";
	}
}

static void set(struct trap_cause *cause, enum trap_kind kind, const char *name)
{
	cause->kind = kind;
	cause->name = name;
}

/* Field by field, which needs no call to clear and copy the whole. */
static void decode(struct trap_cause *cause, uint64_t esr)
{
	unsigned class = ESR_EC(esr);

	set(cause, TRAP_OTHER, "exception of unknown class");
	cause->code = esr;
	cause->address = 0;
	cause->write = cause->exec = cause->present = false;
	switch (class) {
	case EC_UNKNOWN: set(cause, TRAP_ILLEGAL, "undefined instruction"); break;
	case EC_WFX: set(cause, TRAP_ILLEGAL, "trapped WFI or WFE"); break;
	case EC_FP:
	case EC_SVE:
	case EC_SME: set(cause, TRAP_FPU, "floating point or vector instruction"); break;
	case EC_BTI: set(cause, TRAP_PROTECTION, "branch target exception"); break;
	case EC_FPAC: set(cause, TRAP_PROTECTION, "pointer authentication failure"); break;
	case EC_ILLEGAL_STATE: set(cause, TRAP_ILLEGAL, "illegal execution state"); break;
	case EC_SVC32: set(cause, TRAP_ILLEGAL, "SVC in AArch32 state"); break;
	case EC_SYSTEM: set(cause, TRAP_ILLEGAL, "system register or instruction"); break;
	case EC_INSTRUCTION_LOWER:
	case EC_INSTRUCTION_SAME: decode_abort(cause, esr, true); break;
	case EC_DATA_LOWER:
	case EC_DATA_SAME: decode_abort(cause, esr, false); break;
	case EC_PC_ALIGNMENT:
		set(cause, TRAP_ALIGNMENT, "pc alignment fault");
		cause->address = sysreg_read(far_el1);
		cause->exec = true;
		break;
	case EC_SP_ALIGNMENT: set(cause, TRAP_ALIGNMENT, "sp alignment fault"); break;
	case EC_FP32:
	case EC_FP64: set(cause, TRAP_OTHER, "floating point exception"); break;
	case EC_SERROR: set(cause, TRAP_MACHINE_CHECK, "SError"); break;
	case EC_BKPT32:
	case EC_BRK: set(cause, TRAP_BREAKPOINT, "breakpoint instruction"); break;
	default:
		if (class >= EC_BREAKPOINT_LOWER && class <= EC_WATCHPOINT_SAME)
			set(cause, TRAP_BREAKPOINT, "debug exception");
		break;
	}
}

static void keep_syndrome(struct trapframe *tf, uint64_t esr)
{
	tf->esr = esr;
	tf->far = sysreg_read(far_el1);
}

static void raise(struct trapframe *tf, enum trap_kind kind, const char *name)
{
	struct trap_cause cause = {.kind = kind, .name = name, .code = sysreg_read(esr_el1)};

	keep_syndrome(tf, cause.code);
	trap_exception(tf, &cause);
}

/* What is mapped in the kernel's half is not told to user mode: its faults there are as if nothing was. */
static uint64_t read_syndrome(void)
{
	uint64_t esr = sysreg_read(esr_el1);
	unsigned class = ESR_EC(esr);

	if ((class == EC_DATA_LOWER || class == EC_INSTRUCTION_LOWER) && ISS_STATUS(esr) < 0x10 && !(esr & ISS_FNV) &&
	    sysreg_read(far_el1) >= ARCH_USER_TOP(4))
		esr = (esr & ~ISS_STATUS(~0ull)) | STATUS_TRANSLATION;
	return esr;
}

/* All but system calls, from either mode. */
void exception_sync(struct trapframe *tf)
{
	uint64_t esr = read_syndrome();
	struct trap_cause cause;

	decode(&cause, esr);
	keep_syndrome(tf, esr);
	trap_exception(tf, &cause);
}

/* No task starts in AArch32 state. One that got there by a kernel's mistake is not resumed as it is. */
void exception_user_aarch32(struct trapframe *tf)
{
	tf->pstate = A64_PSTATE_EL0 | A64_PSTATE_F;
	raise(tf, TRAP_ILLEGAL, "exception in AArch32 state");
}

void exception_kernel_sp0(struct trapframe *tf)
{
	raise(tf, TRAP_OTHER, "exception in EL1 with SP_EL0");
}

void exception_kernel_stack(struct trapframe *tf)
{
	uint64_t top = percpu_get()->stack;

	keep_syndrome(tf, sysreg_read(esr_el1));
	panic_trap(tf, "kernel stack overflow: sp %#llx, stack %#llx to %#llx", (unsigned long long)tf->sp,
		   (unsigned long long)(top - KERNEL_STACK_SIZE), (unsigned long long)top);
}

void exception_irq(struct trapframe *tf)
{
	(void)tf;
	irq_handle();
}

void exception_fiq(struct trapframe *tf)
{
	raise(tf, TRAP_OTHER, "unexpected FIQ");
}

void exception_serror(struct trapframe *tf)
{
	raise(tf, TRAP_MACHINE_CHECK, "SError");
}
