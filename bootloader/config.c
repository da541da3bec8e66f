/* SPDX-License-Identifier: BSD-2-Clause */
/* See config.h. */
#include "bootloader/config.h"

#include "bootloader/arch.h"
#include "bootloader/bootcount.h"
#include "bootloader/file.h"
#include "bootloader/self.h"
#include "bootloader/text.h"
#include "bootloader/uki.h"
#include "lib/format.h"
#include "lib/string.h"

#define LOADER_PATH  "/loader/loader.conf"
#define ENTRIES_PATH "/loader/entries"

/* Where entries are looked for. */
static const struct place {
	const char *path;
	const char *suffix;
	bool has_images;
} places[] = {
	{ENTRIES_PATH, ".conf", false},
	{UKI_DIRECTORY, ".efi", true},
};

enum {
	PATH_SIZE = sizeof(ENTRIES_PATH) + 1 + BOOTENTRY_MAX_NAME,
	PLACE_COUNT = sizeof(places) / sizeof(places[0]),
	MAX_RENAMES = 16, /* names that are tried to count a try */
};

/* ---- Texts ------------------------------------------------------------------------------------------------------- */

/* What the parser says about one file. */
struct report {
	const char *path;
	const char *name;    /* of the file in `path`, with the separator before it */
	bool is_quiet;       /* about warnings */
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
	case BOOTENTRY_WARNING_UNSUPPORTED:
		if (!report->is_quiet)
			print_warning("%s%s, line %u: %s: \"%.*s\"", report->path, report->name, line,
				      bootentry_strerror(problem), SLICE_ARGS(key));
		break;
	default: report->error_line = line;
	}
}

/* Reads an open file to memory from the pool and closes it. One byte more than is allowed shows that it is too long. */
static EFI_STATUS read_text(struct file *file, char **ret_text, size_t *ret_size)
{
	size_t size = file->size <= BOOTENTRY_MAX_SIZE ? file->size : BOOTENTRY_MAX_SIZE + 1;
	EFI_STATUS status;
	void *text;

	status = BS->AllocatePool(EfiLoaderData, size + 1, &text);
	if (status == EFI_SUCCESS) {
		status = file_read(file, 0, text, size);
		if (status != EFI_SUCCESS)
			BS->FreePool(text);
	} else {
		print_error(status, "cannot get %u bytes of memory for %.*s", (unsigned)size, SLICE_ARGS(file->name));
	}
	file_close(file);
	if (status != EFI_SUCCESS)
		return status;
	*ret_text = text;
	*ret_size = size;
	return EFI_SUCCESS;
}

/* ---- loader.conf ------------------------------------------------------------------------------------------------- */

/* A machine that cannot read its preferences still boots. */
static void load_preferences(struct config *config)
{
	struct report state = {.path = LOADER_PATH, .name = ""};
	struct bootentry_reporter reporter = {report, &state};
	enum bootentry_error error;
	EFI_STATUS status;
	struct file file;
	size_t size = 0;
	char *text = NULL;

	loaderconf_parse("", 0, NULL, &config->loader);
	status = file_open_optional(config->volumes[0].root, slice_of(LOADER_PATH), &file);
	if (status == EFI_NOT_FOUND)
		return;
	if (status == EFI_SUCCESS)
		status = read_text(&file, &text, &size);
	if (status == EFI_SUCCESS) {
		config->loader_text = text;
		error = loaderconf_parse(text, size, &reporter, &config->loader);
		if (error == BOOTENTRY_OK)
			return;
		if (state.error_line)
			print_warning(LOADER_PATH ", line %u: %s: the file is ignored", state.error_line,
				      bootentry_strerror(error));
		else
			print_warning(LOADER_PATH ": %s: the file is ignored", bootentry_strerror(error));
		loaderconf_parse("", 0, NULL, &config->loader);
	}
	config->loader.editor = false; /* it may have said so */
}

/* ---- Entries ----------------------------------------------------------------------------------------------------- */

/* A name that the specification does not allow is no counted one, and else as good as any. */
static void parse_name(struct config_entry *entry, const char *suffix)
{
	struct slice name = slice_of(entry->name);

	if (bootentry_name_parse(name, suffix, &entry->parts) != BOOTENTRY_OK)
		entry->parts = (struct bootentry_name){
			.id = {name.start, name.length - strlen(suffix)},
			.suffix = suffix,
		};
}

/* No file system that is whole has such a name, and in the text of an entry it would be more than one line. */
static bool has_control(const char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name < ' ' || *name == 0x7f)
			return true;
	return false;
}

