/* SPDX-License-Identifier: BSD-2-Clause */
/* See volume.h. */
#include "bootloader/volume.h"

#include <helion/bootctx.h>

#include "bootloader/memory.h"
#include "bootloader/network.h"
#include "bootloader/print.h"
#include "bootloader/self.h"
#include "lib/bytes.h"
#include "lib/string.h"

/* bc13c2ff-59e6-4262-a352-b275fd6f7172 (UAPI.1) */
static const uint8_t xbootldr_type[GPT_GUID] = {0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59, 0x62, 0x42,
						0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71, 0x72};

/* ---- Device paths ------------------------------------------------------------------------------------------------ */

enum {
	MAX_PATH = 4096,       /* bytes */
	MEDIA = 4,             /* type of a node */
	HARD_DRIVE = 1,        /* its subtype: a partition. UEFI 2.10 §10.3.5.1 */
	HARD_DRIVE_SIZE = 42,  /* bytes */
	HARD_DRIVE_GUID = 24,  /* where they are in it */
	HARD_DRIVE_NAMED = 41, /* SIGNATURE_TYPE_GUID: by a GUID */
	END = 0x7f,
};

/* The device's path; NULL if it has none. */
static const uint8_t *path_of(EFI_HANDLE device)
{
	EFI_GUID guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
	void *path;

	return BS->HandleProtocol(device, &guid, &path) == EFI_SUCCESS ? path : NULL;
}

/* The last node that is a partition of a GPT; NULL if there is none. */
static const uint8_t *partition_node(const uint8_t *path)
{
	const uint8_t *found = NULL;

	for (const uint8_t *node = path; node && node[0] != END && load_le16(node + 2) >= 4;
	     node += load_le16(node + 2)) {
		if ((size_t)(node - path) > MAX_PATH)
			return NULL;
		if (node[0] == MEDIA && node[1] == HARD_DRIVE && load_le16(node + 2) >= HARD_DRIVE_SIZE &&
		    node[HARD_DRIVE_NAMED] == SIGNATURE_TYPE_GUID)
			found = node;
	}
	return found;
}

static void find_partition(struct volume *volume)
{
	const uint8_t *node = partition_node(path_of(volume->device));

	volume->has_partition = node != NULL;
	if (node)
		memcpy(volume->partition, node + HARD_DRIVE_GUID, GPT_GUID);
}

/* ---- The loader's volume ----------------------------------------------------------------------------------------- */

/* EFI_UNSUPPORTED: no driver has found one on the device. */
static EFI_STATUS find_file_system(EFI_HANDLE device, EFI_SIMPLE_FILE_SYSTEM_PROTOCOL **ret)
{
	EFI_GUID guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	void *found = NULL;
	EFI_STATUS status = BS->HandleProtocol(device, &guid, &found);

	*ret = found;
	return status;
}

static EFI_STATUS open_root(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *file_system, struct volume *ret)
{
	EFI_STATUS status = file_system->OpenVolume(file_system, &ret->root);

	if (status != EFI_SUCCESS)
		ret->root = NULL;
	else
		find_partition(ret);
	return status;
}

EFI_STATUS volume_open(struct volume *ret)
{
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *file_system;
	EFI_STATUS status;

	*ret = (struct volume){.device = self_image->DeviceHandle};
	status = network_volume_open(self_image, &ret->root);
	if (status != EFI_NOT_FOUND)
		return status;
	status = find_file_system(ret->device, &file_system);
	if (status != EFI_SUCCESS)
		return print_error(status, "the device that the loader was started from has neither a file system "
					   "(SimpleFileSystem protocol) nor a way to load files from a server "
					   "(PxeBaseCode or Http protocol)");
	status = open_root(file_system, ret);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot open the volume that the loader was started from");
	return EFI_SUCCESS;
}

void volume_close(struct volume *volume)
{
	if (volume->root)
		volume->root->Close(volume->root);
	volume->root = NULL;
}

/* ---- The extended boot loader partition -------------------------------------------------------------------------- */

/* A disk as lib/disk.h sees it, on the firmware's block I/O. UEFI 2.10 §13.9. */
struct firmware_disk {
	EFI_BLOCK_IO_PROTOCOL *io;
	EFI_STATUS status; /* of the last read that failed */
	struct disk disk;
};

static bool read_blocks(void *context, uint64_t first, uint32_t count, void *buffer)
{
	struct firmware_disk *disk = context;
	EFI_STATUS status = disk->io->ReadBlocks(disk->io, disk->io->Media->MediaId, first,
						 (UINTN)count * disk->io->Media->BlockSize, buffer);

	if (status != EFI_SUCCESS)
		disk->status = status;
	return status == EFI_SUCCESS;
}

static EFI_STATUS warn(EFI_STATUS status, const char *why)
{
	print_warning("no extended boot loader partition is looked for, %s: %s", why, status_text(status));
	return status;
}

/* The device that has this path: `length` bytes, at most MAX_PATH, and no more. */
static EFI_STATUS find_device(EFI_GUID *guid, const uint8_t *path, size_t length, EFI_HANDLE *ret)
{
	static const uint8_t end[4] = {END, 0xff, 4, 0};
	static uint8_t copy[MAX_PATH + sizeof(end)]; /* the firmware moves along in it */
	EFI_DEVICE_PATH_PROTOCOL *rest = (EFI_DEVICE_PATH_PROTOCOL *)copy;
	EFI_STATUS status;

	memcpy(copy, path, length);
	memcpy(copy + length, end, sizeof(end));
	status = BS->LocateDevicePath(guid, &rest, ret);
	return status == EFI_SUCCESS && (const uint8_t *)rest != copy + length ? EFI_NOT_FOUND : status;
}

