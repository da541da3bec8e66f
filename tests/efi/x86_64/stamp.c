/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the time-stamp counter as it is when the program is entered, and powers off: what it costs to get there. */
#include "bootloader/efi.h"
#include "lib/format.h"
#include "lib/string.h"

EFI_STATUS EFIAPI efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table);

EFI_STATUS EFIAPI efi_main(EFI_HANDLE handle, EFI_SYSTEM_TABLE *table)
{
	CHAR16 wide[64];
	char text[64];
	UINT32 low, high;
	size_t length;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	(void)handle;
	fmt_snprintf(text, sizeof(text), "stamp: %llu\r\n", (unsigned long long)((UINT64)high << 32 | low));
	length = strlen(text);
	for (size_t i = 0; i <= length; i++)
		wide[i] = (CHAR16)text[i];
	table->ConOut->OutputString(table->ConOut, wide);
	table->RuntimeServices->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	return EFI_SUCCESS;
}
