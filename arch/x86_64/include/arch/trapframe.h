/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The general registers of a task, in the order in which a trap stores them.
 *
 * The processor itself stores the last five words: while user code runs, the
 * TSS says that the stack of privilege level 0 ends where the running task's
 * frame ends (arch_task_enter()). It aligns that stack to 16 bytes first (Intel SDM vol. 3A §6.14.2),
 * so a frame has to be aligned that far. IRETQ loads them again from there.
 */
#ifndef ARCH_TRAPFRAME_H
#define ARCH_TRAPFRAME_H

/* Offsets and values for assembly. */
#define TF_GS_BASE 0
#define TF_FS_BASE 8
#define TF_R15     16
#define TF_R14     24
#define TF_R13     32
#define TF_R12     40
#define TF_RBP     48
#define TF_RBX     56
#define TF_R11     64
#define TF_R10     72
#define TF_R9      80
#define TF_R8      88
#define TF_RAX     96
#define TF_RCX     104
#define TF_RDX     112
#define TF_RSI     120
#define TF_RDI     128
#define TF_VECTOR  136
#define TF_RIP     152
#define TF_CS      160
#define TF_RFLAGS  168
#define TF_RSP     176
#define TF_SIZE    192

#define TF_SYSCALL 0x100 /* trapframe.vector: entered by SYSCALL, so rcx and r11 may be lost on return */

/* CF, PF, AF, ZF, SF, TF, DF, OF, AC, ID (Intel SDM vol. 1 §3.4.3) are a program's own; IF, and bit 1, which is always set. */
#define X86_RFLAGS_USER  0x240dd5
#define X86_RFLAGS_FIXED 0x202

#define X86_KERNEL_CS 0x08
#define X86_KERNEL_SS 0x10
#define X86_USER_SS   0x23
#define X86_USER_CS   0x2b

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trapframe {
	uint64_t gs_base,
		fs_base; /* of user mode, stored when the task leaves the CPU; undefined in a frame of kernel mode */
	uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
	uint64_t vector; /* of the trap that made it, or TF_SYSCALL; 0 in a new one */
	uint64_t error;  /* error code of an exception that has one */
	uint64_t rip, cs, rflags, rsp, ss;
} __attribute__((aligned(16)));

_Static_assert(offsetof(struct trapframe, gs_base) == TF_GS_BASE, "assembly");
_Static_assert(offsetof(struct trapframe, fs_base) == TF_FS_BASE, "assembly");
_Static_assert(offsetof(struct trapframe, r15) == TF_R15, "assembly");
_Static_assert(offsetof(struct trapframe, rdi) == TF_RDI, "assembly");
_Static_assert(offsetof(struct trapframe, rsp) == TF_RSP, "assembly");
_Static_assert(offsetof(struct trapframe, vector) == TF_VECTOR, "assembly");
_Static_assert(offsetof(struct trapframe, rip) == TF_RIP, "assembly");
_Static_assert(offsetof(struct trapframe, cs) == TF_CS, "assembly");
_Static_assert(sizeof(struct trapframe) == TF_SIZE, "assembly");

static inline uint64_t trapframe_syscall(const struct trapframe *tf)
{
	return tf->rax;
}
static inline uint64_t trapframe_cap(const struct trapframe *tf)
{
	return tf->rdi;
}
static inline uint64_t trapframe_info(const struct trapframe *tf)
{
	return tf->rsi;
}

static inline uint64_t *trapframe_word_register(struct trapframe *tf, unsigned i)
{
	switch (i) {
	case 0: return &tf->rdx;
	case 1: return &tf->r10;
	case 2: return &tf->r8;
	default: return &tf->r9;
	}
}

static inline uint64_t trapframe_word(const struct trapframe *tf, unsigned i)
{
	return *trapframe_word_register((struct trapframe *)tf, i);
}

static inline void trapframe_set_cap(struct trapframe *tf, uint64_t cap)
{
	tf->rdi = cap;
}
/* SYSCALL has two bytes. */
static inline void trapframe_restart(struct trapframe *tf)
{
	tf->rip -= 2;
}

static inline void trapframe_set_status(struct trapframe *tf, int64_t status)
{
	tf->rdi = (uint64_t)status;
}
static inline void trapframe_set_info(struct trapframe *tf, uint64_t info)
{
	tf->rsi = info;
}
static inline void trapframe_set_badge(struct trapframe *tf, uint64_t badge)
{
	tf->rax = badge;
}

static inline void trapframe_set_word(struct trapframe *tf, unsigned i, uint64_t value)
{
	*trapframe_word_register(tf, i) = value;
}

static inline uint64_t trapframe_pc(const struct trapframe *tf)
{
	return tf->rip;
}
static inline uint64_t trapframe_sp(const struct trapframe *tf)
{
	return tf->rsp;
}
static inline uint64_t trapframe_fp(const struct trapframe *tf)
{
	return tf->rbp;
}
static inline bool trapframe_from_user(const struct trapframe *tf)
{
	return tf->cs & 3;
}

/* WRFSBASE of an address that is not canonical would fault in the kernel: such a base is sign-extended from what the
 * paging in use (CR4.LA57) translates. */
static inline void trapframe_set_tls(struct trapframe *tf, uint64_t base)
{
	uint64_t cr4;
	unsigned unused;

	__asm__("mov %%cr4, %0" : "=r"(cr4));
	unused = cr4 & 1 << 12 ? 7 : 16;
	tf->fs_base = (uint64_t)((int64_t)(base << unused) >> unused);
}

static inline void trapframe_jump(struct trapframe *tf, uint64_t entry, uint64_t stack)
{
	*tf = (struct trapframe){
		.rip = entry,
		.cs = X86_USER_CS,
		.rflags = X86_RFLAGS_FIXED,
		.rsp = stack,
		.ss = X86_USER_SS,
		.fs_base = tf->fs_base,
		.gs_base = tf->gs_base,
	};
}

static inline void trapframe_init(struct trapframe *tf, uint64_t entry, uint64_t stack, uint64_t arg0, uint64_t arg1,
				  uint64_t arg2, uint64_t tls)
{
	*tf = (struct trapframe){
		.rip = entry,
		.cs = X86_USER_CS,
		.rflags = 0x202, /* IF, and bit 1, which is always set */
		.rsp = stack,
		.ss = X86_USER_SS,
		.rdi = arg0,
		.rsi = arg1,
		.rdx = arg2,
	};
	trapframe_set_tls(tf, tls);
}

#endif
#endif
