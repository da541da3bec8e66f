/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts \boot.efi, and counts what that calls of the firmware: how often, and for how many bytes. It replaces functions of
 * the tables that the program is given, and hands out file handles of its own. Drivers of the firmware call through the
 * same tables; a call counts if its return address lies in the program. What was counted is printed when the
 * program first calls ExitBootServices, which then sees that the memory map has changed, as it may.
 */
#include <stdbool.h>

#include "bootloader/efi.h"
#include "lib/format.h"
#include "lib/string.h"

static EFI_SYSTEM_TABLE *system_table;
static EFI_BOOT_SERVICES real; /* as it was */
static uint64_t program, program_end;
static bool is_printed;

/* ---- Counting ---------------------------------------------------------------------------------------------------- */

enum call {
	ALLOCATE_PAGES,
	FREE_PAGES,
	ALLOCATE_POOL,
	FREE_POOL,
	GET_MEMORY_MAP,
	HANDLE_PROTOCOL,
	LOCATE_PROTOCOL,
	LOCATE_HANDLES,
	FILE_OPEN,
	FILE_READ,
	FILE_POSITION,
	FILE_INFO,
	FILE_CLOSE,
	DIRECTORY_READ,
	CALLS,
};

static const char *const names[CALLS] = {
	"AllocatePages",    "FreePages",      "AllocatePool",       "FreePool",       "GetMemoryMap",
	"HandleProtocol",   "LocateProtocol", "LocateHandleBuffer", "File.Open",      "File.Read",
	"File.SetPosition", "File.GetInfo",   "File.Close",         "Directory.Read",
};

static struct {
	uint64_t count, bytes, largest;
} counts[CALLS];

static void count(enum call call, const void *caller, uint64_t bytes)
{
	if ((uint64_t)caller < program || (uint64_t)caller >= program_end)
		return;
	counts[call].count++;
	counts[call].bytes += bytes;
	if (bytes > counts[call].largest)
		counts[call].largest = bytes;
}

#define COUNT(call, bytes) count((call), __builtin_return_address(0), (bytes))

static __attribute__((format(printf, 1, 2))) void print(const char *format, ...)
{
	static char text[256];
	static CHAR16 wide[256];
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

/* ---- Files ------------------------------------------------------------------------------------------------------- */

/* A handle that the program gets, and the firmware's. */
struct wrapped {
	EFI_FILE_PROTOCOL protocol; /* first: the program has a pointer to it */
	EFI_FILE_PROTOCOL *real;
	bool is_directory;
};

static EFI_STATUS wrap(EFI_FILE_PROTOCOL *file, EFI_FILE_PROTOCOL **ret);

static EFI_FILE_PROTOCOL *of(EFI_FILE_PROTOCOL *this)
{
	return ((struct wrapped *)this)->real;
}

static EFI_STATUS EFIAPI file_open(EFI_FILE_PROTOCOL *this, EFI_FILE_PROTOCOL **ret, CHAR16 *name, UINT64 mode,
				   UINT64 attributes)
{
	EFI_FILE_PROTOCOL *file;
	EFI_STATUS status;

	COUNT(FILE_OPEN, 0);
	status = of(this)->Open(of(this), &file, name, mode, attributes);
	return status == EFI_SUCCESS ? wrap(file, ret) : status;
}

static EFI_STATUS EFIAPI file_close(EFI_FILE_PROTOCOL *this)
{
	EFI_STATUS status;

	COUNT(FILE_CLOSE, 0);
	status = of(this)->Close(of(this));
	real.FreePool(this);
	return status;
}

static EFI_STATUS EFIAPI file_read(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer)
{
	if (((struct wrapped *)this)->is_directory)
		COUNT(DIRECTORY_READ, 0);
	else
		COUNT(FILE_READ, *size);
	return of(this)->Read(of(this), size, buffer);
}

static EFI_STATUS EFIAPI file_write(EFI_FILE_PROTOCOL *this, UINTN *size, void *buffer)
{
	return of(this)->Write(of(this), size, buffer);
}

static EFI_STATUS EFIAPI file_position(EFI_FILE_PROTOCOL *this, UINT64 position)
{
	COUNT(FILE_POSITION, 0);
	return of(this)->SetPosition(of(this), position);
}

static EFI_STATUS EFIAPI file_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN *size, void *buffer)
{
	COUNT(FILE_INFO, 0);
	return of(this)->GetInfo(of(this), type, size, buffer);
}

