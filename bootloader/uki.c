/* SPDX-License-Identifier: BSD-2-Clause */
/* See uki.h. */
#include "bootloader/uki.h"

#include "bootloader/arch.h"
#include "lib/format.h"
#include "lib/osrelease.h"
#include "lib/pe.h"
#include "lib/string.h"

/* The first line of the text is the path. It has room for every name that counting tries can give the file. */
#define PATH_KEY "efi " UKI_DIRECTORY "/"

enum {
	MAX_HEADERS = 16 * 1024,
	MAX_SECTION = 64 * 1024, /* of what is read to describe the image */
	PATH_LINE = sizeof(PATH_KEY) - 1 + BOOTENTRY_MAX_NAME + 1,
	MAX_TITLE = 2 * OSRELEASE_MAX_VALUE + 3,
	MAX_LINES = PATH_LINE + 3 * 16 + MAX_TITLE + 2 * OSRELEASE_MAX_VALUE,
};

static uint64_t headers[MAX_HEADERS / 8];
static char content[MAX_SECTION];

/* Says why the image is bad. */
static EFI_STATUS refuse(struct config_entry *entry, const char *why)
{
	fmt_snprintf(entry->reason, sizeof(entry->reason), "%s/%s: %s", entry->directory, entry->name, why);
	return EFI_LOAD_ERROR;
}

static EFI_STATUS read_headers(struct file *file, struct config_entry *entry, struct pe_image *ret)
{
	uint64_t length = PE_HEADERS_SIZE;

	for (;;) {
		enum pe_error error;
		EFI_STATUS status;

		if (length > file->size)
			length = file->size;
		status = file_read(file, 0, headers, length);
		if (status != EFI_SUCCESS)
			return status;
		error = pe_parse_headers(headers, length, file->size, ret);
		if (error == PE_ERROR_HEADERS_BUFFER && ret->headers_size > length &&
		    ret->headers_size <= MAX_HEADERS) {
			length = ret->headers_size;
			continue;
		}
		return error == PE_OK ? EFI_SUCCESS : refuse(entry, pe_strerror(error));
	}
}

/* Reads a section to `content`. *ret_size is 0 if there is none. */
static EFI_STATUS read_section(struct file *file, struct config_entry *entry, const struct pe_image *image,
			       const char *name, size_t *ret_size)
{
	struct pe_section section;

	*ret_size = 0;
	if (!pe_find_section(image, entry->profile, name, &section))
		return EFI_SUCCESS;
	if (section.size > MAX_SECTION)
		return refuse(entry, "a section that describes it is too large");
	*ret_size = section.size;
	return file_read(file, section.offset, content, section.size);
}

static bool is_padding(char c)
{
	return c == '\0' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A command line may have been a file of several lines. systemd's stub makes blanks of what is between them, too. */
static void make_one_line(size_t size)
{
	for (size_t i = 0; i < size && content[i]; i++)
		if (is_padding(content[i]))
			content[i] = ' ';
}

/* What is in `content` without NULs, blanks and line ends behind it; empty if it is no line of text. */
static struct slice line_of_text(size_t size)
{
	while (size && is_padding(content[size - 1]))
		size--;
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)content[i] < ' ' && content[i] != '\t')
			return (struct slice){0};
	return (struct slice){content, size};
}

static EFI_STATUS read_description(struct file *file, struct config_entry *entry, const struct pe_image *image,
				   struct osrelease *ret)
{
	struct slice release;
	EFI_STATUS status;
	size_t size;

	status = read_section(file, entry, image, ".osrel", &size);
	if (status != EFI_SUCCESS)
		return status;
	osrelease_parse(content, size, ret);
	if (ret->version[0])
		return EFI_SUCCESS;
	/* What tells its kernels apart if the system has no version, as one that is always the newest. */
	status = read_section(file, entry, image, ".uname", &size);
	if (status == EFI_SUCCESS) {
		release = line_of_text(size);
		fmt_snprintf(ret->version, sizeof(ret->version), "%.*s", SLICE_ARGS(release));
	}
	return status;
}

/* Whether an identifier can have it in it: what is kept of one in variables is a word of these. */
static bool is_word(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!(*c >= '0' && *c <= '9') && !(slice_lower(*c) >= 'a' && slice_lower(*c) <= 'z') && *c != '-' &&
		    *c != '_' && *c != '.')
			return false;
	return text[0] != '\0';
}

