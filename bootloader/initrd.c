/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The initrd files of an entry, one after another in memory, as the Boot Loader Specification has it; and how an
 * EFI image is offered them.
 */
#include "bootloader/boot.h"
#include "bootloader/file.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "bootloader/proto/load_file2.h"
#include "lib/checked.h"
#include "lib/string.h"

/*
 * Opens all files and adds up how much memory they need. A kernel that is no EFI image need not know of compression;
 * Linux decodes its archives itself, and any format that it was built for.
 */
static EFI_STATUS open_all(const struct boot *boot, uint64_t alignment, struct file *files, uint64_t *ret_size)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < boot->entry.initrd_count; i++) {
		EFI_STATUS status = file_open(boot->volume->root, boot->entry.initrds[i], &files[i]);

		if (status == EFI_SUCCESS && !slice_is_empty(boot->entry.helion_path))
			status = file_unpack(&files[i]);
		if (status != EFI_SUCCESS)
			return status;
		if (files[i].size == 0)
			return print_refusal(EFI_END_OF_FILE, "%.*s is empty", SLICE_ARGS(files[i].name));
		if (!checked_align_up(size, alignment, &size) || !checked_add_u64(size, files[i].size, &size))
			return print_refusal(EFI_OUT_OF_RESOURCES, "%.*s is too large", SLICE_ARGS(files[i].name));
	}
	*ret_size = size;
	return EFI_SUCCESS;
}

/* One file needs no place among others: what was decoded stays where it is. */
static EFI_STATUS read_one(const struct boot *boot, struct file *file, uint64_t *ret_base)
{
	EFI_STATUS status = file_read_whole(file, HELION_MEM_MODULE, ret_base);

	return status == EFI_SUCCESS ? pin_check(boot, file->name, (const void *)*ret_base, file->size) : status;
}

/* The gaps between the files, and the rest of the last page, become zero. */
static EFI_STATUS read_all(const struct boot *boot, uint64_t alignment, struct file *files, uint64_t base)
{
	uint32_t count = boot->entry.initrd_count;
	uint64_t offset = 0;

	for (uint32_t i = 0; i < count; i++) {
		void *content = (void *)(base + offset);
		EFI_STATUS status = file_read(&files[i], 0, content, files[i].size);
		uint64_t gap;

		if (status == EFI_SUCCESS)
			status = pin_check(boot, files[i].name, content, files[i].size);
		if (status != EFI_SUCCESS)
			return status;
		file_close(&files[i]);
		offset += files[i].size;
		gap = -offset % (i + 1 < count ? alignment : EFI_PAGE_SIZE);
		memset((void *)(base + offset), 0, gap);
		offset += gap;
	}
	return EFI_SUCCESS;
}

EFI_STATUS initrds_load(const struct boot *boot, uint64_t alignment, uint64_t *ret_base, uint64_t *ret_size)
{
	static struct file files[BOOTENTRY_MAX_INITRDS];
	struct memory_request request = {.type = HELION_MEM_MODULE, .efi_type = EfiLoaderData};
	EFI_STATUS status;
	uint64_t base = 0;

	memset(files, 0, sizeof(files));
	status = open_all(boot, alignment, files, &request.size);
	if (status == EFI_SUCCESS && boot->entry.initrd_count == 1) {
		status = read_one(boot, &files[0], &base);
	} else if (status == EFI_SUCCESS) {
		status = memory_allocate(&request, &base);
		if (status != EFI_SUCCESS)
			print_error(status, "cannot get %llu bytes of memory for the initramfs %.*s",
				    (unsigned long long)request.size, SLICE_ARGS(boot->entry.initrds[0]));
		else
			status = read_all(boot, alignment, files, base);
	}
	for (uint32_t i = 0; i < boot->entry.initrd_count; i++)
		file_close(&files[i]);
	*ret_base = base;
	*ret_size = request.size;
	return status;
}

/* ---- Offering it to an image ------------------------------------------------------------------------------------- */

/* What is offered; `handle` is NULL while nothing is. */
static struct {
	struct load_file2_protocol protocol; /* first: the firmware passes a pointer to it */
	EFI_HANDLE handle;
	const void *content;
	uint64_t size;
} offer;

static struct initrd_device_path device_path = INITRD_DEVICE_PATH;

static EFI_STATUS EFIAPI load_file(struct load_file2_protocol *this, EFI_DEVICE_PATH_PROTOCOL *path,
				   BOOLEAN boot_policy, UINTN *size, void *buffer)
{
	if (this != &offer.protocol || !path || !size)
		return EFI_INVALID_PARAMETER;
	if (boot_policy)
		return EFI_UNSUPPORTED;
	if (!buffer || *size < offer.size) {
		*size = offer.size;
		return EFI_BUFFER_TOO_SMALL;
	}
	memcpy(buffer, offer.content, offer.size);
	*size = offer.size;
	return EFI_SUCCESS;
}

EFI_STATUS initrd_offer(uint64_t base, uint64_t size)
{
	static EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID, load_guid = LOAD_FILE2_PROTOCOL_GUID;
	EFI_STATUS status;

	offer.protocol.load_file = load_file;
	offer.content = (const void *)base;
	offer.size = size;
	offer.handle = NULL;
	status = BS->InstallMultipleProtocolInterfaces(&offer.handle, &path_guid, &device_path, &load_guid,
						       &offer.protocol, NULL);
	if (status != EFI_SUCCESS) {
		offer.handle = NULL;
		return print_error(status, "cannot offer the initrd to the kernel (LoadFile2 protocol)");
	}
	return EFI_SUCCESS;
}

void initrd_withdraw(void)
{
	static EFI_GUID path_guid = EFI_DEVICE_PATH_PROTOCOL_GUID, load_guid = LOAD_FILE2_PROTOCOL_GUID;
	EFI_STATUS status;

	if (!offer.handle)
		return;
	status = BS->UninstallMultipleProtocolInterfaces(offer.handle, &path_guid, &device_path, &load_guid,
							 &offer.protocol, NULL);
	if (status != EFI_SUCCESS)
		print_error(status, "cannot take back the initrd that was offered (LoadFile2 protocol)");
	offer.handle = NULL;
	offer.size = 0;
}
