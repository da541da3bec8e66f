/* SPDX-License-Identifier: BSD-2-Clause */
/* Events, variables, the watchdog and resets, and the consoles. UEFI 2.10 §7.1, §7.5, §8.2, §8.5, §12.3, §12.4. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bootloader/text.h"
#include "firmware.h"

enum {
	MAX_VARIABLES = 64,
	MAX_KEYS = 16,
	PATIENCE = 100, /* calls of WaitForEvent */
};

struct event {
	bool is_set; /* its timer runs */
	bool is_signalled;
};

struct variable {
	char name[64]; /* empty: this slot is free */
	EFI_GUID guid;
	uint8_t value[1024];
	size_t size;
};

EFI_SYSTEM_TABLE firmware_system_table;
EFI_BOOT_SERVICES firmware_boot_services;
EFI_RUNTIME_SERVICES firmware_runtime_services;

static struct variable variables[MAX_VARIABLES];
static uint32_t keys[MAX_KEYS];
static size_t key_count, keys_taken, event_count;
static struct event key_event;

const char *firmware_utf8(const CHAR16 *text)
{
	static char buffers[4][512];
	static unsigned at;
	size_t length;

	at = (at + 1) % 4;
	if (!text_from_ucs2((const ucs2 *)text, 512, buffers[at], sizeof(buffers[at]), &length))
		buffers[at][0] = '\0';
	return buffers[at];
}

/* ---- Events ------------------------------------------------------------------------------------------------------ */

