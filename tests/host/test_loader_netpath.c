/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: bootloader/netpath.c */
#include "bootloader/netpath.h"

#include "tap.h"

static char buffer[NETPATH_MAX];

static void expect_root(const char *loader, bool is_url, const char *root)
{
	if (!CHECK(netpath_root(slice_of(loader), is_url, buffer)) || !CHECK(strcmp(buffer, root) == 0))
		printf("# %s: %s\n", loader, buffer);
}

static void the_root_is_above_the_loader(void)
{
	expect_root("http://host/EFI/BOOT/BOOTX64.EFI", true, "http://host/");
	expect_root("http://host:8000/a/b/efi/boot/x.efi?y=/EFI/BOOT/z#/w", true, "http://host:8000/a/b/");
	expect_root("https://[fd00::1]:80/a/x.efi", true, "https://[fd00::1]:80/a/");
	expect_root("http://host/x.efi", true, "http://host/");
	expect_root("http://host", true, "http://host/");
	expect_root("http://host/BOOT/x.efi", true, "http://host/BOOT/");
	expect_root("http://host/notEFI/BOOT/x.efi", true, "http://host/notEFI/BOOT/");
	expect_root("EFI/BOOT/BOOTX64.EFI", false, "");
	expect_root("/tftp/EFI\\BOOT\\BOOTX64.EFI", false, "/tftp/");
	expect_root("a/loader.efi", false, "a/");
	expect_root("loader.efi", false, "");
	CHECK(!netpath_root(slice_of("http://user@/x"), true, buffer));
	CHECK(!netpath_root(slice_of("http:///x"), true, buffer));
	CHECK(!netpath_root(slice_of("://"), true, buffer));
	CHECK(!netpath_root(slice_of(""), true, buffer));
}

static void expect_address(const char *root, const char *path, bool is_url, const char *address)
{
	if (!CHECK(netpath_join(root, slice_of(path), is_url, buffer)) || !CHECK(strcmp(buffer, address) == 0))
		printf("# %s: %s\n", path, buffer);
}

static void paths_become_addresses(void)
{
	static char path[NETPATH_MAX];

	expect_address("http://host/", "/a/b.c", true, "http://host/a/b.c");
	expect_address("http://host/", "a\\b c%?#\xc3\xa4", true, "http://host/a/b%20c%25%3F%23%C3%A4");
	expect_address("d/", "\\a b", false, "d/a b");
	CHECK(!netpath_join("d/", (struct slice){"a\0b", 3}, false, buffer));
	memset(path, ' ', sizeof(path) - 1);
	CHECK(!netpath_join("d/", slice_of(path), false, buffer));
	path[200] = '\0';
	CHECK(netpath_join("d/", slice_of(path), false, buffer));
	CHECK(!netpath_join("d/", slice_of(path), true, buffer));
}

static void the_host_of_a_url_is_found(void)
{
	CHECK(slice_equals_text(netpath_host("http://user@host:80/x/"), "host:80"));
	CHECK(slice_equals_text(netpath_host("http://[::1]/"), "[::1]"));
	CHECK(slice_is_empty(netpath_host("no URL")));
}

/* A packet in memory of exactly its size. */
static bool boot_of(const uint8_t *options, size_t size, const char *file, const uint8_t server[4],
		    struct slice *ret_file, uint8_t ret_server[4])
{
	static uint8_t *packet;

	free(packet);
	packet = calloc(1, 240 + size);
	memcpy(packet + 20, server, 4);
	memcpy(packet + 108, file, strlen(file));
	memcpy(packet + 240, options, size);
	return netpath_dhcp_boot(packet, 240 + size, ret_file, ret_server);
}

static void a_dhcp_packet_says_file_and_server(void)
{
	static const uint8_t by_option[] = {0, 53, 1, 2, 54, 4, 10, 0, 2, 3, 67, 6, 'a', '/', 'b', 0, 0, 0, 255};
	static const uint8_t behind_end[] = {255, 67, 1, 'a'}, cut[] = {67, 200, 'a'}, no_length[] = {67};
	static const uint8_t none[4], server[4] = {10, 0, 2, 2};
	struct slice file;
	uint8_t got[4];

	CHECK(boot_of(by_option, sizeof(by_option), "field", none, &file, got));
	CHECK(slice_equals_text(file, "a/b") && got[0] == 10 && got[3] == 3);
	CHECK(boot_of(by_option, sizeof(by_option), "field", server, &file, got));
	CHECK(got[3] == 2);
	CHECK(boot_of(behind_end, sizeof(behind_end), "field", server, &file, got));
	CHECK(slice_equals_text(file, "field"));
	CHECK(boot_of(cut, sizeof(cut), "field", server, &file, got) && slice_equals_text(file, "field"));
	CHECK(boot_of(no_length, sizeof(no_length), "field", server, &file, got) && slice_equals_text(file, "field"));
	CHECK(!boot_of(behind_end, sizeof(behind_end), "", server, &file, got));
	CHECK(!boot_of(behind_end, sizeof(behind_end), "field", none, &file, got));
	CHECK(!netpath_dhcp_boot(server, sizeof(server), &file, got));
}

static void a_list_has_names(void)
{
	struct slice list = slice_of("\n a.conf \r\n\n\tb c.conf"), name;

	CHECK(netpath_next_name(&list, &name) && slice_equals_text(name, "a.conf"));
	CHECK(netpath_next_name(&list, &name) && slice_equals_text(name, "b c.conf"));
	CHECK(!netpath_next_name(&list, &name));
}

int main(void)
{
	RUN(the_root_is_above_the_loader);
	RUN(paths_become_addresses);
	RUN(the_host_of_a_url_is_found);
	RUN(a_dhcp_packet_says_file_and_server);
	RUN(a_list_has_names);
	return tap_finish();
}
