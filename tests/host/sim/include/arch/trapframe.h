/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers of a task on the simulated machine: one for each thing that <helion/abi.h> names. */
#ifndef ARCH_TRAPFRAME_H
#define ARCH_TRAPFRAME_H

#include <stdbool.h>
#include <stdint.h>

struct percpu;

struct trapframe {
	uint64_t syscall, cap, info, word[4], badge;
	int64_t status;
	uint64_t pc, sp, fp, tls, arg[3];
	bool restarted; /* the system call is to be executed again */
};

static inline uint64_t trapframe_syscall(const struct trapframe *tf)
{
	return tf->syscall;
}
static inline uint64_t trapframe_cap(const struct trapframe *tf)
{
	return tf->cap;
}
static inline uint64_t trapframe_info(const struct trapframe *tf)
{
	return tf->info;
}
static inline uint64_t trapframe_word(const struct trapframe *tf, unsigned i)
{
	return tf->word[i];
}
static inline void trapframe_set_cap(struct trapframe *tf, uint64_t cap)
{
	tf->cap = cap;
}
static inline void trapframe_restart(struct trapframe *tf)
{
	tf->restarted = true;
}
static inline void arch_task_leave(struct trapframe *tf)
{
	(void)tf;
}
static inline void arch_task_enter(const struct trapframe *tf)
{
	(void)tf;
}
static inline void arch_task_switch(const struct trapframe *from, const struct trapframe *to)
{
	(void)from;
	(void)to;
}
static inline void trapframe_set_status(struct trapframe *tf, int64_t status)
{
	tf->status = status;
}
static inline void trapframe_set_info(struct trapframe *tf, uint64_t info)
{
	tf->info = info;
}
static inline void trapframe_set_word(struct trapframe *tf, unsigned i, uint64_t value)
{
	tf->word[i] = value;
}
static inline void trapframe_set_badge(struct trapframe *tf, uint64_t badge)
{
	tf->badge = badge;
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
	return tf->fp;
}

static inline bool trapframe_from_user(const struct trapframe *tf)
{
	(void)tf;
	return true;
}

static inline void trapframe_set_tls(struct trapframe *tf, uint64_t base)
{
	tf->tls = base;
}

static inline void trapframe_jump(struct trapframe *tf, uint64_t entry, uint64_t stack)
{
	*tf = (struct trapframe){.pc = entry, .sp = stack, .tls = tf->tls};
}

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
	*tf = (struct trapframe){.pc = entry, .sp = stack, .tls = tls, .arg = {arg0, arg1, arg2}};
}

#endif
