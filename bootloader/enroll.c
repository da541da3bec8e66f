/* SPDX-License-Identifier: BSD-2-Clause */
/* See enroll.h. */
#include "bootloader/enroll.h"

#include "bootloader/boot.h"
#include "bootloader/file.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"

#define ATTRIBUTES                                                                                   \
	(EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS | \
	 EFI_VARIABLE_TIME_BASED_AUTHENTICATED_WRITE_ACCESS)

#define IMAGE_SECURITY_DATABASE_GUID                                   \
	{                                                              \
		0xd719b2cb, 0x3d3a, 0x4596,                            \
		{                                                      \
			0xa3, 0xbc, 0xda, 0xd0, 0x0e, 0x67, 0x65, 0x6f \
		}                                                      \
	}

/* In this order: with the platform key set-up mode ends. */
static const struct key {
	const char *path;
	CHAR16 *variable;
	EFI_GUID vendor;
} keys[] = {
	{"/loader/keys/db.auth", L"db", IMAGE_SECURITY_DATABASE_GUID},
	{"/loader/keys/KEK.auth", L"KEK", EFI_GLOBAL_VARIABLE},
	{"/loader/keys/PK.auth", L"PK", EFI_GLOBAL_VARIABLE},
};

enum {
	KEY_COUNT = sizeof(keys) / sizeof(keys[0]),
	MAX_KEY = 64 * 1024,
};

bool enroll_is_possible(EFI_FILE_PROTOCOL *root)
{
	if (!secure_boot_is_in_setup())
		return false;
	for (size_t i = 0; i < KEY_COUNT; i++) {
		struct file file;

		if (file_open_optional(root, slice_of(keys[i].path), &file) != EFI_SUCCESS)
			return false;
		file_close(&file);
	}
	return true;
}

EFI_STATUS enroll_keys(EFI_FILE_PROTOCOL *root)
{
	uint64_t base[KEY_COUNT], size[KEY_COUNT];
	size_t mark = memory_mark();
	EFI_STATUS status = EFI_SUCCESS;

	/* All are read before the first is written. */
	for (size_t i = 0; i < KEY_COUNT && status == EFI_SUCCESS; i++) {
		status = file_load(root, slice_of(keys[i].path), HELION_MEM_LOADER, &base[i], &size[i]);
		if (status == EFI_SUCCESS && size[i] > MAX_KEY)
			status = print_refusal(EFI_BAD_BUFFER_SIZE, "%s is too large", keys[i].path);
	}
	for (size_t i = 0; i < KEY_COUNT && status == EFI_SUCCESS; i++) {
		EFI_GUID vendor = keys[i].vendor;

		status = RT->SetVariable(keys[i].variable, &vendor, ATTRIBUTES, size[i], (void *)base[i]);
		if (status != EFI_SUCCESS)
			print_error(status, "the firmware does not take %s", keys[i].path);
	}
	memory_release(mark);
	return status;
}
