/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's half of the address space: direct map of all RAM (never
 * executable), the kernel's segments (W^X), and a window for device registers,
 * tables outside the direct map and kernel stacks. Built once while booting by
 * the boot CPU; read-only afterwards.
 */
#ifndef KERNEL_VM_H
#define KERNEL_VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <helion/bootctx.h>

#include "lib/pagetable.h"

/* The window, in the top 4 GiB below the kernel. */
#define VM_WINDOW_BASE 0xffffffff00000000ull
#define VM_WINDOW_END  0xffffffff7ff00000ull

extern struct pagetable kernel_pagetable;

/* Where user space ends. */
extern uint64_t vm_user_top;

/* Builds the tables and loads them on the boot CPU. */
void vm_init(const struct helion_bootctx *ctx);
/* Gives the root table of an address space the kernel's half, where it has that: of the kernel's own tables, unless it is to be
 * that of another root, in which no more entries may come into use. */
void vm_share_kernel_half(uint64_t *root);
void vm_share_half_of(uint64_t root);
/* Where the boot context said that physical address 0 is mapped; set by vm_init_early. */
void vm_init_early(const struct helion_bootctx *ctx);

/* Pointer into the direct map; the address must be RAM. */
extern uint64_t vm_direct_base;
static inline void *vm_direct(uint64_t phys)
{
	return (void *)(vm_direct_base + phys);
}

/* Physical address of a direct-map pointer. */
static inline uint64_t vm_direct_phys(const void *pointer)
{
	return (uint64_t)pointer - vm_direct_base;
}

/* Whether all of [phys, phys + size) is in the direct map. */
bool vm_is_direct(uint64_t phys, uint64_t size);
/* Physical address of an object of the kernel's image. */
uint64_t vm_kernel_phys(const void *pointer);

/* Permanent mappings in the window; any alignment. NULL when the window is full. */
volatile void *vm_map_device(uint64_t phys, size_t size);
volatile void *vm_map_framebuffer(uint64_t phys, size_t size);
/* Read-only and cached; the direct map where it covers the range. */
const void *vm_map_table(uint64_t phys, size_t size);
/* A kernel stack with an unmapped page below it; returns its top. */
uint64_t vm_alloc_stack(void);

/* Reads eight bytes of kernel memory if they are mapped. For backtraces. */
bool vm_read_safely(uint64_t virt, uint64_t *ret);

#endif
