/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An EFI program that prints what it was started with: its options, its own path, the initrd that Linux would
 * get, properties of the device tree, the size of Linux's random seed, and the memory that is free. Its options say how it ends: "return" with a failure,
 * "exit" with text for whoever started it, else with success.
 */
#include <libfdt.h>

#include "bootloader/efi.h"
#include "bootloader/proto/linux_seed.h"
#include "bootloader/proto/load_file2.h"
#include "lib/bytes.h"
#include "lib/format.h"
#include "lib/sha256.h"
#include "lib/string.h"

static EFI_SYSTEM_TABLE *system_table;
static EFI_BOOT_SERVICES *boot_services;

static __attribute__((format(printf, 1, 2))) void print(const char *format, ...)
{
	static char text[1024];
	static CHAR16 wide[1024];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	fmt_vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	length = strlen(text);
	for (size_t i = 0; i <= length; i++)
		wide[i] = (CHAR16)text[i];
	system_table->ConOut->OutputString(system_table->ConOut, wide);
}

/* As ASCII; '?' for what is not. */
static const char *narrow(const void *text, size_t size)
{
	static char buffer[512];
	size_t length = 0;

	for (size_t i = 0; i + 1 < size && length + 1 < sizeof(buffer); i += 2) {
		uint16_t code = load_le16((const uint8_t *)text + i);

		if (code == 0)
			break;
		buffer[length++] = code < 0x7f ? (char)code : '?';
	}
	buffer[length] = '\0';
	return buffer;
}

/* Number of the partition that a device is, 0 if it is none. UEFI 2.10 §10.3.5.1. */
static unsigned partition_of(EFI_HANDLE device)
{
	EFI_GUID guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
	unsigned number = 0;
	void *path;

	if (!device || boot_services->HandleProtocol(device, &guid, &path) != EFI_SUCCESS)
		return 0;
	for (const uint8_t *node = path; node[0] != 0x7f; node += load_le16(node + 2))
		if (node[0] == MEDIA_DEVICE_PATH && node[1] == MEDIA_HARDDRIVE_DP)
			number = load_le32(node + 4);
	return number;
}

static void print_path(const EFI_LOADED_IMAGE_PROTOCOL *image)
{
	const EFI_DEVICE_PATH_PROTOCOL *node = image->FilePath;

	print("probe: device %s\r\n", image->DeviceHandle ? "yes" : "no");
	print("probe: partition %u\r\n", partition_of(image->DeviceHandle));
	if (node && node->Type == MEDIA_DEVICE_PATH && node->SubType == MEDIA_FILEPATH_DP)
		print("probe: path %s\r\n", narrow(node + 1, load_le16(node->Length) - sizeof(*node)));
}

static void print_initrd(void)
{
	static const struct initrd_device_path wanted = INITRD_DEVICE_PATH;
	EFI_GUID guid = LOAD_FILE2_PROTOCOL_GUID;
	EFI_DEVICE_PATH_PROTOCOL *path = (EFI_DEVICE_PATH_PROTOCOL *)&wanted;
	struct load_file2_protocol *protocol;
	uint8_t digest[SHA256_SIZE];
	char text[SHA256_TEXT];
	EFI_STATUS status;
	EFI_HANDLE handle;
	void *interface, *buffer;
	UINTN size = 0;

	if (boot_services->LocateDevicePath(&guid, &path, &handle) != EFI_SUCCESS ||
	    boot_services->HandleProtocol(handle, &guid, &interface) != EFI_SUCCESS) {
		print("probe: initrd none\r\n");
		return;
	}
	protocol = interface;
	if (protocol->load_file(protocol, path, TRUE, &size, NULL) != EFI_UNSUPPORTED ||
	    protocol->load_file(protocol, NULL, FALSE, &size, NULL) != EFI_INVALID_PARAMETER ||
	    protocol->load_file(protocol, path, FALSE, &size, NULL) != EFI_BUFFER_TOO_SMALL)
		print("probe: initrd FAILED\r\n");
	if (boot_services->AllocatePool(EfiLoaderData, size, &buffer) != EFI_SUCCESS)
		return;
	status = protocol->load_file(protocol, path, FALSE, &size, buffer);
	sha256(buffer, size, digest);
	sha256_to_text(digest, text);
	print("probe: initrd status %u size %u\r\n", (unsigned)status, (unsigned)size);
	print("probe: sha256 %s\r\n", text); /* 78 columns */
	boot_services->FreePool(buffer);
}

