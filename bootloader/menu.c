/* SPDX-License-Identifier: BSD-2-Clause */
/* See menu.h. */
#include "bootloader/menu.h"

#include "bootloader/bli.h"
#include "bootloader/enroll.h"
#include "bootloader/power.h"
#include "bootloader/screen.h"
#include "bootloader/text.h"
#include "lib/format.h"
#include "lib/string.h"

#ifndef HELION_VERSION
#define HELION_VERSION "unversioned"
#endif

enum {
	LIST_ROW = 2,
	DETAIL_ROWS = 5, /* what there is to say of the selected entry */
	LIST_ROWS = SCREEN_ROWS - LIST_ROW - 1 - DETAIL_ROWS - 1 - 3,
	DETAIL_ROW = LIST_ROW + LIST_ROWS + 1,
	COUNTDOWN_ROW = SCREEN_ROWS - 3,
	HELP_ROW = SCREEN_ROWS - 2,

	WATCHDOG_TICKS = 60, /* seconds after which it is armed again */
};

/* The menu while it is shown. */
struct view {
	struct menu *menu;
	size_t shown[CONFIG_MAX_ENTRIES]; /* indices of the entries in the list */
	size_t count;
	size_t selected; /* index in shown */
	size_t first;    /* the one in the list's first row */
	int seconds;
	unsigned ticks;
	EFI_EVENT timer; /* every second */
	EFI_STATUS wait_status;
	bool has_setup;
	bool can_enroll;
	bool wants_enroll; /* the key was pressed once */
};

static struct config_entry *entry_at(const struct view *view, size_t i)
{
	return view->menu->config->entries[view->shown[i]];
}

/* ---- Drawing ----------------------------------------------------------------------------------------------------- */

/* Entries of the same title are told apart by their versions, or else by their identifiers. */
static struct slice distinction(const struct view *view, size_t i)
{
	const struct config_entry *entry = entry_at(view, i);
	bool same_title = false, same_version = slice_is_empty(entry->version);

	for (size_t k = 0; k < view->count; k++) {
		if (k == i || !slice_equals(config_title(entry), config_title(entry_at(view, k))))
			continue;
		same_title = true;
		same_version |= slice_equals(entry->version, entry_at(view, k)->version);
	}
	if (!same_title)
		return (struct slice){0};
	return same_version ? entry->parts.id : entry->version;
}

static void draw_entry(const struct view *view, size_t i)
{
	const struct config_entry *entry = entry_at(view, i);
	struct slice title = config_title(entry), version = distinction(view, i);
	bool is_bad = entry->reason[0] != '\0', is_selected = i == view->selected;
	enum screen_style style =
		is_selected ? (is_bad ? SCREEN_BAD_SELECTED : SCREEN_SELECTED) : (is_bad ? SCREEN_BAD : SCREEN_NORMAL);
	char number[4] = "";

	if (i < 9)
		fmt_snprintf(number, sizeof(number), "%u", (unsigned)i + 1);
	screen_line(LIST_ROW + (i - view->first), style, " %c %1s  %.*s%s%.*s%s%s%s", is_selected ? '>' : ' ', number,
		    SLICE_ARGS(title), version.length ? " (" : "", SLICE_ARGS(version), version.length ? ")" : "",
		    is_bad ? "  [cannot be started]" : "", entry->parts.is_bad ? "  [out of tries]" : "");
}

static void draw_detail(const struct view *view)
{
	const struct config_entry *entry = entry_at(view, view->selected);
	const char *text = view->menu->message[0] ? view->menu->message : entry->reason;
	char tries[64] = "";
	size_t row = DETAIL_ROW;

	if (entry->parts.is_counted)
		fmt_snprintf(tries, sizeof(tries), ", %u tries left, %u done", (unsigned)entry->parts.left,
			     (unsigned)entry->parts.done);
	screen_line(row++, SCREEN_HINT, "   %s%s%s%s", entry->name,
		    entry->volume == &view->menu->config->volumes[0] ? "" : " on XBOOTLDR", tries,
		    view->first + LIST_ROWS < view->count ? "   (more below)" : "");
	for (; row < DETAIL_ROW + DETAIL_ROWS; row++) {
		size_t length = text_fit(text, SCREEN_COLUMNS - 6);

		screen_line(row, SCREEN_BAD, "   %.*s", (int)length, text);
		text += length;
	}
}

