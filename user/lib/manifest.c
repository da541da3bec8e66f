/* SPDX-License-Identifier: BSD-2-Clause */
#include "user/lib/manifest.h"

static const void *at(const struct helion_manifest *manifest, uint64_t offset)
{
	return (const char *)manifest + offset;
}

const struct helion_record *manifest_record(const struct helion_manifest *manifest, uint64_t index)
{
	return at(manifest, manifest->records + index * manifest->record_size);
}

const struct helion_framebuffer *manifest_framebuffer(const struct helion_manifest *manifest, uint64_t index)
{
	return at(manifest, manifest->framebuffer_info + index * sizeof(struct helion_framebuffer));
}

const char *manifest_cmdline(const struct helion_manifest *manifest)
{
	return manifest->cmdline != 0 ? at(manifest, manifest->cmdline) : "";
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool option_find(const char *cmdline, const char *name, struct slice *ret_value)
{
	size_t name_length = strlen(name);
	bool found = false;

	for (const char *p = cmdline; *p != '\0';) {
		const char *start, *value;
		bool quoted = false;

		while (is_blank(*p))
			p++;
		start = p;
		for (; *p != '\0' && (quoted || !is_blank(*p)); p++)
			quoted ^= *p == '"';
		if ((size_t)(p - start) < name_length || memcmp(start, name, name_length) != 0)
			continue;
		value = start + name_length;
		if (value != p && *value != '=')
			continue;
		found = true;
		if (ret_value == NULL)
			continue;
		*ret_value = (struct slice){value, 0};
		if (value == p)
			continue;
		value++;
		*ret_value = (struct slice){value, (size_t)(p - value)};
		if (ret_value->length >= 2 && *value == '"' && p[-1] == '"')
			*ret_value = (struct slice){value + 1, ret_value->length - 2};
	}
	return found;
}

const char *memory_type_name(uint32_t type)
{
	static const char *const names[HELION_MEM_TYPES] = {
		[HELION_MEM_USABLE] = "usable RAM",
		[HELION_MEM_LOADER] = "boot loader",
		[HELION_MEM_BOOTCTX] = "boot context",
		[HELION_MEM_KERNEL] = "kernel",
		[HELION_MEM_MODULE] = "module",
		[HELION_MEM_ACPI_RECLAIM] = "ACPI tables",
		[HELION_MEM_ACPI_NVS] = "ACPI NVS",
		[HELION_MEM_RUNTIME_CODE] = "EFI runtime code",
		[HELION_MEM_RUNTIME_DATA] = "EFI runtime data",
		[HELION_MEM_MMIO] = "MMIO",
		[HELION_MEM_PERSISTENT] = "persistent memory",
		[HELION_MEM_RESERVED] = "reserved",
		[HELION_MEM_UNUSABLE] = "faulty RAM",
	};

	return type < HELION_MEM_TYPES && names[type] != NULL ? names[type] : "unknown type of memory";
}
