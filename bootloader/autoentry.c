/* SPDX-License-Identifier: BSD-2-Clause */
/* See autoentry.h. */
#include "bootloader/autoentry.h"

#include "bootloader/arch.h"
#include "bootloader/file.h"
#include "bootloader/network.h"
#include "bootloader/power.h"
#include "bootloader/print.h"
#include "bootloader/self.h"

/* Programs at places that are agreed upon. */
static const struct program {
	const char *id, *title, *path;
} programs[] = {
	{"auto-windows", "Windows Boot Manager", "/EFI/Microsoft/Boot/bootmgfw.efi"},
	{"auto-osx", "macOS", "/System/Library/CoreServices/boot.efi"},
	{"auto-efi-shell", "EFI Shell", "/shell" ARCH_BOOT_ENTRY_NAME ".efi"},
	{"auto-efi-default", "EFI Default Loader", "/EFI/BOOT/BOOT" ARCH_BOOT_ENTRY_NAME ".EFI"},
};

static bool is_there(EFI_FILE_PROTOCOL *root, const char *path)
{
	struct file file;

	if (self_is(slice_of(path)) || file_open_optional(root, slice_of(path), &file) != EFI_SUCCESS)
		return false;
	file_close(&file);
	return true;
}

void autoentry_add(struct config *config)
{
	const struct loaderconf *conf = &config->loader;

	/* A server would be asked for each of them. */
	for (size_t i = 0; conf->auto_entries && !network_is_root(config->volumes[0].root) &&
			   i < sizeof(programs) / sizeof(programs[0]);
	     i++)
		if (is_there(config->volumes[0].root, programs[i].path))
			config_add_automatic(config, programs[i].id, programs[i].title, programs[i].path, CONFIG_START);
	if (conf->auto_firmware && power_has_firmware_setup())
		config_add_automatic(config, "auto-reboot-to-firmware-setup", "Reboot into the firmware's set-up", NULL,
				     CONFIG_FIRMWARE_SETUP);
	if (conf->auto_reboot)
		config_add_automatic(config, "auto-reboot", "Reboot", NULL, CONFIG_REBOOT);
	if (conf->auto_poweroff)
		config_add_automatic(config, "auto-poweroff", "Power off", NULL, CONFIG_POWER_OFF);
}

EFI_STATUS autoentry_act(const struct config_entry *entry)
{
	switch (entry->action) {
	case CONFIG_FIRMWARE_SETUP:
		return print_error(power_firmware_setup(), "the firmware cannot restart into its set-up");
	case CONFIG_REBOOT: return print_error(power_reset(), "the firmware cannot restart the machine");
	default: return print_error(power_off(), "the firmware cannot switch the machine off");
	}
}
