/* SPDX-License-Identifier: BSD-2-Clause */
/* Drivers for the firmware that somebody has put beside the loader, as for file systems that it does not know. */
#ifndef BOOTLOADER_DRIVER_H
#define BOOTLOADER_DRIVER_H

#include "bootloader/volume.h"

/*
 * Starts every driver for this architecture in \EFI\systemd\drivers of the loader's volume, where systemd-boot looks for them,
 * and then has the firmware look at all devices again. From a server there are none. One that cannot be started is a warning.
 */
void drivers_load(const struct volume *volume);

#endif
