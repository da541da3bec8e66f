/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The initramfs and the modules of an entry. Several initrd lines make one
 * initramfs, as the Boot Loader Specification has it: the archives one after another,
 * each on a page of its own with zeros between, which cpio allows.
 */
#include "bootloader/boot.h"
#include "bootloader/file.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "lib/checked.h"
#include "lib/string.h"

/* Opens all initrd files and adds up how much memory they need. */
static EFI_STATUS open_initrds(struct boot *boot, struct file *files, uint64_t *ret_size)
{
	uint64_t size = 0;

	for (uint32_t i = 0; i < boot->entry.initrd_count; i++) {
		EFI_STATUS status = file_open(boot->root, boot->entry.initrds[i], &files[i]);

		if (status != EFI_SUCCESS)
			return status;
		if (files[i].size == 0)
			return print_refusal(EFI_END_OF_FILE, "%.*s is empty", SLICE_ARGS(files[i].name));
		if (!checked_align_up(size, EFI_PAGE_SIZE, &size) || !checked_add_u64(size, files[i].size, &size))
			return print_refusal(EFI_OUT_OF_RESOURCES, "%.*s is too large", SLICE_ARGS(files[i].name));
	}
	*ret_size = size;
	return EFI_SUCCESS;
}

static EFI_STATUS read_initrds(struct boot *boot, struct file *files, uint64_t base)
{
	uint64_t offset = 0;

	for (uint32_t i = 0; i < boot->entry.initrd_count; i++) {
		void *content = (void *)(base + offset);
		EFI_STATUS status = file_read(&files[i], 0, content, files[i].size);

		if (status == EFI_SUCCESS)
			status = pin_check(boot, files[i].name, content, files[i].size);
		if (status != EFI_SUCCESS)
			return status;
		offset += files[i].size;
		memset((void *)(base + offset), 0, -offset % EFI_PAGE_SIZE);
		offset += -offset % EFI_PAGE_SIZE;
	}
	return EFI_SUCCESS;
}

static EFI_STATUS load_initramfs(struct boot *boot)
{
	static struct file files[BOOTENTRY_MAX_INITRDS];
	struct memory_request request = {.type = HELION_MEM_MODULE, .efi_type = EfiLoaderData};
	EFI_STATUS status;
	uint64_t base = 0;

	memset(files, 0, sizeof(files));
	status = open_initrds(boot, files, &request.size);
	if (status == EFI_SUCCESS) {
		status = memory_allocate(&request, &base);
		if (status != EFI_SUCCESS)
			print_error(status, "cannot get %llu bytes of memory for the initramfs %.*s",
				    (unsigned long long)request.size, SLICE_ARGS(boot->entry.initrds[0]));
	}
	if (status == EFI_SUCCESS)
		status = read_initrds(boot, files, base);
	for (uint32_t i = 0; i < boot->entry.initrd_count; i++)
		file_close(&files[i]);
	if (status != EFI_SUCCESS)
		return status;

	boot->modules[boot->module_count++] =
		(struct module){.phys = base, .size = request.size, .name = boot->entry.initrds[0]};
	return EFI_SUCCESS;
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
		status = file_load(boot->root, module->name, HELION_MEM_MODULE, &module->phys, &module->size);
		if (status == EFI_SUCCESS)
			status = pin_check(boot, module->name, (const void *)module->phys, module->size);
	}
	for (size_t i = 0; status == EFI_SUCCESS && i < boot->module_count; i++)
		print_info("module %.*s: %llu bytes at 0x%llx", SLICE_ARGS(boot->modules[i].name),
			   (unsigned long long)boot->modules[i].size, (unsigned long long)boot->modules[i].phys);
	return status;
}
