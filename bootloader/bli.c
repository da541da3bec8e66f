/* SPDX-License-Identifier: BSD-2-Clause */
/* See bli.h. */
#include "bootloader/bli.h"

#include "bootloader/arch.h"
#include "bootloader/self.h"
#include "bootloader/text.h"
#include "lib/format.h"
#include "lib/string.h"

#ifndef HELION_VERSION
#define HELION_VERSION "unversioned"
#endif

#define PASSING (EFI_VARIABLE_BOOTSERVICE_ACCESS | EFI_VARIABLE_RUNTIME_ACCESS)
#define KEPT    (PASSING | EFI_VARIABLE_NON_VOLATILE)

enum {
	MAX_VALUE = 512, /* bytes of a text, as UTF-8 or as UCS-2 */
	MAX_ENTRIES_SIZE = 16 * 1024,
	STALL_USEC = 100,
};

/* Bits of LoaderFeatures. */
enum {
	FEATURE_CONFIG_TIMEOUT = 1 << 0,
	FEATURE_CONFIG_TIMEOUT_ONE_SHOT = 1 << 1,
	FEATURE_ENTRY_DEFAULT = 1 << 2,
	FEATURE_ENTRY_ONESHOT = 1 << 3,
	FEATURE_BOOT_COUNTING = 1 << 4,
	FEATURE_XBOOTLDR = 1 << 5,
	FEATURE_RANDOM_SEED = 1 << 6,
	FEATURE_LOAD_DRIVER = 1 << 7,
	FEATURE_SORT_KEY = 1 << 8,
	FEATURE_SAVED_ENTRY = 1 << 9,
	FEATURE_DEVICETREE = 1 << 10,
	FEATURE_SECURE_BOOT_ENROLL = 1 << 11,
	FEATURE_MENU_DISABLED = 1 << 13,
	FEATURE_MULTI_PROFILE_UKI = 1 << 14,
};

static EFI_GUID vendor = BLI_VENDOR_GUID;

static EFI_STATUS set(CHAR16 *name, UINT32 attributes, const void *value, size_t size)
{
	return RT->SetVariable(name, &vendor, attributes, size, (void *)value);
}

/* Sets a text, with its NUL. */
static EFI_STATUS set_text(CHAR16 *name, UINT32 attributes, const char *text)
{
	ucs2 wide[MAX_VALUE];
	size_t length = text_to_ucs2(text, wide, MAX_VALUE);

	return set(name, attributes, wide, (length + 1) * sizeof(*wide));
}

/* Reads a text; empty if there is none, or it is none. */
static struct slice get_text(CHAR16 *name, char buffer[MAX_VALUE])
{
	CHAR16 wide[MAX_VALUE / 2];
	UINTN size = sizeof(wide);
	size_t length;

	if (RT->GetVariable(name, &vendor, NULL, &size, wide) != EFI_SUCCESS || size % sizeof(*wide) ||
	    !text_from_ucs2((const ucs2 *)wide, size / sizeof(*wide), buffer, MAX_VALUE, &length))
		return (struct slice){0};
	return (struct slice){buffer, length};
}

/*
 * The same, and there is none any more, nor one that is no text. One that cannot be taken away does not count: it would for
 * ever.
 */
static struct slice take_text(CHAR16 *name, char buffer[MAX_VALUE])
{
	struct slice text = get_text(name, buffer);
	UINTN size = 0;

	if (slice_is_empty(text) && RT->GetVariable(name, &vendor, NULL, &size, NULL) != EFI_BUFFER_TOO_SMALL)
		return text;
	return set(name, KEPT, NULL, 0) == EFI_SUCCESS ? text : (struct slice){0};
}

/* The name that the interface has for an entry. */
static void identifier(const struct config_entry *entry, char buffer[MAX_VALUE])
{
	fmt_snprintf(buffer, MAX_VALUE, "%.*s%s", SLICE_ARGS(entry->parts.id), entry->suffix);
}

