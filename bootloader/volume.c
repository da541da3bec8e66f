/* SPDX-License-Identifier: BSD-2-Clause */
/* See volume.h. */
#include "bootloader/volume.h"

#include "bootloader/network.h"
#include "bootloader/print.h"
#include "bootloader/self.h"
#include "lib/bytes.h"
#include "lib/string.h"

/* The GPT's name of the partition that a device is: in the last hard-drive node of its path. UEFI 2.10 §10.3.5.1. */
static void find_partition(struct volume *volume)
{
	EFI_GUID guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
	const uint8_t *node;
	void *path;

	if (BS->HandleProtocol(volume->device, &guid, &path) != EFI_SUCCESS)
		return;
	/* Type, subtype and length of each node; 0x7f ends the path. Type 4, subtype 1: a partition. */
	for (node = path; node[0] != 0x7f && load_le16(node + 2) >= 4; node += load_le16(node + 2)) {
		if (node[0] != 4 || node[1] != 1 || load_le16(node + 2) < 42 || node[41] != SIGNATURE_TYPE_GUID)
			continue;
		memcpy(volume->partition, node + 24, GPT_GUID);
		volume->has_partition = true;
	}
}

EFI_STATUS volume_open(struct volume *ret)
{
	EFI_GUID volume_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *volume;
	EFI_STATUS status;
	void *interface;

	*ret = (struct volume){.device = self_image->DeviceHandle};
	status = network_volume_open(self_image, &ret->root);
	if (status != EFI_NOT_FOUND)
		return status;
	status = BS->HandleProtocol(ret->device, &volume_guid, &interface);
	if (status != EFI_SUCCESS)
		return print_error(status, "the device that the loader was started from has neither a file system "
					   "(SimpleFileSystem protocol) nor a way to load files from a server "
					   "(PxeBaseCode or Http protocol)");
	volume = interface;

	status = volume->OpenVolume(volume, &ret->root);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot open the volume that the loader was started from");
	find_partition(ret);
	return EFI_SUCCESS;
}

void volume_close(struct volume *volume)
{
	if (volume->root)
		volume->root->Close(volume->root);
	volume->root = NULL;
}
