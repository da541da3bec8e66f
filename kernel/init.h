/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_INIT_H
#define KERNEL_INIT_H

/* Makes the first task from /init of the initramfs and gives it everything. It is ready to run when this returns. */
void init_make(void);

#endif
