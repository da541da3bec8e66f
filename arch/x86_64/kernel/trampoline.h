/* SPDX-License-Identifier: BSD-2-Clause */
/* What the boot CPU and the start-up code of the others tell each other. */
#ifndef X86_64_KERNEL_TRAMPOLINE_H
#define X86_64_KERNEL_TRAMPOLINE_H

/* Offset of struct trampoline_data in the trampoline's page. */
#define TRAMPOLINE_DATA  0xf00
#define TRAMPOLINE_CR3   (TRAMPOLINE_DATA + 0)
#define TRAMPOLINE_CR4   (TRAMPOLINE_DATA + 4)
#define TRAMPOLINE_EFER  (TRAMPOLINE_DATA + 8)
#define TRAMPOLINE_ENTRY (TRAMPOLINE_DATA + 16)

#ifndef __ASSEMBLER__

#include <stddef.h>
#include <stdint.h>

struct trampoline_data {
	uint32_t cr3, cr4, efer, reserved;
	uint64_t entry; /* secondary_entry, in the kernel's half */
};

_Static_assert(TRAMPOLINE_DATA + offsetof(struct trampoline_data, cr4) == TRAMPOLINE_CR4, "assembly");
_Static_assert(TRAMPOLINE_DATA + offsetof(struct trampoline_data, efer) == TRAMPOLINE_EFER, "assembly");
_Static_assert(TRAMPOLINE_DATA + offsetof(struct trampoline_data, entry) == TRAMPOLINE_ENTRY, "assembly");

struct percpu;

/* The CPU that is being started; it takes the pointer away when it has found its own APIC id there. */
extern struct percpu *_Atomic smp_start_cpu;

extern const char trampoline_start[], trampoline_end[], secondary_entry[];

#endif
#endif
