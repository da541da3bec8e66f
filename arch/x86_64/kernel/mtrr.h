/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory type range registers: the same on all CPUs. */
#ifndef X86_64_KERNEL_MTRR_H
#define X86_64_KERNEL_MTRR_H

/* Remembers the boot CPU's, which the firmware has set. */
void mtrr_save(void);
/* Gives them to this CPU if it has others. */
void mtrr_apply(void);

#endif
