/* SPDX-License-Identifier: BSD-2-Clause */
/* See trust.h. */
#include "bootloader/trust.h"

#include "bootloader/arch.h"
#include "bootloader/file.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "bootloader/text.h"
#include "lib/format.h"
#include "lib/manifest.h"
#include "lib/pe.h"
#include "lib/string.h"

#define DIRECTORY "/loader/manifests"
#define SECTION   ".pins"

enum {
	MAX_MANIFESTS = 16,
	MAX_FILE = 2 * MANIFEST_MAX_SIZE,
};

/* Texts of manifests that were accepted. They are in memory that stays until the loader ends. */
static struct slice manifests[MAX_MANIFESTS];
static size_t manifest_count;
static bool is_enforced;

/* ---- Manifests --------------------------------------------------------------------------------------------------- */

/*
 * Finds the text in a signed image. A signature does not cover the checksum and one directory entry in the headers, nor
 * what is behind the last section; so the text must lie between.
 */
static const char *find_text(const void *content, uint64_t size, struct slice *ret)
{
	static char reason[PRINT_MAX_REASON];
	struct pe_section section;
	enum manifest_error error;
	struct pe_image image;
	enum pe_error problem;
	unsigned line;

	problem = pe_parse_headers(content, size, size, &image);
	if (problem != PE_OK)
		return pe_strerror(problem);
	if (image.machine != ARCH_BOOT_PE_MACHINE)
		return "";
	if (!pe_find_section(&image, 0, SECTION, &section) || section.size == 0)
		return "it has no section " SECTION;
	if (section.offset < image.headers_size || section.offset + section.size > image.signed_size)
		return "its section " SECTION " is not covered by its signature";
	*ret = (struct slice){(const char *)content + section.offset, section.size};
	error = manifest_check(ret->start, ret->length, &line);
	if (error == MANIFEST_OK)
		return NULL;
	fmt_snprintf(reason, sizeof(reason), "line %u: %s", line, manifest_strerror(error));
	return reason;
}

/* Takes a manifest over if it is one, and signed. What is for another architecture is not looked at. */
static void read_manifest(const struct volume *volume, const char *name)
{
	char path[sizeof(DIRECTORY) + 1 + BOOTENTRY_MAX_NAME];
	size_t mark = memory_mark();
	uint64_t base, size;
	const char *reason;
	struct slice text;

	fmt_snprintf(path, sizeof(path), DIRECTORY "/%s", name);
	if (file_load(volume->root, slice_of(path), HELION_MEM_LOADER, &base, &size) != EFI_SUCCESS)
		return;
	reason = size > MAX_FILE ? "it is too large" : find_text((const void *)base, size, &text);
	if (reason && reason[0])
		print_warning("manifest %s is not used: %s", path, reason);
	if (reason || image_verify(volume, slice_of(path), (void *)base, size) != EFI_SUCCESS) {
		memory_release(mark);
		return;
	}
	print_info("manifest %s is signed", path);
	manifests[manifest_count++] = text;
}

static void read_manifests(const struct volume *volume, EFI_FILE_PROTOCOL *directory)
{
	for (;;) {
		char name[BOOTENTRY_MAX_NAME + 1];
		size_t length;
		EFI_STATUS status = directory_next(directory, DIRECTORY, name, &length);

		if (status != EFI_SUCCESS)
			print_warning("cannot read the directory " DIRECTORY ": %s", status_text(status));
		if (status != EFI_SUCCESS || !length)
			return;
		if (!slice_ends_nocase((struct slice){name, length}, ".efi"))
			continue;
		if (manifest_count == MAX_MANIFESTS) {
			print_warning("more than %d manifests: " DIRECTORY "/%s is not used", MAX_MANIFESTS, name);
			continue;
		}
		read_manifest(volume, name);
	}
}

void trust_begin(const struct volume volumes[VOLUME_COUNT])
{
	EFI_FILE_PROTOCOL *directory;

	manifest_count = 0;
	is_enforced = secure_boot_is_on();
	for (size_t i = 0; is_enforced && i < VOLUME_COUNT; i++) {
		if (!volumes[i].root || directory_open(volumes[i].root, DIRECTORY, &directory) != EFI_SUCCESS)
			continue;
		read_manifests(&volumes[i], directory);
		directory->Close(directory);
	}
}

bool trust_is_enforced(void)
{
	return is_enforced;
}

/* ---- What they say ----------------------------------------------------------------------------------------------- */

static enum manifest_match find(struct slice path, const uint8_t digest[SHA256_SIZE])
{
	enum manifest_match best = MANIFEST_UNKNOWN;

	for (size_t i = 0; i < manifest_count && best != MANIFEST_SAME; i++) {
		enum manifest_match match = manifest_find(manifests[i].start, manifests[i].length, path, digest);

		if (match > best)
			best = match;
	}
	return best;
}

EFI_STATUS trust_check_file(struct slice path, const uint8_t digest[SHA256_SIZE])
{
	char text[SHA256_TEXT];

	switch (find(path, digest)) {
	case MANIFEST_SAME: print_info("%.*s stands in a signed manifest", SLICE_ARGS(path)); return EFI_SUCCESS;
	case MANIFEST_OTHER:
		sha256_to_text(digest, text);
		return print_refusal(
			EFI_SECURITY_VIOLATION,
			"Secure Boot: %.*s is not the file that stands in the signed manifest: its SHA-256 is %s",
			SLICE_ARGS(path), text);
	default:
		return print_refusal(EFI_SECURITY_VIOLATION, "Secure Boot: %.*s stands in no signed manifest",
				     SLICE_ARGS(path));
	}
}

/* What of the entry no signature of an EFI program would cover; NULL if there is nothing. */
static const char *find_unsigned(const struct boot *boot)
{
	const struct bootentry *entry = &boot->entry;

	if (entry->helion_path.length)
		return "a kernel that is no EFI program";
	if (boot->cmdline.length > boot->profile_length) /* which the image itself has to allow */
		return "options";
	if (entry->initrd_count)
		return "an initrd";
	if (entry->devicetree.length || entry->overlay_count)
		return "a device tree";
	return NULL;
}

EFI_STATUS trust_check_entry(struct boot *boot, const struct config_entry *entry)
{
	char path[sizeof("/loader/entries/.conf") + BOOTENTRY_MAX_NAME];
	enum manifest_match match = MANIFEST_UNKNOWN;
	uint8_t digest[SHA256_SIZE];
	const char *what;

	boot->is_signed = false;
	if (!is_enforced)
		return EFI_SUCCESS;
	/* An entry that was made of an image has no text of its own. */
	if (!entry->is_image) {
		sha256(entry->text, entry->size, digest);
		fmt_snprintf(path, sizeof(path), "%s/%.*s%s", entry->directory, SLICE_ARGS(entry->parts.id),
			     entry->parts.suffix);
		match = find(slice_of(path), digest);
	}
	boot->is_signed = match == MANIFEST_SAME;
	if (boot->is_signed && boot->has_edited)
		return print_refusal(EFI_SECURITY_VIOLATION, "Secure Boot: the command line was changed");
	what = boot->is_signed ? NULL : find_unsigned(boot);
	if (!what)
		return EFI_SUCCESS;
	return print_refusal(EFI_SECURITY_VIOLATION, "Secure Boot: boot entry %s %s, so it must not have %s",
			     entry->name,
			     match == MANIFEST_OTHER ? "is not the one in the signed manifest"
						     : "stands in no signed manifest",
			     what);
}
