/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's command line: the options lines of the boot entry, or what a person made of them in the menu, then the load options
 * that the loader itself was started with (a firmware boot entry, the UEFI shell, QEMU's
 * -append), so that who starts the machine has the last word. An EFI program that is no
 * kernel gets the former only.
 */
#include "bootloader/boot.h"
#include "bootloader/print.h"
#include "bootloader/self.h"
#include "bootloader/text.h"
#include "bootloader/trust.h"
#include "lib/string.h"

static char load_options[BOOT_MAX_OPTIONS];
static char command_line[BOOTENTRY_MAX_SIZE + 1 + BOOT_MAX_OPTIONS];

void options_read(struct boot *boot)
{
	size_t length;

	if (!text_load_options(self_image->LoadOptions, self_image->LoadOptionsSize, load_options, sizeof(load_options),
			       &length))
		print_info("load options of %u bytes are not text: ignored", (unsigned)self_image->LoadOptionsSize);
	boot->load_options = (struct slice){load_options, length};
}

EFI_STATUS options_join(struct boot *boot)
{
	enum bootentry_error error;
	size_t length;

	if (boot->has_edited && boot->edited.length <= BOOTENTRY_MAX_SIZE) {
		length = boot->edited.length;
		memcpy(command_line, boot->edited.start, length);
		command_line[length] = '\0';
		error = BOOTENTRY_OK;
	} else {
		error = bootentry_join_options(&boot->entry, command_line, BOOTENTRY_MAX_SIZE, &length);
	}
	if (error != BOOTENTRY_OK)
		return print_refusal(EFI_BUFFER_TOO_SMALL, "boot entry %s: options: %s", boot->entry_name,
				     bootentry_strerror(error));
	/* They are in a variable that anybody can write who has once been administrator of the system. */
	if (boot->load_options.length && trust_is_enforced()) {
		print_line("Secure Boot: the load options of the loader are not passed on: %.*s",
			   SLICE_ARGS(boot->load_options));
	} else if (boot->load_options.length && slice_is_empty(boot->entry.efi_path)) {
		if (length)
			command_line[length++] = ' ';
		memcpy(command_line + length, boot->load_options.start, boot->load_options.length);
		length += boot->load_options.length;
		command_line[length] = '\0';
	}
	boot->cmdline = (struct slice){command_line, length};
	return EFI_SUCCESS;
}
