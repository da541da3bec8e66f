/* SPDX-License-Identifier: BSD-2-Clause */
/* The protocol database, images and configuration tables. UEFI 2.10 §7.3, §7.4. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader/proto/dt_fixup.h"
#include "bootloader/proto/http.h"
#include "bootloader/proto/ip4_config2.h"
#include "bootloader/proto/linux_seed.h"
#include "bootloader/proto/load_file2.h"
#include "bootloader/proto/memory_attribute.h"
#include "bootloader/proto/tcg2.h"
#include "firmware.h"
#include "lib/bytes.h"

enum {
	MAX_PROTOCOLS = 64,
	MAX_IMAGES = 8,
	MAX_TABLES = 16,
};

struct protocol {
	EFI_HANDLE handle; /* NULL: this slot is free */
	EFI_GUID guid;
	void *interface;
	bool is_own; /* there before the loader ran */
};

struct image {
	EFI_LOADED_IMAGE_PROTOCOL loaded;
	EFI_HANDLE handle; /* NULL: not loaded */
	void *content;
	size_t size;
};

EFI_HANDLE firmware_image, firmware_device;
bool firmware_has_driver;

static struct protocol protocols[MAX_PROTOCOLS];
static struct image images[MAX_IMAGES];
static EFI_CONFIGURATION_TABLE tables[MAX_TABLES];
static EFI_CONFIGURATION_TABLE tables_before[MAX_TABLES];
static UINTN tables_before_count;
static EFI_LOADED_IMAGE_PROTOCOL loader_image;
static char *next_handle = (char *)0x1000;

static struct {
	EFI_DEVICE_PATH_PROTOCOL end;
} device_path = {{0x7f, 0xff, {4, 0}}};

const char *firmware_guid_name(const EFI_GUID *guid)
{
	static const struct {
		EFI_GUID guid;
		const char *name;
	} known[] = {
		{EFI_LOADED_IMAGE_PROTOCOL_GUID, "LoadedImage"},
		{EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID, "SimpleFileSystem"},
		{EFI_DEVICE_PATH_PROTOCOL_GUID, "DevicePath"},
		{EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID, "GraphicsOutput"},
		{EFI_EDID_ACTIVE_PROTOCOL_GUID, "EdidActive"},
		{EFI_EDID_DISCOVERED_PROTOCOL_GUID, "EdidDiscovered"},
		{EFI_RNG_PROTOCOL_GUID, "Rng"},
		{EFI_BLOCK_IO_PROTOCOL_GUID, "BlockIo"},
		{EFI_DTB_TABLE_GUID, "DeviceTree"},
		{EFI_GLOBAL_VARIABLE, "global"},
		{LOAD_FILE2_PROTOCOL_GUID, "LoadFile2"},
		{LINUX_SEED_TABLE_GUID, "RandomSeed"},
		{DT_FIXUP_PROTOCOL_GUID, "DtFixup"},
		{MEMORY_ATTRIBUTE_PROTOCOL_GUID, "MemoryAttribute"},
		{TCG2_PROTOCOL_GUID, "Tcg2"},
		{EFI_PXE_BASE_CODE_PROTOCOL_GUID, "PxeBaseCode"},
		{HTTP_PROTOCOL_GUID, "Http"},
		{HTTP_SERVICE_BINDING_PROTOCOL_GUID, "HttpServiceBinding"},
		{IP4_CONFIG2_PROTOCOL_GUID, "Ip4Config2"},
	};
	static char text[4][40];
	static unsigned at;

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (memcmp(&known[i].guid, guid, sizeof(*guid)) == 0)
			return known[i].name;
	at = (at + 1) % 4;
	snprintf(text[at], sizeof(text[at]), "%08x-%04x", guid->Data1, guid->Data2);
	return text[at];
}

/* ---- Protocols --------------------------------------------------------------------------------------------------- */

static struct protocol *find(EFI_HANDLE handle, const EFI_GUID *guid)
{
	for (size_t i = 0; i < MAX_PROTOCOLS; i++)
		if (protocols[i].handle && (!handle || protocols[i].handle == handle) &&
		    memcmp(&protocols[i].guid, guid, sizeof(*guid)) == 0)
			return &protocols[i];
	return NULL;
}

