/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting an EFI image: a program, or a Linux kernel, which is one too. The loader reads the file itself, so
 * that a pin holds for the very bytes that the firmware gets; the firmware checks signatures as for any image.
 * When the image returns, everything that was made for it is taken back.
 */
#include "bootloader/bli.h"
#include "bootloader/boot.h"
#include "bootloader/config.h"
#include "bootloader/file.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "bootloader/seedtable.h"
#include "bootloader/self.h"
#include "bootloader/text.h"
#include "lib/string.h"

/* Linux wants initrds that are concatenated to begin at multiples of this. (Linux, init/initramfs.c) */
#define INITRD_ALIGNMENT 4

#define END_ENTIRE 0xff /* subtype of the last node */

static EFI_STATUS allocate(uint64_t size, const char *what, uint64_t *ret_base)
{
	struct memory_request request = {.size = size, .type = HELION_MEM_LOADER, .efi_type = EfiLoaderData};
	EFI_STATUS status = memory_allocate(&request, ret_base);

	if (status != EFI_SUCCESS)
		return print_error(status, "cannot get %llu bytes of memory for %s", (unsigned long long)size, what);
	return EFI_SUCCESS;
}

static size_t node_length(const EFI_DEVICE_PATH_PROTOCOL *node)
{
	return node->Length[0] | (size_t)node->Length[1] << 8;
}

/* Bytes of a device path without its end; 0 for one that is malformed. */
static size_t path_length(const EFI_DEVICE_PATH_PROTOCOL *path)
{
	size_t length = 0;

	for (;;) {
		const EFI_DEVICE_PATH_PROTOCOL *node = (const void *)((const uint8_t *)path + length);

		if ((node->Type & 0x7f) == END_DEVICE_PATH_TYPE && node->SubType == END_ENTIRE)
			return length;
		if (node_length(node) < sizeof(*node) || length > 64 * 1024)
			return 0;
		length += node_length(node);
	}
}

static void put_node(uint8_t *where, uint8_t type, uint8_t subtype, size_t length)
{
	EFI_DEVICE_PATH_PROTOCOL node = {type, subtype, {(UINT8)length, (UINT8)(length >> 8)}};

	memcpy(where, &node, sizeof(node));
}

/* The device path of a file on a volume: the device's, one node with the file's path, the end. */
static EFI_STATUS make_device_path(const struct volume *volume, struct slice path, EFI_DEVICE_PATH_PROTOCOL **ret_path)
{
	EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
	static CHAR16 file_path[FILE_MAX_PATH];
	size_t device_length, file_length;
	EFI_STATUS status;
	void *interface;
	uint64_t buffer;
	uint8_t *at;

	status = BS->HandleProtocol(volume->device, &path_guid, &interface);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot find out the device path of the volume (DevicePath protocol)");
	/* file_open() has accepted the same path. */
	if (bootentry_path_to_ucs2(path, (uint16_t *)file_path, FILE_MAX_PATH, &file_length) != BOOTENTRY_OK)
		return print_refusal(EFI_INVALID_PARAMETER, "%.*s is no path", SLICE_ARGS(path));

	device_length = path_length(interface);
	file_length = sizeof(EFI_DEVICE_PATH_PROTOCOL) + (file_length + 1) * sizeof(CHAR16);
	status = allocate(device_length + file_length + sizeof(EFI_DEVICE_PATH_PROTOCOL), "a device path", &buffer);
	if (status != EFI_SUCCESS)
		return status;
	at = (uint8_t *)buffer;
	memcpy(at, interface, device_length);
	at += device_length;
	put_node(at, MEDIA_DEVICE_PATH, MEDIA_FILEPATH_DP, file_length);
	memcpy(at + sizeof(EFI_DEVICE_PATH_PROTOCOL), file_path, file_length - sizeof(EFI_DEVICE_PATH_PROTOCOL));
	put_node(at + file_length, END_DEVICE_PATH_TYPE, END_ENTIRE, sizeof(EFI_DEVICE_PATH_PROTOCOL));
	*ret_path = (EFI_DEVICE_PATH_PROTOCOL *)buffer;
	return EFI_SUCCESS;
}

