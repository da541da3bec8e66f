/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Boot Loader Interface: EFI variables by which loader and operating system tell each other what was booted and
 * what is to be booted next. (https://systemd.io/BOOT_LOADER_INTERFACE) What the loader tells lasts until
 * the next boot. Where variables do not work nothing is told, and nothing is said about it.
 */
#ifndef BOOTLOADER_BLI_H
#define BOOTLOADER_BLI_H

#include <stdbool.h>
#include <stddef.h>

#include "bootloader/boot.h"
#include "bootloader/config.h"
#include "bootloader/select.h"

#define BLI_VENDOR_GUID                                                \
	{                                                              \
		0x4a67b082, 0x0a4c, 0x41cf,                            \
		{                                                      \
			0xb6, 0xc7, 0x44, 0x0b, 0x29, 0xbb, 0x8c, 0x4f \
		}                                                      \
	}

/* Tells what this loader is, where it was started from, and which entries there are. */
void bli_publish(const struct config *config, const struct select_entry *choices);

/* Tells which entry is started; remembers it for the next boot where the default is "@saved". */
void bli_selected(const struct config *config, const struct config_entry *entry);

/* Tells when the loader began and when it ends, which is now. */
void bli_times(const struct boot *boot);

/*
 * The entry that LoaderEntryOneShot (which is taken away), LoaderEntryDefault or loader.conf name, in this order.
 * SELECT_NONE, with a warning for each that names one that is not there, if none of them does.
 */
size_t bli_default(const struct config *config, const struct select_entry *choices);

/*
 * Replaces the timeout of loader.conf by LoaderConfigTimeoutOneShot (which is taken away) or LoaderConfigTimeout, and the
 * console-mode by LoaderConfigConsoleMode.
 */
void bli_preferences(struct loaderconf *loader);

/* Makes the entry the default of coming boots. */
EFI_STATUS bli_set_default(const struct config_entry *entry);

#endif
