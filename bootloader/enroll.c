/* SPDX-License-Identifier: BSD-2-Clause */
/* See enroll.h. */
#include "bootloader/enroll.h"

#include "bootloader/boot.h"
#include "bootloader/file.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "lib/format.h"

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
	const char *name;
	CHAR16 *variable;
	EFI_GUID vendor;
} keys[] = {
	{"db.auth", L"db", IMAGE_SECURITY_DATABASE_GUID},
	{"KEK.auth", L"KEK", EFI_GLOBAL_VARIABLE},
	{"PK.auth", L"PK", EFI_GLOBAL_VARIABLE},
};

/* Where our tools put them, and where bootctl does. */
static const char *const directories[] = {"/loader/keys", "/loader/keys/auto"};

enum {
	KEY_COUNT = sizeof(keys) / sizeof(keys[0]),
	DIRECTORIES = sizeof(directories) / sizeof(directories[0]),
	MAX_KEY = 64 * 1024,
	MAX_PATH = 64,
};

static struct slice key_path(const char *directory, const struct key *key, char buffer[MAX_PATH])
{
	return (struct slice){buffer, fmt_snprintf(buffer, MAX_PATH, "%s/%s", directory, key->name)};
}

/* The directory that has all keys; NULL if none has. */
static const char *find_keys(EFI_FILE_PROTOCOL *root)
{
	for (size_t d = 0; d < DIRECTORIES; d++) {
		size_t found = 0;

		for (; found < KEY_COUNT; found++) {
			char path[MAX_PATH];
			struct file file;

			if (file_open_optional(root, key_path(directories[d], &keys[found], path), &file) !=
			    EFI_SUCCESS)
				break;
			file_close(&file);
		}
		if (found == KEY_COUNT)
			return directories[d];
	}
	return NULL;
}

bool enroll_is_possible(EFI_FILE_PROTOCOL *root)
{
	return secure_boot_is_in_setup() && find_keys(root);
}

EFI_STATUS enroll_keys(EFI_FILE_PROTOCOL *root)
{
	const char *directory = find_keys(root);
	uint64_t base[KEY_COUNT], size[KEY_COUNT];
	size_t mark = memory_mark();
	EFI_STATUS status = EFI_SUCCESS;
	char path[MAX_PATH];

	if (!directory)
		return print_refusal(EFI_NOT_FOUND, "there are no keys in %s any more", directories[0]);
	/* All are read before the first is written. */
	for (size_t i = 0; i < KEY_COUNT && status == EFI_SUCCESS; i++) {
		status = file_load(root, key_path(directory, &keys[i], path), HELION_MEM_LOADER, &base[i], &size[i]);
		if (status == EFI_SUCCESS && size[i] > MAX_KEY)
			status = print_refusal(EFI_BAD_BUFFER_SIZE, "%s is too large", path);
	}
	for (size_t i = 0; i < KEY_COUNT && status == EFI_SUCCESS; i++) {
		EFI_GUID vendor = keys[i].vendor;

		status = RT->SetVariable(keys[i].variable, &vendor, ATTRIBUTES, size[i], (void *)base[i]);
		if (status != EFI_SUCCESS)
			print_error(status, "the firmware does not take %s/%s", directory, keys[i].name);
	}
	memory_release(mark);
	return status;
}
