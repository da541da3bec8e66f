/* SPDX-License-Identifier: BSD-2-Clause */
/* The menu: a list of the boot entries on screen and serial console at once. docs/loader.md describes the keys. */
#ifndef BOOTLOADER_MENU_H
#define BOOTLOADER_MENU_H

#include <stdbool.h>
#include <stddef.h>

#include "bootloader/config.h"
#include "bootloader/select.h"
#include "lib/slice.h"

enum {
	MENU_MAX_OPTIONS = 4096, /* UCS-2 units of a command line that can be edited */
	MENU_FOR_EVER = -1,      /* seconds */
};

enum menu_action {
	MENU_START, /* ret_index, with ret_options if they were edited */
	MENU_TIMEOUT,
	MENU_QUIT, /* back to the firmware */
};

struct menu {
	const struct config *config;
	const struct select_entry *choices;  /* of config's entries; those that are foreign are not shown */
	const char *why_no_edit;             /* why the command line cannot be edited; NULL if it can */
	size_t selected;                     /* index of an entry; also where it stands at the end */
	int seconds;                         /* until MENU_TIMEOUT, unless a key is pressed; or MENU_FOR_EVER */
	const char *timeout_text;            /* what happens then: "Starts in" */
	char message[PRINT_MAX_REASON + 80]; /* shown until a key is pressed; may be empty */

	bool has_options;     /* the command line was edited: */
	struct slice options; /* this, UTF-8, stays until the next edit */
};

/* True if a key is waiting that asks for the menu where there would be none: space, escape, or an arrow. */
bool menu_is_asked_for(void);

/* Shows the menu until something was chosen. At least one entry is not foreign, and there are consoles. */
enum menu_action menu_run(struct menu *menu);

#endif
