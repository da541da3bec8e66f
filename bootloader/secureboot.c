/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the firmware enforces signatures. UEFI 2.10 §32.3. */
#include "bootloader/boot.h"

/* A global variable of one byte; `fallback` when there is none. */
static uint8_t read_flag(CHAR16 *name, uint8_t fallback)
{
	EFI_GUID guid = EFI_GLOBAL_VARIABLE;
	UINTN size = 1;
	uint8_t value;

	if (RT->GetVariable(name, &guid, NULL, &size, &value) != EFI_SUCCESS || size != 1)
		return fallback;
	return value;
}

/* In setup mode anybody can enrol keys, so nothing is enforced. */
bool secure_boot_is_on(void)
{
	return read_flag(L"SecureBoot", 0) == 1 && read_flag(L"SetupMode", 1) == 0;
}
