/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the firmware enforces signatures. UEFI 2.10 §32.3. */
#include "bootloader/boot.h"

/* A global variable of one byte: `absent` when there is none, `unreadable` when the firmware cannot tell. */
static uint8_t read_flag(CHAR16 *name, uint8_t absent, uint8_t unreadable)
{
	EFI_GUID guid = EFI_GLOBAL_VARIABLE;
	UINTN size = 1;
	uint8_t value;
	EFI_STATUS status = RT->GetVariable(name, &guid, NULL, &size, &value);

	if (status == EFI_NOT_FOUND || status == EFI_UNSUPPORTED)
		return absent;
	return status == EFI_SUCCESS && size == 1 ? value : unreadable;
}

/* In setup mode anybody can enrol keys, so nothing is enforced. What cannot be read must not switch it off. */
bool secure_boot_is_on(void)
{
	return read_flag(L"SecureBoot", 0, 1) == 1 && read_flag(L"SetupMode", 0, 0) == 0;
}

bool secure_boot_is_in_setup(void)
{
	return read_flag(L"SetupMode", 0, 0) == 1;
}
