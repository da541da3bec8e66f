/* SPDX-License-Identifier: BSD-2-Clause */
/* loader.conf. See bootentry.h. */
#include "lib/bootentry_lines.h"
#include "lib/string.h"

static bool parse_boolean(struct slice value, bool *ret)
{
	static const char *const yes[] = {"1", "yes", "y", "true", "t", "on"};
	static const char *const no[] = {"0", "no", "n", "false", "f", "off"};
	for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++) {
		if (slice_equals_nocase(value, yes[i])) {
			*ret = true;
			return true;
		}
		if (slice_equals_nocase(value, no[i])) {
			*ret = false;
			return true;
		}
	}
	return false;
}

static bool parse_timeout(struct slice value, struct loaderconf *conf)
{
	static const struct {
		const char *word;
		enum loaderconf_timeout timeout;
	} words[] = {
		{"menu-force", LOADERCONF_TIMEOUT_FORCE},
		{"menu-hidden", LOADERCONF_TIMEOUT_HIDDEN},
		{"menu-disabled", LOADERCONF_TIMEOUT_DISABLED},
	};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (slice_equals_text(value, words[i].word)) {
			conf->timeout = words[i].timeout;
			conf->timeout_seconds = 0;
			return true;
		}
	}
	const char *at = value.start;
	uint32_t seconds;
	if (!lines_parse_number(&at, value.start + value.length, &seconds) || at != value.start + value.length)
		return false;
	/* That is how bootctl writes menu-force. */
	conf->timeout = seconds == UINT32_MAX ? LOADERCONF_TIMEOUT_FORCE : LOADERCONF_TIMEOUT_SECONDS;
	conf->timeout_seconds = seconds;
	return true;
}

static bool parse_enroll(struct slice value, struct loaderconf *conf)
{
	static const struct {
		const char *word;
		enum loaderconf_enroll enroll;
	} words[] = {
		{"off", LOADERCONF_ENROLL_OFF},
		{"manual", LOADERCONF_ENROLL_MANUAL},
		{"if-safe", LOADERCONF_ENROLL_MANUAL},
		{"force", LOADERCONF_ENROLL_MANUAL},
	};
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (slice_equals_text(value, words[i].word)) {
			conf->enroll = words[i].enroll;
			return true;
		}
	}
	return false;
}

/* True if the value is one that the key can have. */
static bool assign_value(const struct reader *reader, const struct assignment *assignment, struct loaderconf *conf)
{
	struct slice key = assignment->key, value = assignment->value;

	if (slice_equals_text(key, "default")) {
		lines_set(reader, assignment, &conf->default_entry);
		return true;
	}
	if (slice_equals_text(key, "console-mode")) {
		lines_set(reader, assignment, &conf->console_mode);
		return true;
	}
	if (slice_equals_text(key, "timeout")) {
		bool is_good = parse_timeout(value, conf);
		conf->has_timeout |= is_good;
		return is_good;
	}
	if (slice_equals_text(key, "secure-boot-enroll"))
		return parse_enroll(value, conf);
	/* editor. Whoever writes about it wants to lock it. */
	if (parse_boolean(value, &conf->editor))
		return true;
	conf->editor = false;
	return false;
}

/* Keys with a yes or no; the place of what they say, or null for what this loader cannot do. False for other keys. */
static bool find_switch(struct slice key, struct loaderconf *conf, bool **ret_value)
{
	const struct {
		const char *key;
		bool *value;
	} switches[] = {
		{"auto-entries", &conf->auto_entries},
		{"auto-firmware", &conf->auto_firmware},
		{"auto-reboot", &conf->auto_reboot},
		{"auto-poweroff", &conf->auto_poweroff},
		{"beep", NULL},
		{"reboot-for-bitlocker", NULL},
	};
	for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
		if (slice_equals_text(key, switches[i].key)) {
			*ret_value = switches[i].value;
			return true;
		}
	}
	return false;
}

static void assign_switch(const struct reader *reader, const struct assignment *assignment, bool *value)
{
	bool is_on;

	if (!parse_boolean(assignment->value, &is_on))
		lines_report(reader, BOOTENTRY_WARNING_VALUE, assignment->key);
	else if (value != NULL)
		*value = is_on;
	else if (is_on)
		lines_report(reader, BOOTENTRY_WARNING_UNSUPPORTED, assignment->key);
}

static void assign_configuration(const struct reader *reader, const struct assignment *assignment,
				 struct loaderconf *conf)
{
	static const char *const other_keys[] = {"default", "console-mode", "timeout", "editor", "secure-boot-enroll"};
	struct slice key = assignment->key;
	bool *value = NULL;
	bool is_switch = find_switch(key, conf, &value), is_known = is_switch;

	for (size_t i = 0; i < sizeof other_keys / sizeof other_keys[0]; i++)
		is_known |= slice_equals_text(key, other_keys[i]);
	if (!is_known) {
		conf->unknown_count++;
		lines_report(reader, BOOTENTRY_WARNING_UNKNOWN_KEY, key);
	} else if (assignment->value.length == 0) {
		lines_report(reader, BOOTENTRY_WARNING_NO_VALUE, key);
	} else if (is_switch) {
		assign_switch(reader, assignment, value);
	} else if (!assign_value(reader, assignment, conf)) {
		lines_report(reader, BOOTENTRY_WARNING_VALUE, key);
	}
}

enum bootentry_error loaderconf_parse(const char *text, size_t length, const struct bootentry_reporter *reporter,
				      struct loaderconf *ret)
{
	struct reader reader;
	struct assignment assignment;
	bool any;

	*ret = (struct loaderconf){
		.editor = true,
		.auto_entries = true,
		.auto_firmware = true,
		.enroll = LOADERCONF_ENROLL_MANUAL,
	};
	enum bootentry_error error = lines_begin(&reader, text, length, reporter);
	while (error == BOOTENTRY_OK) {
		error = lines_next(&reader, &assignment, &any);
		if (error != BOOTENTRY_OK || !any)
			break;
		assign_configuration(&reader, &assignment, ret);
	}
	return error;
}
