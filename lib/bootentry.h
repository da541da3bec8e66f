/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Boot menu entries and the boot loader's configuration.
 * (UAPI Group, UAPI.1 Boot Loader Specification, type #1; loader.conf as systemd-boot documents it.)
 *
 * Both are text: a key, blanks, a value, one per line; '#' starts a comment line. Parsing is in place: results are
 * slices of the text, which must stay. What is defined here for unusual text:
 *   - a UTF-8 byte-order mark at the start is skipped; lines end with LF, CR LF or the end of the text;
 *   - blanks (space, tab) around key and value do not count; empty lines are skipped;
 *   - a NUL or another control character anywhere, or a line longer than BOOTENTRY_MAX_LINE, refuses the whole text:
 *     such a file is damaged, or not text at all;
 *   - an unknown key and a key without value are reported and the line is ignored; a second value for a key that takes
 *     one is reported and replaces the first; the entry remains usable;
 *   - more repetitions than fit are an error, because leaving an initrd away silently would boot something else.
 */
#ifndef HELION_LIB_BOOTENTRY_H
#define HELION_LIB_BOOTENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/slice.h"

enum {
	BOOTENTRY_MAX_LINE = 4096,  /* bytes without the line end */
	BOOTENTRY_MAX_SIZE = 65536, /* bytes of a whole file */
	BOOTENTRY_MAX_OPTIONS = 16,
	BOOTENTRY_MAX_INITRDS = 16,
	BOOTENTRY_MAX_MODULES = 32,
	BOOTENTRY_MAX_OVERLAYS = 16,
	BOOTENTRY_MAX_PINS = 32,
	BOOTENTRY_MAX_NAME = 255, /* bytes of a file name in loader/entries */
};

enum bootentry_error {
	BOOTENTRY_OK = 0,
	/* Reported through the callback only; the line is ignored. */
	BOOTENTRY_WARNING_UNKNOWN_KEY,
	BOOTENTRY_WARNING_NO_VALUE,
	BOOTENTRY_WARNING_REPEATED,    /* an earlier value of the same key is replaced */
	BOOTENTRY_WARNING_VALUE,       /* loader.conf: a value that the key cannot have; the default stays */
	BOOTENTRY_WARNING_UNSUPPORTED, /* loader.conf: a key of systemd-boot that asks for what this loader cannot do */
	/* Returned (and reported, with the line, where there is one). */
	BOOTENTRY_ERROR_TOO_LARGE, /* longer than BOOTENTRY_MAX_SIZE */
	BOOTENTRY_ERROR_NUL,
	BOOTENTRY_ERROR_CONTROL,
	BOOTENTRY_ERROR_LINE,       /* longer than BOOTENTRY_MAX_LINE */
	BOOTENTRY_ERROR_TOO_MANY,   /* more options, initrd, module ... lines than fit */
	BOOTENTRY_ERROR_DIGEST,     /* sha256 line: not 64 hexadecimal digits and a path */
	BOOTENTRY_ERROR_NO_IMAGE,   /* none of helion, linux, efi */
	BOOTENTRY_ERROR_TWO_IMAGES, /* more than one of them */
	BOOTENTRY_ERROR_PATH_EMPTY,
	BOOTENTRY_ERROR_PATH_LONG,      /* does not fit the buffer */
	BOOTENTRY_ERROR_PATH_PARENT,    /* has a ".." component */
	BOOTENTRY_ERROR_PATH_CHARACTER, /* a character that FAT names cannot have */
	BOOTENTRY_ERROR_PATH_UTF8,      /* not UTF-8, or a character outside UCS-2 */
	BOOTENTRY_ERROR_NAME_SUFFIX,    /* has another suffix */
	BOOTENTRY_ERROR_NAME_LENGTH,
	BOOTENTRY_ERROR_NAME_CHARACTER, /* other than A-Z a-z 0-9 + - _ . */
	BOOTENTRY_ERROR_BUFFER,         /* joined text does not fit */
};

/* A module line: a path and what follows it. */
struct bootentry_module {
	struct slice path;
	struct slice command_line; /* may be empty */
};

/* A sha256 line: "sha256 HEX PATH" pins the file PATH, spelt as in the other keys of the entry. */
struct bootentry_pin {
	uint8_t digest[32];
	struct slice path;
};

/* Slices of keys that do not occur are empty. Paths are as written: '/'-separated, relative to the partition's root. */
struct bootentry {
	struct slice title;
	struct slice version;
	struct slice machine_id;
	struct slice sort_key;
	struct slice architecture; /* "x64", "aa64", "riscv64" or as written */
	struct slice devicetree;
	/* Exactly one of these three is not empty. */
	struct slice helion_path;                    /* ELF kernel of the Helion protocol */
	struct slice linux_path;                     /* Linux with an EFI stub */
	struct slice efi_path;                       /* any EFI program */
	struct slice options[BOOTENTRY_MAX_OPTIONS]; /* to be joined by one space each: bootentry_join_options */
	struct slice initrds[BOOTENTRY_MAX_INITRDS];
	struct bootentry_module modules[BOOTENTRY_MAX_MODULES];
	struct slice overlays[BOOTENTRY_MAX_OVERLAYS]; /* devicetree-overlay, one path each */
	struct bootentry_pin pins[BOOTENTRY_MAX_PINS];
	uint32_t option_count;
	uint32_t initrd_count;
	uint32_t module_count;
	uint32_t overlay_count;
	uint32_t pin_count;
	uint32_t unknown_count; /* lines with unknown keys */
};

/* Told of everything unusual, with the line number (from 1; 0 if about the whole text) and its key. */
struct bootentry_reporter {
	void (*report)(void *ctx, enum bootentry_error problem, unsigned line, struct slice key);
	void *ctx;
};

const char *bootentry_strerror(enum bootentry_error error);

/* Parses an entry of `length` bytes. `reporter` may be null. On an error *ret is unspecified. */
enum bootentry_error bootentry_parse(const char *text, size_t length, const struct bootentry_reporter *reporter,
				     struct bootentry *ret);

/*
 * Joins the options lines with single spaces into `buffer`, with a NUL; *ret_length is without it.
 * BOOTENTRY_ERROR_BUFFER if `capacity` does not suffice; the sum of the lines' lengths + option_count always does,
 * and at least 1.
 */
enum bootentry_error bootentry_join_options(const struct bootentry *entry, char *buffer, size_t capacity,
					    size_t *ret_length);

/* The digest that the entry demands of the file `path`, 32 bytes, or null if it is not pinned. */
const uint8_t *bootentry_find_pin(const struct bootentry *entry, struct slice path);

/*
 * Makes an EFI path of one as written in an entry: UTF-8 to UCS-2, '/' to '\\', exactly one separator at the start
 * and between components, "." components dropped, NUL at the end. `capacity` and *ret_length are in 16-bit units, the
 * latter without the NUL; ret_length may be null. Refused: "..", characters that FAT forbids, invalid UTF-8, nothing
 * left.
 */
enum bootentry_error bootentry_path_to_ucs2(struct slice path, uint16_t *buffer, size_t capacity, size_t *ret_length);

/* The name of an entry's file, taken apart: "<id>[+LEFT[-DONE]]<suffix>". (UAPI.1, "Boot counting".) */
struct bootentry_name {
	struct slice id;    /* without counters and suffix */
	const char *suffix; /* as bootentry_name_parse() was told it */
	bool is_counted;    /* has counters */
	bool is_bad;        /* counted, and no try is left */
	uint32_t left;      /* tries left */
	uint32_t done;      /* tries done */
};

/*
 * Checks the name and takes it apart. A '+' that is not followed by decimal counters up to the suffix is part of the
 * id, and so are counters that do not fit 32 bits. The id is never empty (NAME_LENGTH). `suffix`, in lower case, is
 * ".conf" for type #1 and ".efi" for unified kernel images; it must outlive *ret.
 */
enum bootentry_error bootentry_name_parse(struct slice name, const char *suffix, struct bootentry_name *ret);

/*
 * The order of a menu, best first: less than 0 if (a, a_name) comes before (b, b_name). As UAPI.1 "Sorting" says:
 * tries left before none left; with sort-key before without; sort-key ascending, machine-id ascending, version
 * descending; then the id descending by version order. Of counted files of one id, that with more tries left, then that
 * with fewer done, as systemd-boot has it.
 */
int bootentry_compare(const struct bootentry *a, const struct bootentry_name *a_name, const struct bootentry *b,
		      const struct bootentry_name *b_name);

/* What loader.conf may say. Slices are empty where it says nothing. */
enum loaderconf_timeout {
	LOADERCONF_TIMEOUT_SECONDS,  /* timeout_seconds; 0 boots at once unless a key is held */
	LOADERCONF_TIMEOUT_FORCE,    /* menu-force: wait for ever */
	LOADERCONF_TIMEOUT_HIDDEN,   /* menu-hidden: as 0 seconds */
	LOADERCONF_TIMEOUT_DISABLED, /* menu-disabled: no menu even if a key is held */
};

enum loaderconf_enroll {
	LOADERCONF_ENROLL_MANUAL, /* if a person wants it, and no more than that for if-safe and force */
	LOADERCONF_ENROLL_OFF,
};

struct loaderconf {
	struct slice default_entry;      /* an entry's file name or a pattern with * and ? */
	struct slice console_mode;       /* "0", "1", ..., "auto", "max", "keep" */
	enum loaderconf_timeout timeout; /* SECONDS with 0 if not given */
	uint32_t timeout_seconds;
	bool has_timeout;
	bool editor; /* whether options may be edited; true if not given, false if it is given something strange */
	bool auto_entries;  /* list what other systems have on the volume; true if not given */
	bool auto_firmware; /* and an entry for the firmware's set-up; true if not given */
	bool auto_reboot;
	bool auto_poweroff;
	enum loaderconf_enroll enroll; /* keys for Secure Boot */
	uint32_t unknown_count;
};

enum bootentry_error loaderconf_parse(const char *text, size_t length, const struct bootentry_reporter *reporter,
				      struct loaderconf *ret);

#endif
