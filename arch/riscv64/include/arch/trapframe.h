/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All general registers of a task, or of the kernel where a trap met it. The
 * system-call registers are those of <helion/abi.h>. tp is the base of
 * thread-local storage (RISC-V ELF psABI, "Thread-local storage").
 */
#ifndef ARCH_TRAPFRAME_H
#define ARCH_TRAPFRAME_H

/* Offsets and size for assembly. */
#define TRAPFRAME_X(n)    (8 * (n))
#define TRAPFRAME_SEPC    256
#define TRAPFRAME_SSTATUS 264
#define TRAPFRAME_SIZE    272

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct percpu;

struct trapframe {
	uint64_t x[32]; /* x[0] is unused, 0 */
	uint64_t sepc;
	uint64_t sstatus; /* of a trap from kernel mode, as the trap left it; 0 in the frame of a task */
};

_Static_assert(offsetof(struct trapframe, sepc) == TRAPFRAME_SEPC, "assembly");
_Static_assert(offsetof(struct trapframe, sstatus) == TRAPFRAME_SSTATUS, "assembly");
_Static_assert(sizeof(struct trapframe) == TRAPFRAME_SIZE && TRAPFRAME_SIZE % 16 == 0, "assembly");

enum {
	RISCV_RA = 1,
	RISCV_SP = 2,
	RISCV_TP = 4,
	RISCV_FP = 8,
	RISCV_A0 = 10,
	RISCV_A1 = 11,
	RISCV_A2 = 12,
	RISCV_A6 = 16,
	RISCV_A7 = 17
};

#define RISCV_SSTATUS_SPP (1ull << 8) /* the trap came from supervisor mode */

static inline uint64_t trapframe_syscall(const struct trapframe *tf)
{
	return tf->x[RISCV_A7];
}

static inline uint64_t trapframe_cap(const struct trapframe *tf)
{
	return tf->x[RISCV_A0];
}

static inline uint64_t trapframe_info(const struct trapframe *tf)
{
	return tf->x[RISCV_A1];
}

static inline uint64_t trapframe_word(const struct trapframe *tf, unsigned i)
{
	return tf->x[RISCV_A2 + i];
}

static inline void trapframe_set_cap(struct trapframe *tf, uint64_t cap)
{
	tf->x[RISCV_A0] = cap;
}

static inline void trapframe_restart(struct trapframe *tf)
{
	tf->sepc -= 4;
}

/* All registers are in the frame. */
static inline void arch_task_leave(struct trapframe *tf)
{
	(void)tf;
}

/* A reservation of the task that ran before must not make this one's SC succeed (unprivileged, "Zalrsc"): the address is in
 * the frame, which no program reserves, so that this SC fails and ends it. */
static inline void arch_task_enter(struct trapframe *tf)
{
	__asm__ volatile("sc.d zero, zero, (%0)" : : "r"(&tf->x[0]) : "memory");
}

static inline void arch_task_switch(struct trapframe *from, struct trapframe *to)
{
	(void)from;
	arch_task_enter(to);
}

static inline void trapframe_set_status(struct trapframe *tf, int64_t status)
{
	tf->x[RISCV_A0] = (uint64_t)status;
}

static inline void trapframe_set_info(struct trapframe *tf, uint64_t info)
{
	tf->x[RISCV_A1] = info;
}

static inline void trapframe_set_word(struct trapframe *tf, unsigned i, uint64_t value)
{
	tf->x[RISCV_A2 + i] = value;
}

static inline void trapframe_set_badge(struct trapframe *tf, uint64_t badge)
{
	tf->x[RISCV_A6] = badge;
}

static inline uint64_t trapframe_pc(const struct trapframe *tf)
{
	return tf->sepc;
}

static inline uint64_t trapframe_sp(const struct trapframe *tf)
{
	return tf->x[RISCV_SP];
}

static inline uint64_t trapframe_fp(const struct trapframe *tf)
{
	return tf->x[RISCV_FP];
}

static inline bool trapframe_from_user(const struct trapframe *tf)
{
	return !(tf->sstatus & RISCV_SSTATUS_SPP);
}

static inline void trapframe_set_tls(struct trapframe *tf, uint64_t base)
{
	tf->x[RISCV_TP] = base;
}

static inline void trapframe_jump(struct trapframe *tf, uint64_t entry, uint64_t stack)
{
	uint64_t tls = tf->x[RISCV_TP];

	*tf = (struct trapframe){.sepc = entry};
	tf->x[RISCV_SP] = stack;
	tf->x[RISCV_TP] = tls;
}

/* Everything that comes out of restricted code is stored where others can write; the TLS base is a register like others. */
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
	(void)shared;
	(void)own;
	return true;
}

static inline void arch_restricted_tls_leave(struct percpu *cpu, struct trapframe *shared, const struct trapframe *own)
{
	(void)cpu;
	(void)shared;
	(void)own;
}

static inline void trapframe_init(struct trapframe *tf, uint64_t entry, uint64_t stack, uint64_t arg0, uint64_t arg1,
				  uint64_t arg2, uint64_t tls)
{
	*tf = (struct trapframe){.sepc = entry};
	tf->x[RISCV_SP] = stack;
	tf->x[RISCV_TP] = tls;
	tf->x[RISCV_A0] = arg0;
	tf->x[RISCV_A1] = arg1;
	tf->x[RISCV_A2] = arg2;
}

#endif
#endif
