/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restricted mode: a task runs other programs' code, in the same address space but
 * without the window that its own code, heap and stacks are in (VSpace
 * attach_window), and gets every system call, exception and kick of it.
 *
 * The registers of the restricted code and what ended it stand at the beginning of
 * Pages that the kernel and the task share (Task set_restricted). Task
 * enter_restricted, which a task invokes on itself, loads the registers and runs;
 * the invocation returns when the restricted code stops, with the reason as its
 * status. Nothing of the restricted code's registers is changed or interpreted by the
 * kernel, so entering again goes on exactly where it stopped. When the Pages are destroyed, the restricted code
 * ends and the invocation fails with HELION_ERR_GONE.
 *
 * Floating-point and vector registers, and on x86_64 the GS base, are those of the
 * task: they stay as the restricted code left them, and as the task's own code leaves them.
 *
 * The same Pages serve the task's own exceptions: with an exception entry (Task
 * set_restricted) a fault of its own code is given to that entry instead of the fault
 * endpoint: the registers are in `exception.registers`, the task goes on at the entry,
 * on the exception stack, with no argument. Task exception_return loads
 * `exception.registers`, as the handler has changed them, and goes on there. A fault
 * between the two is no longer given to the entry.
 */
#ifndef HELION_RESTRICTED_H
#define HELION_RESTRICTED_H

#include <stdint.h>

#include <arch/registers.h>

/* Why restricted code stopped. */
#define HELION_RESTRICTED_SYSCALL   1 /* the instruction for a system call; the program counter is behind it */
#define HELION_RESTRICTED_EXCEPTION 2 /* what, see `fault`; the program counter is at the instruction */
#define HELION_RESTRICTED_KICK      3 /* Task kick */

struct helion_fault {
	uint64_t kind; /* as word 0 of a fault message */
	uint64_t address;
	uint64_t access; /* HELION_FAULT_* */
	uint64_t code;   /* the processor's own: vector << 32 | error code, ESR_EL1, scause */
};

struct helion_restricted {
	struct helion_registers registers;
	struct helion_fault fault; /* of HELION_RESTRICTED_EXCEPTION */
	struct {
		struct helion_registers registers;
		struct helion_fault fault;
	} exception;
};

_Static_assert(sizeof(struct helion_restricted) <= 4096, "in the first page");

#endif
