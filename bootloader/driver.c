/* SPDX-License-Identifier: BSD-2-Clause */
/* See driver.h. */
#include "bootloader/driver.h"

#include "bootloader/arch.h"
#include "bootloader/boot.h"
#include "bootloader/file.h"
#include "bootloader/network.h"
#include "bootloader/print.h"
#include "bootloader/text.h"
#include "lib/format.h"

#define DIRECTORY "/EFI/systemd/drivers"
#define SUFFIX    ARCH_BOOT_ENTRY_NAME ".efi"

enum {
	MAX_DRIVERS = 32,
};

/* Whether one was started. */
static bool start(const struct volume *volume, const char *name)
{
	char path[sizeof(DIRECTORY) + 1 + BOOTENTRY_MAX_NAME];
	char reason[PRINT_MAX_REASON];

	fmt_snprintf(path, sizeof(path), DIRECTORY "/%s", name);
	if (image_start_driver(volume, slice_of(path)) == EFI_SUCCESS) {
		print_info("driver %s is started", path);
		return true;
	}
	/* The error is on the screen, and no entry's. */
	print_last_error(reason, sizeof(reason));
	print_warning("driver %s is not used", path);
	return false;
}

static size_t start_all(const struct volume *volume, EFI_FILE_PROTOCOL *directory)
{
	size_t started = 0;

	for (size_t count = 0; count < MAX_DRIVERS;) {
		char name[BOOTENTRY_MAX_NAME + 1];
		size_t length;
		EFI_STATUS status = directory_next(directory, DIRECTORY, name, &length);

		if (status != EFI_SUCCESS)
			print_warning("cannot read the directory " DIRECTORY ": %s", status_text(status));
		if (status != EFI_SUCCESS || !length)
			return started;
		if (name[0] == '.' || !slice_ends_nocase((struct slice){name, length}, SUFFIX))
			continue;
		count++;
		started += start(volume, name);
	}
	print_warning("more than %d drivers in " DIRECTORY ": the others are not used", MAX_DRIVERS);
	return started;
}

/* Which devices the drivers are for nobody knows: all of them are offered. That one has none that fits is no error. */
static void connect_all(void)
{
	EFI_HANDLE *handles;
	EFI_STATUS status;
	UINTN count;

	status = BS->LocateHandleBuffer(AllHandles, NULL, NULL, &count, &handles);
	if (status != EFI_SUCCESS) {
		print_warning("the firmware does not show its devices to the drivers: %s", status_text(status));
		return;
	}
	for (UINTN i = 0; i < count; i++)
		BS->ConnectController(handles[i], NULL, NULL, TRUE);
	BS->FreePool(handles);
}

void drivers_load(const struct volume *volume)
{
	EFI_FILE_PROTOCOL *directory;
	size_t started;

	if (network_is_root(volume->root) || directory_open(volume->root, DIRECTORY, &directory) != EFI_SUCCESS)
		return;
	started = start_all(volume, directory);
	directory->Close(directory);
	if (started)
		connect_all();
}