static EFI_STATUS EFIAPI file_set_info(EFI_FILE_PROTOCOL *this, EFI_GUID *type, UINTN size, void *buffer)
{
	return of(this)->SetInfo(of(this), type, size, buffer);
}

static EFI_STATUS EFIAPI file_flush(EFI_FILE_PROTOCOL *this)
{
	return of(this)->Flush(of(this));
}

static EFI_STATUS wrap(EFI_FILE_PROTOCOL *file, EFI_FILE_PROTOCOL **ret)
{
	EFI_GUID guid = EFI_FILE_INFO_ID;
	static union {
		EFI_FILE_INFO info;
		UINT8 bytes[1024];
	} buffer;
	UINTN size = sizeof(buffer);
	struct wrapped *wrapped;
	void *memory;
	EFI_STATUS status = real.AllocatePool(EfiLoaderData, sizeof(*wrapped), &memory);

	if (status != EFI_SUCCESS)
		return status;
	wrapped = memory;
	*wrapped = (struct wrapped){.protocol = {.Revision = EFI_FILE_PROTOCOL_REVISION,
						 .Open = file_open,
						 .Close = file_close,
						 .Read = file_read,
						 .Write = file_write,
						 .SetPosition = file_position,
						 .GetInfo = file_info,
						 .SetInfo = file_set_info,
						 .Flush = file_flush},
				    .real = file};
	wrapped->is_directory = file->GetInfo(file, &guid, &size, &buffer) == EFI_SUCCESS &&
				(buffer.info.Attribute & EFI_FILE_DIRECTORY);
	*ret = &wrapped->protocol;
	return EFI_SUCCESS;
}

/* The volume of the program: there is one. */
static EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *real_volume;

static EFI_STATUS EFIAPI open_volume(EFI_SIMPLE_FILE_SYSTEM_PROTOCOL *this, EFI_FILE_PROTOCOL **ret)
{
	EFI_FILE_PROTOCOL *root;
	EFI_STATUS status = real_volume->OpenVolume(real_volume, &root);

	(void)this;
	return status == EFI_SUCCESS ? wrap(root, ret) : status;
}

/* ---- Boot services ----------------------------------------------------------------------------------------------- */

static EFI_STATUS EFIAPI allocate_pages(EFI_ALLOCATE_TYPE how, EFI_MEMORY_TYPE type, UINTN pages,
					EFI_PHYSICAL_ADDRESS *ret)
{
	COUNT(ALLOCATE_PAGES, pages * EFI_PAGE_SIZE);
	return real.AllocatePages(how, type, pages, ret);
}

static EFI_STATUS EFIAPI free_pages(EFI_PHYSICAL_ADDRESS base, UINTN pages)
{
	COUNT(FREE_PAGES, pages * EFI_PAGE_SIZE);
	return real.FreePages(base, pages);
}

static EFI_STATUS EFIAPI allocate_pool(EFI_MEMORY_TYPE type, UINTN size, void **ret)
{
	COUNT(ALLOCATE_POOL, size);
	return real.AllocatePool(type, size, ret);
}

static EFI_STATUS EFIAPI free_pool(void *block)
{
	COUNT(FREE_POOL, 0);
	return real.FreePool(block);
}

static EFI_STATUS EFIAPI get_memory_map(UINTN *size, EFI_MEMORY_DESCRIPTOR *map, UINTN *key, UINTN *stride,
					UINT32 *version)
{
	COUNT(GET_MEMORY_MAP, 0);
	return real.GetMemoryMap(size, map, key, stride, version);
}

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret)
{
	static const EFI_GUID volume_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
	static EFI_SIMPLE_FILE_SYSTEM_PROTOCOL volume = {.OpenVolume = open_volume};
	uint64_t caller = (uint64_t)__builtin_return_address(0);
	EFI_STATUS status;

	COUNT(HANDLE_PROTOCOL, 0);
	status = real.HandleProtocol(handle, guid, ret);
	if (status == EFI_SUCCESS && caller >= program && caller < program_end &&
	    memcmp(guid, &volume_guid, sizeof(*guid)) == 0) {
		real_volume = *ret;
		volume.Revision = real_volume->Revision;
		*ret = &volume;
	}
	return status;
}