/* ---- What is told ------------------------------------------------------------------------------------------------ */

static void tell_partition(const struct volume *volume)
{
	char text[GPT_GUID_TEXT];

	if (!volume->has_partition)
		return;
	gpt_guid_to_text(volume->partition, text);
	set_text(L"LoaderDevicePartUUID", PASSING, text);
}

static void tell_entries(const struct config *config, const struct select_entry *choices)
{
	static ucs2 list[MAX_ENTRIES_SIZE / sizeof(ucs2)];
	const size_t capacity = sizeof(list) / sizeof(*list);
	char name[MAX_VALUE];
	size_t used = 0;

	for (size_t i = 0; i < config->count && used + BOOTENTRY_MAX_NAME < capacity; i++) {
		if (choices[i].is_foreign)
			continue;
		identifier(config->entries[i], name);
		used += text_to_ucs2(name, list + used, capacity - used) + 1;
	}
	set(L"LoaderEntries", PASSING, list, used * sizeof(*list));
}

void bli_publish(const struct config *config, const struct select_entry *choices)
{
	static const uint64_t features = FEATURE_CONFIG_TIMEOUT | FEATURE_CONFIG_TIMEOUT_ONE_SHOT |
					 FEATURE_ENTRY_DEFAULT | FEATURE_ENTRY_ONESHOT | FEATURE_BOOT_COUNTING |
					 FEATURE_XBOOTLDR | FEATURE_RANDOM_SEED | FEATURE_LOAD_DRIVER |
					 FEATURE_SORT_KEY | FEATURE_SAVED_ENTRY | FEATURE_DEVICETREE |
					 FEATURE_SECURE_BOOT_ENROLL | FEATURE_MENU_DISABLED | FEATURE_MULTI_PROFILE_UKI;
	char text[MAX_VALUE], name[128] = "";
	size_t length;

	if (set_text(L"LoaderInfo", PASSING, "Helion boot loader " HELION_VERSION) != EFI_SUCCESS)
		return;
	if (ST->FirmwareVendor)
		text_from_ucs2((const ucs2 *)ST->FirmwareVendor, sizeof(name), name, sizeof(name), &length);
	fmt_snprintf(text, sizeof(text), "%s %u.%02u", name, (unsigned)(ST->FirmwareRevision >> 16),
		     (unsigned)(ST->FirmwareRevision & 0xffff));
	set_text(L"LoaderFirmwareInfo", PASSING, text);
	fmt_snprintf(text, sizeof(text), "UEFI %u.%02u", (unsigned)(ST->Hdr.Revision >> 16),
		     (unsigned)(ST->Hdr.Revision & 0xffff));
	set_text(L"LoaderFirmwareType", PASSING, text);
	set(L"LoaderFeatures", PASSING, &features, sizeof(features));
	tell_partition(&config->volumes[0]);
	if (self_path()[0])
		set_text(L"LoaderImageIdentifier", PASSING, self_path());
	tell_entries(config, choices);
}

static void tell_time(CHAR16 *name, uint64_t ticks, uint64_t hz)
{
	char text[24];

	/* Microseconds; in two parts, as the product may not fit. */
	fmt_snprintf(text, sizeof(text), "%llu",
		     (unsigned long long)(ticks / hz * 1000000 + ticks % hz * 1000000 / hz));
	set_text(name, PASSING, text);
}

/* Many a PC does not say how fast its counter counts. What a short wait shows is good enough for people. */
static uint64_t counter_hz(const struct boot *boot)
{
	uint64_t hz = arch_counter_hz(boot), before;

	if (hz)
		return hz;
	before = arch_counter();
	return BS->Stall(STALL_USEC) == EFI_SUCCESS ? (arch_counter() - before) * (1000000 / STALL_USEC) : 0;
}

