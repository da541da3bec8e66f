/* SPDX-License-Identifier: BSD-2-Clause */
/* The simulated machine has no device registers that the portable kernel touches. */
#ifndef ARCH_IO_H
#define ARCH_IO_H
#endif
