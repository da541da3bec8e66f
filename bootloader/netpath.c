/* SPDX-License-Identifier: BSD-2-Clause */
/* See netpath.h. */
#include "bootloader/netpath.h"

#include "lib/string.h"

/* Places in a BOOTP packet. RFC 951 §3, RFC 2131 §2. */
enum {
	BOOTP_SERVER = 20,
	BOOTP_FILE = 108,
	BOOTP_FILE_SIZE = 128,
	DHCP_OPTIONS = 240,
	OPTION_PAD = 0,
	OPTION_SERVER_ID = 54,
	OPTION_BOOT_FILE = 67,
	OPTION_END = 255,
};

static bool is_separator(char c)
{
	return c == '/' || c == '\\';
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* Where the path of a URL begins: behind the host, 0 if there is none. */
static size_t url_path(struct slice url)
{
	size_t i = 0;

	while (i + 2 < url.length && memcmp(url.start + i, "://", 3) != 0)
		i++;
	if (i == 0 || i + 3 >= url.length || url.start[i + 3] == '/')
		return 0;
	for (i += 3; i < url.length && url.start[i] != '/';)
		i++;
	return i;
}

/* Length without the last component and the separator before it; `least` if there is none. */
static size_t parent(struct slice path, size_t least)
{
	size_t length = path.length;

	while (length > least && !is_separator(path.start[length - 1]))
		length--;
	return length > least ? length - 1 : least;
}

static bool ends_in(struct slice path, size_t least, const char *directory)
{
	size_t length = strlen(directory), start;

	if (path.length < least + length)
		return false;
	start = path.length - length;
	for (size_t i = 0; i < length; i++)
		if (lower(path.start[start + i]) != directory[i])
			return false;
	return start == least || is_separator(path.start[start - 1]);
}

bool netpath_root(struct slice loader, bool is_url, char root[NETPATH_MAX])
{
	size_t least = is_url ? url_path(loader) : 0;

	if (is_url && least == 0)
		return false;
	/* What stands behind the path of a URL is not of the file. */
	for (size_t i = least; is_url && i < loader.length; i++)
		if (loader.start[i] == '?' || loader.start[i] == '#')
			loader.length = i;
	loader.length = parent(loader, least);
	if (ends_in(loader, least, "boot")) {
		struct slice above = {loader.start, parent(loader, least)};

		if (ends_in(above, least, "efi"))
			loader.length = parent(above, least);
	}
	if (loader.length + 2 > NETPATH_MAX)
		return false;
	memcpy(root, loader.start, loader.length);
	if (loader.length || is_url)
		root[loader.length++] = '/';
	root[loader.length] = '\0';
	return !is_url || !slice_is_empty(netpath_host(root));
}

/* Unreserved characters, and those that may stand in a path. RFC 3986 §3.3. */
static bool needs_no_escape(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || (c && strchr("-._~/!$&'()*+,;=:@", c));
}

bool netpath_join(const char *root, struct slice path, bool is_url, char address[NETPATH_MAX])
{
	static const char digits[] = "0123456789ABCDEF";
	size_t used = strlen(root);

	if (path.length && is_separator(path.start[0]))
		path = (struct slice){path.start + 1, path.length - 1};
	if (used >= NETPATH_MAX)
		return false;
	memcpy(address, root, used);
	for (size_t i = 0; i < path.length; i++) {
		char c = is_separator(path.start[i]) ? '/' : path.start[i];

		if (used + 4 > NETPATH_MAX || !c)
			return false;
		if (!is_url || needs_no_escape(c)) {
			address[used++] = c;
		} else {
			address[used++] = '%';
			address[used++] = digits[(uint8_t)c >> 4];
			address[used++] = digits[(uint8_t)c & 15];
		}
	}
	address[used] = '\0';
	return true;
}

struct slice netpath_host(const char *url)
{
	struct slice host = slice_of(url);
	size_t end = url_path(host), start = end;

	if (end == 0)
		return (struct slice){0};
	while (url[start - 1] != '/')
		start--;
	for (size_t i = start; i < end; i++)
		if (url[i] == '@')
			start = i + 1;
	return (struct slice){url + start, end - start};
}

bool netpath_dhcp_option(const uint8_t *packet, size_t size, uint8_t code, struct slice *ret)
{
	size_t at = DHCP_OPTIONS;

	while (at < size && packet[at] != OPTION_END) {
		size_t length;

		if (packet[at] == OPTION_PAD) {
			at++;
			continue;
		}
		if (at + 2 > size)
			return false;
		length = packet[at + 1];
		if (length > size - at - 2)
			return false;
		if (packet[at] == code) {
			*ret = (struct slice){(const char *)packet + at + 2, length};
			return true;
		}
		at += 2 + length;
	}
	return false;
}

bool netpath_dhcp_boot(const uint8_t *packet, size_t size, struct slice *ret_file, uint8_t ret_server[4])
{
	static const uint8_t none[4];
	struct slice server;

	if (size < DHCP_OPTIONS)
		return false;
	/* The option comes first: the field may hold further options instead (RFC 2132 §9.3). */
	if (!netpath_dhcp_option(packet, size, OPTION_BOOT_FILE, ret_file))
		*ret_file = (struct slice){(const char *)packet + BOOTP_FILE, BOOTP_FILE_SIZE};
	ret_file->length = strnlen(ret_file->start, ret_file->length);
	memcpy(ret_server, packet + BOOTP_SERVER, 4);
	if (memcmp(ret_server, none, 4) == 0 && netpath_dhcp_option(packet, size, OPTION_SERVER_ID, &server) &&
	    server.length == 4)
		memcpy(ret_server, server.start, 4);
	return ret_file->length && memcmp(ret_server, none, 4) != 0;
}

bool netpath_next_name(struct slice *list, struct slice *ret_name)
{
	for (;;) {
		size_t length = 0, end;

		while (length < list->length && list->start[length] != '\n')
			length++;
		if (length == 0 && list->length == 0)
			return false;
		*ret_name = (struct slice){list->start, length};
		end = length < list->length ? length + 1 : length;
		*list = (struct slice){list->start + end, list->length - end};
		while (ret_name->length && strchr(" \t\r", ret_name->start[ret_name->length - 1]) &&
		       ret_name->start[ret_name->length - 1])
			ret_name->length--;
		while (ret_name->length && (ret_name->start[0] == ' ' || ret_name->start[0] == '\t'))
			*ret_name = (struct slice){ret_name->start + 1, ret_name->length - 1};
		if (ret_name->length)
			return true;
	}
}