static void draw_list(const struct view *view)
{
	for (size_t i = view->first; i < view->count && i < view->first + LIST_ROWS; i++)
		draw_entry(view, i);
}

static void draw_countdown(const struct view *view)
{
	if (view->seconds < 0)
		screen_line(COUNTDOWN_ROW, SCREEN_NORMAL, " ");
	else
		screen_line(COUNTDOWN_ROW, SCREEN_NORMAL, "   %s %d s. Any key stops the clock.",
			    view->menu->timeout_text, view->seconds);
}

static void draw(const struct view *view)
{
	screen_clear();
	screen_show_cursor(false);
	screen_line(0, SCREEN_TITLE, "   Helion boot loader " HELION_VERSION);
	draw_list(view);
	draw_detail(view);
	draw_countdown(view);
	screen_line(HELP_ROW, SCREEN_HINT, "   Up Down 1-9: choose   Enter: start   D: make default%s",
		    view->menu->why_no_edit ? "" : "   E: edit options");
	if (view->can_enroll) /* as much as fits */
		screen_line(HELP_ROW + 1, SCREEN_HINT,
			    "   K: enrol keys   %sR: restart   O: off   Q: back to the firmware",
			    view->has_setup ? "F: set-up   " : "");
	else
		screen_line(HELP_ROW + 1, SCREEN_HINT, "   %sR: restart   O: power off   Q: back to the firmware",
			    view->has_setup ? "F: firmware set-up   " : "");
}

/* ---- Waiting ----------------------------------------------------------------------------------------------------- */

/* Waits for a key. KEY_NONE when the time is over. */
static struct key wait_key(struct view *view)
{
	for (;;) {
		EFI_EVENT events[2] = {ST->ConIn->WaitForKey, view->timer};
		struct key key = screen_key();
		UINTN which;

		if (key.kind != KEY_NONE)
			return key;
		view->wait_status = BS->WaitForEvent(2, events, &which);
		if (view->wait_status != EFI_SUCCESS)
			return (struct key){.kind = KEY_NONE};
		if (which != 1)
			continue;
		if (++view->ticks % WATCHDOG_TICKS == 0)
			watchdog_arm();
		if (view->seconds < 0)
			continue;
		if (view->seconds == 0)
			return (struct key){.kind = KEY_NONE};
		view->seconds--;
		draw_countdown(view);
	}
}

static bool start_clock(struct view *view)
{
	EFI_STATUS status = BS->CreateEvent(EVT_TIMER, 0, NULL, NULL, &view->timer);

	if (status == EFI_SUCCESS) {
		status = BS->SetTimer(view->timer, TimerPeriodic, 10000000ull);
		if (status != EFI_SUCCESS)
			BS->CloseEvent(view->timer);
	}
	if (status != EFI_SUCCESS)
		print_warning("there is no menu, as the firmware gives no timer: %s", status_text(status));
	return status == EFI_SUCCESS;
}

static void stop_clock(struct view *view)
{
	if (view->seconds < 0)
		return;
	view->seconds = MENU_FOR_EVER;
	draw_countdown(view);
}

/* ---- The command line -------------------------------------------------------------------------------------------- */

static uint16_t edit_text[MENU_MAX_OPTIONS + 1];
static char edited[3 * MENU_MAX_OPTIONS + 1];

