/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A driver for a file system that no firmware knows: a partition that begins with a cpio archive, whose files can be read.
 * With tests/qemu it shows that the loader starts drivers, has them connected, and reads from what they bring.
 * (UEFI 2.10 §11.1 EFI Driver Binding Protocol, §13.4, §13.5.)
 */
#include "bootloader/efi.h"
#include "lib/cpio.h"
#include "lib/string.h"

enum {
	MAX_SIZE = 1 << 20, /* of the archive: so much of the partition is read */
	MAX_PATH = 128,
};

struct node {
	EFI_FILE_PROTOCOL protocol;
	char path[MAX_PATH]; /* without a separator at its start; of the root empty */
	const void *content; /* NULL: a directory */
	UINT64 size, position;
};

static EFI_SYSTEM_TABLE *system_table;
static EFI_BOOT_SERVICES *boot_services;
static EFI_HANDLE own_image;
static void *archive;

static void print(CHAR16 *text)
{
	system_table->ConOut->OutputString(system_table->ConOut, text);
}

/* ---- Files ------------------------------------------------------------------------------------------------------- */

static EFI_FILE_PROTOCOL functions;

static bool is_inside(struct slice name, const char *directory)
{
	size_t length = strlen(directory);

	return length == 0 ||
	       (name.length > length && memcmp(name.start, directory, length) == 0 && name.start[length] == '/');
}

static EFI_STATUS make_node(const char *path, EFI_FILE_PROTOCOL **ret)
{
	struct cpio_entry entry;
	struct node *node;
	EFI_STATUS status;
	void *memory;

	status = boot_services->AllocatePool(EfiBootServicesData, sizeof(*node), &memory);
	if (status != EFI_SUCCESS)
		return status;
	node = memory;
	*node = (struct node){.protocol = functions};
	memcpy(node->path, path, strlen(path) + 1);
	if (cpio_find(archive, MAX_SIZE, path, &entry) == CPIO_OK && (entry.mode & CPIO_MODE_TYPE) == CPIO_MODE_FILE) {
		node->content = entry.data;
		node->size = entry.size;
	}
	*ret = &node->protocol;
	return EFI_SUCCESS;
}

static bool is_there(const char *path)
{
	struct cpio_iterator iterator;
	struct cpio_entry entry;

	cpio_begin(&iterator, archive, MAX_SIZE);
	while (cpio_next(&iterator, &entry) == CPIO_OK)
		if (is_inside(entry.name, path) || slice_equals_text(entry.name, path))
			return true;
	return false;
}

/* Paths from the root only, as the loader uses. */
static EFI_STATUS EFIAPI open_file(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret, CHAR16 *name, UINT64 mode,
				   UINT64 attributes)
{
	char path[MAX_PATH];
	size_t length = 0;

	(void)this, (void)attributes;
	if (mode != EFI_FILE_MODE_READ)
		return EFI_WRITE_PROTECTED;
	while (*name == '\\')
		name++;
	for (; *name && length + 1 < MAX_PATH; name++)
		path[length++] = *name == '\\' ? '/' : (char)*name;
	path[length] = '\0';
	return is_there(path) ? make_node(path, ret) : EFI_NOT_FOUND;
}

static EFI_STATUS EFIAPI close_file(EFI_FILE_PROTOCOL *this)
{
	return boot_services->FreePool(this);
}

static EFI_STATUS put_info(const char *name, size_t length, UINT64 size, bool is_directory, UINTN *capacity,
			   void *buffer)
{
	UINTN needed = offsetof(EFI_FILE_INFO, FileName) + (length + 1) * sizeof(CHAR16);
	EFI_FILE_INFO *info = buffer;

	if (*capacity < needed) {
		*capacity = needed;
		return EFI_BUFFER_TOO_SMALL;
	}
	memset(info, 0, needed);
	info->Size = needed;
	info->FileSize = info->PhysicalSize = size;
	info->Attribute = EFI_FILE_READ_ONLY | (is_directory ? EFI_FILE_DIRECTORY : 0);
	for (size_t i = 0; i < length; i++)
		info->FileName[i] = (CHAR16)name[i];
	*capacity = needed;
	return EFI_SUCCESS;
}

