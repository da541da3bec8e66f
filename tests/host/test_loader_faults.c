/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: loader-core */
/*
 * Whole boots on a host's firmware, with every single call of the firmware made to fail in turn. Whatever fails, the loader
 * has to say what and why, give back all that it took, and start nothing that is not complete.
 */
#include "bootloader/print.h"
#include "firmware/firmware.h"
#include "firmware/machines.h"

#include "tap.h"

/* ---- What has to be -------------------------------------------------------------------------------------------- */

/*
 * Calls whose failure nobody has to hear of: what they are for is missing then, as it may be on any machine, or there is
 * nothing that could be done about it.
 */
static const struct quiet {
	const char *name, *object; /* object: NULL for any */
	const char *why;
} quiet[] = {
	{"OutputString", NULL, "the way of messages itself"},
	{"LocateProtocol", NULL, "an interface that machines may lack"},
	{"LocateHandleBuffer", NULL, "no framebuffer"},
	{"HandleProtocol", "GraphicsOutput", "one framebuffer less"},
	{"HandleProtocol", "PxeBaseCode", "not from a server, as on any disk"},
	{"HandleProtocol", "Ip4Config2", "there may be an address"},
	{"Ip4 GetData", NULL, "as if there was none yet"},
	{"Http Poll", NULL, "nothing has come yet"},
	{"Http Cancel", NULL, "nothing can be done"},
	{"Http reset", NULL, "nothing can be done"},
	{"Http DestroyChild", NULL, "nothing can be done"},
	{"HandleProtocol", "EdidActive", "no EDID"},
	{"HandleProtocol", "EdidDiscovered", "no EDID"},
	{"HandleProtocol", "DevicePath", "a variable less"},
	{"GetVariable", NULL, "as if there was none"},
	{"SetVariable", NULL, "a variable less"},
	{"SetWatchdogTimer", NULL, "there may be none"},
	{"ReadKeyStroke", NULL, "no key"},
	{"QueryMode", NULL, "the menu stays in the mode there is"},
	{"SetAttribute", NULL, "colours"},
	{"SetCursorPosition", NULL, "the screen is broken"},
	{"ClearScreen", NULL, "the screen is broken"},
	{"EnableCursor", NULL, "the screen is broken"},
	{"ReadBlocks", NULL, "there are two partition tables; test_gpt.c"},
	{"FreePages", NULL, "nothing can be done"},
	{"FreePool", NULL, "nothing can be done"},
	{"Close", NULL, "nothing can be done"},
	{"CloseEvent", NULL, "nothing can be done"},
	{"UnloadImage", NULL, "nothing can be done"},
	{"Open", "\\loader\\random-seed", "opened once more, to see whether there is one; test_loader_seed.c"},
	{"GetTime", NULL, "the seed file has less to hash"},
	{"GetNextMonotonicCount", NULL, "the seed file has less to hash"},
	{"ExitBootServices", NULL, "tried again; nothing may be printed any more"},
};

/* Words that the message about a failure has to have besides the status. NULL: the path that the call was for. */
static const struct names {
	const char *call, *words;
} names[] = {
	{"Open", NULL},
	{"GetInfo", NULL},
	{"Read", NULL},
	{"Write", NULL},
	{"SetPosition", NULL},
	{"SetInfo", "cannot be renamed"},
	{"Flush", "cannot be "},
	{"OpenVolume", "volume"},
	{"AllocatePages", "memory"},
	{"AllocatePool", "memory"},
	{"GetMemoryMap", "memory map"},
	{"HandleProtocol", "protocol"},
	{"InstallProtocols", "LoadFile2"},
	{"UninstallProtocols", "LoadFile2"},
	{"InstallConfigurationTable", "InstallConfigurationTable"},
	{"LoadImage", "the firmware"},
	{"StartImage", " ended"},
	{"MemoryAttribute", "MemoryAttribute"},
	{"Fixup", "board.dtb"},
	{"GetRNG", "random"},
	{"GetEventLog", "event log"},
	{"GetCapability", "TPM"},
	{"HashLogExtendEvent", "into the TPM"},
	{"boot CPU", "CPU"},
	{"CreateEvent", "timer"},
	{"SetTimer", "timer"},
	{"CheckEvent", "timer"},
	{"WaitForEvent", "key"},
	{"LocateDevicePath", "HttpServiceBinding"},
	{"LocateDevicePath", "BlockIo"},
	{"ConnectController", "driver"},
	{"Ip4 SetData", "DHCP"},
	{"Mtftp", "from "},
	{"Http CreateChild", "from http://"},
	{"Http Configure", "from http://"},
	{"Http Request", "from http://"},
	{"Http Response", "from http://"},
};

