/* SPDX-License-Identifier: BSD-2-Clause */
/* What x86_64 keeps in percpu->arch: the TSS, the GDT and a few words of its own. */
#ifndef X86_64_KERNEL_PERCPU_X86_H
#define X86_64_KERNEL_PERCPU_X86_H

#include "kernel/percpu.h"

/* Offsets from GS for assembly. */
#define PERCPU_TSS_RSP0 (PERCPU_ARCH + 8)
#define PERCPU_USER_TOP (PERCPU_ARCH + 176)
#define PERCPU_FEATURES (PERCPU_ARCH + 184)
#define PERCPU_APIC_ID  (PERCPU_ARCH + 192)
/* Where kpti.h is in use. */
#define PERCPU_ENTRY_STACK (PERCPU_ARCH + 216)

/* x86_percpu.features */
#define FEATURE_FSGSBASE (1 << 0)
#define FEATURE_SMAP     (1 << 1)

#define GDT_ENTRIES 8
#define GDT_TSS     0x30 /* two entries */

/* Exceptions that may come at any instruction of the kernel, also where the stack or GS are still the user's. */
#define IST_DEBUG         1
#define IST_NMI           2
#define IST_DOUBLE_FAULT  3
#define IST_MACHINE_CHECK 4
#define IST_COUNT         4
#define IST_STACK_SIZE    8192

#ifndef __ASSEMBLER__

/* Intel SDM vol. 3A §8.7 */
struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3, iomap;
} __attribute__((packed));

_Static_assert(sizeof(struct tss) == 104, "layout");

struct x86_percpu {
	uint32_t pad; /* so that rsp0, which every return to user mode writes, is aligned */
	struct tss tss;
	uint32_t pad1;
	uint64_t gdt[GDT_ENTRIES];
	uint64_t user_top;      /* first address that is not a user address */
	uint64_t features;      /* FEATURE_*, in force on this CPU */
	uint32_t apic_id, pad2; /* for a CPU that starts */
	uint64_t deadline;      /* of the timer, ns; UINT64_MAX when it is off */
	uint64_t ist_stacks;    /* IST_COUNT stacks, virtual address; 0 before they are allocated */
	uint64_t entry_stack;   /* top of the stack that traps from user mode come in on; see kpti.h */
	struct entry_data *entry;
	uint64_t ignored_nmis; /* that came to this CPU with nmi=ignore */
} __attribute__((packed, aligned(8)));

_Static_assert(sizeof(struct x86_percpu) <= sizeof((struct percpu){0}.arch), "percpu->arch is too small");
_Static_assert(PERCPU_ARCH + offsetof(struct x86_percpu, tss) + offsetof(struct tss, rsp) == PERCPU_TSS_RSP0,
	       "assembly");
_Static_assert(PERCPU_ARCH + offsetof(struct x86_percpu, user_top) == PERCPU_USER_TOP, "assembly");
_Static_assert(PERCPU_ARCH + offsetof(struct x86_percpu, features) == PERCPU_FEATURES, "assembly");
_Static_assert(PERCPU_ARCH + offsetof(struct x86_percpu, apic_id) == PERCPU_APIC_ID, "assembly");
_Static_assert(PERCPU_ARCH + offsetof(struct x86_percpu, entry_stack) == PERCPU_ENTRY_STACK, "assembly");

static inline struct x86_percpu *x86_percpu(struct percpu *cpu)
{
	return (struct x86_percpu *)cpu->arch;
}

#endif
#endif