static void add(EFI_HANDLE *handle, const EFI_GUID *guid, void *interface, bool is_own)
{
	size_t i = 0;

	if (!*handle)
		*handle = next_handle += 16;
	while (protocols[i].handle)
		if (++i == MAX_PROTOCOLS)
			abort();
	protocols[i] = (struct protocol){*handle, *guid, interface, is_own};
}

void *firmware_find(EFI_GUID guid)
{
	struct protocol *protocol = find(NULL, &guid);

	return protocol ? protocol->interface : NULL;
}

void firmware_install(EFI_HANDLE *handle, EFI_GUID guid, void *interface)
{
	add(handle, &guid, interface, true);
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **interface)
{
	struct protocol *protocol;

	FIRMWARE_CALL("HandleProtocol", "%s", firmware_guid_name(guid));
	if (!handle || !guid || !interface)
		return EFI_INVALID_PARAMETER;
	protocol = find(handle, guid);
	*interface = protocol ? protocol->interface : NULL;
	return protocol ? EFI_SUCCESS : EFI_UNSUPPORTED;
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, void *registration, void **interface)
{
	struct protocol *protocol;

	(void)registration;
	FIRMWARE_CALL("LocateProtocol", "%s", firmware_guid_name(guid));
	protocol = find(NULL, guid);
	*interface = protocol ? protocol->interface : NULL;
	return protocol ? EFI_SUCCESS : EFI_NOT_FOUND;
}

/* Bytes of a device path without its end. */
static size_t path_length(const uint8_t *path)
{
	size_t length = 0;

	while (path[length] != 0x7f)
		length += path[length + 2] | (size_t)path[length + 3] << 8;
	return length;
}

/*
 * The handle with the protocol whose own path is the longest beginning of this one. A path leads to any handle with the
 * protocol if none of them has a path: there is one bus.
 */
static EFI_STATUS EFIAPI locate_device_path(EFI_GUID *guid, EFI_DEVICE_PATH_PROTOCOL **path, EFI_HANDLE *ret)
{
	EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
	struct protocol *protocol, *best = NULL;
	size_t whole = path_length((const uint8_t *)*path), longest = 0;

	FIRMWARE_CALL("LocateDevicePath", "%s", firmware_guid_name(guid));
	protocol = find(NULL, guid);
	*ret = protocol ? protocol->handle : NULL;
	for (size_t i = 0; i < MAX_PROTOCOLS; i++) {
		struct protocol *own = protocols[i].handle ? find(protocols[i].handle, &path_guid) : NULL;
		size_t length = own ? path_length(own->interface) : 0;

		if (length == 0 || length > whole || (best && length <= longest) ||
		    memcmp(&protocols[i].guid, guid, sizeof(*guid)) != 0 || memcmp(own->interface, *path, length) != 0)
			continue;
		best = &protocols[i];
		longest = length;
	}
	if (best) {
		*ret = best->handle;
		*path = (EFI_DEVICE_PATH_PROTOCOL *)((uint8_t *)*path + longest);
	}
	return protocol ? EFI_SUCCESS : EFI_NOT_FOUND;
}

/* Whether no protocol in front of this one is on the same handle. */
static bool is_first(size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (protocols[i].handle == protocols[index].handle)
			return false;
	return true;
}

static bool is_listed(size_t index, EFI_LOCATE_SEARCH_TYPE how, const EFI_GUID *guid)
{
	if (!protocols[index].handle)
		return false;
	return how == AllHandles ? is_first(index) : memcmp(&protocols[index].guid, guid, sizeof(*guid)) == 0;
}

