/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The Helion boot loader: an EFI application that loads a kernel of the Helion boot
 * protocol (docs/boot-protocol.md) and what belongs to it, and enters it.
 *
 * The default boot entry is tried first, then the others in order until one can be booted; one
 * that fails gives back all memory it took. Nothing that failed to load is ever run.
 */
#include "bootloader/arch.h"
#include "bootloader/autoentry.h"
#include "bootloader/bli.h"
#include "bootloader/boot.h"
#include "bootloader/config.h"
#include "bootloader/driver.h"
#include "bootloader/file.h"
#include "bootloader/measure.h"
#include "bootloader/memory.h"
#include "bootloader/menu.h"
#include "bootloader/power.h"
#include "bootloader/print.h"
#include "bootloader/screen.h"
#include "bootloader/select.h"
#include "bootloader/self.h"
#include "bootloader/text.h"
#include "bootloader/trust.h"
#include "lib/format.h"

#ifndef HELION_VERSION
#define HELION_VERSION "unversioned"
#endif

/* How long an error stays on the screen before the firmware goes on. */
#define ERROR_SECONDS 30

EFI_HANDLE image_handle;
EFI_SYSTEM_TABLE *ST;
EFI_BOOT_SERVICES *BS;
EFI_RUNTIME_SERVICES *RT;

static struct boot boot;
static struct config config;
static struct select_entry choices[CONFIG_MAX_ENTRIES]; /* one for each of config.entries */
static bool was_quit;                                   /* somebody wants to go back to the firmware */

/*
 * Starts an entry, once. Returns when that failed; the reason was printed and is in the entry too. EFI_SUCCESS: an
 * EFI program has done what it was started for.
 */
static EFI_STATUS entry_boot(size_t index)
{
	struct config_entry *entry = config.entries[index];
	EFI_STATUS status;

	choices[index].was_tried = true;
	if (entry->action != CONFIG_START) {
		status = autoentry_act(entry);
		print_last_error(entry->reason, sizeof(entry->reason));
		return status;
	}
	status = config_read(entry, &boot.entry);
	if (status == EFI_UNSUPPORTED)
		return status;
	boot.timestamps[HELION_TIME_CONFIG] = arch_counter();
	if (status == EFI_SUCCESS) {
		/* Before anything of it is read: a try that ends in a hang or a reset counts. */
		config_count_try(&config, entry, &boot.entry);
		boot.source = entry;
		boot.volume = entry->volume;
		boot.entry_name = entry->name;
		bli_selected(&config, entry);
		status = entry_start(&boot);
		if (status == EFI_SUCCESS)
			return status;
		print_last_error(entry->reason, sizeof(entry->reason));
	}
	print_line("boot entry %s was not started", entry->name);
	return status;
}

/* Says once, in a verbose boot, which entries are not offered and why. */
static void note_foreign(void)
{
	for (size_t i = 0; print_is_verbose() && i < config.count; i++) {
		if (choices[i].is_foreign && !choices[i].was_tried)
			print_info("%s", config.entries[i]->reason);
		choices[i].was_tried |= choices[i].is_foreign;
	}
}

/* Starts the default entry and, as long as that fails, the next one. Returns the status of the one started last. */
static EFI_STATUS try_entries(size_t index)
{
	EFI_STATUS status = EFI_NOT_FOUND;

	for (; status != EFI_SUCCESS && index != SELECT_NONE; index = select_next(choices, config.count)) {
		status = entry_boot(index);
		note_foreign();
	}
	return status;
}

/*
 * Lets a person choose. When nobody does, the same happens as without a menu; what has failed is shown in the
 * menu, and the next entry is the one that the clock runs for. Once somebody chose, the clock runs no more.
 */
static EFI_STATUS run_menu(size_t index, int seconds)
{
	static struct menu menu;
	enum menu_action action;
	EFI_STATUS status = EFI_ABORTED;

	menu = (struct menu){.config = &config, .choices = choices, .selected = index, .seconds = seconds};
	if (index == SELECT_NONE)
		print_last_error(menu.message, sizeof(menu.message));
	menu.why_no_edit = trust_is_enforced()     ? "Secure Boot locks the editor."
			   : !config.loader.editor ? "loader.conf switches the editor off."
						   : NULL;
	for (;;) {
		menu.timeout_text = index == SELECT_NONE ? "Back to the firmware in" : "Starts in";
		action = menu_run(&menu);
		was_quit = action == MENU_QUIT;
		if (was_quit || (action == MENU_TIMEOUT && index == SELECT_NONE))
			return status;
		boot.has_edited = menu.has_options;
		boot.edited = menu.options;
		status = entry_boot(menu.selected);
		boot.has_edited = false;
		if (status == EFI_SUCCESS) {
			fmt_snprintf(menu.message, sizeof(menu.message), "%s has ended",
				     config.entries[menu.selected]->name);
			menu.seconds = MENU_FOR_EVER;
			continue;
		}
		fmt_snprintf(menu.message, sizeof(menu.message), "%s was not started: %s",
			     config.entries[menu.selected]->name, config.entries[menu.selected]->reason);
		index = select_next(choices, config.count);
		if (action == MENU_START) {
			menu.seconds = MENU_FOR_EVER;
			continue;
		}
		menu.seconds = ERROR_SECONDS;
		if (index != SELECT_NONE)
			menu.selected = index;
	}
}