/*
 * Has the firmware make an image of a file's content, which it keeps a copy of. The path is not only for messages: what the
 * firmware's policy is depends on the device that an image is said to come from.
 */
static EFI_STATUS make_image(const struct volume *volume, struct slice path, void *content, uint64_t size,
			     EFI_HANDLE *ret_image)
{
	EFI_DEVICE_PATH_PROTOCOL *device_path = NULL;
	EFI_HANDLE image = NULL;
	EFI_STATUS status = make_device_path(volume, path, &device_path);

	if (status != EFI_SUCCESS)
		return status;
	status = BS->LoadImage(FALSE, image_handle, device_path, content, size, &image);
	/* An image that is not trusted is loaded all the same, and must be unloaded. UEFI 2.10 §7.4.1. */
	if (status == EFI_SECURITY_VIOLATION && image)
		BS->UnloadImage(image);
	if (status == EFI_SECURITY_VIOLATION || status == EFI_ACCESS_DENIED)
		print_error(status, "the firmware does not allow %.*s to be started (Secure Boot)", SLICE_ARGS(path));
	else if (status != EFI_SUCCESS)
		print_error(status, "the firmware cannot load %.*s as an EFI image", SLICE_ARGS(path));
	*ret_image = image;
	return status;
}

/* Reads the file and has the firmware make an image of it; the file's own memory is free again then. */
static EFI_STATUS load(const struct boot *boot, struct slice path, EFI_HANDLE *ret_image)
{
	size_t mark = memory_mark();
	uint64_t base, size;
	EFI_STATUS status;

	status = file_load(boot->volume->root, path, HELION_MEM_LOADER, &base, &size);
	if (status == EFI_SUCCESS)
		status = pin_check_image(boot, path, (const void *)base, size);
	if (status == EFI_SUCCESS)
		status = make_image(boot->volume, path, (void *)base, size, ret_image);
	memory_release(mark);
	return status;
}

EFI_STATUS image_verify(const struct volume *volume, struct slice path, void *content, uint64_t size)
{
	size_t mark = memory_mark();
	EFI_HANDLE image = NULL;
	EFI_STATUS status = make_image(volume, path, content, size, &image);

	if (status == EFI_SUCCESS)
		BS->UnloadImage(image);
	memory_release(mark);
	return status;
}

/* Whether the program stays after it has ended: a driver that has not. UEFI 2.10 §2.1.2. */
static EFI_STATUS check_driver(EFI_HANDLE image, struct slice path)
{
	EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	EFI_STATUS status;
	void *interface;

	status = BS->HandleProtocol(image, &guid, &interface);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot find out what %.*s is (LoadedImage protocol)", SLICE_ARGS(path));
	if (((EFI_LOADED_IMAGE_PROTOCOL *)interface)->ImageCodeType != EfiBootServicesCode)
		return print_refusal(EFI_UNSUPPORTED, "%.*s is no driver of boot services", SLICE_ARGS(path));
	return EFI_SUCCESS;
}

EFI_STATUS image_start_driver(const struct volume *volume, struct slice path)
{
	size_t mark = memory_mark();
	EFI_HANDLE image = NULL;
	uint64_t base, size;
	EFI_STATUS status;

	status = file_load(volume->root, path, HELION_MEM_LOADER, &base, &size);
	if (status == EFI_SUCCESS)
		status = make_image(volume, path, (void *)base, size, &image);
	memory_release(mark);
	if (status != EFI_SUCCESS)
		return status;
	status = check_driver(image, path);
	if (status != EFI_SUCCESS) {
		BS->UnloadImage(image);
		return status;
	}
	status = BS->StartImage(image, NULL, NULL);
	if (status == EFI_SECURITY_VIOLATION)
		BS->UnloadImage(image);
	return status == EFI_SUCCESS ? status : print_error(status, "the driver %.*s ended", SLICE_ARGS(path));
}

