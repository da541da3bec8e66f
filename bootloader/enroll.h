/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enrolling the owner's keys: in set-up mode, when the firmware has no platform key, anybody may write its key
 * variables. The signed updates are files in \loader\keys, which scripts/mkkeys makes. (UEFI 2.10 §32.3, §8.2.2.)
 */
#ifndef BOOTLOADER_ENROLL_H
#define BOOTLOADER_ENROLL_H

#include <stdbool.h>

#include "bootloader/efi.h"

/* Whether the firmware is in set-up mode and all the files are there. Prints nothing. */
bool enroll_is_possible(EFI_FILE_PROTOCOL *root);

/* Writes the variables; the last one ends set-up mode. Prints an error that names what could not be done. */
EFI_STATUS enroll_keys(EFI_FILE_PROTOCOL *root);

#endif