/* Whether a menu is to be shown before anything is started, and for how long. */
static bool wants_menu(int *ret_seconds)
{
	*ret_seconds = MENU_FOR_EVER;
	if (!screen_is_there() || config.loader.timeout == LOADERCONF_TIMEOUT_DISABLED)
		return false;
	if (config.loader.timeout == LOADERCONF_TIMEOUT_FORCE)
		return true;
	if (config.loader.timeout == LOADERCONF_TIMEOUT_SECONDS && config.loader.timeout_seconds) {
		*ret_seconds = config.loader.timeout_seconds < 100000 ? (int)config.loader.timeout_seconds : 100000;
		return true;
	}
	return menu_is_asked_for();
}

/* Whether there is a program that nobody has written an entry for. */
static bool has_program(void)
{
	for (size_t i = 0; i < config.count; i++)
		if (config.entries[i]->is_automatic && config.entries[i]->action == CONFIG_START)
			return true;
	return false;
}

/* Reads the configuration and starts what it says. Returns when nothing was started, or an EFI program has ended. */
static EFI_STATUS run(void)
{
	EFI_STATUS status = config_load(boot.volumes, &config);
	size_t index;
	int seconds;

	autoentry_add(&config);
	if (status != EFI_SUCCESS && !has_program())
		return status;
	for (size_t i = 0; i < config.count; i++)
		choices[i] = (struct select_entry){
			.id = config.entries[i]->parts.id,
			.suffix = config.entries[i]->suffix,
			.is_exhausted = config.entries[i]->parts.is_bad,
			.is_foreign = config.entries[i]->status == EFI_UNSUPPORTED,
			.is_automatic = config.entries[i]->is_automatic,
		};
	note_foreign();
	bli_publish(&config, choices);
	bli_preferences(&config.loader);
	index = bli_default(&config, choices);
	if (index == SELECT_NONE)
		index = select_next(choices, config.count);
	if (index != SELECT_NONE)
		return wants_menu(&seconds) ? run_menu(index, seconds) : try_entries(index);
	if (status == EFI_SUCCESS)
		status = print_refusal(EFI_NOT_FOUND, "no boot entry for " ARCH_BOOT_NAME " in /loader/entries");
	/* There may be another system that a person can choose. */
	if (has_program() && screen_is_there() && config.loader.timeout != LOADERCONF_TIMEOUT_DISABLED)
		return run_menu(SELECT_NONE, ERROR_SECONDS);
	return status;
}

/* Gives a person the time to read. The watchdog would take it away. */
static void wait_for_key(void)
{
	EFI_EVENT events[2];
	UINTN which;

	watchdog_stop();
	print_line("nothing could be started; back to the firmware in %d seconds or with any key", ERROR_SECONDS);
	if (!ST->ConIn || BS->CreateEvent(EVT_TIMER, 0, NULL, NULL, &events[0]) != EFI_SUCCESS)
		return;
	events[1] = ST->ConIn->WaitForKey;
	if (BS->SetTimer(events[0], TimerRelative, ERROR_SECONDS * 10000000ull) == EFI_SUCCESS)
		BS->WaitForEvent(2, events, &which);
	BS->CloseEvent(events[0]);
}

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system_table);

EFI_STATUS EFIAPI efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system_table)
{
	EFI_STATUS status;

	boot.timestamps[HELION_TIME_LOADER_ENTRY] = arch_counter();
	image_handle = image;
	ST = system_table;
	BS = ST->BootServices;
	RT = ST->RuntimeServices;

	print_line("Helion boot loader " HELION_VERSION " for " ARCH_BOOT_NAME);
	status = self_find();
	if (status == EFI_SUCCESS) {
		options_read(&boot);
		print_set_verbose(text_has_word(boot.load_options, "verbose"));
		status = volume_open(&boot.volumes[0]);
	}
	if (status == EFI_SUCCESS) {
		tables_find(&boot.tables);
		drivers_load(&boot.volumes[0]);
		volume_open_extended(&boot.volumes[0], &boot.volumes[1]);
		trust_begin(boot.volumes);
		measure_begin();
		status = run();
	}
	if (!was_quit && status != EFI_SUCCESS)
		wait_for_key();
	config_free(&config);
	memory_release(0);
	for (size_t i = VOLUME_COUNT; i-- > 0;)
		volume_close(&boot.volumes[i]);
	return status;
}