/* Shows as much as there is room for, the cursor in it. */
static void draw_line(const struct line_edit *line)
{
	enum { WIDTH = SCREEN_COLUMNS - 8 };
	char text[3 * WIDTH + 1];
	size_t first = line->cursor < WIDTH ? 0 : line->cursor - WIDTH + 1, length;
	size_t count = line->length - first < WIDTH ? line->length - first : WIDTH;

	text_from_ucs2(line->text + first, count, text, sizeof(text), &length);
	screen_line(DETAIL_ROW + 1, SCREEN_TITLE, " %c %s%s", first ? '<' : ' ', text,
		    first + count < line->length ? " >" : "");
	screen_move_cursor(DETAIL_ROW + 1, 3 + line->cursor - first);
}

/* False if it was cancelled or cannot be. */
static bool edit(struct view *view)
{
	struct line_edit line = {.text = edit_text, .capacity = MENU_MAX_OPTIONS};
	struct key key = {.kind = KEY_NONE};
	struct menu *menu = view->menu;
	size_t length;

	if (!config_options(entry_at(view, view->selected), edited, sizeof(edited), &length))
		return false;
	if (length > MENU_MAX_OPTIONS) {
		fmt_snprintf(menu->message, sizeof(menu->message), "The command line is too long to be edited here.");
		return false;
	}
	line.length = line.cursor = text_to_ucs2(edited, edit_text, MENU_MAX_OPTIONS + 1);
	for (size_t i = 0; i < DETAIL_ROWS; i++)
		screen_line(DETAIL_ROW + i, SCREEN_NORMAL, " ");
	screen_line(DETAIL_ROW, SCREEN_HINT, "   Command line, for this time only. Enter: start   Escape: cancel");
	screen_show_cursor(true);
	while (key.kind != KEY_ENTER && key.kind != KEY_ESCAPE) {
		draw_line(&line);
		do
			key = wait_key(view);
		while (key.kind != KEY_NONE && key.kind != KEY_ENTER && key.kind != KEY_ESCAPE &&
		       !line_edit_key(&line, key));
		if (key.kind == KEY_NONE) /* the firmware cannot wait any more */
			break;
	}
	screen_show_cursor(false);
	menu->has_options =
		key.kind == KEY_ENTER && text_from_ucs2(line.text, line.length, edited, sizeof(edited), &length);
	menu->options = (struct slice){edited, length};
	return menu->has_options;
}

/* ---- Keys -------------------------------------------------------------------------------------------------------- */

static void say_failure(struct view *view, const char *what, EFI_STATUS status)
{
	fmt_snprintf(view->menu->message, sizeof(view->menu->message), "The firmware cannot %s: %s.", what,
		     status_text(status));
}

static void make_default(struct view *view)
{
	const struct config_entry *entry = entry_at(view, view->selected);
	EFI_STATUS status = bli_set_default(entry);

	if (status == EFI_SUCCESS)
		fmt_snprintf(view->menu->message, sizeof(view->menu->message), "%.*s is the default from now on.",
			     SLICE_ARGS(entry->parts.id));
	else
		say_failure(view, "keep the default in a variable", status);
}

static void move(struct view *view, struct key key)
{
	size_t before = view->selected, first = view->first;

	view->selected = keys_move(key, before, view->count, LIST_ROWS);
	view->first = keys_scroll(first, view->selected, view->count, LIST_ROWS);
	if (view->first != first) {
		draw_list(view);
	} else if (view->selected != before) {
		draw_entry(view, before);
		draw_entry(view, view->selected);
	}
}

/* Twice, as it cannot be taken back from here. */
static void enroll(struct view *view)
{
	char *message = view->menu->message;
	const size_t room = sizeof(view->menu->message);

	if (!view->wants_enroll) {
		view->wants_enroll = true;
		fmt_snprintf(message, room,
			     "K again: the firmware takes the keys in /loader/keys for its own, and from the "
			     "next start on runs only programs that are signed with them.");
		return;
	}
	view->wants_enroll = false;
	if (enroll_keys(view->menu->config->volumes[0].root) != EFI_SUCCESS) {
		print_last_error(message, room);
		return;
	}
	view->can_enroll = false;
	fmt_snprintf(message, room, "The keys are enrolled. R restarts with Secure Boot.");
}

