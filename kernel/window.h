/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The window of an address space: a fixed range, one entry of the root table, in
 * which everything of another VSpace shows. A personality keeps its own code, heap and
 * stacks there; attached to many address spaces it is the same in all, and restricted
 * mode runs without it.
 *
 * An address space with a window has two root tables. The one that its page tables
 * hang on (tables.root) has no window: restricted mode uses it. The full one is a copy
 * with the window's entry, kept in step by window_sync(). The entry points to the table of
 * the other VSpace, which stays as long as that lives (pagetable.keeps_top), so whatever is mapped
 * there shows here at once.
 *
 * Life cycle: window_attach() -> window_detach(), or the VSpace that is the window dies.
 * Lock: exclusive.
 */
#ifndef KERNEL_WINDOW_H
#define KERNEL_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

#include <helion/abi.h>

struct cap;
struct vspace;

/* Where it is: the same in every address space. */
uint64_t window_base(void);
uint64_t window_size(void);

/* Whether something may be mapped there: not in its window, and nowhere else if it is one. */
bool window_allows(const struct vspace *vspace, uint64_t virt, uint64_t size);

/* Sets the part of the address space where that is so, and of which the end of user space is no part. */
void window_open(struct vspace *vspace);

enum helion_error window_attach(struct vspace *vspace, const struct cap *window);
enum helion_error window_detach(struct vspace *vspace);
/* The VSpace that is the window dies. */
void window_lost(struct cap *cap);

/* Entries of the root table that serve this range may have changed. */
void window_sync(struct vspace *vspace, uint64_t virt, uint64_t size);

/* The VSpace whose tables serve an address. */
struct vspace *window_at(struct vspace *vspace, uint64_t virt);

/* The address space ends. */
void window_destroy(struct vspace *vspace);

#endif
