/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ARCH_ELF_H
#define ARCH_ELF_H

#define ARCH_ELF_MACHINE 243 /* EM_RISCV */

#endif
