/* SPDX-License-Identifier: BSD-2-Clause */
/* See self.h. */
#include "bootloader/self.h"

#include "bootloader/file.h"
#include "bootloader/print.h"
#include "bootloader/text.h"
#include "lib/bootentry.h"
#include "lib/bytes.h"

EFI_LOADED_IMAGE_PROTOCOL *self_image;

static char path_text[FILE_MAX_PATH];

/* The text of the file nodes, one after another. UEFI 2.10 §10.3.5.4. */
static void read_path(const EFI_DEVICE_PATH_PROTOCOL *path)
{
	const uint8_t *node = (const uint8_t *)path;
	size_t used = 0;

	for (; node && node[0] != 0x7f && load_le16(node + 2) >= 4; node += load_le16(node + 2)) {
		size_t length;

		if (node[0] != 4 || node[1] != 4)
			continue;
		if (used && path_text[used - 1] != '\\' && used + 1 < sizeof(path_text))
			path_text[used++] = '\\';
		if (!text_from_ucs2((const ucs2 *)(node + 4), (load_le16(node + 2) - 4u) / 2, path_text + used,
				    sizeof(path_text) - used, &length)) {
			path_text[0] = '\0';
			return;
		}
		used += length;
	}
}

EFI_STATUS self_find(void)
{
	EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	EFI_STATUS status;
	void *interface;

	status = BS->HandleProtocol(image_handle, &guid, &interface);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot find out where the loader was started from (LoadedImage protocol)");
	self_image = interface;
	read_path(self_image->FilePath);
	return EFI_SUCCESS;
}

const char *self_path(void)
{
	return path_text;
}

bool self_is(struct slice path)
{
	struct slice own = slice_of(path_text);
	CHAR16 wide[FILE_MAX_PATH];
	char text[FILE_MAX_PATH];
	size_t units, length;

	while (own.length && own.start[0] == '\\')
		own = (struct slice){own.start + 1, own.length - 1};
	return own.length && bootentry_path_to_ucs2(path, (uint16_t *)wide, FILE_MAX_PATH, &units) == BOOTENTRY_OK &&
	       text_from_ucs2((const ucs2 *)wide, units, text, sizeof(text), &length) &&
	       slice_equals_nocase(own, text + 1);
}
