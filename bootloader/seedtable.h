/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The random seed for a Linux kernel, which it finds in the configuration table and trusts (random.trust_bootloader). There is
 * one only with a seed file: without, the kernel asks the same firmware itself.
 */
#ifndef BOOTLOADER_SEEDTABLE_H
#define BOOTLOADER_SEEDTABLE_H

#include "bootloader/boot.h"

/*
 * Makes the table; what a table of an earlier loader has is part of the seed, and is replaced by its digest there. None is no
 * reason not to start: prints a warning if there should be one and cannot.
 */
void seedtable_install(struct boot *boot);

/* Takes it back after an image that was started has ended, or was not started; may always be called. */
void seedtable_uninstall(void);

#endif
