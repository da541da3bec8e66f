/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: bootloader/netpath.c */
/* Takes the input as a DHCP packet, as the address of a loader and as a list of names. */
#include <stdlib.h>
#include <string.h>

#include "bootloader/netpath.h"

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void require_inside(struct slice part, const uint8_t *data, size_t size)
{
	const char *start = (const char *)data;

	require(part.start >= start && part.length <= size - (size_t)(part.start - start));
}

static void try_root(struct slice loader, struct slice path, bool is_url)
{
	static char root[NETPATH_MAX], address[NETPATH_MAX];

	if (memchr(loader.start, 0, loader.length) || !netpath_root(loader, is_url, root))
		return;
	require(memchr(root, 0, sizeof(root)) && (!is_url || netpath_host(root).length));
	require(!root[0] || root[strlen(root) - 1] == '/');
	if (netpath_join(root, path, is_url, address))
		require(strlen(address) < NETPATH_MAX && memcmp(address, root, strlen(root)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice whole = {(const char *)data, size}, list = whole, part;
	uint8_t server[4];
	size_t half = size / 2;

	if (netpath_dhcp_boot(data, size, &part, server))
		require_inside(part, data, size);
	for (int is_url = 0; is_url < 2; is_url++) {
		try_root(whole, slice_of("/loader/entries.list"), is_url);
		try_root((struct slice){whole.start, half}, (struct slice){whole.start + half, size - half}, is_url);
	}
	while (netpath_next_name(&list, &part)) {
		require_inside(part, data, size);
		require(part.length && !memchr(part.start, '\n', part.length));
	}
	return 0;
}
