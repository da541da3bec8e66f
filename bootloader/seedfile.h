/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The seed file \loader\random-seed: random bytes that outlive a boot, for machines whose firmware has none. Whoever
 * reads the disk later must not learn what this boot got from it, and no two boots may get the same; so the file is replaced,
 * by what cannot be computed backwards, before it counts.
 */
#ifndef BOOTLOADER_SEEDFILE_H
#define BOOTLOADER_SEEDFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "bootloader/efi.h"

enum {
	SEEDFILE_MIN_SIZE = 32, /* bytes of the file */
	SEEDFILE_MAX_SIZE = 512,
	SEEDFILE_MAX_RESULT = 128,
};

/*
 * Hashes the file, what else is random or new in this boot (`other`), the token of this machine, and the clock; half of the result replaces the
 * content of the file, and the other half is returned. False if there is no such file, without a message, and if it
 * cannot be used or replaced, with a warning: *ret is not touched then.
 */
bool seedfile_use(EFI_FILE_PROTOCOL *root, const void *other, size_t other_size, void *ret, size_t size);

/*
 * Whether the firmware keeps a token of at least 32 bytes, which is another on each machine (LoaderSystemToken, made by
 * `bootctl random-seed`). It is hashed too.
 */
bool seedfile_has_token(void);

#endif
