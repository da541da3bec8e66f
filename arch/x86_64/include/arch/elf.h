/* SPDX-License-Identifier: BSD-2-Clause */
/* The e_machine of programs for this architecture (System V ABI, AMD64 supplement, §4.1). */
#ifndef ARCH_ELF_H
#define ARCH_ELF_H

#define ARCH_ELF_MACHINE 62 /* EM_X86_64 */

#endif