static EFI_STATUS EFIAPI locate_protocol(EFI_GUID *guid, void *registration, void **ret)
{
	COUNT(LOCATE_PROTOCOL, 0);
	return real.LocateProtocol(guid, registration, ret);
}

static EFI_STATUS EFIAPI locate_handles(EFI_LOCATE_SEARCH_TYPE how, EFI_GUID *guid, void *key, UINTN *size,
					EFI_HANDLE **ret)
{
	COUNT(LOCATE_HANDLES, 0);
	return real.LocateHandleBuffer(how, guid, key, size, ret);
}

static EFI_STATUS EFIAPI exit_boot_services(EFI_HANDLE image, UINTN key)
{
	if (!is_printed) {
		is_printed = true;
		for (unsigned i = 0; i < CALLS; i++)
			print("calls: %s %llu %llu %llu\r\n", names[i], (unsigned long long)counts[i].count,
			      (unsigned long long)counts[i].bytes, (unsigned long long)counts[i].largest);
		print("calls: done\r\n");
	}
	return real.ExitBootServices(image, key);
}

/* ------------------------------------------------------------------------------------------------------------------ */

/* The path of \boot.efi on the device that this program is from. */
static EFI_STATUS load(EFI_HANDLE handle, EFI_HANDLE *ret_image)
{
	EFI_GUID image_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID, path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID;
	static const CHAR16 name[] = L"\\boot.efi";
	static uint8_t path[1024];
	EFI_LOADED_IMAGE_PROTOCOL *image;
	EFI_DEVICE_PATH_PROTOCOL *node;
	size_t length = 0;
	EFI_STATUS status;
	void *interface;

	status = real.HandleProtocol(handle, &image_guid, &interface);
	if (status != EFI_SUCCESS)
		return status;
	image = interface;
	status = real.HandleProtocol(image->DeviceHandle, &path_guid, &interface);
	if (status != EFI_SUCCESS)
		return status;
	for (node = interface; node->Type != END_DEVICE_PATH_TYPE;
	     node = (EFI_DEVICE_PATH_PROTOCOL *)((uint8_t *)interface + length))
		length += (size_t)(node->Length[0] | node->Length[1] << 8);
	if (length + sizeof(name) + 2 * sizeof(*node) > sizeof(path))
		return EFI_BUFFER_TOO_SMALL;
	memcpy(path, interface, length);
	node = (EFI_DEVICE_PATH_PROTOCOL *)(path + length);
	*node = (EFI_DEVICE_PATH_PROTOCOL){MEDIA_DEVICE_PATH, MEDIA_FILEPATH_DP, {sizeof(*node) + sizeof(name), 0}};
	memcpy(node + 1, name, sizeof(name));
	node = (EFI_DEVICE_PATH_PROTOCOL *)(path + length + sizeof(*node) + sizeof(name));
	*node = (EFI_DEVICE_PATH_PROTOCOL){END_DEVICE_PATH_TYPE, 0xff, {sizeof(*node), 0}};
	status = real.LoadImage(FALSE, handle, (EFI_DEVICE_PATH_PROTOCOL *)path, NULL, 0, ret_image);
	if (status != EFI_SUCCESS)
		return status;
	status = real.HandleProtocol(*ret_image, &image_guid, &interface);
	if (status != EFI_SUCCESS)
		return status;
	image = interface;
	program = (uint64_t)image->ImageBase;
	program_end = program + image->ImageSize;
	return EFI_SUCCESS;
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table);

EFI_STATUS EFIAPI efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table)
{
	EFI_BOOT_SERVICES *services = table->BootServices;
	EFI_HANDLE image = NULL;
	EFI_STATUS status;

	system_table = table;
	real = *services;
	status = load(handle, &image);
	if (status != EFI_SUCCESS) {
		print("calls: cannot load \\boot.efi: %llx\r\n", (unsigned long long)status);
		return status;
	}
	services->AllocatePages = allocate_pages;
	services->FreePages = free_pages;
	services->AllocatePool = allocate_pool;
	services->FreePool = free_pool;
	services->GetMemoryMap = get_memory_map;
	services->HandleProtocol = handle_protocol;
	services->LocateProtocol = locate_protocol;
	services->LocateHandleBuffer = locate_handles;
	services->ExitBootServices = exit_boot_services;
	status = real.StartImage(image, NULL, NULL);
	*services = real;
	return status;
}
