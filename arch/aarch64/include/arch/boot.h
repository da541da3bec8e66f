/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of aarch64 for the loader; see bootloader/arch.h. */
#ifndef ARCH_BOOT_H
#define ARCH_BOOT_H

#include "lib/elf.h"
#include "lib/pe.h"

#define ARCH_BOOT_NAME        "aarch64"
#define ARCH_BOOT_ENTRY_NAME  "aa64"
#define ARCH_BOOT_CONTEXT     HELION_ARCH_AARCH64
#define ARCH_BOOT_ELF_MACHINE ELF_MACHINE_AARCH64
#define ARCH_BOOT_PE_MACHINE  PE_MACHINE_AARCH64

#endif
