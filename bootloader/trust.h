/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be started under Secure Boot. EFI programs are checked by the firmware. Everything else has to stand in a
 * manifest: a list of paths and SHA-256 in the section .pins of an EFI program in \loader\manifests of either volume, which the firmware
 * checks in the same way, by the keys that it trusts. docs/loader.md says why it is made like this.
 */
#ifndef BOOTLOADER_TRUST_H
#define BOOTLOADER_TRUST_H

#include "bootloader/boot.h"
#include "bootloader/config.h"
#include "lib/sha256.h"

/* Finds out whether Secure Boot is on, and reads the manifests if it is. One that is no good is a warning. */
void trust_begin(const struct volume volumes[VOLUME_COUNT]);

/* Whether anything of this holds. */
bool trust_is_enforced(void);

/*
 * Whether the entry may be started at all, once its command line is known: it stands in a manifest, or does nothing
 * that a signature of an EFI program does not cover. Sets boot->is_signed. Prints why not.
 */
EFI_STATUS trust_check_entry(struct boot *boot, const struct config_entry *entry);

/* Whether a manifest has this file. Prints why not. */
EFI_STATUS trust_check_file(struct slice path, const uint8_t digest[SHA256_SIZE]);

#endif
