/* SPDX-License-Identifier: BSD-2-Clause */
/* See power.h. */
#include "bootloader/power.h"

#include <stdint.h>

#define BOOT_TO_FW_UI 1ull

#define WATCHDOG_SECONDS 300
#define WATCHDOG_CODE    0x10000 /* the lowest that is not the firmware's own */

static EFI_GUID global_variable = EFI_GLOBAL_VARIABLE;

/* A global variable of eight bytes, 0 where there is none. */
static uint64_t read_number(CHAR16 *name)
{
	UINTN size = sizeof(uint64_t);
	uint64_t value;

	if (RT->GetVariable(name, &global_variable, NULL, &size, &value) != EFI_SUCCESS || size != sizeof(value))
		return 0;
	return value;
}

bool power_has_firmware_setup(void)
{
	return read_number(L"OsIndicationsSupported") & BOOT_TO_FW_UI;
}

EFI_STATUS power_firmware_setup(void)
{
	uint64_t value = read_number(L"OsIndications") | BOOT_TO_FW_UI;
	EFI_STATUS status;

	status = RT->SetVariable(L"OsIndications", &global_variable,
				 EFI_VARIABLE_NON_VOLATILE | EFI_VARIABLE_BOOTSERVICE_ACCESS |
					 EFI_VARIABLE_RUNTIME_ACCESS,
				 sizeof(value), &value);
	return status == EFI_SUCCESS ? power_reset() : status;
}

EFI_STATUS power_reset(void)
{
	RT->ResetSystem(EfiResetWarm, EFI_SUCCESS, 0, NULL);
	return EFI_UNSUPPORTED;
}

EFI_STATUS power_off(void)
{
	RT->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	return EFI_UNSUPPORTED;
}

void watchdog_arm(void)
{
	BS->SetWatchdogTimer(WATCHDOG_SECONDS, WATCHDOG_CODE, 0, NULL);
}

void watchdog_stop(void)
{
	BS->SetWatchdogTimer(0, WATCHDOG_CODE, 0, NULL);
}
