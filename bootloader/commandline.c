/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's command line: the options lines of the boot entry, or what a person made of them in the menu, then the load options
 * that the loader itself was started with (a firmware boot entry, the UEFI shell, QEMU's
 * -append), so that who starts the machine has the last word. An EFI program that is no
 * kernel gets the former only. Before all of it stands which profile of a unified kernel image is meant.
 */
#include "bootloader/boot.h"
#include "bootloader/print.h"
#include "bootloader/self.h"
#include "bootloader/text.h"
#include "bootloader/trust.h"
#include "bootloader/uki.h"
#include "lib/string.h"

static char load_options[BOOT_MAX_OPTIONS];
enum { MAX_PROFILE = 16 };

static char command_line[MAX_PROFILE + 1 + BOOTENTRY_MAX_SIZE + 1 + BOOT_MAX_OPTIONS];

void options_read(struct boot *boot)
{
	size_t length;

	if (!text_load_options(self_image->LoadOptions, self_image->LoadOptionsSize, load_options, sizeof(load_options),
			       &length))
		print_info("load options of %u bytes are not text: ignored", (unsigned)self_image->LoadOptionsSize);
	boot->load_options = (struct slice){load_options, length};
}

/* The entry's own options, or what a person made of them. */
static EFI_STATUS join_own(const struct boot *boot, char *text, size_t *ret_length)
{
	enum bootentry_error error;

	if (boot->has_edited && boot->edited.length <= BOOTENTRY_MAX_SIZE) {
		*ret_length = boot->edited.length;
		memcpy(text, boot->edited.start, *ret_length);
		text[*ret_length] = '\0';
		return EFI_SUCCESS;
	}
	error = bootentry_join_options(&boot->entry, text, BOOTENTRY_MAX_SIZE, ret_length);
	if (error == BOOTENTRY_OK)
		return EFI_SUCCESS;
	return print_refusal(EFI_BUFFER_TOO_SMALL, "boot entry %s: options: %s", boot->entry_name,
			     bootentry_strerror(error));
}

EFI_STATUS options_join(struct boot *boot)
{
	size_t begin = uki_profile_option(boot->source, command_line, MAX_PROFILE), length = 0;
	EFI_STATUS status;

	boot->profile_length = begin;
	if (begin)
		command_line[begin++] = ' ';
	status = join_own(boot, command_line + begin, &length);
	if (status != EFI_SUCCESS)
		return status;
	/* They are in a variable that anybody can write who has once been administrator of the system. */
	if (boot->load_options.length && trust_is_enforced()) {
		print_line("Secure Boot: the load options of the loader are not passed on: %.*s",
			   SLICE_ARGS(boot->load_options));
	} else if (boot->load_options.length && slice_is_empty(boot->entry.efi_path)) {
		if (length)
			command_line[begin + length++] = ' ';
		memcpy(command_line + begin + length, boot->load_options.start, boot->load_options.length);
		length += boot->load_options.length;
		command_line[begin + length] = '\0';
	}
	/* Without the blank if nothing follows it. */
	boot->cmdline = (struct slice){command_line, length ? begin + length : boot->profile_length};
	command_line[boot->cmdline.length] = '\0';
	return EFI_SUCCESS;
}
