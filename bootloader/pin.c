/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pins: a boot entry may state the SHA-256 of files that it loads. Such a file is hashed where it will be used from,
 * after the last byte of it was read, and before any of it is looked at. At the same point files are measured.
 */
#include "bootloader/boot.h"
#include "bootloader/measure.h"
#include "bootloader/print.h"
#include "bootloader/trust.h"
#include "lib/sha256.h"
#include "lib/string.h"

static bool is_among(struct slice path, const struct slice *list, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (slice_equals(list[i], path))
			return true;
	return false;
}

static bool is_loaded(const struct bootentry *entry, struct slice path)
{
	for (uint32_t i = 0; i < entry->module_count; i++)
		if (slice_equals(entry->modules[i].path, path))
			return true;
	return slice_equals(entry->helion_path, path) || slice_equals(entry->linux_path, path) ||
	       slice_equals(entry->efi_path, path) || slice_equals(entry->devicetree, path) ||
	       is_among(path, entry->initrds, entry->initrd_count) ||
	       is_among(path, entry->overlays, entry->overlay_count);
}

EFI_STATUS pins_check(const struct boot *boot)
{
	const struct bootentry *entry = &boot->entry;

	for (uint32_t i = 0; i < entry->pin_count; i++) {
		const struct bootentry_pin *pin = &entry->pins[i];

		/* A misspelt pin would leave the file that was meant unprotected. */
		if (!is_loaded(entry, pin->path))
			return print_refusal(EFI_INVALID_PARAMETER,
					     "boot entry %s: sha256 is given for %.*s, which the entry does not load",
					     boot->entry_name, SLICE_ARGS(pin->path));
		if (memcmp(bootentry_find_pin(entry, pin->path), pin->digest, sizeof(pin->digest)) != 0)
			return print_refusal(EFI_INVALID_PARAMETER,
					     "boot entry %s: two different sha256 are given for %.*s", boot->entry_name,
					     SLICE_ARGS(pin->path));
	}
	return EFI_SUCCESS;
}

bool pin_is_set(const struct boot *boot, struct slice path)
{
	return trust_is_enforced() || measure_is_on() || bootentry_find_pin(&boot->entry, path) != NULL;
}

/* Compares a digest with the one that the entry demands. */
static EFI_STATUS compare(const struct boot *boot, struct slice path, const uint8_t found[SHA256_SIZE])
{
	const uint8_t *expected = bootentry_find_pin(&boot->entry, path);
	char found_text[SHA256_TEXT], expected_text[SHA256_TEXT];

	if (!expected)
		return EFI_SUCCESS;
	if (memcmp(found, expected, SHA256_SIZE) == 0) {
		print_info("%.*s has the SHA-256 that the boot entry demands", SLICE_ARGS(path));
		return EFI_SUCCESS;
	}
	sha256_to_text(found, found_text);
	sha256_to_text(expected, expected_text);
	return print_refusal(EFI_SECURITY_VIOLATION,
			     "%.*s is not the file that boot entry %s demands: its SHA-256 is %s and should be %s",
			     SLICE_ARGS(path), boot->entry_name, found_text, expected_text);
}

/* Hashes a file and compares it. Does nothing with one that nobody pins. */
static EFI_STATUS check(const struct boot *boot, struct slice path, const void *content, uint64_t size, bool is_image)
{
	bool is_pinned = bootentry_find_pin(&boot->entry, path) != NULL;
	bool needs_manifest = !is_image && trust_is_enforced();
	uint8_t digest[SHA256_SIZE];
	EFI_STATUS status;

	if (!is_pinned && !needs_manifest)
		return EFI_SUCCESS;
	sha256(content, size, digest);
	status = compare(boot, path, digest);
	/* A pin in an entry that is signed itself vouches for the file as a manifest would. */
	if (status == EFI_SUCCESS && needs_manifest && !(boot->is_signed && is_pinned))
		status = trust_check_file(path, digest);
	return status;
}

EFI_STATUS pin_check_image(const struct boot *boot, struct slice path, const void *content, uint64_t size)
{
	EFI_STATUS status = check(boot, path, content, size, true);

	return status == EFI_SUCCESS ? measure(MEASURE_PCR_FILES, content, size, "file", path) : status;
}

EFI_STATUS pin_check(const struct boot *boot, struct slice path, const void *content, uint64_t size)
{
	EFI_STATUS status = check(boot, path, content, size, false);

	return status == EFI_SUCCESS ? measure(MEASURE_PCR_FILES, content, size, "file", path) : status;
}