static EFI_STATUS EFIAPI create_event(UINT32 type, EFI_TPL tpl, EFI_EVENT_NOTIFY function, void *ctx, EFI_EVENT *ret)
{
	(void)tpl, (void)function, (void)ctx;
	FIRMWARE_CALL("CreateEvent", "%s", type == EVT_TIMER ? "timer" : "");
	*ret = calloc(1, sizeof(struct event));
	event_count++;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI close_event(EFI_EVENT event)
{
	EFI_STATUS failure;

	firmware_call(&failure, "CloseEvent", "%s", "");
	free(event);
	event_count--;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_timer(EFI_EVENT event, EFI_TIMER_DELAY type, UINT64 time)
{
	(void)time;
	FIRMWARE_CALL("SetTimer", "%s", type == TimerCancel ? "cancel" : "");
	((struct event *)event)->is_set = type != TimerCancel;
	return EFI_SUCCESS;
}

bool firmware_key_waits(void)
{
	return keys_taken < key_count;
}

/* A key that waits comes first; otherwise time passes at once. Who waits for long sees somebody press Q. */
static EFI_STATUS EFIAPI wait_for_event(UINTN count, EFI_EVENT *events, UINTN *ret)
{
	static unsigned idle;

	FIRMWARE_CALL("WaitForEvent", "%s", "");
	if (!firmware_key_waits() && ++idle % PATIENCE == 0 && key_count < MAX_KEYS)
		firmware_press('q');
	for (UINTN i = 0; i < count; i++) {
		struct event *event = events[i];

		if (event == &key_event ? firmware_key_waits() : event->is_set) {
			*ret = i;
			if (event == &key_event)
				return EFI_SUCCESS;
		}
	}
	for (UINTN i = 0; i < count; i++)
		if (events[i] != &key_event && ((struct event *)events[i])->is_set) {
			*ret = i;
			return EFI_SUCCESS;
		}
	firmware_violation("WaitForEvent would wait for ever");
	firmware_end_run(FIRMWARE_HALTED);
}

static EFI_STATUS EFIAPI check_event(EFI_EVENT event)
{
	FIRMWARE_CALL("CheckEvent", "%s", "");
	if (event == &key_event)
		return firmware_key_waits() ? EFI_SUCCESS : EFI_NOT_READY;
	if (((struct event *)event)->is_signalled) {
		((struct event *)event)->is_signalled = false;
		return EFI_SUCCESS;
	}
	return ((struct event *)event)->is_set ? EFI_SUCCESS : EFI_NOT_READY;
}

void firmware_signal(EFI_EVENT event)
{
	((struct event *)event)->is_signalled = true;
}

static EFI_STATUS EFIAPI set_watchdog(UINTN timeout, UINT64 code, UINTN size, CHAR16 *data)
{
	(void)code, (void)size, (void)data;
	FIRMWARE_CALL("SetWatchdogTimer", "%llu seconds", (unsigned long long)timeout);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI stall(UINTN microseconds)
{
	FIRMWARE_CALL("Stall", "%llu", (unsigned long long)microseconds);
	return EFI_SUCCESS;
}

/* ---- Variables --------------------------------------------------------------------------------------------------- */

static struct variable *find(const char *name, const EFI_GUID *guid)
{
	for (size_t i = 0; i < MAX_VARIABLES; i++)
		if (strcmp(variables[i].name, name) == 0 && memcmp(&variables[i].guid, guid, sizeof(*guid)) == 0)
			return &variables[i];
	return NULL;
}

static EFI_STATUS set(const char *name, const EFI_GUID *guid, const void *value, size_t size)
{
	struct variable *variable = find(name, guid);

	if (size == 0) {
		if (variable)
			variable->name[0] = '\0';
		return variable ? EFI_SUCCESS : EFI_NOT_FOUND;
	}
	for (size_t i = 0; !variable && i < MAX_VARIABLES; i++)
		if (!variables[i].name[0])
			variable = &variables[i];
	if (!variable || size > sizeof(variable->value))
		return EFI_OUT_OF_RESOURCES;
	*variable = (struct variable){.guid = *guid, .size = size};
	snprintf(variable->name, sizeof(variable->name), "%s", name);
	memcpy(variable->value, value, size);
	return EFI_SUCCESS;
}

void firmware_set_variable(const char *name, EFI_GUID guid, const void *value, size_t size)
{
	set(name, &guid, value, size);
}

static EFI_STATUS EFIAPI get_variable(CHAR16 *name, EFI_GUID *guid, UINT32 *attributes, UINTN *size, void *value)
{
	struct variable *variable;
	UINTN room = *size;

	FIRMWARE_CALL("GetVariable", "%s", firmware_utf8(name));
	variable = find(firmware_utf8(name), guid);
	if (!variable)
		return EFI_NOT_FOUND;
	*size = variable->size;
	if (room < variable->size)
		return EFI_BUFFER_TOO_SMALL;
	if (attributes)
		*attributes = EFI_VARIABLE_BOOTSERVICE_ACCESS;
	memcpy(value, variable->value, variable->size);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_variable(CHAR16 *name, EFI_GUID *guid, UINT32 attributes, UINTN size, void *value)
{
	(void)attributes;
	FIRMWARE_CALL("SetVariable", "%s", firmware_utf8(name));
	return set(firmware_utf8(name), guid, value, size);
}

/* GNU-EFI gives it a result, which the specification does not. */
static EFI_STATUS EFIAPI reset_system(EFI_RESET_TYPE type, EFI_STATUS status, UINTN size, CHAR16 *data)
{
	EFI_STATUS failure;

	(void)type, (void)status, (void)size, (void)data;
	if (!firmware_call(&failure, "ResetSystem", "%s", ""))
		firmware_end_run(FIRMWARE_RESET);
	return failure;
}

/* ---- Consoles ---------------------------------------------------------------------------------------------------- */

static EFI_STATUS EFIAPI output_string(SIMPLE_TEXT_OUTPUT_INTERFACE *this, CHAR16 *text)
{
	size_t used = strlen(firmware_result->console), length;

	(void)this;
	FIRMWARE_CALL("OutputString", "%s", "");
	text_from_ucs2((const ucs2 *)text, FIRMWARE_MAX_TEXT, firmware_result->console + used, FIRMWARE_MAX_TEXT - used,
		       &length);
	return EFI_SUCCESS;
}

/* The second is always there, and need not work. UEFI 2.10 §12.4.1. */
static const struct {
	UINTN columns, rows;
} text_modes[] = {{80, 25}, {0, 0}, {128, 40}, {60, 20}};

enum { TEXT_MODES = sizeof(text_modes) / sizeof(text_modes[0]) };

static EFI_STATUS EFIAPI query_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN mode, UINTN *columns, UINTN *rows)
{
	(void)this;
	FIRMWARE_CALL("QueryMode", "%llu", (unsigned long long)mode);
	if (mode >= TEXT_MODES || text_modes[mode].columns == 0)
		return EFI_UNSUPPORTED;
	*columns = text_modes[mode].columns;
	*rows = text_modes[mode].rows;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN mode)
{
	FIRMWARE_CALL("SetMode", "%llu", (unsigned long long)mode);
	if (mode >= TEXT_MODES || text_modes[mode].columns == 0)
		return EFI_UNSUPPORTED;
	this->Mode->Mode = (INT32)mode;
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_number(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN number)
{
	(void)this;
	FIRMWARE_CALL("SetAttribute", "%llu", (unsigned long long)number);
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI clear_screen(SIMPLE_TEXT_OUTPUT_INTERFACE *this)
{
	(void)this;
	FIRMWARE_CALL("ClearScreen", "%s", "");
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_cursor(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN column, UINTN row)
{
	size_t used = strlen(firmware_result->console);

	(void)this, (void)column, (void)row;
	FIRMWARE_CALL("SetCursorPosition", "%s", "");
	snprintf(firmware_result->console + used, FIRMWARE_MAX_TEXT - used, "\n");
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI enable_cursor(SIMPLE_TEXT_OUTPUT_INTERFACE *this, BOOLEAN visible)
{
	(void)this, (void)visible;
	FIRMWARE_CALL("EnableCursor", "%s", "");
	return EFI_SUCCESS;
}

void firmware_press(uint32_t key)
{
	keys[key_count++] = key;
}

static EFI_STATUS EFIAPI read_key(SIMPLE_INPUT_INTERFACE *this, EFI_INPUT_KEY *ret)
{
	(void)this;
	FIRMWARE_CALL("ReadKeyStroke", "%s", "");
	if (!firmware_key_waits())
		return EFI_NOT_READY;
	ret->ScanCode = (UINT16)(keys[keys_taken] >> 16);
	ret->UnicodeChar = (CHAR16)keys[keys_taken++];
	return EFI_SUCCESS;
}

void firmware_console_init(void)
{
	static SIMPLE_TEXT_OUTPUT_MODE mode = {.MaxMode = TEXT_MODES};
	static SIMPLE_TEXT_OUTPUT_INTERFACE output = {
		.OutputString = output_string,
		.QueryMode = query_mode,
		.SetMode = set_mode,
		.SetAttribute = set_number,
		.ClearScreen = clear_screen,
		.SetCursorPosition = set_cursor,
		.EnableCursor = enable_cursor,
		.Mode = &mode,
	};
	static SIMPLE_INPUT_INTERFACE input = {.ReadKeyStroke = read_key, .WaitForKey = &key_event};

	firmware_system_table.ConOut = &output;
	firmware_system_table.ConIn = &input;
}

/* ---- The same time and count in each run, so that a test can say what a difference comes from --------------------- */

static EFI_STATUS EFIAPI get_time(EFI_TIME *time, EFI_TIME_CAPABILITIES *capabilities)
{
	(void)capabilities;
	FIRMWARE_CALL("GetTime", "%s", "");
	*time = (EFI_TIME){.Year = 2026, .Month = 11, .Day = 26};
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI next_count(UINT64 *count)
{
	FIRMWARE_CALL("GetNextMonotonicCount", "%s", "");
	*count = 7;
	return EFI_SUCCESS;
}

/* ------------------------------------------------------------------------------------------------------------------ */

void firmware_services_init(void)
{
	firmware_system_table = (EFI_SYSTEM_TABLE){
		.Hdr = {.Signature = EFI_SYSTEM_TABLE_SIGNATURE, .Revision = 2 << 16 | 100},
		.FirmwareVendor = (CHAR16 *)L"Host test",
		.FirmwareRevision = 1 << 16,
		.BootServices = &firmware_boot_services,
		.RuntimeServices = &firmware_runtime_services,
	};
	firmware_boot_services.CreateEvent = create_event;
	firmware_boot_services.CloseEvent = close_event;
	firmware_boot_services.SetTimer = set_timer;
	firmware_boot_services.WaitForEvent = wait_for_event;
	firmware_boot_services.CheckEvent = check_event;
	firmware_boot_services.SetWatchdogTimer = set_watchdog;
	firmware_boot_services.Stall = stall;
	firmware_runtime_services.GetVariable = get_variable;
	firmware_runtime_services.SetVariable = set_variable;
	firmware_boot_services.GetNextMonotonicCount = next_count;
	firmware_runtime_services.GetTime = get_time;
	firmware_runtime_services.ResetSystem = reset_system;
}

void firmware_services_leaks(void)
{
	if (event_count)
		firmware_violation("leak: %zu events", event_count);
}
