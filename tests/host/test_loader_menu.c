/* SPDX-License-Identifier: BSD-2-Clause */
/* host-sources: loader-core */
/* What loader.conf says of the menu: when there is one, and in which mode of the text console. Whole boots on a host's firmware. */
#include "firmware/firmware.h"
#include "firmware/machines.h"

#include "tap.h"

static const char *conf, *keys;
static unsigned current_mode;

/* Four modes: too small, the usual one, a larger one, and one that the firmware says to have and has not. */
static EFI_STATUS EFIAPI query_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN mode, UINTN *columns, UINTN *rows)
{
	static const UINTN sizes[][2] = {{40, 25}, {80, 25}, {200, 60}};

	(void)this;
	FIRMWARE_CALL("QueryMode", "%llu", (unsigned long long)mode);
	if (mode >= sizeof(sizes) / sizeof(sizes[0]))
		return EFI_UNSUPPORTED;
	*columns = sizes[mode][0];
	*rows = sizes[mode][1];
	return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI set_mode(SIMPLE_TEXT_OUTPUT_INTERFACE *this, UINTN mode)
{
	(void)this;
	FIRMWARE_CALL("SetMode", "%llu", (unsigned long long)mode);
	return EFI_SUCCESS;
}

static void set_up(void *ctx)
{
	SIMPLE_TEXT_OUTPUT_INTERFACE *output = firmware_system_table.ConOut;

	machine_plain(ctx);
	if (conf)
		firmware_add_text("\\loader\\loader.conf", conf);
	for (const char *key = keys; *key; key++)
		firmware_press((uint32_t)*key);
	output->QueryMode = query_mode;
	output->SetMode = set_mode;
	output->Mode->MaxMode = 4;
	output->Mode->Mode = (INT32)current_mode;
}

/* Boots with this loader.conf (NULL: none), and these keys pressed from the start. */
static const struct firmware_result *boot(const char *text, const char *pressed)
{
	const struct firmware_result *result;

	conf = text;
	keys = pressed;
	result = firmware_run(set_up, NULL, (struct firmware_fault){0});
	CHECK_TEXT(result->violations, "");
	if (!CHECK_EQUAL(result->end, FIRMWARE_ENTERED))
		printf("# %s\n", result->console);
	return result;
}

static bool has_menu(const struct firmware_result *result)
{
	for (unsigned i = 0; i < result->calls; i++)
		if (strcmp(result->trace[i].name, "ClearScreen") == 0)
			return true;
	return false;
}

static void timeout_says_whether_there_is_a_menu(void)
{
	/* `held` is with a key that asks for the menu, and then Enter. */
	static const struct {
		const char *conf;
		bool alone, held;
	} cases[] = {
		{NULL, false, true},
		{"editor no\n", false, true},
		{"timeout 0\n", false, true},
		{"timeout menu-hidden\n", false, true},
		{"timeout menu-disabled\n", false, false},
		{"timeout 3\n", true, true},
	};
	current_mode = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (!CHECK_EQUAL(has_menu(boot(cases[i].conf, "")), cases[i].alone) ||
		    !CHECK_EQUAL(has_menu(boot(cases[i].conf, " \r")), cases[i].held))
			printf("# %s\n", cases[i].conf ? cases[i].conf : "no loader.conf");
	}
	CHECK(has_menu(boot("timeout menu-force\n", "\r")));
}

/* Other keys may have been meant for the firmware. */
static void not_every_key_asks_for_it(void)
{
	current_mode = 1;
	CHECK(!has_menu(boot(NULL, "x\r")));
	CHECK(has_menu(boot(NULL, "x \r")));
}

/* `expected` is the number of the mode that is set, "" for none. */
static void expect_mode(const char *value, unsigned current, const char *expected)
{
	const struct firmware_result *result;
	char text[64], found[16] = "";

	snprintf(text, sizeof(text), "timeout 3\n%s%s\n", value ? "console-mode " : "", value ? value : "");
	current_mode = current;
	result = boot(text, "");
	for (unsigned i = 0; i < result->calls; i++)
		if (strcmp(result->trace[i].name, "SetMode") == 0)
			snprintf(found, sizeof(found), "%s", result->trace[i].object);
	if (!CHECK_TEXT(found, expected))
		printf("# console-mode %s, in mode %u\n", value ? value : "not given", current);
}

static void console_mode_says_in_which_mode(void)
{
	expect_mode(NULL, 0, "");
	expect_mode("keep", 0, "");
	expect_mode("auto", 0, "2");
	expect_mode("auto", 1, "");
	expect_mode("max", 0, "2");
	expect_mode("max", 1, "2");
	expect_mode("max", 2, "");
	expect_mode("1", 0, "1");
	expect_mode("1", 1, "");
	expect_mode("large", 1, "");
}

int main(void)
{
	RUN(timeout_says_whether_there_is_a_menu);
	RUN(not_every_key_asks_for_it);
	RUN(console_mode_says_in_which_mode);
	return tap_finish();
}
