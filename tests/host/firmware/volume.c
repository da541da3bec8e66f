/* SPDX-License-Identifier: BSD-2-Clause */
/* The volume that the loader was started from: files in memory, directories by their paths. UEFI 2.10 §13.4, §13.5. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader/text.h"
#include "firmware.h"

enum {
	MAX_FILES = 64,
	MAX_PATH_LENGTH = 300,
};

struct node {
	char path[MAX_PATH_LENGTH];
	const void *content;
	size_t size;
	void *own; /* content that was written */
};

struct handle {
	EFI_FILE_PROTOCOL protocol;
	char path[MAX_PATH_LENGTH]; /* as it was opened; of a directory without the separator at its end */
	struct node *node;          /* NULL for a directory */
	uint64_t position;          /* of a directory: the next node */
	bool can_write;
	bool is_spoilt; /* by a read that the firmware does not survive */
};

static struct node nodes[MAX_FILES];
static size_t node_count, open_handles;

static bool equals(const char *a, const char *b, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (tolower((unsigned char)a[i]) != tolower((unsigned char)b[i]))
			return false;
	return true;
}

static struct node *find(const char *path)
{
	for (size_t i = 0; i < node_count; i++)
		if (strlen(nodes[i].path) == strlen(path) && equals(nodes[i].path, path, strlen(path)))
			return &nodes[i];
	return NULL;
}

/* What follows the directory in the path of something directly inside; NULL if it is not. */
static const char *name_in(const struct node *node, const char *directory)
{
	size_t length = strlen(directory);

	if (strlen(node->path) <= length + 1 || !equals(node->path, directory, length) || node->path[length] != '\\' ||
	    strchr(node->path + length + 1, '\\'))
		return NULL;
	return node->path + length + 1;
}

static bool is_directory(const char *path)
{
	size_t length = strlen(path);

	for (size_t i = 0; i < node_count; i++)
		if (strlen(nodes[i].path) > length && equals(nodes[i].path, path, length) &&
		    nodes[i].path[length] == '\\')
			return true;
	return length == 0;
}

void firmware_add_file(const char *path, const void *content, size_t size)
{
	struct node *node = find(path);

	if (!node) {
		if (node_count == MAX_FILES)
			abort();
		node = &nodes[node_count++];
	}
	*node = (struct node){.content = content, .size = size};
	snprintf(node->path, sizeof(node->path), "%s", path);
}

void firmware_add_text(const char *path, const char *text)
{
	firmware_add_file(path, text, strlen(text));
}

void firmware_remove_file(const char *path)
{
	struct node *node = find(path);

	if (node)
		node->path[0] = '\0';
}

const void *firmware_file(const char *path, size_t *ret_size)
{
	struct node *node = find(path);

	if (!node)
		return NULL;
	*ret_size = node->size;
	return node->content;
}

/* ---- Handles ----------------------------------------------------------------------------------------------------- */

static struct handle *of(EFI_FILE_PROTOCOL *protocol)
{
	return (struct handle *)protocol;
}

static struct handle *new_handle(const struct handle *like, const char *path, struct node *node, bool can_write)
{
	struct handle *handle = calloc(1, sizeof(*handle));

	handle->protocol = like->protocol;
	handle->node = node;
	handle->can_write = can_write;
	snprintf(handle->path, sizeof(handle->path), "%s", path);
	open_handles++;
	return handle;
}

