/* SPDX-License-Identifier: BSD-2-Clause */
/* See file.h. */
#include "bootloader/file.h"

#include <stddef.h>

#include <helion/bootctx.h>

#include "bootloader/memory.h"
#include "bootloader/network.h"
#include "bootloader/print.h"
#include "bootloader/text.h"
#include "lib/bootentry.h"
#include "lib/checked.h"
#include "lib/string.h"

#define SMALL_READ (1024 * 1024ull)

/* EFI_FILE_INFO with a name of up to 255 characters. */
static uint64_t info_buffer[(sizeof(EFI_FILE_INFO) + 256 * sizeof(CHAR16) + 7) / 8];

static EFI_STATUS get_info(EFI_FILE_PROTOCOL *handle, EFI_FILE_INFO **ret_info)
{
	EFI_GUID info_guid = EFI_FILE_INFO_ID;
	UINTN size = sizeof(info_buffer);
	EFI_STATUS status = handle->GetInfo(handle, &info_guid, &size, info_buffer);

	*ret_info = (EFI_FILE_INFO *)info_buffer;
	return status;
}

static EFI_STATUS open_file(EFI_FILE_PROTOCOL *root, struct slice path, bool is_optional, struct file *ret)
{
	enum bootentry_error path_error;
	EFI_FILE_INFO *info;
	EFI_STATUS status;

	path_error = bootentry_path_to_ucs2(path, (uint16_t *)ret->path, FILE_MAX_PATH, NULL);
	if (path_error != BOOTENTRY_OK)
		return print_refusal(EFI_INVALID_PARAMETER, "cannot open \"%.*s\": %s", SLICE_ARGS(path),
				     bootentry_strerror(path_error));

	ret->root = root;
	ret->name = path;
	ret->content = NULL;
	ret->small_reads = false;
	if (network_is_root(root))
		return network_open(path, is_optional, ret);
	status = root->Open(root, &ret->handle, ret->path, EFI_FILE_MODE_READ, 0);
	if (status == EFI_NOT_FOUND && is_optional)
		return status;
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot open %.*s", SLICE_ARGS(path));

	status = get_info(ret->handle, &info);
	if (status != EFI_SUCCESS) {
		file_close(ret);
		return print_error(status, "cannot get the size of %.*s", SLICE_ARGS(path));
	}
	if (info->Attribute & EFI_FILE_DIRECTORY) {
		file_close(ret);
		return print_refusal(EFI_UNSUPPORTED, "cannot load %.*s, which is a directory", SLICE_ARGS(path));
	}
	ret->size = info->FileSize;
	return EFI_SUCCESS;
}

EFI_STATUS file_open(EFI_FILE_PROTOCOL *root, struct slice path, struct file *ret)
{
	return open_file(root, path, false, ret);
}

EFI_STATUS file_open_optional(EFI_FILE_PROTOCOL *root, struct slice path, struct file *ret)
{
	return open_file(root, path, true, ret);
}

static void close_handle(struct file *file)
{
	if (file->handle)
		file->handle->Close(file->handle);
	file->handle = NULL;
}

void file_close(struct file *file)
{
	close_handle(file);
	if (file->content)
		memory_free((uint64_t)file->content);
	file->content = NULL;
}

/* One pass over the range; *done says how far it came. */
static EFI_STATUS read_pieces(struct file *file, uint64_t offset, uint8_t *buffer, uint64_t size, uint64_t *done)
{
	EFI_STATUS status = file->handle->SetPosition(file->handle, offset + *done);

	while (status == EFI_SUCCESS && *done < size) {
		UINTN piece = size - *done;

		if (file->small_reads && piece > SMALL_READ)
			piece = SMALL_READ;
		status = file->handle->Read(file->handle, &piece, buffer + *done);
		if (status == EFI_SUCCESS && piece == 0)
			return EFI_END_OF_FILE;
		if (status == EFI_SUCCESS)
			*done += piece;
	}
	return status;
}

