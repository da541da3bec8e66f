/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an architecture supplies to the loader (arch/<isa>/boot/); nothing else of
 * it is visible here.
 *
 * <arch/boot.h> defines
 *   ARCH_BOOT_NAME		name for people: "x86_64"
 *   ARCH_BOOT_ENTRY_NAME	name in the architecture key of boot entries: "x64"
 *   ARCH_BOOT_CONTEXT		HELION_ARCH_*
 *   ARCH_BOOT_ELF_MACHINE	ELF_MACHINE_*
 *   ARCH_BOOT_PE_MACHINE	PE_MACHINE_*
 * and <arch/paging.h> the page-table entries, shared with the kernel.
 *
 * The entry point of the image is efi_main() in main.c: the firmware calls it as
 * a C function on a stack of at least 128 KiB, and has relocated the image
 * (scripts/elf2efi turns the relocations of the static PIE into the PE's own). So
 * no start-up code in assembly is needed.
 */
#ifndef BOOTLOADER_ARCH_H
#define BOOTLOADER_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/bootctx.h>

#include <arch/boot.h>
#include <arch/paging.h>

#include "bootloader/boot.h"

/* The counter of the boot context's timestamps. May be called at any time; counts steadily until the kernel's entry. */
uint64_t arch_counter(void);

/* Its ticks per second, 0 when nothing says so. */
uint64_t arch_counter_hz(const struct boot *boot);

/* 64 random bits of the CPU. False if it has none, or none that is safe to ask for. */
bool arch_random(uint64_t *ret);

/* Identity of the running CPU: APIC id, MPIDR_EL1 affinity, hart id. EFI_NOT_FOUND when no interface tells. */
EFI_STATUS arch_boot_cpu(const struct boot *boot, uint64_t *ret);

/* The console to assume when the firmware names none; leaves *ret alone when there is none either. */
void arch_fallback_console(struct helion_console *ret);

/*
 * Chooses the paging mode in which the direct map reaches `highest` (the last byte of
 * RAM). False when no mode of this CPU does.
 */
bool arch_paging_choose(uint64_t highest, unsigned *ret_levels, unsigned *ret_max_leaf);

/* HELION_BOOT_* flags of the way in which arch_enter() will enter a kernel with these HELION_WANT_*. */
uint32_t arch_boot_flags(uint32_t wants);

/* Code of the hand-over page: position-independent, at most one page, read-only once it was copied. */
extern const uint8_t arch_handover_code[], arch_handover_code_end[];

/*
 * Makes code that was written as data visible to instruction fetch, and to CPUs whose
 * caches are off. The memory is identity-mapped.
 */
void arch_sync_code(const void *start, size_t size);

struct arch_jump {
	uint64_t handover;   /* physical address of the hand-over page, mapped at it in both page tables */
	uint64_t upper_root; /* page table of the upper half */
	uint64_t lower_root; /* page table of the hand-over page; the same where ARCH_SPLIT_ROOTS is 0 */
	unsigned levels;
	uint64_t context; /* virtual address of the boot context */
	uint64_t stack;   /* virtual address of the end of the entry stack, a multiple of 16 */
	uint64_t entry;   /* virtual address of the kernel's entry */
	uint32_t flags;   /* as arch_boot_flags() gave them */
};

/*
 * Brings the CPU into the state that docs/boot-protocol.md states and enters the
 * kernel. After ExitBootServices; never returns.
 */
_Noreturn void arch_enter(const struct arch_jump *jump);

/* Stops for ever, interrupts off: nothing else is left to do. */
_Noreturn void arch_halt(void);

#endif