static EFI_STATUS EFIAPI open_file(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret, CHAR16 *name, UINT64 mode,
				   UINT64 attributes)
{
	char path[MAX_PATH_LENGTH];
	const char *text = firmware_utf8(name);
	struct node *node;

	(void)attributes;
	if (text[0] == '\\')
		snprintf(path, sizeof(path), "%.*s%s", (int)strcspn(of(this)->path, "\\"), of(this)->path, text);
	else
		snprintf(path, sizeof(path), "%s\\%s", of(this)->path, text);
	FIRMWARE_CALL("Open", "%s", path);
	/* A handle that a failure leaves alone is a trap; fill it with what nobody may use. */
	*ret = (EFI_FILE_PROTOCOL *)1;
	node = find(path);
	if (!node && !is_directory(path) && mode & EFI_FILE_MODE_CREATE) {
		firmware_add_file(path, "", 0);
		node = find(path);
	}
	if (!node && !is_directory(path))
		return EFI_NOT_FOUND;
	*ret = &new_handle(of(this), path, node, mode & EFI_FILE_MODE_WRITE)->protocol;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI close_file(EFI_FILE_PROTOCOL *this)
{
	EFI_STATUS failure;

	firmware_call(&failure, "Close", "%s", of(this)->path);
	open_handles--;
	free(of(this));
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI delete_file(EFI_FILE_PROTOCOL *this)
{
	EFI_STATUS failure;
	bool has_failed = firmware_call(&failure, "Delete", "%s", of(this)->path);

	if (of(this)->node && !has_failed)
		of(this)->node->path[0] = '\0';
	open_handles--;
	free(of(this));
	return has_failed ? EFI_WARN_DELETE_FAILURE : EFI_SUCCESS;
}

/* ---- Content ----------------------------------------------------------------------------------------------------- */

/* Writes an EFI_FILE_INFO for a file, or a directory if node is NULL. */
static EFI_STATUS write_info(const struct node *node, const char *name, UINTN *size, void *buffer)
{
	UINTN needed = offsetof(EFI_FILE_INFO, FileName) + (strlen(name) + 1) * sizeof(CHAR16);
	EFI_FILE_INFO info = {.Size = needed, .Attribute = node ? EFI_FILE_ARCHIVE : EFI_FILE_DIRECTORY};

	if (*size < needed) {
		*size = needed;
		return EFI_BUFFER_TOO_SMALL;
	}
	if (node)
		info.FileSize = info.PhysicalSize = node->size;
	memcpy(buffer, &info, offsetof(EFI_FILE_INFO, FileName));
	text_to_ucs2(name, (ucs2 *)((uint8_t *)buffer + offsetof(EFI_FILE_INFO, FileName)), strlen(name) + 1);
	*size = needed;
	return EFI_SUCCESS;
}

static EFI_STATUS read_directory(struct handle *handle, UINTN *size, void *buffer)
{
	EFI_STATUS status;

	/* As on a real disk, the first two are the directory itself and its parent. */
	if (handle->position < 2) {
		status = write_info(NULL, handle->position ? ".." : ".", size, buffer);
		handle->position += status == EFI_SUCCESS;
		return status;
	}
	for (size_t i = handle->position - 2; i < node_count; i++) {
		const char *name = name_in(&nodes[i], handle->path);

		if (!name)
			continue;
		status = write_info(&nodes[i], name, size, buffer);
		if (status == EFI_SUCCESS)
			handle->position = i + 3;
		return status;
	}
	*size = 0;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_file(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer)
{
	struct handle *handle = of(this);
	uint64_t end;

	FIRMWARE_CALL("Read", "%s", handle->path);
	firmware_call_size(*size);
	if (!handle->node)
		return read_directory(handle, size, buffer);
	if (handle->is_spoilt || (firmware_quirks.largest_read && *size > firmware_quirks.largest_read)) {
		handle->is_spoilt = true;
		return EFI_DEVICE_ERROR;
	}
	end = handle->node->size;
	if (firmware_quirks.truncated && strcmp(handle->node->path, firmware_quirks.truncated) == 0)
		end /= 2;
	if (handle->position > end)
		return EFI_DEVICE_ERROR;
	if (*size > end - handle->position)
		*size = end - handle->position;
	if (firmware_quirks.short_reads && *size > firmware_quirks.short_reads)
		*size = firmware_quirks.short_reads;
	memcpy(buffer, (const uint8_t *)handle->node->content + handle->position, *size);
	handle->position += *size;
	firmware_result->file_reads += *size;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI write_file(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer)
{
	struct handle *handle = of(this);
	struct node *node = handle->node;
	size_t end = handle->position + *size;
	uint8_t *content;

	FIRMWARE_CALL("Write", "%s", handle->path);
	if (!node || !handle->can_write)
		return EFI_ACCESS_DENIED;
	content = calloc(1, end > node->size ? end : node->size);
	memcpy(content, node->content, node->size);
	memcpy(content + handle->position, buffer, *size);
	free(node->own);
	node->content = node->own = content;
	if (end > node->size)
		node->size = end;
	handle->position = end;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_position(EFI_FILE_PROTOCOL *this, UINT64 position)
{
	FIRMWARE_CALL("SetPosition", "%s", of(this)->path);
	of(this)->position = position;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size, void *buffer)
{
	EFI_GUID guid = EFI_FILE_INFO_ID;
	struct handle *handle = of(this);
	const char *name = strrchr(handle->path, '\\');

	FIRMWARE_CALL("GetInfo", "%s", handle->path);
	if (memcmp(type, &guid, sizeof(guid)) != 0)
		return EFI_UNSUPPORTED;
	return write_info(handle->node, name ? name + 1 : "", size, buffer);
}

/* Renames, and nothing else. */
static EFI_STATUS EFIAPI set_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN size, void *buffer)
{
	EFI_FILE_INFO *info = buffer;
	struct handle *handle = of(this);
	char path[MAX_PATH_LENGTH];

	(void)type, (void)size;
	FIRMWARE_CALL("SetInfo", "%s", handle->path);
	if (!handle->node || !handle->can_write)
		return EFI_WRITE_PROTECTED;
	snprintf(path, sizeof(path), "%.*s\\%s", (int)(strrchr(handle->path, '\\') - handle->path), handle->path,
		 firmware_utf8(info->FileName));
	if (find(path))
		return EFI_ACCESS_DENIED;
	memcpy(handle->node->path, path, sizeof(path));
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI get_position(EFI_FILE_PROTOCOL *this, UINT64 *position)
{
	FIRMWARE_CALL("GetPosition", "%s", of(this)->path);
	*position = of(this)->position;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI flush_file(EFI_FILE_PROTOCOL *this)
{
	FIRMWARE_CALL("Flush", "%s", of(this)->path);
	return EFI_SUCCESS;
}

struct file_system {
	EFI_SIMPLE_FILE_SYSTEM_PROTOCOL protocol;
	const char *prefix; /* of the paths of its files */
};

static EFI_STATUS EFIAPI open_volume(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *this, EFI_FILE_PROTOCOL **ret)
{
	static const struct handle root = {.protocol = {.Revision = EFI_FILE_PROTOCOL_REVISION,
							.Open = open_file,
							.Close = close_file,
							.Delete = delete_file,
							.Read = read_file,
							.Write = write_file,
							.GetPosition = get_position,
							.SetPosition = set_position,
							.GetInfo = get_info,
							.SetInfo = set_info,
							.Flush = flush_file}};

	FIRMWARE_CALL("OpenVolume", "%s", ((struct file_system *)this)->prefix);
	*ret = &new_handle(&root, ((struct file_system *)this)->prefix, NULL, false)->protocol;
	return EFI_SUCCESS;
}

void firmware_install_volume(EFI_HANDLE device, const char *prefix)
{
	static struct file_system volumes[2];
	struct file_system *volume = &volumes[prefix[0] != '\0'];

	*volume = (struct file_system){
		.protocol = {.Revision = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_REVISION, .OpenVolume = open_volume},
		.prefix = prefix,
	};
	firmware_install(&device, (EFI_GUID)EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID, &volume->protocol);
}

void firmware_volume_init(void)
{
	firmware_install_volume(firmware_device, "");
}

void firmware_volume_leaks(void)
{
	if (open_handles)
		firmware_violation("leak: %zu open files", open_handles);
}