/* A new entry that is not in the list yet; NULL, with a message, if there is no memory. */
static struct config_entry *new_entry(void)
{
	EFI_STATUS status;
	void *memory;

	status = BS->AllocatePool(EfiLoaderData, sizeof(struct config_entry), &memory);
	if (status != EFI_SUCCESS) {
		print_error(status, "cannot get memory for the list of boot entries");
		return NULL;
	}
	memset(memory, 0, sizeof(struct config_entry));
	return memory;
}

static EFI_STATUS add_entry(struct config *config, const struct volume *volume, const struct place *place,
			    const char *name, size_t length)
{
	struct config_entry *entry = new_entry();

	if (!entry)
		return EFI_OUT_OF_RESOURCES;
	fmt_snprintf(entry->suffix, sizeof(entry->suffix), "%s", place->suffix);
	entry->volume = volume;
	entry->directory = place->path;
	entry->is_image = place->has_images;
	memcpy(entry->name, name, length + 1);
	parse_name(entry, place->suffix);
	config->entries[config->count++] = entry;
	return EFI_SUCCESS;
}

/* Names that other systems hide, as the files that macOS puts beside others; and those of entries without a file. */
static bool is_hidden(struct slice name)
{
	static const char automatic[] = "auto-";
	const size_t length = sizeof(automatic) - 1;

	return name.start[0] == '.' ||
	       (name.length >= length && slice_equals_nocase((struct slice){name.start, length}, automatic));
}

static EFI_STATUS collect_names(EFI_FILE_PROTOCOL *directory, const struct volume *volume, const struct place *place,
				struct config *config)
{
	for (;;) {
		char name[BOOTENTRY_MAX_NAME + 1];
		size_t length;
		EFI_STATUS status = directory_next(directory, place->path, name, &length);

		if (status != EFI_SUCCESS)
			return print_error(status, "cannot read the directory %s", place->path);
		if (!length)
			return EFI_SUCCESS;
		if (!slice_ends_nocase((struct slice){name, length}, place->suffix) ||
		    is_hidden((struct slice){name, length}))
			continue;
		if (has_control(name)) {
			print_warning("%s: a file name has a control character in it: ignored: %s", place->path, name);
			continue;
		}
		if (config->count == CONFIG_MAX_ENTRIES) {
			print_warning("more than %d boot entries: %s/%s ignored", CONFIG_MAX_ENTRIES, place->path,
				      name);
			continue;
		}
		status = add_entry(config, volume, place, name, length);
		if (status != EFI_SUCCESS)
			return status;
	}
}

/*
 * Parses the entry and checks that this loader can start it. On EFI_UNSUPPORTED and errors, entry->reason gets what
 * there is to say.
 */
static EFI_STATUS check(struct config_entry *entry, bool is_quiet, struct bootentry *ret)
{
	static char path[PATH_SIZE];
	struct report state = {.path = path, .name = "", .is_quiet = is_quiet};
	struct bootentry_reporter reporter = {report, &state};
	enum bootentry_error error;
	char *reason = entry->reason;
	size_t room = sizeof(entry->reason);

	fmt_snprintf(path, sizeof(path), "%s/%s", entry->directory, entry->name);
	error = bootentry_parse(entry->text, entry->size, &reporter, ret);
	if (error != BOOTENTRY_OK && state.error_line) {
		fmt_snprintf(reason, room, "boot entry %s, line %u: %s", path, state.error_line,
			     bootentry_strerror(error));
		return EFI_LOAD_ERROR;
	}
	if (error != BOOTENTRY_OK) {
		fmt_snprintf(reason, room, "boot entry %s: %s", path, bootentry_strerror(error));
		return EFI_LOAD_ERROR;
	}
	if (ret->architecture.length && !slice_equals_nocase(ret->architecture, ARCH_BOOT_ENTRY_NAME)) {
		fmt_snprintf(reason, room, "%s is for %.*s", entry->name, SLICE_ARGS(ret->architecture));
		return EFI_UNSUPPORTED;
	}
	if (entry->volume->device == self_image->DeviceHandle && self_is(ret->efi_path)) {
		fmt_snprintf(reason, room, "boot entry %s: it would start this loader again", path);
		return EFI_LOAD_ERROR;
	}
	return EFI_SUCCESS;
}

