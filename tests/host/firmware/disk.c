/* SPDX-License-Identifier: BSD-2-Clause */
/* The disk that the volume is a partition of, and another partition of it. UEFI 2.10 §5.3, §10.3.5.1, §13.9. */
#define Z_SOLO 1
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "firmware.h"
#include "lib/bytes.h"

enum {
	BLOCK = 512,
	BLOCKS = 128,
	ENTRIES = 4,
	NODE_SIZE = 42,
};

static const uint8_t esp_guid[16] = {0xe5, 0xe5}, extended_guid[16] = {0xb0, 0x07};
static const uint8_t esp_type[16] = {0x28, 0x73, 0x2a, 0xc1, 0x1f, 0xf8, 0xd2, 0x11,
				     0xba, 0x4b, 0x00, 0xa0, 0xc9, 0x3e, 0xc9, 0x3b};
static const uint8_t extended_type[16] = {0xff, 0xc2, 0x13, 0xbc, 0xe6, 0x59, 0x62, 0x42,
					  0xa3, 0x52, 0xb2, 0x75, 0xfd, 0x6f, 0x71, 0x72};

static uint8_t content[BLOCKS * BLOCK];
static EFI_HANDLE extended;

/* ---- The table --------------------------------------------------------------------------------------------------- */

static void put_partition(uint8_t *entry, const uint8_t type[16], const uint8_t guid[16], uint64_t first, uint64_t last)
{
	memcpy(entry, type, 16);
	memcpy(entry + 16, guid, 16);
	store_le64(entry + 32, first);
	store_le64(entry + 40, last);
}

static void put_table(uint64_t block, uint64_t entries)
{
	uint8_t *header = content + block * BLOCK, *table = content + entries * BLOCK;

	put_partition(table, esp_type, esp_guid, 8, 63);
	put_partition(table + 2 * 128, extended_type, extended_guid, 64, 119);
	memcpy(header, "EFI PART\0\0\1\0\x5c", 13);
	store_le64(header + 24, block);
	store_le64(header + 72, entries);
	store_le32(header + 80, ENTRIES);
	store_le32(header + 84, 128);
	store_le32(header + 88, (uint32_t)crc32(0, table, ENTRIES * 128));
	store_le32(header + 16, (uint32_t)crc32(0, header, 92));
}

static EFI_STATUS EFIAPI read_blocks(EFI_BLOCK_IO_PROTOCOL *this, UINT32 media, EFI_LBA first, UINTN size, void *buffer)
{
	FIRMWARE_CALL("ReadBlocks", "%s", "");
	if (media != this->Media->MediaId || size % BLOCK || first >= BLOCKS || size / BLOCK > BLOCKS - first)
		firmware_violation("ReadBlocks of what the disk does not have");
	else
		memcpy(buffer, content + first * BLOCK, size);
	return EFI_SUCCESS;
}

/* ---- Devices ----------------------------------------------------------------------------------------------------- */

/* The path of the disk, or of a partition of it. */
static void *make_path(const uint8_t *guid, uint32_t number)
{
	static const uint8_t end[4] = {0x7f, 0xff, 4};
	uint8_t *path = calloc(1, 20 + NODE_SIZE + sizeof(end)), *at = path;

	memcpy(at, "\1\4\24\0", 4); /* a vendor's node */
	at += 20;
	if (guid) {
		memcpy(at, "\4\1\52\0", 4);
		store_le32(at + 4, number);
		memcpy(at + 24, guid, 16);
		at[40] = at[41] = 2;
		at += NODE_SIZE;
	}
	memcpy(at, end, sizeof(end));
	return path;
}

static bool needs_driver, is_connected;

/* A driver that looks at the partition finds a file system there. Of other devices nobody needs anything. */
static EFI_STATUS EFIAPI connect(EFI_HANDLE device, EFI_HANDLE *drivers, EFI_DEVICE_PATH_PROTOCOL *path,
				 BOOLEAN is_recursive)
{
	FIRMWARE_CALL("ConnectController", "%s", "");
	if (drivers || path || (!is_recursive && device != extended) || (is_recursive && !firmware_has_driver))
		firmware_violation("ConnectController of another device");
	if (device != extended || (needs_driver && !firmware_has_driver))
		return EFI_NOT_FOUND;
	if (!is_connected)
		firmware_install_volume(device, FIRMWARE_EXTENDED);
	is_connected = true;
	return EFI_SUCCESS;
}

void firmware_add_extended(bool is_without_driver)
{
	static EFI_BLOCK_IO_MEDIA media = {.MediaId = 7,
					   .MediaPresent = TRUE,
					   .BlockSize = BLOCK,
					   .LastBlock = BLOCKS - 1};
	static EFI_BLOCK_IO_PROTOCOL io = {.Media = &media, .ReadBlocks = read_blocks};
	EFI_GUID io_guid = EFI_BLOCK_IO_PROTOCOL_GUID, path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
	EFI_HANDLE disk = NULL, copy = NULL;

	put_table(1, 2);
	put_table(BLOCKS - 1, BLOCKS - 2);
	/* A disk of which this one is a copy comes first. */
	firmware_install(&copy, io_guid, &io);
	firmware_install(&copy, path_guid, (uint8_t *)make_path(extended_guid, 3) + 20);
	firmware_set_device_path(make_path(esp_guid, 1));
	firmware_install(&firmware_device, io_guid, &io);
	firmware_install(&disk, io_guid, &io);
	firmware_install(&disk, path_guid, make_path(NULL, 0));
	firmware_install(&extended, io_guid, &io);
	firmware_install(&extended, path_guid, make_path(extended_guid, 3));
	firmware_boot_services.ConnectController = connect;
	needs_driver = is_without_driver;
}
