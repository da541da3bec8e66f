/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting the boot entry that was chosen. */
#include "bootloader/arch.h"
#include "bootloader/bli.h"
#include "bootloader/boot.h"
#include "bootloader/config.h"
#include "bootloader/measure.h"
#include "bootloader/memory.h"
#include "bootloader/power.h"
#include "bootloader/print.h"
#include "bootloader/text.h"
#include "bootloader/trust.h"

/* Returns only with an error. */
static EFI_STATUS start_helion(struct boot *boot)
{
	EFI_STATUS status = tree_load(boot);

	if (status != EFI_SUCCESS)
		return status;
	random_gather(boot);
	status = kernel_load(boot);
	if (status != EFI_SUCCESS)
		return status;
	boot->timestamps[HELION_TIME_KERNEL_LOADED] = arch_counter();
	status = modules_load(boot);
	if (status != EFI_SUCCESS)
		return status;
	boot->timestamps[HELION_TIME_FILES_READ] = arch_counter();

	console_find(boot);
	framebuffers_find(boot);
	bli_times(boot);
	event_log_copy(boot);
	return handover(boot);
}

/* Before anything that it names is looked at. The text of an image's entry follows from the image. */
static EFI_STATUS measure_entry(struct boot *boot)
{
	const struct config_entry *source = boot->source;
	EFI_STATUS status = EFI_SUCCESS;

	if (!measure_is_on())
		return EFI_SUCCESS;
	if (!source->is_image)
		status = measure(MEASURE_PCR_ENTRY, source->text, source->size, "entry", slice_of(source->name));
	if (status == EFI_SUCCESS)
		status =
			measure(MEASURE_PCR_ENTRY, boot->cmdline.start, boot->cmdline.length, "options", boot->cmdline);
	boot->flags |= HELION_BOOT_MEASURED;
	return status;
}

static EFI_STATUS start(struct boot *boot)
{
	EFI_STATUS status;

	/* Armed anew for each entry and left armed: a hang in the firmware's drivers still ends. It ends with boot services. */
	watchdog_arm();
	boot->flags = trust_is_enforced() ? HELION_BOOT_SECURE_BOOT : 0;

	status = options_join(boot);
	if (status != EFI_SUCCESS)
		return status;
	if (text_has_word(boot->cmdline, "verbose"))
		print_set_verbose(true);
	print_info("boot entry %s: %.*s", boot->entry_name, SLICE_ARGS(boot->cmdline));
	status = trust_check_entry(boot, boot->source);
	if (status == EFI_SUCCESS)
		status = pins_check(boot);
	if (status == EFI_SUCCESS)
		status = measure_entry(boot);
	if (status != EFI_SUCCESS)
		return status;
	return slice_is_empty(boot->entry.helion_path) ? image_start(boot) : start_helion(boot);
}

EFI_STATUS entry_start(struct boot *boot)
{
	size_t mark = memory_mark();
	EFI_STATUS status = start(boot);

	memory_release(mark);
	return status;
}
