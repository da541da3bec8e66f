/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Entries that nobody has written: for what other systems have on the volume, and for what the firmware can do. Their names are
 * those of systemd-boot. They stand at the end of the list and are started only if a person or a variable names them.
 */
#ifndef BOOTLOADER_AUTOENTRY_H
#define BOOTLOADER_AUTOENTRY_H

#include "bootloader/config.h"

/* Adds what loader.conf wants and this machine has. What cannot be read is missing, with a message. */
void autoentry_add(struct config *config);

/* Does what an entry with an action is for. Returns only if the firmware could not, with an error that was printed. */
EFI_STATUS autoentry_act(const struct config_entry *entry);

#endif