static EFI_STATUS EFIAPI locate_handle_buffer(EFI_LOCATE_SEARCH_TYPE how, EFI_GUID *guid, void *key, UINTN *count,
					      EFI_HANDLE **buffer)
{
	(void)key;
	FIRMWARE_CALL("LocateHandleBuffer", "%s", guid ? firmware_guid_name(guid) : "");
	if (how != ByProtocol && how != AllHandles)
		return EFI_INVALID_PARAMETER;
	*count = 0;
	*buffer = NULL;
	if (how == ByProtocol && !find(NULL, guid))
		return EFI_NOT_FOUND;
	*buffer = firmware_pool(MAX_PROTOCOLS * sizeof(EFI_HANDLE));
	if (!*buffer)
		return EFI_OUT_OF_RESOURCES;
	for (size_t i = 0; i < MAX_PROTOCOLS; i++)
		if (is_listed(i, how, guid))
			(*buffer)[(*count)++] = protocols[i].handle;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI install_protocols(EFI_HANDLE *handle, ...)
{
	__builtin_ms_va_list list;
	EFI_GUID *guid;

	__builtin_ms_va_start(list, handle);
	guid = __builtin_va_arg(list, EFI_GUID *);
	{
		EFI_STATUS failure;

		if (firmware_call(&failure, "InstallProtocols", "%s", firmware_guid_name(guid))) {
			__builtin_ms_va_end(list);
			return failure;
		}
	}
	for (; guid; guid = __builtin_va_arg(list, EFI_GUID *))
		add(handle, guid, __builtin_va_arg(list, void *), false);
	__builtin_ms_va_end(list);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI uninstall_protocols(EFI_HANDLE handle, ...)
{
	EFI_STATUS status = EFI_SUCCESS;
	__builtin_ms_va_list list;
	struct protocol *protocol;
	EFI_GUID *guid;

	__builtin_ms_va_start(list, handle);
	guid = __builtin_va_arg(list, EFI_GUID *);
	firmware_call(&status, "UninstallProtocols", "%s", firmware_guid_name(guid)) ? (void)0
										     : (void)(status = EFI_SUCCESS);
	for (; guid; guid = __builtin_va_arg(list, EFI_GUID *)) {
		protocol = find(handle, guid);
		if (!protocol || protocol->interface != __builtin_va_arg(list, void *))
			firmware_violation("%s is uninstalled and was not installed", firmware_guid_name(guid));
		else
			protocol->handle = NULL;
	}
	__builtin_ms_va_end(list);
	return status;
}

/* ---- Tables ------------------------------------------------------------------------------------------------------ */

static EFI_STATUS set_table(const EFI_GUID *guid, void *table)
{
	UINTN *count = &firmware_system_table.NumberOfTableEntries, i = 0;

	while (i < *count && memcmp(&tables[i].VendorGuid, guid, sizeof(*guid)) != 0)
		i++;
	if (!table && i == *count)
		return EFI_NOT_FOUND;
	if (table && i == MAX_TABLES)
		return EFI_OUT_OF_RESOURCES;
	if (!table)
		tables[i] = tables[--*count];
	else
		tables[i] = (EFI_CONFIGURATION_TABLE){*guid, table};
	if (table && i == *count)
		++*count;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI install_table(EFI_GUID *guid, void *table)
{
	EFI_STATUS failure;

	/* Taking back is done even when it reports a failure: nobody could do it again. */
	if (firmware_call(&failure, "InstallConfigurationTable", "%s", firmware_guid_name(guid))) {
		if (!table)
			set_table(guid, table);
		return failure;
	}
	return set_table(guid, table);
}

void firmware_set_device_path(void *path)
{
	EFI_GUID guid = EFI_DEVICE_PATH_PROTOCOL_GUID;

	find(firmware_device, &guid)->interface = path;
}

void firmware_set_file_path(void *path)
{
	loader_image.FilePath = path;
}

void firmware_set_table(EFI_GUID guid, void *table)
{
	set_table(&guid, table);
	memcpy(tables_before, tables, sizeof(tables));
	tables_before_count = firmware_system_table.NumberOfTableEntries;
}

/* ---- Images ------------------------------------------------------------------------------------------------------ */

static struct image *find_image(EFI_HANDLE handle)
{
	for (size_t i = 0; i < MAX_IMAGES; i++)
		if (handle && images[i].handle == handle)
			return &images[i];
	return NULL;
}

/* By the subsystem in its headers. */
static bool is_driver(const uint8_t *source, size_t size)
{
	uint32_t headers = size >= 64 && source[0] == 'M' ? load_le32(source + 60) : 0;

	return headers && size > headers + 24 + 68 && source[headers + 24 + 68] == 11;
}

static EFI_STATUS EFIAPI load_image(BOOLEAN policy, EFI_HANDLE parent, EFI_DEVICE_PATH_PROTOCOL *path, void *source,
				    UINTN size, EFI_HANDLE *ret)
{
	EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	struct image *image = images;

	FIRMWARE_CALL("LoadImage", "%s", "");
	firmware_call_size(size);
	if (policy || parent != firmware_image || !path || !source)
		firmware_violation("LoadImage without a device path, or not from memory");
	while (image->handle)
		if (++image == images + MAX_IMAGES)
			return EFI_OUT_OF_RESOURCES;
	image->content = malloc(size);
	image->size = size;
	memcpy(image->content, source, size);
	image->loaded = (EFI_LOADED_IMAGE_PROTOCOL){
		.ParentHandle = parent,
		.DeviceHandle = firmware_device,
		.ImageCodeType = is_driver(source, size) ? EfiBootServicesCode : EfiLoaderCode,
	};
	image->handle = NULL;
	add(&image->handle, &guid, &image->loaded, false);
	*ret = image->handle;
	return firmware_quirks.load_image;
}

static EFI_STATUS unload(EFI_HANDLE handle)
{
	EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	struct image *image = find_image(handle);

	if (!image) {
		firmware_violation("UnloadImage of what is not loaded");
		return EFI_INVALID_PARAMETER;
	}
	find(handle, &guid)->handle = NULL;
	free(image->content);
	image->handle = NULL;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI unload_image(EFI_HANDLE handle)
{
	EFI_STATUS failure;

	firmware_call(&failure, "UnloadImage", "%s", "");
	return unload(handle);
}

static EFI_STATUS EFIAPI start_image(EFI_HANDLE handle, UINTN *exit_size, CHAR16 **exit_data)
{
	struct image *image = find_image(handle);
	EFI_STATUS status;

	if (exit_data) {
		*exit_size = 0;
		*exit_data = NULL;
	}
	if (firmware_call(&status, "StartImage", "%s", "")) {
		/* One that is not allowed stays loaded; of others the firmware disposes. */
		if (status != EFI_SECURITY_VIOLATION)
			unload(handle);
		return status;
	}
	if (!image) {
		firmware_violation("StartImage of what is not loaded");
		return EFI_INVALID_PARAMETER;
	}
	if (image->loaded.ImageCodeType == EfiBootServicesCode) {
		EFI_GUID guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;

		/* It stays, and is nobody's leak. */
		find(handle, &guid)->is_own = true;
		firmware_has_driver = true;
		return EFI_SUCCESS;
	}
	firmware_result->images_started++;
	status = firmware_image_main(handle, image->content, image->size);
	unload(handle);
	return status;
}

/* ------------------------------------------------------------------------------------------------------------------ */

void firmware_handles_init(void)
{
	EFI_GUID image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID, path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
	EFI_BOOT_SERVICES *services = &firmware_boot_services;

	services->HandleProtocol = handle_protocol;
	services->LocateProtocol = locate_protocol;
	services->LocateHandleBuffer = locate_handle_buffer;
	services->LocateDevicePath = locate_device_path;
	services->InstallMultipleProtocolInterfaces = install_protocols;
	services->UninstallMultipleProtocolInterfaces = uninstall_protocols;
	services->InstallConfigurationTable = install_table;
	services->LoadImage = load_image;
	services->StartImage = start_image;
	services->UnloadImage = unload_image;
	firmware_system_table.ConfigurationTable = tables;
	firmware_install(&firmware_device, path_guid, &device_path);
	loader_image.DeviceHandle = firmware_device;
	firmware_install(&firmware_image, image_guid, &loader_image);
}

void firmware_handles_leaks(void)
{
	for (size_t i = 0; i < MAX_PROTOCOLS; i++)
		if (protocols[i].handle && !protocols[i].is_own)
			firmware_violation("leak: protocol %s", firmware_guid_name(&protocols[i].guid));
	if (firmware_system_table.NumberOfTableEntries != tables_before_count ||
	    memcmp(tables, tables_before, tables_before_count * sizeof(tables[0])) != 0)
		firmware_violation("the configuration tables are not what they were");
}
