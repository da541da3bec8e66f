/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses of files on a server: URLs (RFC 3986) and TFTP file names; and options in DHCP packets (RFC 2131, 2132).
 * Pure functions on text and bytes that came from a network: they also build on the host.
 */
#ifndef BOOTLOADER_NETPATH_H
#define BOOTLOADER_NETPATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/slice.h"

enum {
	NETPATH_MAX = 512, /* bytes of an address, with the NUL */
};

/*
 * The place that stands for the root of a volume, of the address of a loader: the directory above EFI/BOOT if that is
 * where it lies, else its own directory. Ends in '/', or is empty for a TFTP name without directories. False if it does
 * not fit, or is a URL without a host.
 */
bool netpath_root(struct slice loader, bool is_url, char root[NETPATH_MAX]);

/*
 * The address of a file in that place. In `path`, '/' and '\\' separate, and one at the start is left out. What may not
 * stand in a URL is escaped. False if it does not fit.
 */
bool netpath_join(const char *root, struct slice path, bool is_url, char address[NETPATH_MAX]);

/* Host and port of a URL, empty if there is none. */
struct slice netpath_host(const char *url);

/* The first option of that code in a DHCP packet of `size` bytes (options begin at byte 240). False if there is none. */
bool netpath_dhcp_option(const uint8_t *packet, size_t size, uint8_t code, struct slice *ret);

/* The name of the boot file and the IPv4 address of the server in a DHCP or BOOTP packet. False if one is missing. */
bool netpath_dhcp_boot(const uint8_t *packet, size_t size, struct slice *ret_file, uint8_t ret_server[4]);

/* The next name in a list with one on each line; blank lines do not count. False at the end. */
bool netpath_next_name(struct slice *list, struct slice *ret_name);

#endif