/* The files right in the directory, one at a time. */
static EFI_STATUS read_directory(struct node *node, UINTN *size, void *buffer)
{
	size_t prefix = strlen(node->path) + (node->path[0] != '\0');
	struct cpio_iterator iterator;
	struct cpio_entry entry;
	UINT64 number = 0;

	cpio_begin(&iterator, archive, MAX_SIZE);
	while (cpio_next(&iterator, &entry) == CPIO_OK) {
		if (!is_inside(entry.name, node->path) || entry.name.length <= prefix ||
		    memchr(entry.name.start + prefix, '/', entry.name.length - prefix) || number++ != node->position)
			continue;
		node->position++;
		return put_info(entry.name.start + prefix, entry.name.length - prefix, entry.size,
				(entry.mode & CPIO_MODE_TYPE) == CPIO_MODE_DIRECTORY, size, buffer);
	}
	*size = 0;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_file(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer)
{
	struct node *node = (struct node *)this;

	if (!node->content)
		return read_directory(node, size, buffer);
	if (*size > node->size - node->position)
		*size = node->size - node->position;
	memcpy(buffer, (const char *)node->content + node->position, *size);
	node->position += *size;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_position(EFI_FILE_PROTOCOL *this, UINT64 position)
{
	struct node *node = (struct node *)this;

	if (node->content && position > node->size)
		return EFI_UNSUPPORTED;
	node->position = position;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size, void *buffer)
{
	struct node *node = (struct node *)this;
	EFI_GUID guid = EFI_FILE_INFO_ID;

	if (memcmp(type, &guid, sizeof(guid)) != 0)
		return EFI_UNSUPPORTED;
	return put_info(node->path, strlen(node->path), node->size, node->content == NULL, size, buffer);
}

static EFI_STATUS EFIAPI open_volume(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *this, EFI_FILE_PROTOCOL **ret)
{
	(void)this;
	return make_node("", ret);
}

/* ---- The driver -------------------------------------------------------------------------------------------------- */

static EFI_STATUS read_start(EFI_BLOCK_IO_PROTOCOL *io, UINTN size, void *buffer)
{
	size -= size % io->Media->BlockSize;
	return io->ReadBlocks(io, io->Media->MediaId, 0, size, buffer);
}

/* A partition that begins like an archive, and that nobody drives yet. */
static EFI_STATUS EFIAPI supported(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE device, EFI_DEVICE_PATH_PROTOCOL *rest)
{
	EFI_GUID io_guid = EFI_BLOCK_IO_PROTOCOL_GUID, volume_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	static char block[4096] __attribute__((aligned(4096)));
	EFI_BLOCK_IO_PROTOCOL *io;
	void *found;

	(void)this, (void)rest;
	if (archive || boot_services->HandleProtocol(device, &volume_guid, &found) == EFI_SUCCESS ||
	    boot_services->HandleProtocol(device, &io_guid, &found) != EFI_SUCCESS)
		return EFI_UNSUPPORTED;
	io = found;
	if (!io->Media->LogicalPartition || io->Media->BlockSize > sizeof(block) ||
	    read_start(io, sizeof(block), block) != EFI_SUCCESS || memcmp(block, "070701", 6) != 0)
		return EFI_UNSUPPORTED;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI start(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE device, EFI_DEVICE_PATH_PROTOCOL *rest)
{
	static EFI_SIMPLE_FILE_SYSTEM_PROTOCOL volume = {.Revision = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_REVISION};
	EFI_GUID io_guid = EFI_BLOCK_IO_PROTOCOL_GUID, volume_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	EFI_PHYSICAL_ADDRESS base = 0;
	EFI_STATUS status;
	void *found;

	(void)this, (void)rest;
	status = boot_services->HandleProtocol(device, &io_guid, &found);
	if (status == EFI_SUCCESS)
		status = boot_services->AllocatePages(AllocateAnyPages, EfiBootServicesData, MAX_SIZE / 4096, &base);
	if (status == EFI_SUCCESS)
		status = read_start(found, MAX_SIZE, (void *)base);
	if (status != EFI_SUCCESS)
		return status;
	archive = (void *)base;
	volume.OpenVolume = open_volume;
	print(L"fsdriver: connected\r\n");
	return boot_services->InstallProtocolInterface(&device, &volume_guid, EFI_NATIVE_INTERFACE, &volume);
}

static EFI_STATUS EFIAPI stop(EFI_DRIVER_BINDING_PROTOCOL *this, EFI_HANDLE device, UINTN count, EFI_HANDLE *children)
{
	(void)this, (void)device, (void)count, (void)children;
	return EFI_UNSUPPORTED;
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table);

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *table)
{
	static EFI_DRIVER_BINDING_PROTOCOL binding;
	EFI_GUID guid = EFI_DRIVER_BINDING_PROTOCOL_GUID;

	system_table = table;
	boot_services = table->BootServices;
	own_image = image;
	functions = (EFI_FILE_PROTOCOL){
		.Revision = EFI_FILE_PROTOCOL_REVISION,
		.Open = open_file,
		.Close = close_file,
		.Read = read_file,
		.SetPosition = set_position,
		.GetInfo = get_info,
	};
	binding = (EFI_DRIVER_BINDING_PROTOCOL){
		.Supported = supported,
		.Start = start,
		.Stop = stop,
		.Version = 0x10,
		.ImageHandle = image,
		.DriverBindingHandle = image,
	};
	print(L"fsdriver: started\r\n");
	return boot_services->InstallProtocolInterface(&own_image, &guid, EFI_NATIVE_INTERFACE, &binding);
}