static EFI_STATUS set_options(EFI_HANDLE image, struct slice options)
{
	EFI_GUID image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	EFI_LOADED_IMAGE_PROTOCOL *loaded;
	EFI_STATUS status;
	void *interface;
	uint64_t buffer;
	size_t length;

	/* No options at all, rather than empty ones: a unified kernel image then uses those that it contains. */
	if (slice_is_empty(options))
		return EFI_SUCCESS;
	status = BS->HandleProtocol(image, &image_guid, &interface);
	if (status != EFI_SUCCESS)
		return print_error(status, "the loaded image has no LoadedImage protocol");
	status = allocate((options.length + 1) * sizeof(CHAR16), "the options", &buffer);
	if (status != EFI_SUCCESS)
		return status;
	length = text_to_ucs2(options.start, (ucs2 *)buffer, options.length + 1);
	loaded = interface;
	loaded->LoadOptions = (void *)buffer;
	loaded->LoadOptionsSize = (UINT32)((length + 1) * sizeof(CHAR16));
	return EFI_SUCCESS;
}

/* Says how the image ended. `exit_data` may be NULL; its text is what the image itself has to say. */
static EFI_STATUS report_end(struct slice path, EFI_STATUS status, const CHAR16 *exit_data, size_t exit_size)
{
	static char text[256];
	size_t length;

	if (!exit_data ||
	    !text_from_ucs2((const ucs2 *)exit_data, exit_size / sizeof(CHAR16), text, sizeof(text), &length))
		text[0] = '\0';
	if (status == EFI_SUCCESS)
		print_line("%.*s ended: success%s%s", SLICE_ARGS(path), text[0] ? ": " : "", text);
	else
		print_error(status, "%.*s ended%s%s", SLICE_ARGS(path), text[0] ? ": " : "", text);
	return status;
}

static EFI_STATUS start(struct slice path, EFI_HANDLE image)
{
	CHAR16 *exit_data = NULL;
	UINTN exit_size = 0;
	EFI_STATUS status;

	status = BS->StartImage(image, &exit_size, &exit_data);
	/* Not started at all: it is still loaded. */
	if (status == EFI_SECURITY_VIOLATION)
		BS->UnloadImage(image);
	status = report_end(path, status, exit_data, exit_size);
	if (exit_data)
		BS->FreePool(exit_data);
	return status;
}

/* What belongs to a kernel. Nothing has to be undone here when that fails. */
static EFI_STATUS prepare(struct boot *boot)
{
	EFI_STATUS status = EFI_SUCCESS;
	uint64_t base, size;

	if (boot->entry.initrd_count) {
		status = initrds_load(boot, INITRD_ALIGNMENT, &base, &size);
		if (status == EFI_SUCCESS)
			status = initrd_offer(base, size);
	}
	if (status == EFI_SUCCESS)
		status = tree_install(boot);
	return status;
}

EFI_STATUS image_start(struct boot *boot)
{
	const struct bootentry *entry = &boot->entry;
	struct slice path = slice_is_empty(entry->linux_path) ? entry->efi_path : entry->linux_path;
	EFI_HANDLE image = NULL;
	EFI_STATUS status;

	status = load(boot, path, &image);
	if (status != EFI_SUCCESS)
		return status;
	status = set_options(image, boot->cmdline);
	if (status == EFI_SUCCESS)
		status = prepare(boot);
	if (status == EFI_SUCCESS) {
		if (!slice_is_empty(entry->linux_path) || boot->source->is_image)
			seedtable_install(boot);
		bli_times(boot);
		status = start(path, image);
	} else {
		BS->UnloadImage(image);
	}
	seedtable_uninstall();
	tree_uninstall(boot);
	initrd_withdraw();
	return status;
}
