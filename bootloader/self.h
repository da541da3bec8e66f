/* SPDX-License-Identifier: BSD-2-Clause */
/* What the firmware says of the loader's own image: what it was started with, and where it came from. UEFI 2.10 §9.1. */
#ifndef BOOTLOADER_SELF_H
#define BOOTLOADER_SELF_H

#include <stdbool.h>

#include "bootloader/efi.h"
#include "lib/slice.h"

/* The firmware's; set by self_find(), whose failure was printed and ends the loader. */
extern EFI_LOADED_IMAGE_PROTOCOL *self_image;
EFI_STATUS self_find(void);

/* The path of the loader's file on its volume, with '\' between names; empty if it came from elsewhere. */
const char *self_path(void);

/* Whether a path as written in an entry names the loader's own file. */
bool self_is(struct slice path);

#endif
