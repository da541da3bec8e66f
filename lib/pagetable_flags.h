/* SPDX-License-Identifier: BSD-2-Clause */
/* What a mapping allows and how it is cached: the portable side of a page-table entry. */
#ifndef LIB_PAGETABLE_FLAGS_H
#define LIB_PAGETABLE_FLAGS_H

#define PT_READ         (1u << 0) /* always set in a mapping */
#define PT_WRITE        (1u << 1)
#define PT_EXEC         (1u << 2)
#define PT_USER         (1u << 3) /* for unprivileged code, and (on aarch64, for execution) only for it */
#define PT_GLOBAL       (1u << 4) /* the same in every address space */
#define PT_DEVICE       (1u << 5) /* device registers: uncached, ordered */
#define PT_WRITECOMBINE (1u << 6) /* framebuffers: uncached, writes may merge */

#endif
