/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EFI headers of GNU-EFI, and the few things of the specification that one of
 * its supported versions (3.0.15 and later) lacks.
 *
 * With GNU_EFI_USE_MS_ABI, firmware functions are called directly through their
 * pointers on every architecture.
 */
#ifndef BOOTLOADER_EFI_H
#define BOOTLOADER_EFI_H

#define GNU_EFI_USE_MS_ABI 1

#include <efi.h>

/* UEFI 2.10 §7.2.1: memory types after EfiPalCode. */
#define LOADER_EFI_PERSISTENT_MEMORY 14u
#define LOADER_EFI_UNACCEPTED_MEMORY 15u

/* UEFI 2.10 §7.2.3: attributes. */
#ifndef EFI_MEMORY_NV
#define EFI_MEMORY_NV 0x0000000000008000ull
#endif
#ifndef EFI_MEMORY_RO
#define EFI_MEMORY_RO 0x0000000000020000ull
#endif
#ifndef EFI_MEMORY_SP
#define EFI_MEMORY_SP 0x0000000000040000ull
#endif

/* UEFI 2.10 Appendix D: of network protocols. */
#define LOADER_EFI_NETWORK_UNREACHABLE EFIERR(100)
#define LOADER_EFI_HOST_UNREACHABLE    EFIERR(101)
#define LOADER_EFI_PORT_UNREACHABLE    EFIERR(103)
#define LOADER_EFI_CONNECTION_FIN      EFIERR(104)
#define LOADER_EFI_CONNECTION_RESET    EFIERR(105)
#define LOADER_EFI_CONNECTION_REFUSED  EFIERR(106)

/* The tables that the firmware gave to efi_main(); valid until ExitBootServices, RT for ever. */
extern EFI_HANDLE image_handle;
extern EFI_SYSTEM_TABLE *ST;
extern EFI_BOOT_SERVICES *BS;
extern EFI_RUNTIME_SERVICES *RT;

#endif
