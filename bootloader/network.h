/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The server that the loader was started from, by PXE (TFTP) or HTTP boot, in place of a volume. A file is fetched as a
 * whole. There are no directories: the names in one stand in a file of its name and ".list", one on each line. Nothing can
 * be written.
 */
#ifndef BOOTLOADER_NETWORK_H
#define BOOTLOADER_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "bootloader/efi.h"
#include "bootloader/file.h"
#include "bootloader/netpath.h"

/* If the image came from a network, opens the root for network_open(). EFI_NOT_FOUND: it did not. Prints other errors. */
EFI_STATUS network_volume_open(EFI_LOADED_IMAGE_PROTOCOL *image, EFI_FILE_PROTOCOL **ret_root);

/* Whether it is that root; always false where the loader came from a disk. */
bool network_is_root(const EFI_FILE_PROTOCOL *root);

/*
 * Fetches a file; its content is in memory then. Prints errors, but not that an optional file does not exist
 * (EFI_NOT_FOUND).
 */
EFI_STATUS network_open(struct slice path, bool is_optional, struct file *ret);

/* ---- The two ways of fetching ------------------------------------------------------------------------------------- */

/* What a server sends: in a block of memory.h of its own. */
struct network_content {
	uint64_t base;
	uint64_t size;
	bool is_missing; /* there is none: the server has no such file, and says so */
};

/* Room for what else there is to say about a failure, besides the status. */
enum {
	NETWORK_MAX_DETAIL = 160,
};

/* network_tftp.c, network_http.c. Both print nothing; `detail` is a text of their own, empty where there is none. */
struct network_transport {
	bool is_url; /* addresses are */
	/* EFI_NOT_FOUND: the image did not come this way. Else *ret_root is the root of its server. */
	EFI_STATUS (*begin)(EFI_LOADED_IMAGE_PROTOCOL *image, char root[NETPATH_MAX]);
	/* *ret is all 0 before. */
	EFI_STATUS (*fetch)(char *address, struct network_content *ret, char detail[NETWORK_MAX_DETAIL]);
};

extern const struct network_transport network_tftp, network_http;

/* For them: a block for content, which may be empty. */
EFI_STATUS network_allocate(uint64_t size, struct network_content *ret);

#endif