/* True if the menu ends with *ret. */
static bool handle(struct view *view, struct key key, enum menu_action *ret)
{
	bool had_message = view->menu->message[0] != '\0';
	char letter = key.character < 0x80 ? (char)(key.character | 0x20) : 0;
	size_t before = view->selected;

	view->menu->message[0] = '\0';
	*ret = MENU_START;
	if (key.kind == KEY_ENTER)
		return true;
	if (key.kind == KEY_CHARACTER && letter == 'q') {
		*ret = MENU_QUIT;
		return true;
	}
	if (key.kind == KEY_CHARACTER && letter == 'e' && view->menu->why_no_edit)
		fmt_snprintf(view->menu->message, sizeof(view->menu->message), "%s", view->menu->why_no_edit);
	else if (key.kind == KEY_CHARACTER && letter == 'e' && edit(view))
		return true;
	if (key.kind == KEY_CHARACTER && letter == 'k' && view->can_enroll)
		enroll(view);
	else
		view->wants_enroll = false;
	if (key.kind == KEY_CHARACTER && letter == 'f' && view->has_setup)
		say_failure(view, "restart into its set-up", power_firmware_setup());
	else if (key.kind == KEY_CHARACTER && letter == 'r')
		say_failure(view, "restart", power_reset());
	else if (key.kind == KEY_CHARACTER && letter == 'o')
		say_failure(view, "power off", power_off());
	else if (key.kind == KEY_CHARACTER && letter == 'd')
		make_default(view);
	move(view, key);
	if (view->selected != before || had_message || view->menu->message[0] || letter == 'e')
		draw_detail(view);
	return false;
}

bool menu_is_asked_for(void)
{
	/* Other keys may have been meant for the firmware, or be noise of a serial line. */
	for (int i = 0; i < 8; i++) {
		struct key key = screen_key();

		if (key.kind == KEY_NONE)
			break;
		if (key.kind == KEY_ESCAPE || key.kind == KEY_UP || key.kind == KEY_DOWN ||
		    (key.kind == KEY_CHARACTER && key.character == ' '))
			return true;
	}
	return false;
}

static void fill(struct view *view, struct menu *menu)
{
	view->menu = menu;
	view->count = view->selected = view->first = 0;
	for (size_t i = 0; i < menu->config->count; i++) {
		if (menu->choices[i].is_foreign)
			continue;
		if (i == menu->selected)
			view->selected = view->count;
		view->shown[view->count++] = i;
	}
	view->first = keys_scroll(0, view->selected, view->count, LIST_ROWS);
	view->seconds = menu->seconds;
	view->ticks = 0;
	view->wait_status = EFI_SUCCESS;
	view->has_setup = power_has_firmware_setup();
	view->can_enroll = menu->config->loader.enroll != LOADERCONF_ENROLL_OFF &&
			   enroll_is_possible(menu->config->volumes[0].root);
	view->wants_enroll = false;
}

enum menu_action menu_run(struct menu *menu)
{
	static struct view view;
	enum menu_action action = MENU_TIMEOUT;
	struct key key;

	menu->has_options = false;
	fill(&view, menu);
	/* Without a clock a menu would wait for ever where nobody is. */
	if (!start_clock(&view))
		return MENU_TIMEOUT;
	watchdog_arm();
	screen_set_mode(menu->config->loader.console_mode);
	draw(&view);
	for (;;) {
		key = wait_key(&view);
		if (key.kind == KEY_NONE)
			break;
		stop_clock(&view);
		if (handle(&view, key, &action))
			break;
	}
	BS->CloseEvent(view.timer);
	menu->selected = view.shown[view.selected];
	menu->message[0] = '\0';
	screen_clear();
	screen_show_cursor(true);
	if (view.wait_status != EFI_SUCCESS)
		print_warning("the menu cannot wait for a key: %s", status_text(view.wait_status));
	return key.kind == KEY_NONE ? MENU_TIMEOUT : action;
}