/* The other profiles of an image: entries of their own, behind all that there are. */
static void add_profiles(struct config *config, const struct config_entry *first, unsigned count)
{
	for (unsigned profile = 1; profile < count; profile++) {
		struct config_entry *entry;

		if (config->count == CONFIG_MAX_ENTRIES) {
			print_warning("more than %d boot entries: %u profiles of %s ignored", CONFIG_MAX_ENTRIES,
				      count - profile, first->name);
			return;
		}
		entry = new_entry();
		if (!entry)
			return;
		entry->volume = first->volume;
		entry->directory = first->directory;
		entry->is_image = true;
		entry->profile = profile;
		memcpy(entry->name, first->name, sizeof(entry->name));
		memcpy(entry->suffix, first->suffix, sizeof(entry->suffix));
		parse_name(entry, first->parts.suffix);
		config->entries[config->count++] = entry;
	}
}

static EFI_STATUS read_image(struct config *config, struct file *file, struct config_entry *entry)
{
	unsigned profiles = 1;
	EFI_STATUS status = uki_describe(file, entry, &profiles);

	if (status == EFI_SUCCESS && entry->profile == 0)
		add_profiles(config, entry, profiles);
	return status;
}

static EFI_STATUS read_entry(struct config *config, struct config_entry *entry)
{
	static char path[PATH_SIZE];
	struct file file;
	EFI_STATUS status;

	fmt_snprintf(path, sizeof(path), "%s/%s", entry->directory, entry->name);
	status = file_open(entry->volume->root, slice_of(path), &file);
	if (status != EFI_SUCCESS)
		return status;
	return entry->is_image ? read_image(config, &file, entry) : read_text(&file, &entry->text, &entry->size);
}

static void load_entry(struct config *config, struct config_entry *entry)
{
	static struct bootentry parsed;

	entry->status = read_entry(config, entry);
	if (entry->status != EFI_SUCCESS) {
		if (!entry->reason[0])
			print_last_error(entry->reason, sizeof(entry->reason));
		return;
	}
	entry->status = check(entry, true, &parsed);
	if (entry->status != EFI_SUCCESS && entry->status != EFI_UNSUPPORTED)
		return;
	entry->title = parsed.title;
	entry->version = parsed.version;
	entry->machine_id = parsed.machine_id;
	entry->sort_key = parsed.sort_key;
}

static int compare(const struct config_entry *a, const struct config_entry *b)
{
	static struct bootentry keys[2]; /* of which these three members count */
	const struct config_entry *entries[2] = {a, b};

	for (int i = 0; i < 2; i++) {
		keys[i].sort_key = entries[i]->sort_key;
		keys[i].machine_id = entries[i]->machine_id;
		keys[i].version = entries[i]->version;
	}
	return bootentry_compare(&keys[0], &a->parts, &keys[1], &b->parts);
}

static void sort(struct config *config)
{
	for (size_t i = 1; i < config->count; i++) {
		struct config_entry *entry = config->entries[i];
		size_t at = i;

		for (; at > 0 && compare(config->entries[at - 1], entry) > 0; at--)
			config->entries[at] = config->entries[at - 1];
		config->entries[at] = entry;
	}
}

/* Neither of the directories has to be there. */
static EFI_STATUS collect(const struct volume *volume, const struct place *place, struct config *config)
{
	EFI_FILE_PROTOCOL *directory;
	EFI_STATUS status = directory_open(volume->root, place->path, &directory);

	if (status != EFI_SUCCESS)
		return status == EFI_NOT_FOUND ? EFI_SUCCESS : status;
	status = collect_names(directory, volume, place, config);
	directory->Close(directory);
	return status;
}

EFI_STATUS config_load(const struct volume volumes[VOLUME_COUNT], struct config *ret)
{
	EFI_STATUS status, first = EFI_SUCCESS;

	memset(ret, 0, sizeof(*ret));
	ret->volumes = volumes;
	load_preferences(ret);
	for (size_t i = 0; i < VOLUME_COUNT * PLACE_COUNT; i++) {
		const struct volume *volume = &volumes[i / PLACE_COUNT];

		status = volume->root ? collect(volume, &places[i % PLACE_COUNT], ret) : EFI_SUCCESS;
		if (first == EFI_SUCCESS)
			first = status;
	}
	/* A directory that cannot be read does not keep the entries of the other from being started. */
	if (ret->count == 0)
		return first != EFI_SUCCESS ? first
					    : print_refusal(EFI_NOT_FOUND, "no boot entry: neither " ENTRIES_PATH
									   "/*.conf nor " UKI_DIRECTORY "/*.efi");
	for (size_t i = 0; i < ret->count; i++)
		load_entry(ret, ret->entries[i]);
	sort(ret);
	return EFI_SUCCESS;
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < config->count; i++) {
		if (config->entries[i]->text)
			BS->FreePool(config->entries[i]->text);
		BS->FreePool(config->entries[i]);
	}
	if (config->loader_text)
		BS->FreePool(config->loader_text);
	config->loader_text = NULL;
	config->count = 0;
}