/* The property "probe" of every node that has one. */
static void print_tree(void)
{
	EFI_GUID guid = EFI_DTB_TABLE_GUID;
	const void *tree = NULL;

	for (UINTN i = 0; i < system_table->NumberOfTableEntries; i++)
		if (memcmp(&system_table->ConfigurationTable[i].VendorGuid, &guid, sizeof(guid)) == 0)
			tree = system_table->ConfigurationTable[i].VendorTable;
	print("probe: tree %s\r\n", !tree ? "none" : fdt_check_header(tree) ? "FAILED" : "yes");
	if (!tree)
		return;
	if (fdt_getprop(tree, fdt_path_offset(tree, "/chosen"), "u-boot,version", NULL))
		print("probe: tree fixed up by U-Boot\r\n");
	for (int node = 0; node >= 0; node = fdt_next_node(tree, node, NULL)) {
		int size;
		const char *value = fdt_getprop(tree, node, "probe", &size);

		if (value && size > 0 && value[size - 1] == '\0')
			print("probe: tree %s: %s\r\n", fdt_get_name(tree, node, NULL), value);
	}
}

/* The size of the random seed that Linux would get. */
static void print_seed(void)
{
	EFI_GUID guid = LINUX_SEED_TABLE_GUID;

	for (UINTN i = 0; i < system_table->NumberOfTableEntries; i++)
		if (memcmp(&system_table->ConfigurationTable[i].VendorGuid, &guid, sizeof(guid)) == 0) {
			const struct linux_seed_table *table = system_table->ConfigurationTable[i].VendorTable;

			print("probe: seed %u bytes\r\n", (unsigned)table->size);
			return;
		}
	print("probe: seed none\r\n");
}

static void print_memory(void)
{
	static uint8_t map[64 * 1024];
	UINTN size = sizeof(map), key, stride;
	UINT32 version;
	UINT64 pages = 0;

	if (boot_services->GetMemoryMap(&size, (EFI_MEMORY_DESCRIPTOR *)map, &key, &stride, &version) != EFI_SUCCESS)
		return;
	for (UINTN at = 0; at + stride <= size; at += stride) {
		const EFI_MEMORY_DESCRIPTOR *range = (const EFI_MEMORY_DESCRIPTOR *)(map + at);

		if (range->Type == EfiConventionalMemory)
			pages += range->NumberOfPages;
	}
	print("probe: free %llu\r\n", (unsigned long long)pages);
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table);

EFI_STATUS EFIAPI efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table)
{
	static const CHAR16 last_words[] = L"last words";
	EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	EFI_LOADED_IMAGE_PROTOCOL *image;
	void *interface;
	const char *options;

	system_table = table;
	boot_services = table->BootServices;
	if (boot_services->HandleProtocol(handle, &guid, &interface) != EFI_SUCCESS)
		return EFI_PROTOCOL_ERROR;
	image = interface;
	print_path(image);
	print_initrd();
	print_tree();
	print_seed();
	print_memory();
	options = image->LoadOptions ? narrow(image->LoadOptions, image->LoadOptionsSize) : "none";
	print("probe: options [%s] %u bytes\r\n", options, (unsigned)image->LoadOptionsSize);

	if (strncmp(options, "exit", 4) == 0) {
		if (boot_services->AllocatePool(EfiBootServicesData, sizeof(last_words), &interface) != EFI_SUCCESS)
			return EFI_OUT_OF_RESOURCES;
		memcpy(interface, last_words, sizeof(last_words));
		boot_services->Exit(handle, EFI_ABORTED, sizeof(last_words), interface);
	}
	return strncmp(options, "return", 6) == 0 ? EFI_NOT_READY : EFI_SUCCESS;
}
