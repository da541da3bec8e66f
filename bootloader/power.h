/* SPDX-License-Identifier: BSD-2-Clause */
/* What else a boot menu can do with a machine. UEFI 2.10 §8.5.1 (ResetSystem), §8.5.4 (OsIndications). */
#ifndef BOOTLOADER_POWER_H
#define BOOTLOADER_POWER_H

#include <stdbool.h>

#include "bootloader/efi.h"

/* Whether the firmware has a set-up program and can be asked to go there on the next boot. */
bool power_has_firmware_setup(void);

/* These return only if the firmware could not do it. */
EFI_STATUS power_firmware_setup(void);
EFI_STATUS power_reset(void);
EFI_STATUS power_off(void);

/*
 * The firmware resets the machine after some minutes unless it is armed again: a hang in its drivers ends. Stopped
 * for what may last.
 */
void watchdog_arm(void);
void watchdog_stop(void);

#endif