EFI_STATUS config_read(struct config_entry *entry, struct bootentry *ret)
{
	EFI_STATUS status = entry->text ? check(entry, false, ret) : entry->status;

	if (status == EFI_UNSUPPORTED)
		print_info("%s", entry->reason);
	else if (status != EFI_SUCCESS)
		print_refusal(status, "%s", entry->reason);
	return status;
}

bool config_options(const struct config_entry *entry, char *buffer, size_t capacity, size_t *ret_length)
{
	static struct bootentry parsed;

	if (entry->embedded.length && entry->embedded.length < capacity) {
		memcpy(buffer, entry->embedded.start, entry->embedded.length);
		buffer[entry->embedded.length] = '\0';
		*ret_length = entry->embedded.length;
		return true;
	}
	return entry->text && bootentry_parse(entry->text, entry->size, NULL, &parsed) == BOOTENTRY_OK &&
	       bootentry_join_options(&parsed, buffer, capacity, ret_length) == BOOTENTRY_OK;
}

/* Whether both are the same file, as entries of one image are. */
static bool is_same_file(const struct config_entry *a, const struct config_entry *b)
{
	return a->volume == b->volume && strcmp(a->directory, b->directory) == 0 && strcmp(a->name, b->name) == 0;
}

/* The file has another name now. */
static void rename_entry(struct config_entry *entry, const char *name)
{
	memcpy(entry->name, name, strlen(name) + 1);
	parse_name(entry, entry->parts.suffix);
	if (entry->is_image && entry->text)
		uki_rename(entry);
}

void config_count_try(struct config *config, struct config_entry *entry, struct bootentry *parsed)
{
	static char path[PATH_SIZE];
	char name[BOOTENTRY_MAX_NAME + 1];
	EFI_STATUS status = EFI_ACCESS_DENIED;
	struct bootentry_name next = entry->parts;

	if (!entry->parts.is_counted)
		return;
	fmt_snprintf(path, sizeof(path), "%s/%s", entry->directory, entry->name);
	/* Where there is a file of that name already, the tries that are left matter, and not those that were made. */
	for (unsigned i = 0; i < MAX_RENAMES && status == EFI_ACCESS_DENIED; i++, next.done++) {
		status = EFI_BUFFER_TOO_SMALL;
		if (bootcount_next_name(&next, name, sizeof(name)))
			status = file_rename(entry->volume->root, slice_of(path), name);
	}
	if (status != EFI_SUCCESS) {
		print_warning("the try of %s is not counted, the file cannot be renamed: %s", path,
			      status_text(status));
		return;
	}
	for (size_t i = 0; i < config->count; i++)
		if (config->entries[i] != entry && is_same_file(config->entries[i], entry))
			rename_entry(config->entries[i], name);
	rename_entry(entry, name);
	if (entry->is_image)
		bootentry_parse(entry->text, entry->size, NULL, parsed);
	print_info("boot entry %.*s has %u tries left", SLICE_ARGS(entry->parts.id), (unsigned)entry->parts.left);
}

void config_add_automatic(struct config *config, const char *id, const char *title, const char *path,
			  enum config_action action)
{
	struct config_entry *entry = config->count < CONFIG_MAX_ENTRIES ? new_entry() : NULL;
	const size_t room = path ? strlen(path) + sizeof("efi \n") : 0;
	EFI_STATUS status = EFI_SUCCESS;
	void *text = NULL;

	if (!entry)
		return;
	if (path)
		status = BS->AllocatePool(EfiLoaderData, room, &text);
	if (status != EFI_SUCCESS) {
		print_error(status, "cannot get memory for the boot entry %s", id);
		BS->FreePool(entry);
		return;
	}
	entry->volume = &config->volumes[0];
	entry->directory = "";
	entry->is_automatic = true;
	entry->action = action;
	entry->title = slice_of(title);
	fmt_snprintf(entry->name, sizeof(entry->name), "%s", id);
	entry->parts = (struct bootentry_name){.id = slice_of(entry->name), .suffix = ""};
	entry->text = text;
	if (path)
		entry->size = fmt_snprintf(text, room, "efi %s\n", path);
	config->entries[config->count++] = entry;
}

struct slice config_title(const struct config_entry *entry)
{
	return slice_is_empty(entry->title) ? entry->parts.id : entry->title;
}