static EFI_STATUS find_disk(const uint8_t *path, size_t length, struct firmware_disk *ret)
{
	EFI_GUID guid = EFI_BLOCK_IO_PROTOCOL_GUID;
	EFI_BLOCK_IO_MEDIA *media;
	EFI_HANDLE device;
	EFI_STATUS status;
	void *found;

	status = find_device(&guid, path, length, &device);
	if (status == EFI_SUCCESS)
		status = BS->HandleProtocol(device, &guid, &found);
	if (status != EFI_SUCCESS)
		return warn(status, "the firmware does not show the disk (BlockIo protocol)");
	ret->io = found;
	media = ret->io->Media;
	ret->disk = (struct disk){
		.block_size = media->BlockSize,
		.block_count = media->LastBlock + 1,
		.context = ret,
		.read = read_blocks,
	};
	if (media->BlockSize < DISK_MIN_BLOCK || media->BlockSize > DISK_MAX_BLOCK ||
	    (media->BlockSize & (media->BlockSize - 1)) != 0)
		return warn(EFI_UNSUPPORTED, "the disk has blocks of an unusual size");
	return EFI_SUCCESS;
}

/* Looks in the GPT. EFI_NOT_FOUND: there is no such partition. */
static EFI_STATUS find_extended(struct firmware_disk *disk, struct gpt_partition *ret)
{
	struct memory_request request = {.size = GPT_BUFFER, .type = HELION_MEM_LOADER, .efi_type = EfiLoaderData};
	size_t mark = memory_mark();
	enum gpt_error error;
	EFI_STATUS status;
	struct gpt gpt;
	uint64_t base;

	status = memory_allocate(&request, &base);
	if (status != EFI_SUCCESS)
		return warn(status, "there is no memory");
	error = gpt_open(&disk->disk, (void *)base, &gpt);
	if (error != GPT_OK)
		status = warn(error == GPT_ERROR_READ ? disk->status : EFI_VOLUME_CORRUPTED, gpt_strerror(error));
	else if (!gpt_find_type(&gpt, xbootldr_type, ret))
		status = EFI_NOT_FOUND;
	memory_release(mark);
	return status;
}

/* The device of the disk's partition with this GUID. A copy of the disk in the same machine has the same GUIDs. */
static EFI_STATUS find_partition_device(const uint8_t *disk_path, size_t length, const uint8_t partition[GPT_GUID],
					EFI_HANDLE *ret)
{
	EFI_GUID guid = EFI_BLOCK_IO_PROTOCOL_GUID;
	EFI_HANDLE *handles;
	EFI_STATUS status;
	UINTN count;

	*ret = NULL;
	status = BS->LocateHandleBuffer(ByProtocol, &guid, NULL, &count, &handles);
	if (status != EFI_SUCCESS)
		return status;
	for (UINTN i = 0; i < count && !*ret; i++) {
		const uint8_t *path = path_of(handles[i]), *node = partition_node(path);

		if (node && (size_t)(node - path) == length && memcmp(path, disk_path, length) == 0 &&
		    memcmp(node + HARD_DRIVE_GUID, partition, GPT_GUID) == 0)
			*ret = handles[i];
	}
	BS->FreePool(handles);
	return *ret ? EFI_SUCCESS : EFI_NOT_FOUND;
}

/* The partition is there. If no driver has looked at it, the firmware has not needed it to start the loader. */
static EFI_STATUS open_extended(struct volume *ret)
{
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *file_system;
	EFI_STATUS status = find_file_system(ret->device, &file_system);

	if (status != EFI_SUCCESS)
		status = BS->ConnectController(ret->device, NULL, NULL, FALSE);
	if (status == EFI_SUCCESS)
		status = find_file_system(ret->device, &file_system);
	if (status == EFI_SUCCESS)
		status = open_root(file_system, ret);
	if (status != EFI_SUCCESS)
		print_warning(
			"the extended boot loader partition is not used, the firmware cannot open the volume (driver, "
			"SimpleFileSystem protocol): %s",
			status_text(status));
	return status;
}

EFI_STATUS volume_open_extended(const struct volume *own, struct volume *ret)
{
	const uint8_t *path = own->has_partition ? path_of(own->device) : NULL, *node = partition_node(path);
	struct gpt_partition partition;
	struct firmware_disk disk;
	EFI_STATUS status;

	*ret = (struct volume){0};
	if (!node)
		return EFI_NOT_FOUND;
	status = find_disk(path, (size_t)(node - path), &disk);
	if (status == EFI_SUCCESS)
		status = find_extended(&disk, &partition);
	if (status != EFI_SUCCESS)
		return status;
	if (memcmp(partition.guid, own->partition, GPT_GUID) == 0) /* the loader's own is one */
		return EFI_NOT_FOUND;
	status = find_partition_device(path, (size_t)(node - path), partition.guid, &ret->device);
	if (status != EFI_SUCCESS)
		return warn(status, "the firmware does not show the one there is (BlockIo protocol)");
	return open_extended(ret);
}