EFI_STATUS file_read(struct file *file, uint64_t offset, void *buffer, uint64_t size)
{
	uint64_t done = 0;
	EFI_STATUS status;

	if (file->content && range_fits(file->size, offset, size)) {
		memcpy(buffer, file->content + offset, size);
		return EFI_SUCCESS;
	}
	status = file->content ? EFI_END_OF_FILE : read_pieces(file, offset, buffer, size, &done);
	/*
	 * Some firmware fails on one large read, and that may spoil the handle too (systemd
	 * issue 25911); large reads are much the cheapest, so they are tried first.
	 */
	if (status != EFI_SUCCESS && status != EFI_END_OF_FILE && !file->small_reads && size > SMALL_READ) {
		close_handle(file);
		file->small_reads = true;
		status = file->root->Open(file->root, &file->handle, file->path, EFI_FILE_MODE_READ, 0);
		if (status == EFI_SUCCESS)
			status = read_pieces(file, offset, buffer, size, &done);
		else
			file->handle = NULL;
	}
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot read %.*s at byte %llu of %llu", SLICE_ARGS(file->name),
				   (unsigned long long)(offset + done), (unsigned long long)file->size);
	return EFI_SUCCESS;
}

/* Takes pages for the whole file and reads it into them. */
static EFI_STATUS read_to_pages(struct file *file, uint32_t type, uint64_t *ret_base)
{
	struct memory_request request = {.size = file->size, .type = type, .efi_type = EfiLoaderData};
	EFI_STATUS status;
	uint64_t base;

	if (file->size == 0)
		return print_refusal(EFI_END_OF_FILE, "%.*s is empty", SLICE_ARGS(file->name));
	status = memory_allocate(&request, &base);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot get %llu bytes of memory for %.*s", (unsigned long long)file->size,
				   SLICE_ARGS(file->name));
	status = file_read(file, 0, (void *)base, file->size);
	if (status == EFI_SUCCESS)
		*ret_base = base;
	return status;
}

EFI_STATUS file_hold(struct file *file)
{
	uint64_t base = 0;
	EFI_STATUS status;

	if (file->content)
		return EFI_SUCCESS;
	status = read_to_pages(file, HELION_MEM_LOADER, &base);
	if (status == EFI_SUCCESS)
		file->content = (const uint8_t *)base;
	return status;
}

EFI_STATUS file_read_whole(struct file *file, uint32_t type, uint64_t *ret_base)
{
	EFI_STATUS status = EFI_SUCCESS;

	if (file->content) {
		*ret_base = (uint64_t)file->content;
		file->content = NULL;
		memory_set_type(*ret_base, type);
	} else {
		status = read_to_pages(file, type, ret_base);
	}
	if (status == EFI_SUCCESS)
		memset((uint8_t *)*ret_base + file->size, 0, -file->size % EFI_PAGE_SIZE);
	return status;
}

EFI_STATUS file_load(EFI_FILE_PROTOCOL *root, struct slice path, uint32_t type, uint64_t *ret_base, uint64_t *ret_size)
{
	struct file file;
	EFI_STATUS status = file_open(root, path, &file);

	if (status != EFI_SUCCESS)
		return status;
	status = file_unpack(&file);
	if (status == EFI_SUCCESS)
		status = file_read_whole(&file, type, ret_base);
	file_close(&file);
	if (status == EFI_SUCCESS)
		*ret_size = file.size;
	return status;
}

