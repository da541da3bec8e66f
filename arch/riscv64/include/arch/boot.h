/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of riscv64 for the loader; see bootloader/arch.h. */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H

#include "lib/elf.h"
#include "lib/pe.h"

#define ARCH_BOOT_NAME        "riscv64"
#define ARCH_BOOT_ENTRY_NAME  "riscv64"
#define ARCH_BOOT_CONTEXT     HELION_ARCH_RISCV64
#define ARCH_BOOT_ELF_MACHINE ELF_MACHINE_RISCV
#define ARCH_BOOT_PE_MACHINE  PE_MACHINE_RISCV64

#endif
