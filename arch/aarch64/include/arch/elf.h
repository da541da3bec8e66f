/* SPDX-License-Identifier: BSD-2-Clause */
/* What an ELF file for this architecture says in e_machine (ELF for the Arm 64-bit Architecture §5.1). */
#ifndef ARCH_ELF_H
#define ARCH_ELF_H

#define ARCH_ELF_MACHINE 183 /* EM_AARCH64 */

#endif
