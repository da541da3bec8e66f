/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The initramfs and the modules of an entry. Several initrd lines make one
 * initramfs, as the Boot Loader Specification has it: the archives one after another,
 * each on a page of its own with zeros between, which cpio allows.
 */
#include "bootloader/boot.h"
#include "bootloader/file.h"
#include "bootloader/print.h"

static EFI_STATUS load_initramfs(struct boot *boot)
{
	struct module *module = &boot->modules[boot->module_count++];

	module->name = boot->entry.initrds[0];
	module->cmdline = (struct slice){0};
	return initrds_load(boot, EFI_PAGE_SIZE, &module->phys, &module->size);
}

EFI_STATUS modules_load(struct boot *boot)
{
	const struct bootentry *entry = &boot->entry;
	EFI_STATUS status = EFI_SUCCESS;

	boot->module_count = 0;
	if (entry->initrd_count)
		status = load_initramfs(boot);
	else if (entry->module_count)
		status = print_refusal(EFI_INVALID_PARAMETER,
				       "boot entry %s has modules and no initrd, which has to be "
				       "the first of them",
				       boot->entry_name);

	for (uint32_t i = 0; status == EFI_SUCCESS && i < entry->module_count; i++) {
		struct module *module = &boot->modules[boot->module_count++];

		module->name = entry->modules[i].path;
		module->cmdline = entry->modules[i].command_line;
		status = file_load(boot->volume->root, module->name, HELION_MEM_MODULE, &module->phys, &module->size);
		if (status == EFI_SUCCESS)
			status = pin_check(boot, module->name, (const void *)module->phys, module->size);
	}
	for (size_t i = 0; status == EFI_SUCCESS && i < boot->module_count; i++)
		print_info("module %.*s: %llu bytes at 0x%llx", SLICE_ARGS(boot->modules[i].name),
			   (unsigned long long)boot->modules[i].size, (unsigned long long)boot->modules[i].phys);
	return status;
}