EFI_STATUS file_rename(EFI_FILE_PROTOCOL *root, struct slice path, const char *name)
{
	EFI_GUID info_guid = EFI_FILE_INFO_ID;
	CHAR16 wide[FILE_MAX_PATH];
	EFI_FILE_PROTOCOL *handle;
	EFI_FILE_INFO *info;
	EFI_STATUS status;
	size_t length;

	if (bootentry_path_to_ucs2(path, (uint16_t *)wide, FILE_MAX_PATH, NULL) != BOOTENTRY_OK)
		return EFI_INVALID_PARAMETER;
	status = root->Open(root, &handle, wide, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0);
	if (status != EFI_SUCCESS)
		return status;
	status = get_info(handle, &info);
	if (status == EFI_SUCCESS) {
		length = text_to_ucs2(name, (ucs2 *)info->FileName, 256);
		info->Size = offsetof(EFI_FILE_INFO, FileName) + (length + 1) * sizeof(CHAR16);
		status = handle->SetInfo(handle, &info_guid, info->Size, info);
	}
	/* The directory is to be on the disk before the entry is started. */
	if (status == EFI_SUCCESS)
		status = handle->Flush(handle);
	handle->Close(handle);
	return status;
}

EFI_STATUS directory_open(EFI_FILE_PROTOCOL *root, const char *path, EFI_FILE_PROTOCOL **ret_directory)
{
	CHAR16 wide[FILE_MAX_PATH];
	EFI_FILE_PROTOCOL *handle;
	EFI_FILE_INFO *info;
	EFI_STATUS status;

	if (bootentry_path_to_ucs2(slice_of(path), (uint16_t *)wide, FILE_MAX_PATH, NULL) != BOOTENTRY_OK)
		return print_refusal(EFI_INVALID_PARAMETER, "%s is no name of a directory", path);
	status = root->Open(root, &handle, wide, EFI_FILE_MODE_READ, 0);
	if (status == EFI_NOT_FOUND)
		return status;
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot open the directory %s", path);
	if (network_is_root(root)) {
		*ret_directory = handle;
		return EFI_SUCCESS;
	}
	/* What is read of a file would be taken for names. */
	status = get_info(handle, &info);
	if (status != EFI_SUCCESS)
		print_error(status, "cannot find out what %s is", path);
	else if (!(info->Attribute & EFI_FILE_DIRECTORY))
		status = print_refusal(EFI_UNSUPPORTED, "%s should be a directory, and is a file", path);
	if (status == EFI_SUCCESS)
		*ret_directory = handle;
	else
		handle->Close(handle);
	return status;
}

/* The next entry that is no directory; NULL at the end. */
static EFI_STATUS next_info(EFI_FILE_PROTOCOL *directory, EFI_FILE_INFO **ret_info)
{
	EFI_FILE_INFO *info = (EFI_FILE_INFO *)info_buffer;

	*ret_info = NULL;
	for (;;) {
		UINTN size = sizeof(info_buffer) - sizeof(CHAR16);
		EFI_STATUS status = directory->Read(directory, &size, info_buffer);

		if (status == EFI_BUFFER_TOO_SMALL)
			return EFI_BUFFER_TOO_SMALL;
		if (status != EFI_SUCCESS || size == 0)
			return status;
		if (info->Attribute & EFI_FILE_DIRECTORY)
			continue;
		/* Do not rely on the name's NUL. */
		*(CHAR16 *)((uint8_t *)info_buffer + (size & ~(UINTN)1)) = 0;
		*ret_info = info;
		return EFI_SUCCESS;
	}
}

EFI_STATUS directory_next(EFI_FILE_PROTOCOL *directory, const char *path, char name[FILE_MAX_NAME + 1],
			  size_t *ret_length)
{
	for (;;) {
		EFI_FILE_INFO *info;
		EFI_STATUS status = next_info(directory, &info);

		*ret_length = 0;
		if (status != EFI_SUCCESS || !info)
			return status;
		if (text_from_ucs2((const ucs2 *)info->FileName, FILE_MAX_NAME + 1, name, FILE_MAX_NAME + 1,
				   ret_length) &&
		    *ret_length)
			return EFI_SUCCESS;
		print_warning("%s: a file name is too long or not Unicode: ignored", path);
	}
}
