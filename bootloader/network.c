/* SPDX-License-Identifier: BSD-2-Clause */
/* See network.h. */
#include "bootloader/network.h"

#include <stddef.h>

#include <helion/bootctx.h>

#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "bootloader/text.h"
#include "lib/format.h"
#include "lib/string.h"

/* HTTP first: what was fetched by it has the other protocol's handle too. */
static const struct network_transport *const transports[] = {&network_http, &network_tftp};

static const struct network_transport *transport; /* NULL: the loader is from a disk */
static char root_address[NETPATH_MAX];
static EFI_FILE_PROTOCOL root_protocol;

/* ---- Files ------------------------------------------------------------------------------------------------------- */

EFI_STATUS network_allocate(uint64_t size, struct network_content *ret)
{
	struct memory_request request = {.size = size ? size : 1, .type = HELION_MEM_LOADER, .efi_type = EfiLoaderData};

	ret->size = size;
	return memory_allocate(&request, &ret->base);
}

static EFI_STATUS fetch(struct slice path, bool is_optional, struct network_content *ret)
{
	char address[NETPATH_MAX], detail[NETWORK_MAX_DETAIL] = "";
	EFI_STATUS status;

	if (!netpath_join(root_address, path, transport->is_url, address))
		return print_refusal(EFI_INVALID_PARAMETER, "cannot load %.*s from %s: the address is too long",
				     SLICE_ARGS(path), root_address);
	status = transport->fetch(address, ret, detail);
	if (ret->is_missing && is_optional)
		return EFI_NOT_FOUND;
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot load %.*s from %s%s%s%s", SLICE_ARGS(path), address,
				   detail[0] ? " (" : "", detail, detail[0] ? ")" : "");
	print_info("%.*s: %llu bytes from %s", SLICE_ARGS(path), (unsigned long long)ret->size, address);
	return EFI_SUCCESS;
}

EFI_STATUS network_open(struct slice path, bool is_optional, struct file *ret)
{
	struct network_content content = {0};
	EFI_STATUS status = fetch(path, is_optional, &content);

	ret->handle = NULL;
	ret->content = status == EFI_SUCCESS ? (const uint8_t *)content.base : NULL;
	ret->size = content.size;
	return status;
}

/* ---- Directories ------------------------------------------------------------------------------------------------- */

struct directory {
	EFI_FILE_PROTOCOL protocol; /* first: the caller has a pointer to it */
	struct network_content list;
	struct slice left; /* of the list */
};

/* Gives the next name as an EFI_FILE_INFO. */
static EFI_STATUS EFIAPI read_directory(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer)
{
	struct directory *directory = (struct directory *)this;
	const size_t fixed = offsetof(EFI_FILE_INFO, FileName);
	EFI_FILE_INFO *info = buffer;
	struct slice name;
	char text[256];
	size_t length;

	if (!netpath_next_name(&directory->left, &name)) {
		*size = 0;
		return EFI_SUCCESS;
	}
	if (name.length >= sizeof(text) || *size < fixed + (name.length + 1) * sizeof(CHAR16))
		return EFI_BUFFER_TOO_SMALL;
	memcpy(text, name.start, name.length);
	text[name.length] = '\0';
	memset(info, 0, fixed);
	length = text_to_ucs2(text, (ucs2 *)((uint8_t *)buffer + fixed), name.length + 1);
	*size = info->Size = fixed + (length + 1) * sizeof(CHAR16);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI close_directory(EFI_FILE_PROTOCOL *this)
{
	struct directory *directory = (struct directory *)this;

	memory_free(directory->list.base);
	return BS->FreePool(directory);
}

static EFI_STATUS EFIAPI open_directory(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret, CHAR16 *name, UINT64 mode,
					UINT64 attributes)
{
	struct network_content list = {0};
	struct directory *directory;
	char path[FILE_MAX_PATH];
	EFI_STATUS status;
	size_t length;
	void *memory;

	(void)this, (void)attributes;
	if (mode != EFI_FILE_MODE_READ)
		return EFI_WRITE_PROTECTED;
	if (!text_from_ucs2((const ucs2 *)name, FILE_MAX_PATH, path, sizeof(path) - sizeof(".list"), &length))
		return EFI_INVALID_PARAMETER;
	for (size_t i = 0; i < length; i++)
		if (path[i] == '\\')
			path[i] = '/';
	memcpy(path + length, ".list", sizeof(".list"));
	status = fetch(slice_of(path), true, &list);
	if (status != EFI_SUCCESS)
		return status;
	status = BS->AllocatePool(EfiLoaderData, sizeof(*directory), &memory);
	if (status != EFI_SUCCESS) {
		memory_free(list.base);
		return print_error(status, "cannot get memory for the names in %s", path);
	}
	directory = memory;
	*directory = (struct directory){.protocol = {.Close = close_directory, .Read = read_directory},
					.list = list,
					.left = {(const char *)list.base, list.size}};
	*ret = &directory->protocol;
	return EFI_SUCCESS;
}

/* ---- The root ---------------------------------------------------------------------------------------------------- */

static EFI_STATUS EFIAPI close_root(EFI_FILE_PROTOCOL *this)
{
	(void)this;
	return EFI_SUCCESS;
}

bool network_is_root(const EFI_FILE_PROTOCOL *root)
{
	return root == &root_protocol;
}

EFI_STATUS network_volume_open(EFI_LOADED_IMAGE_PROTOCOL *image, EFI_FILE_PROTOCOL **ret_root)
{
	for (size_t i = 0; i < sizeof(transports) / sizeof(transports[0]); i++) {
		EFI_STATUS status = transports[i]->begin(image, root_address);

		if (status == EFI_NOT_FOUND)
			continue;
		if (status != EFI_SUCCESS)
			return status;
		transport = transports[i];
		root_protocol.Open = open_directory;
		root_protocol.Close = close_root;
		*ret_root = &root_protocol;
		print_line("files are loaded from %s", root_address[0] ? root_address : "the TFTP server");
		return EFI_SUCCESS;
	}
	return EFI_NOT_FOUND;
}
