/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

/*
 * What the command line asks for: `selftest` checks the timer, the interrupt
 * controller (by the console's UART), inter-processor interrupts and W^X of the
 * kernel's own mappings; `panic=WHAT` breaks something on purpose.
 */
void selftest_run(void);

#endif