void bli_times(const struct boot *boot)
{
	uint64_t hz = counter_hz(boot);

	if (hz == 0)
		return;
	tell_time(L"LoaderTimeInitUSec", boot->timestamps[HELION_TIME_LOADER_ENTRY], hz);
	tell_time(L"LoaderTimeExecUSec", arch_counter(), hz);
}

/* ---- What is chosen ---------------------------------------------------------------------------------------------- */

static bool is_saved(struct slice pattern)
{
	return slice_equals_nocase(pattern, "@saved");
}

void bli_selected(const struct config *config, const struct config_entry *entry)
{
	char name[MAX_VALUE], other[MAX_VALUE];

	identifier(entry, name);
	set_text(L"LoaderEntrySelected", PASSING, name);
	if (entry->parts.is_counted) {
		fmt_snprintf(other, sizeof(other), "%s/%s", entry->directory, entry->name);
		for (char *c = other; *c; c++)
			*c = *c == '/' ? '\\' : *c;
		set_text(L"LoaderBootCountPath", PASSING, other);
	}
	if (!is_saved(config->loader.default_entry) && !is_saved(get_text(L"LoaderEntryDefault", other)))
		return;
	/* Flash memory wears out. */
	if (!slice_equals_text(get_text(L"LoaderEntryLastBooted", other), name))
		set_text(L"LoaderEntryLastBooted", KEPT, name);
}

/* The entry that a variable or a file names. */
static size_t find(const char *source, struct slice pattern, const struct config *config,
		   const struct select_entry *choices)
{
	char saved[MAX_VALUE];
	bool was_saved = is_saved(pattern);
	size_t index;

	if (was_saved)
		pattern = get_text(L"LoaderEntryLastBooted", saved);
	index = select_pattern(pattern, choices, config->count);
	if (index == SELECT_NONE && !slice_is_empty(pattern))
		print_warning("%s: no boot entry for default \"%.*s\"", source, SLICE_ARGS(pattern));
	return index;
}

size_t bli_default(const struct config *config, const struct select_entry *choices)
{
	char text[MAX_VALUE];
	size_t index;

	index = find("LoaderEntryOneShot", take_text(L"LoaderEntryOneShot", text), config, choices);
	if (index == SELECT_NONE)
		index = find("LoaderEntryDefault", get_text(L"LoaderEntryDefault", text), config, choices);
	if (index == SELECT_NONE)
		index = find("/loader/loader.conf", config->loader.default_entry, config, choices);
	return index;
}

void bli_preferences(struct loaderconf *loader)
{
	static char mode[MAX_VALUE];
	char value[MAX_VALUE], line[MAX_VALUE + 16];
	struct slice text = take_text(L"LoaderConfigTimeoutOneShot", value);
	bool is_one_shot = !slice_is_empty(text);
	struct loaderconf parsed;
	size_t length;

	if (get_text(L"LoaderConfigConsoleMode", mode).length)
		loader->console_mode = slice_of(mode);
	if (!is_one_shot)
		text = get_text(L"LoaderConfigTimeout", value);
	length = fmt_snprintf(line, sizeof(line), "timeout %.*s", SLICE_ARGS(text));
	if (slice_is_empty(text) || loaderconf_parse(line, length, NULL, &parsed) != BOOTENTRY_OK ||
	    !parsed.has_timeout)
		return;
	loader->timeout = parsed.timeout;
	/* Somebody wants the menu this time, and no clock in it. */
	if (is_one_shot && parsed.timeout == LOADERCONF_TIMEOUT_SECONDS && parsed.timeout_seconds == 0)
		loader->timeout = LOADERCONF_TIMEOUT_FORCE;
	loader->timeout_seconds = parsed.timeout_seconds;
	loader->has_timeout = true;
}

EFI_STATUS bli_set_default(const struct config_entry *entry)
{
	char name[MAX_VALUE];

	identifier(entry, name);
	return set_text(L"LoaderEntryDefault", KEPT, name);
}