static bool is_quiet(const struct firmware_call *call)
{
	for (size_t i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++)
		if (strcmp(quiet[i].name, call->name) == 0 &&
		    (!quiet[i].object || strcmp(quiet[i].object, call->object) == 0))
			return true;
	return false;
}

/* The line of the console that has this text; NULL if there is none. */
static const char *find_line(const char *console, const char *text, char *line, size_t capacity)
{
	const char *at = strstr(console, text), *start = at;

	if (!at)
		return NULL;
	while (start > console && start[-1] != '\n')
		start--;
	snprintf(line, capacity, "%.*s", (int)strcspn(start, "\r\n"), start);
	return line;
}

/* Whether some line has both. */
static bool has_line(const char *console, const char *words, const char *status)
{
	char line[1024];

	while (find_line(console, words, line, sizeof(line))) {
		if (strstr(line, status))
			return true;
		console = strstr(console, words) + strlen(words);
	}
	return false;
}

/* Whether some line names both what has failed and the status. */
static bool says(const char *console, const struct firmware_call *call, EFI_STATUS status)
{
	char path[FIRMWARE_MAX_LABEL];
	const char *start = strchr(call->object, '\\');

	/* Without the name of the volume. */
	snprintf(path, sizeof(path), "%s", start ? start : call->object);
	for (char *c = path; *c; c++)
		if (*c == '\\')
			*c = '/';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].call, call->name) == 0 &&
		    has_line(console, names[i].words ? names[i].words : path, status_text(status)))
			return true;
	return false;
}

static bool has_booted(const struct firmware_result *result)
{
	return result->end == FIRMWARE_ENTERED ||
	       (result->end == FIRMWARE_RETURNED && result->status == EFI_SUCCESS && result->images_started == 1);
}

/* What came of a boot in which a call failed; a description of what is wrong with that, or NULL. */
static const char *judge(const struct firmware_result *result, const struct firmware_call *call, EFI_STATUS status)
{
	static char text[5000];

	if (result->end == FIRMWARE_CRASHED)
		return "the loader crashed or hung";
	if (result->violations[0]) {
		snprintf(text, sizeof(text), "%s", result->violations);
		return text;
	}
	if (result->end == FIRMWARE_RESET && result->exit_calls == 0)
		return "the machine was reset";
	if (result->end == FIRMWARE_HALTED)
		return "the machine was halted";
	if (result->exit_calls &&
	    (strcmp(call->name, "GetMemoryMap") == 0 || strcmp(call->name, "ExitBootServices") == 0))
		return NULL; /* nothing can be said then */
	/* Large pages, and places below 4 GiB, are only preferred. */
	if (strcmp(call->name, "AllocatePages") == 0 && has_booted(result))
		return NULL;
	/* What has no file system yet gets one when it is connected; and most devices have no driver that fits. */
	if (has_booted(result) &&
	    (strcmp(call->name, "ConnectController") == 0 || strcmp(call->object, "SimpleFileSystem") == 0))
		return NULL;
	if (!is_quiet(call) && !says(result->console, call, status))
		return "no message names it and the status";
	if (result->end == FIRMWARE_RETURNED && result->status != EFI_SUCCESS &&
	    !strstr(result->console, "loader: error: "))
		return "the loader gave up without an error";
	return NULL;
}

/* ---- The sweep --------------------------------------------------------------------------------------------------- */

static const EFI_STATUS statuses[] = {EFI_DEVICE_ERROR, EFI_OUT_OF_RESOURCES,  EFI_NOT_FOUND,
				      EFI_UNSUPPORTED,  EFI_INVALID_PARAMETER, EFI_SECURITY_VIOLATION};

/* A file or a protocol that is missing is no failure where it is optional. */
static bool is_absence(const struct firmware_call *call, EFI_STATUS status)
{
	static const char *const optional[] = {"\\loader\\loader.conf",
					       "\\loader\\entries",
					       "\\EFI\\Linux",
					       "\\loader\\manifests",
					       "\\EFI\\systemd\\drivers",
					       "\\loader\\entries.list",
					       "\\EFI\\Linux.list",
					       "\\loader\\random-seed",
					       "\\shellx64.efi",
					       "\\EFI\\BOOT\\BOOTx64.EFI",
					       "\\EFI\\Microsoft\\Boot\\bootmgfw.efi",
					       "\\System\\Library\\CoreServices\\boot.efi"};

	if (status != EFI_NOT_FOUND || (strcmp(call->name, "Open") != 0 && strcmp(call->name, "Mtftp") != 0))
		return false;
	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++)
		if (strcmp(strchr(call->object, '\\') ?: "", optional[i]) == 0)
			return true;
	return false;
}

