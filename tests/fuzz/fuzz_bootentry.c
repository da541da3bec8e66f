/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the input as an entry, as loader.conf, as a path, as a file name and as two versions. */
#include <stdlib.h>

#include "lib/bootentry.h"
#include "lib/version.h"

static const char *text;
static size_t text_size;

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void require_inside(struct slice slice)
{
	require(slice.length == 0 || (slice.start >= text && slice.length <= text_size - (size_t)(slice.start - text)));
	for (size_t i = 0; i < slice.length; i++)
		require((unsigned char)slice.start[i] >= ' ' || slice.start[i] == '\t');
}

static void report(void *ctx, enum bootentry_error problem, unsigned line, struct slice key)
{
	unsigned *count = ctx;
	(*count)++;
	require(bootentry_strerror(problem) != NULL && line <= text_size);
	if (problem != BOOTENTRY_ERROR_NUL && problem != BOOTENTRY_ERROR_CONTROL)
		require_inside(key);
}

static void try_path(struct slice path)
{
	static uint16_t buffer[256];
	size_t length;
	if (bootentry_path_to_ucs2(path, buffer, 256, &length) != BOOTENTRY_OK)
		return;
	require(length >= 2 && length < 256 && buffer[0] == '\\' && buffer[length] == 0);
	for (size_t i = 0; i < length; i++)
		require(buffer[i] >= ' ' && buffer[i] != '/' && (buffer[i] != '\\' || buffer[i + 1] != '\\'));
}

static void try_entry(void)
{
	static struct bootentry entry;
	unsigned reports = 0;
	const struct bootentry_reporter reporter = {.report = report, .ctx = &reports};
	if (bootentry_parse(text, text_size, &reporter, &entry) != BOOTENTRY_OK) {
		require(reports != 0);
		return;
	}
	const struct slice single[] = {entry.title,       entry.version,      entry.machine_id,
				       entry.sort_key,    entry.architecture, entry.devicetree,
				       entry.helion_path, entry.linux_path,   entry.efi_path};
	for (size_t i = 0; i < sizeof single / sizeof single[0]; i++)
		require_inside(single[i]);
	size_t bound = entry.option_count + 1;
	for (uint32_t i = 0; i < entry.option_count; i++) {
		require_inside(entry.options[i]);
		bound += entry.options[i].length;
	}
	for (uint32_t i = 0; i < entry.initrd_count; i++)
		try_path(entry.initrds[i]);
	for (uint32_t i = 0; i < entry.module_count; i++) {
		require_inside(entry.modules[i].path);
		require_inside(entry.modules[i].command_line);
	}
	for (uint32_t i = 0; i < entry.overlay_count; i++)
		require_inside(entry.overlays[i]);
	for (uint32_t i = 0; i < entry.pin_count; i++)
		require(bootentry_find_pin(&entry, entry.pins[i].path) != NULL);
	char *joined = malloc(bound);
	size_t length;
	require(bootentry_join_options(&entry, joined, bound, &length) == BOOTENTRY_OK && strlen(joined) == length);
	free(joined);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct loaderconf conf;
	struct bootentry_name name;
	unsigned reports = 0;
	const struct bootentry_reporter reporter = {.report = report, .ctx = &reports};

	text = (const char *)data;
	text_size = size;
	try_entry();
	if (loaderconf_parse(text, size, &reporter, &conf) == BOOTENTRY_OK) {
		require_inside(conf.default_entry);
		require_inside(conf.console_mode);
	}
	try_path((struct slice){text, size});
	if (bootentry_name_parse((struct slice){text, size}, ".conf", &name) == BOOTENTRY_OK)
		require_inside(name.id);
	struct slice a = {text, size / 2}, b = {text + size / 2, size - size / 2};
	int order = version_compare(a, b), reverse = version_compare(b, a);
	require((order < 0) == (reverse > 0) && (order == 0) == (reverse == 0));
	require(version_compare(a, a) == 0);
	return 0;
}
