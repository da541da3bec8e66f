/* SPDX-License-Identifier: BSD-2-Clause */
/* See config.h. */
#include "bootloader/config.h"

#include <helion/bootctx.h>

#include "bootloader/arch.h"
#include "bootloader/file.h"
#include "bootloader/memory.h"
#include "bootloader/print.h"
#include "bootloader/text.h"
#include "lib/format.h"
#include "lib/string.h"

#define ENTRIES_PATH "/loader/entries"

static bool has_suffix(struct slice name, const char *suffix)
{
	size_t length = strlen(suffix);

	return name.length >= length &&
	       text_equals_nocase((struct slice){name.start + name.length - length, length}, suffix);
}

/* Puts the name where it belongs among those before it. */
static void insert_name(struct config *config, const char *name)
{
	size_t at = config->count++;

	while (at > 0 && strcmp(config->names[at - 1], name) > 0) {
		memcpy(config->names[at], config->names[at - 1], sizeof(config->names[0]));
		at--;
	}
	memcpy(config->names[at], name, strlen(name) + 1);
}

static EFI_STATUS collect_names(EFI_FILE_PROTOCOL *directory, struct config *config)
{
	for (;;) {
		char name[BOOTENTRY_MAX_NAME + 1];
		EFI_FILE_INFO *info;
		size_t length;
		EFI_STATUS status = directory_next(directory, &info);

		if (status != EFI_SUCCESS)
			return print_error(status, "cannot read the directory " ENTRIES_PATH);
		if (!info)
			return EFI_SUCCESS;
		if (!text_from_ucs2((const ucs2 *)info->FileName, BOOTENTRY_MAX_NAME + 1, name, sizeof(name),
				    &length)) {
			print_warning(ENTRIES_PATH ": a file name is too long or not Unicode: ignored");
			continue;
		}
		if (!has_suffix((struct slice){name, length}, ".conf"))
			continue;
		if (config->count == CONFIG_MAX_ENTRIES) {
			print_warning(ENTRIES_PATH ": more than %d entries: %s ignored", CONFIG_MAX_ENTRIES, name);
			continue;
		}
		insert_name(config, name);
	}
}

EFI_STATUS config_list(EFI_FILE_PROTOCOL *root, struct config *ret)
{
	struct memory_request request = {
		.size = sizeof(ret->names[0]) * CONFIG_MAX_ENTRIES,
		.type = HELION_MEM_LOADER,
		.efi_type = EfiLoaderData,
	};
	EFI_FILE_PROTOCOL *directory;
	EFI_STATUS status;
	uint64_t names;

	*ret = (struct config){.root = root};
	status = directory_open(root, L"\\loader\\entries", &directory);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot open the directory " ENTRIES_PATH);

	status = memory_allocate(&request, &names);
	if (status == EFI_SUCCESS) {
		ret->names = (char(*)[BOOTENTRY_MAX_NAME + 1]) names;
		status = collect_names(directory, ret);
	} else {
		print_error(status, "cannot get memory for the list of boot entries");
	}
	directory->Close(directory);
	if (status == EFI_SUCCESS && ret->count == 0)
		return print_refusal(EFI_NOT_FOUND, "no boot entry: " ENTRIES_PATH "/*.conf");
	return status;
}

/* What the parser says about one entry. */
struct report {
	const char *name;
	unsigned error_line; /* of what made it give up; 0 if it did not, or it concerns the whole file */
};

static void report(void *ctx, enum bootentry_error problem, unsigned line, struct slice key)
{
	struct report *report = ctx;

	switch (problem) {
	case BOOTENTRY_WARNING_UNKNOWN_KEY:
	case BOOTENTRY_WARNING_NO_VALUE:
	case BOOTENTRY_WARNING_REPEATED:
	case BOOTENTRY_WARNING_VALUE:
		print_warning(ENTRIES_PATH "/%s, line %u: %s: \"%.*s\"", report->name, line,
			      bootentry_strerror(problem), SLICE_ARGS(key));
		break;
	default: report->error_line = line;
	}
}

static EFI_STATUS parse(const char *name, const char *text, size_t size, struct bootentry *ret)
{
	struct report state = {.name = name};
	struct bootentry_reporter reporter = {report, &state};
	enum bootentry_error error = bootentry_parse(text, size, &reporter, ret);

	if (error != BOOTENTRY_OK && state.error_line)
		return print_refusal(EFI_LOAD_ERROR, "boot entry " ENTRIES_PATH "/%s, line %u: %s", name,
				     state.error_line, bootentry_strerror(error));
	if (error != BOOTENTRY_OK)
		return print_refusal(EFI_LOAD_ERROR, "boot entry " ENTRIES_PATH "/%s: %s", name,
				     bootentry_strerror(error));
	if (ret->architecture.length && !text_equals_nocase(ret->architecture, ARCH_BOOT_ENTRY_NAME)) {
		print_info("%s is for %.*s", name, SLICE_ARGS(ret->architecture));
		return EFI_UNSUPPORTED;
	}
	if (slice_is_empty(ret->helion_path)) {
		print_info("%s names no Helion kernel", name);
		return EFI_UNSUPPORTED;
	}
	/* What cannot be honoured is refused: booting something else than the entry says would be worse. */
	if (ret->overlay_count)
		return print_refusal(EFI_LOAD_ERROR,
				     "boot entry " ENTRIES_PATH "/%s: devicetree-overlay is not supported", name);
	if (ret->pin_count)
		return print_refusal(EFI_LOAD_ERROR, "boot entry " ENTRIES_PATH "/%s: sha256 is not supported", name);
	return EFI_SUCCESS;
}

EFI_STATUS config_read(const struct config *config, size_t index, struct bootentry *ret)
{
	static char text[BOOTENTRY_MAX_SIZE + 1];
	static char path[sizeof(ENTRIES_PATH) + 1 + BOOTENTRY_MAX_NAME];
	const char *name = config->names[index];
	EFI_STATUS status;
	struct file file;
	uint64_t size;

	fmt_snprintf(path, sizeof(path), ENTRIES_PATH "/%s", name);
	status = file_open(config->root, slice_of(path), &file);
	if (status != EFI_SUCCESS)
		return status;
	/* One byte too many is enough for the parser to refuse the rest. */
	size = file.size < sizeof(text) ? file.size : sizeof(text);
	status = file_read(&file, 0, text, size);
	file_close(&file);
	if (status != EFI_SUCCESS)
		return status;
	return parse(name, text, size, ret);
}