static bool is_drawing(const struct firmware_call *call)
{
	static const char *const calls[] = {"OutputString", "SetAttribute", "SetCursorPosition", "ClearScreen",
					    "EnableCursor"};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(call->name, calls[i]) == 0)
			return true;
	return false;
}

static void fail(const char *machine, unsigned number, const struct firmware_call *call, EFI_STATUS status,
		 const char *why, const struct firmware_result *result)
{
	printf("# %s: call %u, %s %s, fails with \"%s\": %s\n# status %llx, end %d, console:\n", machine, number,
	       call->name, call->object, status_text(status), why, (unsigned long long)result->status,
	       (int)result->end);
	for (const char *line = result->console; *line; line += strcspn(line, "\n") + (strchr(line, '\n') != NULL))
		printf("#   %.*s\n", (int)strcspn(line, "\r\n"), line);
}

static struct firmware_call trace[FIRMWARE_MAX_CALLS];

static unsigned good_boot(const char *machine, firmware_setup setup)
{
	const struct firmware_result *result = firmware_run(setup, NULL, (struct firmware_fault){0});
	bool is_good = has_booted(result) && !result->violations[0];

	memcpy(trace, result->trace, sizeof(trace));
	if (!is_good)
		printf("# end %d, status %llx\n# %s\n%s\n", (int)result->end, (unsigned long long)result->status,
		       result->violations, result->console);
	tap_ok(is_good, "%s: boots, with %u calls of the firmware", machine, result->calls);
	return is_good ? result->calls : 0;
}

static void sweep(const char *machine, firmware_setup setup)
{
	unsigned calls = good_boot(machine, setup), failures = 0, runs = 0, booted = 0;

	for (unsigned number = 1; number <= calls; number++) {
		for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
			const struct firmware_call *call = &trace[number - 1];
			const struct firmware_result *result;
			const char *why;

			if (is_absence(call, statuses[i]))
				continue;
			/* Nothing looks at the status of what draws the menu. */
			if (i > 0 && is_drawing(call))
				break;
			result = firmware_run(setup, NULL, (struct firmware_fault){number, 1, statuses[i]});
			why = judge(result, call, statuses[i]);
			runs++;
			booted += has_booted(result);
			if (why && ++failures <= 10)
				fail(machine, number, call, statuses[i], why, result);
		}
	}
	tap_ok(calls && !failures,
	       "%s: each call fails with each of %zu statuses, %u boots: %u go on, %u end with a message", machine,
	       sizeof(statuses) / sizeof(statuses[0]), runs, booted, runs - booted);
}

/* A device that dies: from some call on everything fails but the console. */
static void sweep_from_there_on(const char *machine, firmware_setup setup)
{
	unsigned calls = good_boot(machine, setup), failures = 0;

	for (unsigned number = 1; number <= calls; number++) {
		const struct firmware_result *result =
			firmware_run(setup, NULL,
				     (struct firmware_fault){number, FIRMWARE_MAX_CALLS, EFI_DEVICE_ERROR});
		const char *why = NULL;

		if (result->end == FIRMWARE_CRASHED)
			why = "the loader crashed or hung";
		else if (result->violations[0])
			why = result->violations;
		else if (result->end == FIRMWARE_RETURNED && result->status != EFI_SUCCESS &&
			 !strstr(result->console, "loader: error: "))
			why = "the loader gave up without an error";
		if (why && ++failures <= 10)
			fail(machine, number, &trace[number - 1], EFI_DEVICE_ERROR, why, result);
	}
	tap_ok(calls && !failures, "%s: from each call on everything fails", machine);
}

int main(void)
{
	static const struct {
		const char *name;
		firmware_setup setup;
	} machines[] = {
		{"plain", machine_plain},
		{"full", machine_full},
		{"seed file", machine_seed},
		{"two entries", machine_two},
		{"menu", machine_menu},
		{"EFI image", machine_linux_image},
		{"unified image", machine_unified},
		{"Secure Boot", machine_secure},
		{"extended partition", machine_extended},
		{"driver", machine_driver},
		{"compressed", machine_compressed},
		{"PXE", machine_pxe},
		{"HTTP", machine_http},
	};

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		sweep(machines[i].name, machines[i].setup);
		sweep_from_there_on(machines[i].name, machines[i].setup);
	}
	return tap_finish();
}