/* What the profile is called: behind the system's title, and, but for the first one, in the identifier. */
static EFI_STATUS read_profile(struct file *file, struct config_entry *entry, const struct pe_image *image,
			       char title[MAX_TITLE], const char *system)
{
	struct slice base = system[0] ? slice_of(system) : entry->parts.id;
	static struct osrelease_profile profile;
	const char *suffix = entry->parts.suffix;
	EFI_STATUS status;
	size_t size;

	status = read_section(file, entry, image, ".profile", &size);
	if (status != EFI_SUCCESS)
		return status;
	osrelease_parse_profile(content, size, &profile);
	if (profile.title[0])
		fmt_snprintf(title, MAX_TITLE, "%.*s (%s)", SLICE_ARGS(base), profile.title);
	else if (entry->profile && profile.id[0])
		fmt_snprintf(title, MAX_TITLE, "%.*s (%s)", SLICE_ARGS(base), profile.id);
	else if (entry->profile)
		fmt_snprintf(title, MAX_TITLE, "%.*s (profile %u)", SLICE_ARGS(base), entry->profile + 1);
	else
		fmt_snprintf(title, MAX_TITLE, "%s", system);
	if (entry->profile && is_word(profile.id) && strlen(suffix) + 1 + strlen(profile.id) < CONFIG_MAX_SUFFIX)
		fmt_snprintf(entry->suffix, CONFIG_MAX_SUFFIX, "%s@%s", suffix, profile.id);
	else if (entry->profile)
		fmt_snprintf(entry->suffix, CONFIG_MAX_SUFFIX, "%s@%u", suffix, entry->profile);
	return EFI_SUCCESS;
}

size_t uki_profile_option(const struct config_entry *entry, char *buffer, size_t capacity)
{
	buffer[0] = '\0';
	return entry->profile ? fmt_snprintf(buffer, capacity, "@%u", entry->profile) : 0;
}

void uki_rename(struct config_entry *entry)
{
	size_t length = strlen(entry->name);

	memset(entry->text, ' ', PATH_LINE - 1);
	memcpy(entry->text, PATH_KEY, sizeof(PATH_KEY) - 1);
	memcpy(entry->text + sizeof(PATH_KEY) - 1, entry->name, length);
	entry->text[PATH_LINE - 1] = '\n';
}

static void put_line(struct config_entry *entry, const char *key, const char *value)
{
	if (value[0])
		entry->size += fmt_snprintf(entry->text + entry->size, MAX_LINES - entry->size, "%s %s\n", key, value);
}

/* Writes the entry that the image amounts to, and its command line behind that. */
static EFI_STATUS write_entry(struct file *file, struct config_entry *entry, const struct pe_image *image)
{
	static struct osrelease release;
	static char title[MAX_TITLE];
	struct slice options;
	EFI_STATUS status;
	void *memory;
	size_t size;

	status = read_description(file, entry, image, &release);
	if (status == EFI_SUCCESS)
		status = read_profile(file, entry, image, title, release.title);
	if (status == EFI_SUCCESS)
		status = read_section(file, entry, image, ".cmdline", &size);
	if (status != EFI_SUCCESS)
		return status;
	make_one_line(size);
	options = line_of_text(size);
	status = BS->AllocatePool(EfiLoaderData, MAX_LINES + options.length, &memory);
	if (status != EFI_SUCCESS)
		return print_error(status, "cannot get memory for the boot entry %s", entry->name);
	entry->text = memory;
	uki_rename(entry);
	entry->size = PATH_LINE;
	put_line(entry, "title", title);
	put_line(entry, "version", release.version);
	put_line(entry, "sort-key", release.sort_key);
	if (options.length)
		memcpy(entry->text + MAX_LINES, options.start, options.length);
	entry->embedded = (struct slice){entry->text + MAX_LINES, options.length};
	return EFI_SUCCESS;
}

EFI_STATUS uki_describe(struct file *file, struct config_entry *entry, unsigned *ret_profiles)
{
	struct pe_section kernel;
	struct pe_image image;
	EFI_STATUS status;

	status = read_headers(file, entry, &image);
	if (status == EFI_SUCCESS)
		*ret_profiles = pe_profile_count(&image);
	if (status == EFI_SUCCESS && image.machine != ARCH_BOOT_PE_MACHINE) {
		fmt_snprintf(entry->reason, sizeof(entry->reason), "%s is for %s", entry->name,
			     pe_machine_name(image.machine));
		status = EFI_UNSUPPORTED;
	}
	if (status == EFI_SUCCESS && (!pe_find_section(&image, entry->profile, ".linux", &kernel) || kernel.size == 0))
		status = refuse(entry, "not a unified kernel image: it has no section .linux");
	if (status == EFI_SUCCESS)
		status = write_entry(file, entry, &image);
	file_close(file);
	return status;
}
