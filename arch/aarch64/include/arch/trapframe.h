/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The complete general register state of a task, as the exception vectors save
 * and restore it. Traps from kernel mode push the same structure.
 */
#ifndef ARCH_TRAPFRAME_H
#define ARCH_TRAPFRAME_H

/* Offsets for assembly. */
#define TRAPFRAME_X(n)   (8 * (n))
#define TRAPFRAME_X30    240
#define TRAPFRAME_SP     248
#define TRAPFRAME_PC     256
#define TRAPFRAME_PSTATE 264
#define TRAPFRAME_TLS    272
#define TRAPFRAME_SIZE   304

#define A64_PSTATE_F 0x40

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* SPSR_EL1 (ARM ARM C5.2.18): M[3:0] with M[4] = 0 is EL0t; FIQ is masked, as nothing here uses it. */
#define A64_PSTATE_MODE 0x1full
#define A64_PSTATE_EL0  0x00ull

struct percpu;

struct trapframe {
	uint64_t x[31];
	uint64_t sp;       /* SP_EL0; of a trap from kernel mode SP_EL1 before it */
	uint64_t pc;       /* ELR_EL1 */
	uint64_t pstate;   /* SPSR_EL1 */
	uint64_t tls;      /* TPIDR_EL0, stored when the task leaves the CPU */
	uint64_t esr, far; /* of the last exception that was no system call and no interrupt */
	uint64_t reserved;
} __attribute__((aligned(16))); /* a trap from user mode uses it as its stack pointer */

_Static_assert(offsetof(struct trapframe, x[30]) == TRAPFRAME_X30, "assembly");
_Static_assert(offsetof(struct trapframe, sp) == TRAPFRAME_SP, "assembly");
_Static_assert(offsetof(struct trapframe, pc) == TRAPFRAME_PC, "assembly");
_Static_assert(offsetof(struct trapframe, pstate) == TRAPFRAME_PSTATE, "assembly");
_Static_assert(offsetof(struct trapframe, tls) == TRAPFRAME_TLS, "assembly");
_Static_assert(sizeof(struct trapframe) == TRAPFRAME_SIZE, "assembly");

static inline uint64_t trapframe_syscall(const struct trapframe *tf)
{
	return tf->x[8];
}
static inline uint64_t trapframe_cap(const struct trapframe *tf)
{
	return tf->x[0];
}
static inline uint64_t trapframe_info(const struct trapframe *tf)
{
	return tf->x[1];
}
static inline uint64_t trapframe_word(const struct trapframe *tf, unsigned i)
{
	return tf->x[2 + i];
}

static inline void trapframe_set_cap(struct trapframe *tf, uint64_t cap)
{
	tf->x[0] = cap;
}
static inline void trapframe_restart(struct trapframe *tf)
{
	tf->pc -= 4;
}

/* TPIDR_EL0 stays in the CPU while the task runs. */
static inline void arch_task_leave(struct trapframe *tf)
{
	__asm__ volatile("mrs %0, tpidr_el0" : "=r"(tf->tls));
}

static inline void arch_task_enter(const struct trapframe *tf)
{
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(tf->tls));
}

static inline void arch_task_switch(struct trapframe *from, const struct trapframe *to)
{
	arch_task_leave(from);
	arch_task_enter(to);
}

static inline void trapframe_set_status(struct trapframe *tf, int64_t status)
{
	tf->x[0] = (uint64_t)status;
}
static inline void trapframe_set_info(struct trapframe *tf, uint64_t info)
{
	tf->x[1] = info;
}
static inline void trapframe_set_word(struct trapframe *tf, unsigned i, uint64_t word)
{
	tf->x[2 + i] = word;
}
static inline void trapframe_set_badge(struct trapframe *tf, uint64_t badge)
{
	tf->x[6] = badge;
}

static inline uint64_t trapframe_pc(const struct trapframe *tf)
{
	return tf->pc;
}
static inline uint64_t trapframe_sp(const struct trapframe *tf)
{
	return tf->sp;
}
static inline uint64_t trapframe_fp(const struct trapframe *tf)
{
	return tf->x[29];
}

static inline bool trapframe_from_user(const struct trapframe *tf)
{
	/* AArch32 state (M[4] = 1) exists only below EL1 here. */
	return (tf->pstate & 0x10) || (tf->pstate & A64_PSTATE_MODE) == A64_PSTATE_EL0;
}

static inline void trapframe_set_tls(struct trapframe *tf, uint64_t base)
{
	tf->tls = base;
}

static inline void trapframe_jump(struct trapframe *tf, uint64_t entry, uint64_t stack)
{
	*tf = (struct trapframe){
		.sp = stack,
		.pc = entry,
		.pstate = A64_PSTATE_EL0 | A64_PSTATE_F,
		.tls = tf->tls,
	};
}

/* Everything that comes out of restricted code is stored where others can write. */
#define ARCH_RESTRICTED_FRAME 0

static inline void arch_restricted_stack(struct percpu *cpu, struct trapframe *frame)
{
	(void)cpu;
	(void)frame;
}

static inline void arch_restricted_syscall(struct trapframe *shared)
{
	(void)shared;
}

static inline bool arch_restricted_tls_enter(struct percpu *cpu, struct trapframe *shared, struct trapframe *own)
{
	(void)cpu;
	arch_task_leave(own);
	arch_task_enter(shared);
	return true;
}

static inline void arch_restricted_tls_leave(struct percpu *cpu, struct trapframe *shared, const struct trapframe *own)
{
	(void)cpu;
	arch_task_leave(shared);
	arch_task_enter(own);
}

static inline void trapframe_init(struct trapframe *tf, uint64_t entry, uint64_t stack, uint64_t arg0, uint64_t arg1,
				  uint64_t arg2, uint64_t tls)
{
	*tf = (struct trapframe){
		.x = {arg0, arg1, arg2},
		.sp = stack,
		.pc = entry,
		.pstate = A64_PSTATE_EL0 | A64_PSTATE_F,
		.tls = tls,
	};
}

#endif
#endif
